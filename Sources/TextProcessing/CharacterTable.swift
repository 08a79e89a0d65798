// Character properties as flat tables, filled once from ICU: a filter asks for one a code point, and a call into ICU
// would cost ten times the answer.
import CTextShim

/// Immutable after `shared` was built and never freed, so any thread may read it.
struct CharacterTable: @unchecked Sendable {
  /// Planes 0 and 1; no letter above has a lower-case form, and all letters above are ideographs (planes 2 and 3).
  static let limit = 0x20000
  static let shared = CharacterTable()

  static let letter: UInt8 = 1
  static let number: UInt8 = 2
  static let space: UInt8 = 4
  static let joining: UInt8 = 8
  static let virama: UInt8 = 16
  static let sentenceEnd: UInt8 = 32

  let classes: UnsafePointer<UInt8>
  let lower: UnsafePointer<UInt32>

  private init() {
    let classes = UnsafeMutablePointer<UInt8>.allocate(capacity: Self.limit)
    let lower = UnsafeMutablePointer<UInt32>.allocate(capacity: Self.limit)
    text_fill_properties(classes, lower, Self.limit)
    self.classes = UnsafePointer(classes)
    self.lower = UnsafePointer(lower)
  }

  @inline(__always)
  func properties(_ character: UInt32) -> UInt8 {
    if character < UInt32(Self.limit) { return classes[Int(character)] }
    return (0x20000..<0x3FFFE).contains(character) ? Self.letter : 0
  }

  @inline(__always)
  func lowercased(_ character: UInt32) -> UInt32 {
    character < UInt32(Self.limit) ? lower[Int(character)] : character
  }
}
