// The classes GPT-2's split asks about, one byte a code point, filled once from ICU.
import CTextShim

/// What a character is to GPT-2's split.
enum CharacterClass {
  static let other: UInt8 = 0
  static let letter: UInt8 = 1
  static let number: UInt8 = 2
  static let space: UInt8 = 3
}

/// A table of `CharacterClass` by code point.
struct CharacterClassTable: @unchecked Sendable {
  // Written once before it is shared, never freed: one table a process. Flat, for text touches few of its lines.
  let classes: UnsafePointer<UInt8>

  static let none = CharacterClassTable(codePoints: 1)
  static let shared = CharacterClassTable(codePoints: 0x110000)

  private init(codePoints: Int) {
    let table = UnsafeMutablePointer<UInt8>.allocate(capacity: codePoints)
    xylem_tok_fill_classes(table, codePoints)
    classes = UnsafePointer(table)
  }

  /// Class and byte length of the character at `at`, which is below `count`. Bytes that are no UTF-8 are signs of length 1.
  @inline(__always)
  func character(_ base: UnsafePointer<UInt8>, _ at: Int, _ count: Int) -> (class: UInt8, length: Int) {
    let first = base[at]
    if first < 0x80 { return (classes[Int(first)], 1) }
    return longCharacter(base, at, count, first)
  }

  private func longCharacter(
    _ base: UnsafePointer<UInt8>, _ at: Int, _ count: Int, _ first: UInt8
  ) -> (class: UInt8, length: Int) {
    func tail(_ offset: Int) -> Int? {
      guard at + offset < count, base[at + offset] & 0xC0 == 0x80 else { return nil }
      return Int(base[at + offset] & 0x3F)
    }
    let other = (class: CharacterClass.other, length: 1)
    if first < 0xE0 {
      guard first >= 0xC2, let a = tail(1) else { return other }
      return (classes[Int(first & 0x1F) << 6 | a], 2)
    }
    if first < 0xF0 {
      guard let a = tail(1), let b = tail(2) else { return other }
      return (classes[Int(first & 0x0F) << 12 | a << 6 | b], 3)
    }
    guard first < 0xF5, let a = tail(1), let b = tail(2), let c = tail(3) else { return other }
    let scalar = Int(first & 0x07) << 18 | a << 12 | b << 6 | c
    return scalar < 0x110000 ? (classes[scalar], 4) : other
  }
}
