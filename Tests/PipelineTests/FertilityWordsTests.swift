// Words of fertility: the same as a slow reading of the rule, and as people would count them.
import Testing

@testable import Pipeline

struct FertilityWordsTests {
  private func cores(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    var found: [String] = []
    bytes.withUnsafeBufferPointer { bytes in
      forEachWord(bytes) { found.append(String(decoding: bytes[$0], as: UTF8.self)) }
    }
    return found
  }

  @Test func `words are runs between white space, and their cores leave signs at the ends out`() {
    #expect(cores("“Don't stop,” she said.") == ["Don't", "stop", "she", "said"])
    #expect(cores("a - b\u{00A0}c\u{3000}d\n") == ["a", "-", "b", "c", "d"])
    #expect(cores("x=f(y);") == ["x=f(y"])
    #expect(cores("… 🙂🙂 !") == ["…", "🙂🙂", "!"])
    #expect(cores("") == [])
    #expect(cores(" \t\r\n") == [])
  }

  @Test func `marks belong to the letter before them`() {
    #expect(cores("नमस्ते दुनिया।") == ["नमस्ते", "दुनिया"])
    #expect(cores("e\u{301}te\u{301}") == ["e\u{301}te\u{301}"])
  }

  @Test func `each letter of a script without spaces is a word, and signs beside it are none`() {
    #expect(cores("“你好，世界！”") == ["你", "好", "世", "界"])
    #expect(cores("カタ・かな々𠀀") == ["カ", "タ", "か", "な", "々", "𠀀"])
    #expect(cores("用Swift 6写") == ["用", "Swift", "6", "写"])
    #expect(cores("ที่นี่") == ["ที่", "นี่"])
    #expect(cores("ພາສາ") == ["ພ", "າ", "ສ", "າ"])
    #expect(cores("ភាសា") == ["ភា", "សា"])
    #expect(cores("မြန်မာ") == ["မြ", "န်", "မာ"])
    #expect(cores("한국어 글") == ["한국어", "글"])
  }

  /// The rule again, over Unicode scalars and strings.
  private func slowCount(_ text: String) -> Int {
    let runs = text.unicodeScalars.split { $0.value <= 0x20 || $0.properties.isWhitespace }
    return runs.reduce(0) { sum, run in
      let kinds: [WordClass] = run.map {
        $0.value < 0x10000 ? WordClass.table[Int($0.value)] : $0.value < 0x20000 ? .other : .letter
      }
      guard kinds.contains(.letter) else { return sum + 1 }
      // Between letters, a run that begins with marks and signs counts once anything else follows.
      let others = kinds.split { $0 == .letter }.enumerated().filter { _, part in part.contains(.other) }.count
      return sum + kinds.filter { $0 == .letter }.count + others
    }
  }

  @Test func `counting agrees with a slow reading of the rule`() {
    let alphabet: [Unicode.Scalar] = ["a", "é", " ", "\n", ",", "“", "。", "你", "ก", "𠀀", "🙂", "7", "\u{3000}"]
    var state: UInt64 = 7
    for _ in 0..<3000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<Int(state % 13) {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text.append(alphabet[Int(state >> 33) % alphabet.count])
      }
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      state ^= state >> 29
      let string = String(text)
      #expect(wordCount(Array(string.utf8).span) == slowCount(string), "\(string.unicodeScalars.map(\.value))")
    }
  }

  @Test func `bytes that are no UTF-8 are safe`() {
    let texts: [[UInt8]] = [[0xE4], [0xE4, 0xBD], [0xF0, 0x9F], [0xFF, 0x20, 0xC2], [0xEF, 0xFF, 0xFF]]
    for bytes in texts {
      #expect(wordCount(bytes.span) > 0)
    }
  }
}
