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

  /// An entry: the lower case in 21 bits, and two bits of what filters ask of every character, of which none is two.
  static let valueBits: UInt32 = 21
  private static let valueMask: UInt32 = 1 << valueBits - 1
  /// Letters and marks have both bits, white space the lower one, numbers the upper one.
  private static let spaceEntry: UInt32 = 1 << valueBits
  private static let numberEntry: UInt32 = 2 << valueBits
  private static let letterEntry: UInt32 = 3 << valueBits

  let classes: UnsafePointer<UInt8>
  private let entries: UnsafePointer<UInt32>

  private init() {
    let classes = UnsafeMutablePointer<UInt8>.allocate(capacity: Self.limit)
    let entries = UnsafeMutablePointer<UInt32>.allocate(capacity: Self.limit)
    text_fill_properties(classes, entries, Self.limit)
    for character in 0..<Self.limit {
      let properties = classes[character]
      if properties & Self.letter != 0 {
        entries[character] |= Self.letterEntry
      } else if properties & Self.number != 0 {
        entries[character] |= Self.numberEntry
      } else if properties & Self.space != 0 {
        entries[character] |= Self.spaceEntry
      }
    }
    self.classes = UnsafePointer(classes)
    self.entries = UnsafePointer(entries)
  }

  @inline(__always)
  func properties(_ character: UInt32) -> UInt8 {
    if character < UInt32(Self.limit) { return classes[Int(character)] }
    return Self.isHighIdeograph(character) ? Self.letter : 0
  }

  @inline(__always)
  func lowercased(_ character: UInt32) -> UInt32 { entry(character) & Self.valueMask }

  @inline(__always)
  func entry(_ character: UInt32) -> UInt32 {
    if character < UInt32(Self.limit) { return entries[Int(character)] }
    return Self.isHighIdeograph(character) ? character | Self.letterEntry : character
  }

  @inline(__always)
  private static func isHighIdeograph(_ character: UInt32) -> Bool { (0x20000..<0x3FFFE).contains(character) }
}
