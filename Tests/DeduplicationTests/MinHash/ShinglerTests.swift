import Deduplication
import TestSupport
import Testing

@Suite struct ShinglerTests {
  static func shingles(_ text: String, words: Int = 5, seed: UInt64 = 1, rule: WordRule = .marksBreak) -> [UInt64] {
    var options = NearDuplicateOptions()
    options.shingle = words
    options.seed = seed
    options.words = rule
    var shingler = Shingler(options: options)
    var hashes: [UInt64] = [7, 7]
    text.withBytes { shingler.shingles(of: $0, into: &hashes) }
    return hashes
  }

  /// Texts beside their words, worked out by hand.
  static let byHand: [(text: String, words: [String])] = [
    ("The foremen's smile, THE 2nd!", ["the", "foremen", "s", "smile", "the", "2nd"]),
    ("Die STRASSE, die Straße", ["die", "strasse", "die", "strasse"]),
    ("قال: الكِتابُ، ٣ كتب.", ["قال", "الكِ", "تابُ", "٣", "كتب"]),
    ("नमस्ते, दुनिया! क्‍या हाल है।", ["नमस्", "ते", "दु", "नि", "या", "क्‍", "या", "हा", "ल", "है"]),
    ("我们在2024年", ["我", "们", "在", "2024", "年"]),
    ("カタカナです。", ["カ", "タ", "カ", "ナ", "で", "す"]),
    ("Ọjọ́ kan, Ìjàpá lọ sí oko.", ["ọjọ́", "kan", "ìjàpá", "lọ", "sí", "oko"]),
    ("ที่นี่", ["ที่", "นี่"]),
    ("naïve_case x=y", ["naïve", "case", "x", "y"]),
  ]

  @Test(arguments: byHand) func wordsAreTheHandWorkedOnes(text: String, words: [String]) {
    // Single-word shingles are the set of words; five-word ones also have their order.
    let apart = words.joined(separator: " | ")
    #expect(Self.shingles(text, words: 1) == Self.shingles(apart, words: 1))
    #expect(Self.shingles(text, words: 1).count == Set(words).count)
    #expect(Self.shingles(text, words: 2) == Self.shingles(apart, words: 2))
    #expect(Self.shingles(text, words: 2).count == Set(zip(words, words.dropFirst()).map { "\($0) \($1)" }).count)
  }

  @Test func shinglesAreSortedUniqueAndOfWordsInOrder() {
    let hashes = Self.shingles("a b c d e a b c d e a b c d e")
    #expect(hashes.count == 5)
    #expect(hashes == Array(Set(hashes)).sorted())
    #expect(Self.shingles("a b c d e") != Self.shingles("b a c d e"))
    #expect(jaccard(Self.shingles("a b c d e f"), Self.shingles("b c d e f g")) == 1.0 / 3)
  }

  @Test func oneChangedWordOfTenLeavesOneShingleOfEleven() {
    let a = Self.shingles("q w e r t y u i o p")
    let b = Self.shingles("q w e r X y u i o p")
    #expect(jaccard(a, b) == 1.0 / 11)
  }

  @Test func shortTextsHaveOneShingleThatIsNotAPrefix() {
    #expect(Self.shingles("one two").count == 1)
    #expect(Self.shingles("one two") == Self.shingles("One, two!"))
    #expect(Self.shingles("one two") != Self.shingles("one"))
    #expect(Self.shingles("one two", words: 2) != Self.shingles("one two", words: 1))
  }

  @Test func textsWithoutWordsAreComparedByteForByte() {
    #expect(Self.shingles("").count == 1)
    #expect(Self.shingles("🙂🙂") == Self.shingles("🙂🙂"))
    #expect(Self.shingles("🙂🙂") != Self.shingles("🙂"))
    #expect(Self.shingles("\u{301}\u{200D}") != Self.shingles("\u{301}"))
    // A mark or joiner that follows no letter belongs to no word.
    #expect(Self.shingles("❤️ heart") == Self.shingles("heart"))
  }

