// Characters that are written in simplified or in traditional Chinese only, asked from ICU once.
import CTextShim

/// Tells simplified from traditional Chinese. Immutable after `shared` was built and never freed.
struct ChineseVariants: @unchecked Sendable {
  static let shared = ChineseVariants()
  static let first: UInt32 = 0x3400
  static let count = 0xA000 - 0x3400

  /// 1: traditional only (ICU's Hant-Hans changes it), 2: simplified only (Hans-Hant changes it), 0: both or neither.
  private let kinds: UnsafePointer<UInt8>

  private init() {
    let kinds = UnsafeMutablePointer<UInt8>.allocate(capacity: Self.count)
    kinds.initialize(repeating: 0, count: Self.count)
    text_fill_chinese_variants(kinds, Self.first, Self.count)
    self.kinds = UnsafePointer(kinds)
  }

  /// How many letters are of one kind only.
  func count(_ letters: ArraySlice<UInt32>) -> (simplified: Int, traditional: Int) {
    var hits = (simplified: 0, traditional: 0)
    for letter in letters where letter >= Self.first && letter < Self.first + UInt32(Self.count) {
      switch kinds[Int(letter - Self.first)] {
      case 1: hits.traditional += 1
      case 2: hits.simplified += 1
      default: break
      }
    }
    return hits
  }
}
