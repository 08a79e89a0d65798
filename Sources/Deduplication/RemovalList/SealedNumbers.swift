// What removal lists and cut lists are made of: a header with a count, numbers as LEB128 in as few bytes as possible, a
// checksum. On disk:
//   4 bytes   magic
//   4 bytes   version, little-endian: 1
//   8 bytes   count, little-endian: what it counts is the list's affair
//   n bytes   numbers
//   8 bytes   XXH3-64 of all bytes before, little-endian
import CorpusCore

/// Builds the bytes of a list.
struct SealedNumbersWriter {
  private var bytes: [UInt8]

  /// `magic` has four bytes.
  init(magic: [UInt8]) {
    bytes = magic
    bytes.appendLittleEndian(SealedNumbers.version)
    bytes.appendLittleEndian(UInt64(0))
  }

  mutating func append(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  consuming func finished(count: UInt64) -> [UInt8] {
    for index in 0..<8 { bytes[8 + index] = UInt8(truncatingIfNeeded: count >> UInt64(8 * index)) }
    bytes.appendLittleEndian(SealedNumbers.check(bytes[...]))
    return bytes
  }
}

/// The bytes of a list, not trusted: header and checksum are checked at once, numbers as they are read.
struct SealedNumbers: Sendable {
  typealias Damage = @Sendable (_ offset: Int, _ reason: String) -> DeduplicationFailure

  static let version: UInt32 = 1
  /// Where the numbers begin.
  static let start = 16
  private static let checkByteCount = 8

  /// What the header says, and no more than the numbers' bytes: each thing counted has a number at least.
  let count: Int
  /// Behind the last number.
  let end: Int
  private let bytes: [UInt8]
  private let damage: Damage

  /// `name` is what to call the list in a failure, which `damage` makes.
  init(
    _ bytes: [UInt8], magic: [UInt8], name: String, damage: @escaping Damage
  ) throws(DeduplicationFailure) {
    let end = bytes.count - Self.checkByteCount
    guard end >= Self.start else { throw damage(bytes.count, "cut short: a list has at least 24 bytes") }
    guard bytes[0..<4].elementsEqual(magic) else {
      throw damage(0, "this is not a \(name): it does not begin with \(String(decoding: magic, as: UTF8.self))")
    }
    let version = UInt32(truncatingIfNeeded: bytes.littleEndianNumber(at: 4, byteCount: 4))
    guard version == Self.version else { throw damage(4, "version \(version), and this program reads version 1") }
    guard bytes.littleEndianNumber(at: end, byteCount: 8) == Self.check(bytes[..<end]) else {
      throw damage(end, "the checksum differs")
    }
    let count = bytes.littleEndianNumber(at: 8, byteCount: 8)
    // Bounded by the file before memory is taken.
    guard count <= UInt64(end - Self.start) else { throw damage(8, "\(count) entries do not fit the file") }
    self.bytes = bytes
    self.count = Int(count)
    self.end = end
    self.damage = damage
  }

  /// The number at `position`, which moves behind it.
  func number(at position: inout Int) throws(DeduplicationFailure) -> UInt64 {
    let start = position
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard position < end else { break }
      let byte = bytes[position]
      position += 1
      if shift == 63, byte > 1 { break }
      number |= UInt64(byte & 0x7F) << shift
      guard byte < 0x80 else { continue }
      if byte == 0, shift > 0 { break }
      return number
    }
    throw damage(start, "not a number in its shortest form")
  }

  static func check(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.withUnsafeBytes { hash64($0) } }
}

extension [UInt8] {
  fileprivate mutating func appendLittleEndian<Number: FixedWidthInteger>(_ number: Number) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }

  /// The caller has checked that the bytes are there.
  fileprivate func littleEndianNumber(at offset: Int, byteCount: Int) -> UInt64 {
    (0..<byteCount).reduce(UInt64(0)) { $0 | UInt64(self[offset + $1]) << UInt64(8 * $1) }
  }
}
