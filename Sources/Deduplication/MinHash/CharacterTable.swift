// The ICU table of the C shim, and the one way this room reads characters from UTF-8.
import CTextShim

/// Class, folding and ROOTS flag of every character. The pointers live as long as the process.
struct CharacterTable: @unchecked Sendable {
  // Unchecked: the table is made once and never written again.
  private let table: xylem_dedup_characters

  init() { table = xylem_dedup_character_table() }

  /// Entry of a value below 2^21, character or not.
  @inline(__always)
  func entry(_ scalar: UInt32) -> UInt32 {
    // `blocks` has 0x2000 numbers = 2^21 / 256, and each points at 256 entries.
    table.entries[Int(table.blocks[Int(scalar >> 8)]) << 8 | Int(scalar & 0xFF)]
  }

  @inline(__always)
  static func wordClass(_ entry: UInt32) -> UInt32 { (entry >> UInt32(xylem_dedup_class_shift)) & 3 }

  @inline(__always)
  static func value(_ entry: UInt32) -> UInt32 { entry & UInt32(xylem_dedup_value_mask) }

  @inline(__always)
  static func expands(_ entry: UInt32) -> Bool { entry & UInt32(xylem_dedup_expands) != 0 }

  @inline(__always)
  static func isDeleted(_ entry: UInt32) -> Bool { entry & UInt32(xylem_dedup_deleted) != 0 }

  /// The characters of a folding that gives several.
  @inline(__always)
  func expansion(_ entry: UInt32) -> UnsafeBufferPointer<UInt32> {
    let index = Int(Self.value(entry))
    return UnsafeBufferPointer(start: table.expansions + index + 1, count: Int(table.expansions[index]))
  }
}

/// The character at `position`, which moves behind it. Bytes that are not UTF-8 are U+0000 each, which breaks words.
@inline(__always)
func nextScalar(_ text: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> UInt32 {
  let lead = UInt32(text[position])
  position &+= 1
  if lead < 0x80 { return lead }
  // Written out by length: digests go through the characters of some scripts by this.
  let left = text.count &- position
  func next(_ i: Int) -> UInt32 { UInt32(text[position &+ i]) }
  func continues(_ byte: UInt32) -> Bool { byte & 0xC0 == 0x80 }
  if lead < 0xE0 {
    guard lead >= 0xC2, left >= 1, continues(next(0)) else { return 0 }
    let scalar = (lead & 0x1F) << 6 | (next(0) & 0x3F)
    position &+= 1
    return scalar
  }
  if lead < 0xF0 {
    guard left >= 2, continues(next(0)), continues(next(1)) else { return 0 }
    let scalar = (lead & 0x0F) << 12 | (next(0) & 0x3F) << 6 | (next(1) & 0x3F)
    position &+= 2
    return scalar
  }
  guard lead < 0xF5, left >= 3, continues(next(0)), continues(next(1)), continues(next(2)) else { return 0 }
  let scalar = (lead & 0x07) << 18 | (next(0) & 0x3F) << 12 | (next(1) & 0x3F) << 6 | (next(2) & 0x3F)
  position &+= 3
  return scalar
}
