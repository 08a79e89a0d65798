// Words of text without spaces: the fast cut against ICU's own.
import CTextShim
import TestSupport
import Testing

@testable import TextProcessing

@Suite struct DictionaryWordTests {
  private func words(_ text: [UInt32], plainly: Bool) -> [Int32] {
    var ranges = [Int32](repeating: 0, count: 2 * text.count)
    let found = (plainly ? text_words_plain : text_words)(text, text.count, &ranges, text.count)
    #expect(found >= 0 && found <= text.count)
    return Array(ranges.prefix(2 * max(0, found)))
  }

  private func words(_ text: String) -> [String] {
    let characters = text.unicodeScalars.map(\.value)
    let ranges = words(characters, plainly: false)
    return (0..<(ranges.count / 2)).map { word in
      var piece = String.UnicodeScalarView()
      for value in characters[Int(ranges[2 * word])..<Int(ranges[2 * word + 1])] {
        if let scalar = Unicode.Scalar(value) { piece.append(scalar) }
      }
      return String(piece)
    }
  }

  @Test func `Chinese is cut by the dictionary, other text by Unicode's rules`() {
    #expect(words("我们在北京大学学习。") == ["我们", "在", "北京", "大学", "学习"])
    #expect(words("").isEmpty && words("。，！").isEmpty && words("的") == ["的"])
    #expect(words("约翰·史密斯说：Python 3.11，好！") == ["约翰", "史密斯", "说", "Python", "3.11", "好"])
    #expect(words("don't a.b 1,5 a: _x") == ["don't", "a.b", "1,5", "a", "_x"])
  }

  @Test func `the sample's Chinese has ICU's words`() {
    let documents = SampleText.documents.filter { $0.file.hasPrefix("zh") }
    #expect(documents.count >= 16)
    for document in documents {
      let text = String(decoding: document.text, as: UTF8.self).unicodeScalars.map(\.value)
      #expect(words(text, plainly: false) == words(text, plainly: true), "\(document.id)")
    }
  }

  /// Latin, digits, marks that join, kana, Hangul, Hebrew, Thai, Arabic, joiners, accents, pictures, flags, ideographs outside
  /// the main block, spaces of several kinds, no characters at all.
  private static let special: [UInt32] =
    "aB19_.,:;'\"-@ #$%()\n\r".unicodeScalars.map(\.value) + [
      0x3000, 0x3001, 0x3002, 0xFF0C, 0xFF1A, 0xFF1B, 0xFF0E, 0xFF07, 0x2019, 0x2018, 0xB7, 0x2022, 0x2026, 0xE9, 0x661,
      0xFF11, 0xFF21, 0x30A2, 0x30AB, 0x30FC, 0x3042, 0x3044, 0x3005, 0x3007, 0xAC00, 0xD55C, 0x5D0, 0x5D1, 0x5F3,
      0x5F4,
      0xE01, 0xE02, 0x627, 0x64B, 0x915, 0x94D, 0x200D, 0x200C, 0xFE0F, 0x301, 0x1F600, 0x1F3FB, 0x1F1E6, 0x1F1E7, 0xA9,
      0x20000, 0x3400, 0xF900, 0xF9FF, 0xFA0E, 0x9FFF, 0x4E00, 0xA000, 0x3105, 0x303B, 0x31C0, 0x2E80, 0x3099, 0x302A,
      0xFF76, 0xFF9F, 0x16FF0, 0x85, 0x2028, 0xAD, 0x200B, 0xFEFF, 0x203F, 0x202F, 0x2060, 0xFFFD, 0xD800, 0x110000,
    ]

  @Test func `random text of ideographs, marks and scripts that join in other ways has ICU's words`() {
    let common = "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能"
      .unicodeScalars.map(\.value)
    var random = SplitMix64(state: 11)
    for _ in 0..<6000 {
      let text = (0..<Int.random(in: 1...40, using: &random)).map { _ -> UInt32 in
        switch UInt8.random(in: 0..<20, using: &random) {
        case 0..<6: Self.special[Int.random(in: 0..<Self.special.count, using: &random)]
        case 6..<15: common[Int.random(in: 0..<common.count, using: &random)]
        case 15..<18: UInt32.random(in: 0x4E00...0x9FFF, using: &random)
        default: UInt32.random(in: 0...0x30000, using: &random)
        }
      }
      #expect(words(text, plainly: false) == words(text, plainly: true), "\(text)")
    }
  }

  @Test func `every character of the first plane, between letters, digits and ideographs, has ICU's words`() {
    var text: [UInt32] = []
    for character in UInt32(0)..<0x10000 {
      text += [0x61, character, 0x62, 0x20, 0x31, character, 0x32, 0x20, 0x4E2D, character, 0x6587, character, 0x20]
      if text.count > 30_000 {
        #expect(words(text, plainly: false) == words(text, plainly: true), "up to \(character)")
        text = []
      }
    }
    #expect(words(text, plainly: false) == words(text, plainly: true))
  }

  @Test func `pairs that do not fit are counted`() {
    let text = "我们在北京大学学习".unicodeScalars.map(\.value)
    var ranges = [Int32](repeating: -1, count: 4)
    #expect(text_words(text, text.count, &ranges, 1) == 5)
    #expect(ranges == [0, 2, -1, -1])
  }
}
