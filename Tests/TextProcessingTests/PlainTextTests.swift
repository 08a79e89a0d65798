import CKernels
import TestSupport
import Testing

/// The kernel that finds text which cleaning leaves alone: its instruction sets against one character at a time.
struct PlainTextTests {
  private static let parts: [[UInt8]] = [
    "a", "z", " ", "  ", "~", "\t", "\n", "é", "ß", "\u{A0}", "\u{AD}", "\u{61C}", "ж", "ب", "\u{600}", "अ", "ก", "ệ",
    "ᚠ",
    "\u{2014}", "\u{2026}", "\u{2028}", "\u{200D}", "\u{2060}", "→", "中", "\u{3000}", "、", "한", "\u{FEFF}", "Ａ", "ﾊ",
    "😀",
  ].map { Array($0.utf8) }

  @Test func allLevelsStopAtTheSamePlace() {
    var generator = SplitMix64(state: 21)
    var stops = Set<Int>()
    for round in 0..<6000 {
      // Mostly plain, so that blocks are passed; then anything, bytes that are no UTF-8 too.
      var text: [UInt8] = []
      let plain = round % 7 == 0 ? 4 : 200
      while text.count < round % 400 {
        if round % 5 == 0, Int.random(in: 0..<plain, using: &generator) == 0 {
          text.append(UInt8.random(in: 0...255, using: &generator))
        } else if Int.random(in: 0..<plain, using: &generator) == 0 {
          text += Self.parts.randomElement(using: &generator) ?? []
        } else {
          text +=
            [[0x61], [0x20, 0x62], [0xC3, 0xA9], [0xE4, 0xB8, 0xAD], [0xD0, 0xB6]]
            .randomElement(using: &generator) ?? []
        }
      }
      let wanted = xylem_plain_text_at_level(text, text.count, 0)
      stops.insert(wanted)
      for level: Int32 in 1...2 {
        #expect(xylem_plain_text_at_level(text, text.count, level) == wanted, "\(text)")
      }
      #expect(xylem_plain_text(text, text.count) == wanted)
    }
    #expect(stops.count > 200)
  }

  @Test func aCharacterOfEveryKindStopsOrPasses() {
    for part in Self.parts {
      let scalar = String(decoding: part, as: UTF8.self).unicodeScalars.first?.value ?? 0
      let stays: Bool =
        switch scalar {
        case 0x21...0x7E, 0xA1...0xAC, 0xAE...0x61B, 0x61D...0x7FF, 0x800...0xFFF, 0x1E00...0x1FFF: true
        case 0x2010...0x2026, 0x2080...0x2FFF, 0x3001...0xCFFF, 0xFF00...0xFF7F: true
        default: false
        }
      // At every place of a block, and across its end.
      for before in 0..<70 {
        let text = [UInt8](repeating: 0x61, count: before) + part + [UInt8](repeating: 0x62, count: 80)
        // A space alone passes with what follows.
        let passes = stays || part == [0x20]
        #expect(xylem_plain_text(text, text.count) == (passes ? text.count : before), "\(part) \(before)")
      }
    }
  }
}
