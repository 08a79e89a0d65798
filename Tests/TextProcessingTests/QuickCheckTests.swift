// The quick check of normalization forms: what it calls normalized, ICU does too.
import CTextShim
import TestSupport
import Testing

@testable import TextProcessing

@Suite struct QuickCheckTests {
  private func isSure(_ text: [UInt8], _ form: Int) -> Bool {
    UnicodeForm(form == 0 ? .nfc : .nfkc).isSurelyNormalized(text, text.count)
  }

  private func isNormalized(_ text: [UInt8], _ form: Int) -> Bool {
    text_is_normalized(Int32(form), text, text.count) == 1
  }

  /// Blocks in which characters compose, reorder or decompose: accents, Indic vowel signs, jamos, compatibility forms.
  private static let blocks: [UInt32] = [
    0x40, 0xC0, 0x300, 0x340, 0x590, 0x600, 0x900, 0x980, 0xB00, 0xB80, 0xC80, 0xD00, 0x1000, 0x1100, 0x1E00, 0x3040,
    0xAC00, 0xF900, 0xFF00, 0x11080, 0x11100, 0x11340, 0x1D160, 0x20000, 0x2F800,
  ]

  @Test func `it is never sure of what ICU would change`() {
    var random = SplitMix64(state: 3)
    var (sure, normalized) = ([0, 0], [0, 0])
    for _ in 0..<60_000 {
      let base = Self.blocks[Int.random(in: 0..<Self.blocks.count, using: &random)]
      var text: [UInt8] = []
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let other = Self.blocks[Int.random(in: 0..<Self.blocks.count, using: &random)]
        appendUTF8(
          (Bool.random(using: &random) ? base : other) + UInt32.random(in: 0..<0x80, using: &random), to: &text)
      }
      // One in fifty is malformed.
      if Int.random(in: 0..<50, using: &random) == 0 {
        text[Int.random(in: 0..<text.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      }
      for form in 0..<2 where isSure(text, form) {
        sure[form] += 1
        #expect(isNormalized(text, form), "form \(form): \(text)")
      }
      for form in 0..<2 where isNormalized(text, form) { normalized[form] += 1 }
    }
    // Its use is that it is sure of most.
    for form in 0..<2 { #expect(10 * sure[form] > 7 * normalized[form]) }
  }

  @Test func `it is sure of nearly all text of the sample`() {
    var (sure, all) = (0, 0)
    for document in SampleText.documents {
      let text = SampleText.clean(document)
      all += 1
      if isSure(text, 0) { sure += 1 }
    }
    #expect(100 * sure > 90 * all, "\(sure) of \(all)")
  }
}
