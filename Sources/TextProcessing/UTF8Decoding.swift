// Decoding of UTF-8 that may be malformed, one character at a time (Unicode standard, table 3-7).

/// What `decodeCharacter` found: a scalar and its length, or one malformed byte as U+FFFD.
struct DecodedCharacter {
  var value: UInt32
  var length: Int
  var isMalformed: Bool
}

/// The character at `index`. Invariant of the caller: `0 <= index < count`, `bytes` readable up to `count`.
/// A malformed sequence counts as one byte, so that a scan always advances and never swallows the next character.
@inline(__always)
func decodeCharacter(_ bytes: UnsafePointer<UInt8>, _ index: Int, _ count: Int) -> DecodedCharacter {
  let malformed = DecodedCharacter(value: 0xFFFD, length: 1, isMalformed: true)
  let a = UInt32(bytes[index])
  if a < 0x80 { return DecodedCharacter(value: a, length: 1, isMalformed: false) }
  let left = count &- index
  if a < 0xE0 {
    guard a >= 0xC2, left >= 2 else { return malformed }
    let b = UInt32(bytes[index &+ 1])
    guard b & 0xC0 == 0x80 else { return malformed }
    return DecodedCharacter(value: (a & 0x1F) << 6 | (b & 0x3F), length: 2, isMalformed: false)
  }
  if a < 0xF0 {
    guard left >= 3 else { return malformed }
    let b = UInt32(bytes[index &+ 1])
    let c = UInt32(bytes[index &+ 2])
    guard b & 0xC0 == 0x80, c & 0xC0 == 0x80 else { return malformed }
    let value = (a & 0x0F) << 12 | (b & 0x3F) << 6 | (c & 0x3F)
    guard value >= 0x800, value & 0xF800 != 0xD800 else { return malformed }
    return DecodedCharacter(value: value, length: 3, isMalformed: false)
  }
  guard a < 0xF5, left >= 4 else { return malformed }
  let b = UInt32(bytes[index &+ 1])
  let c = UInt32(bytes[index &+ 2])
  let d = UInt32(bytes[index &+ 3])
  guard b & 0xC0 == 0x80, c & 0xC0 == 0x80, d & 0xC0 == 0x80 else { return malformed }
  let value = (a & 0x07) << 18 | (b & 0x3F) << 12 | (c & 0x3F) << 6 | (d & 0x3F)
  guard value >= 0x10000, value <= 0x10FFFF else { return malformed }
  return DecodedCharacter(value: value, length: 4, isMalformed: false)
}

/// The character that ends right before `end`, or nil at the beginning; malformed bytes count one each.
func decodeCharacter(_ bytes: UnsafePointer<UInt8>, before end: Int, from begin: Int = 0) -> UInt32? {
  guard end > begin else { return nil }
  var start = end - 1
  let floor = max(begin, end - 4)
  while start > floor, bytes[start] & 0xC0 == 0x80 { start -= 1 }
  let character = decodeCharacter(bytes, start, end)
  return start + character.length == end ? character.value : 0xFFFD
}
