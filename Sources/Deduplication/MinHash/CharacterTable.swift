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
  position += 1
  if lead < 0x80 { return lead }
  let length = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3
  guard lead >= 0xC2, lead < 0xF5, position + length <= text.count else { return 0 }
  var scalar = lead & (0x3F >> UInt32(length))
  for i in 0..<length {
    let byte = UInt32(text[position + i])
    guard byte & 0xC0 == 0x80 else { return 0 }
    scalar = scalar << 6 | (byte & 0x3F)
  }
  position += length
  return scalar
}