  @Test func aWordEndsBehindItsMarks() {
    // Three units: na-nukta + i, ya + ma + virama, ja; marks stay with the letter before them.
    let one = "\u{928}\u{93C}\u{93F}\u{92F}\u{92E}\u{94D}\u{91C}"
    #expect(naiveWords(one) == ["\u{928}\u{93C}\u{93F}", "\u{92F}\u{92E}\u{94D}", "\u{91C}"])
    #expect(Self.shingles(one, words: 1).count == 3)
    #expect(Self.shingles("\u{915}\u{93F}") != Self.shingles("\u{915}\u{940}"))
    // Marks that compose belong to a letter, which NFC writes as one.
    #expect(naiveWords("ti\u{1EBF}ng") == ["ti\u{1EBF}ng"])
  }

  @Test func marksInsideWordsBreakNothing() {
    let text = "\u{928}\u{93C}\u{93F}\u{92F}\u{92E}\u{94D}\u{91C}, \u{915}\u{93F}"
    #expect(naiveWords(text, rule: .marksInside).count == 2)
    #expect(Self.shingles(text, words: 1, rule: .marksInside).count == 2)
    // Where there are no marks the rules agree.
    #expect(Self.shingles("Die Straße, 我们") == Self.shingles("Die Straße, 我们", rule: .marksInside))
  }

  @Test func digitsMarksAndSeedsMakeADifference() {
    #expect(Self.shingles("page 12") != Self.shingles("page 13"))
    #expect(Self.shingles("oko") != Self.shingles("ọkọ̀"))
    #expect(Self.shingles("page 12") != Self.shingles("page 12", seed: 2))
  }

  // Scalars by number: marks and joiners have no business standing alone in source text.
  static let alphabet: [UInt32] = [
    0x61, 0x42, 0x63, 0xE9, 0x1ECC, 0x39, 0x663, 0x643, 0x650, 0x928, 0x92E, 0x94D, 0x200D, 0x200C, 0x93E, 0x6211,
    0x4EEC, 0x30FC, 0x30AB, 0x3067, 0xE17, 0xE35, 0xE48, 0x1000, 0x17D2, 0x1780, 0x2E, 0x2C, 0x5F, 0x2D, 0xA0, 0x0A,
    0x1F642, 0xFE0F, 0xD55C, 0xAD6D, 0x416, 0x44F, 0x20, 0x20, 0x6D4, 0x3002, 0x2160, 0xBD, 0xFF9E, 0x1D7D8,
  ]

  @Test(arguments: WordRule.allCases) func wordsEqualTheTwinOnRandomText(rule: WordRule) {
    var random = SplitMix64(state: 5)
    for _ in 0..<300 {
      let length = Int.random(in: 0..<60, using: &random)
      let text = (0..<length).map { _ in Self.alphabet.randomElement(using: &random) ?? 0x20 }
        .reduce(into: "") { text, value in
          if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
        }
      let words = naiveWords(text, rule: rule)
      guard !words.isEmpty else { continue }
      #expect(Self.shingles(text, words: 1, rule: rule).count == Set(words).count, "\(text.debugDescription)")
      #expect(
        Self.shingles(text, words: 3, rule: rule)
          == Self.shingles(words.joined(separator: "."), words: 3, rule: rule))
    }
  }

  @Test func longTextsAreSortedAndUniqueWhateverRepeats() {
    var random = SplitMix64(state: 6)
    for distinct in [1, 2, 3, 40, 5000] {
      let words = (0..<4000).map { _ in String(Int.random(in: 0..<distinct, using: &random)) }
      let windows = Set((0..<(words.count - 2)).map { words[$0..<($0 + 3)].joined(separator: " ") })
      let hashes = Self.shingles(words.joined(separator: " "), words: 3)
      #expect(hashes.count == windows.count)
      #expect(zip(hashes, hashes.dropFirst()).allSatisfy { $0 < $1 })
    }
  }

  @Test func bytesThatAreNotUTF8DoNoHarm() {
    var random = SplitMix64(state: 7)
    var shingler = Shingler(options: NearDuplicateOptions())
    var hashes: [UInt64] = []
    for length in 0..<400 {
      let bytes = (0..<length).map { _ in UInt8.random(in: (length % 2 == 0 ? 0 : 0xC0)...255, using: &random) }
      shingler.shingles(of: bytes.span, into: &hashes)
      #expect(!hashes.isEmpty)
    }
    let cut = Array("aé".utf8.dropLast())
    shingler.shingles(of: cut.span, into: &hashes)
    #expect(hashes == Self.shingles("a"))
  }
}
