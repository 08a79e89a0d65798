import Deduplication
import TestSupport
import Testing

@Suite struct EvaluationIndexTests {
  static func form(_ text: String) -> WordForm {
    var form = WordForm()
    Array(text.utf8).withUnsafeBufferPointer { form.read($0) }
    return form
  }

  static func words(_ text: String) -> [String] {
    let form = form(text)
    return (0..<form.wordCount).map {
      String(decoding: form.bytes[form.range(first: $0, count: 1)].dropLast(), as: UTF8.self)
    }
  }

  @Test func `words are folded runs of letters, digits and marks, and single ideographs`() {
    #expect(Self.words("Die STRASSE, don't 12x!") == ["die", "strasse", "don", "t", "12x"])
    #expect(Self.words("漢字かな abc漢") == ["漢", "字", "か", "な", "abc", "漢"])
    #expect(Self.words("नमस्ते दुनिया") == ["नमस्ते", "दुनिया"])
    #expect(Self.words("straße") == Self.words("STRASSE"))
    #expect(Self.words("e\u{301}te\u{301}") == Self.words("été"))
    #expect(Self.words(" \0 — ") == [])
  }

  @Test(arguments: [1, 2, 3, 5]) func `matches are those of comparing all n-grams`(n: Int) throws {
    var random = SplitMix64(state: UInt64(n))
    func text(_ count: Int) -> [String] { (0..<count).map { _ in "w\(Int.random(in: 0..<9, using: &random))" } }
    var index = EvaluationIndex(wordsPerGram: n, maximumBytes: 1 << 20)
    var known: [[String]: Int] = [:]
    for record in 0..<20 {
      let words = text(Int.random(in: 0...12, using: &random))
      try index.add(Self.form(words.joined(separator: " ")))
      for start in 0..<max(0, words.count - n + 1) {
        let gram = Array(words[start..<start + n])
        if known[gram] == nil { known[gram] = record }
      }
    }
    #expect(index.gramCount == known.count)
    #expect(index.gramsOfRecord.reduce(0, +) == known.count)
    for _ in 0..<50 {
      let words = text(Int.random(in: 0...30, using: &random))
      var found: [[Int]] = []
      index.forEachMatch(in: Self.form(words.joined(separator: ", "))) { found.append([$0.word, $0.record]) }
      let expected = (0..<max(0, words.count - n + 1)).compactMap { start in
        known[Array(words[start..<start + n])].map { [start, $0] }
      }
      #expect(found == expected)
    }
  }

  @Test func `a prefix of a word is not the word`() throws {
    var index = EvaluationIndex(wordsPerGram: 2, maximumBytes: 1 << 20)
    try index.add(Self.form("one two three"))
    var count = 0
    index.forEachMatch(in: Self.form("one tw; ne two; two threes")) { _ in count += 1 }
    #expect(count == 0)
    index.forEachMatch(in: Self.form("zero ONE: two")) { _ in count += 1 }
    #expect(count == 1)
  }

  @Test func `a table over its ceiling is refused before it grows`() {
    var index = EvaluationIndex(wordsPerGram: 1, maximumBytes: 6000)
    #expect(throws: (any Error).self) {
      for record in 0..<1000 { try index.add(Self.form("word\(record) and more words that take room \(record)")) }
    }
    #expect(index.byteCount <= 12000)
  }

  @Test func `records shorter than an n-gram are counted`() throws {
    var index = EvaluationIndex(wordsPerGram: 3, maximumBytes: 1 << 20)
    try index.add(Self.form("two words"))
    try index.add(Self.form(""))
    try index.add(Self.form("now three words"))
    #expect(index.shortRecords == 2)
    #expect(index.gramsOfRecord == [0, 0, 1])
  }
}
