// What deduplication hands on: for each prepared part the ordinals of its removed documents. On disk:
//   4 bytes   "XYRL"
//   4 bytes   version, little-endian: 1
//   8 bytes   count, little-endian
//   n bytes   the first ordinal, then each gap less one, as LEB128 in as few bytes as possible
//   8 bytes   XXH3-64 of all bytes before, little-endian
import CorpusCore

/// The removed documents of one prepared part: ordinals from 0, ascending, each once.
public struct RemovalList: Sendable, Hashable {
  public let ordinals: [UInt64]

  /// `sortedOrdinals` ascend strictly.
  public init(sortedOrdinals: [UInt64]) {
    precondition(
      zip(sortedOrdinals, sortedOrdinals.dropFirst()).allSatisfy { $0 < $1 }, "removed ordinals ascend, each once")
    ordinals = sortedOrdinals
  }

  public var count: Int { ordinals.count }
  public var isEmpty: Bool { ordinals.isEmpty }

  /// Whether the document of this ordinal is removed. O(log n); to go through a part use a `Cursor`.
  public func contains(_ ordinal: UInt64) -> Bool { ordinals.containsSorted(ordinal) }

  /// Whether each of ascending ordinals is removed, in O(1) amortised.
  public struct Cursor: Sendable {
    private let ordinals: [UInt64]
    private var next = 0

    init(_ ordinals: [UInt64]) { self.ordinals = ordinals }

    /// Ordinals asked for never descend.
    public mutating func isRemoved(_ ordinal: UInt64) -> Bool {
      while next < ordinals.count, ordinals[next] < ordinal { next += 1 }
      return next < ordinals.count && ordinals[next] == ordinal
    }
  }

  public func makeCursor() -> Cursor { Cursor(ordinals) }
}

extension RemovalList: Sequence {
  public func makeIterator() -> IndexingIterator<[UInt64]> { ordinals.makeIterator() }
  public var underestimatedCount: Int { ordinals.count }
}

extension RemovalList {
  private static let magic: [UInt8] = Array("XYRL".utf8)
  private static let version: UInt32 = 1
  private static let headerByteCount = 16
  private static let checkByteCount = 8

  /// The list as it stands on disk: 24 bytes and about one a removal.
  public func encode() -> [UInt8] {
    var bytes = Self.magic
    bytes.reserveCapacity(24 + 2 * ordinals.count)
    bytes.appendLittleEndian(Self.version)
    bytes.appendLittleEndian(UInt64(ordinals.count))
    // Gaps less one need the ordinal before; before the first stands none, so it is written as it is.
    var lowest: UInt64 = 0
    for ordinal in ordinals {
      bytes.appendLEB128(ordinal - lowest)
      lowest = ordinal &+ 1
    }
    bytes.appendLittleEndian(Self.check(bytes[...]))
    return bytes
  }

  /// The list that `encode()` wrote; fails on bytes that it cannot have written. Memory: 8 bytes a removal, at most 8
  /// times the input.
  public init(decoding bytes: [UInt8]) throws(DeduplicationFailure) {
    let payloadEnd = bytes.count - Self.checkByteCount
    guard payloadEnd >= Self.headerByteCount else {
      throw .damagedRemovalList(offset: bytes.count, reason: "cut short: a list has at least 24 bytes")
    }
    guard Array(bytes[0..<4]) == Self.magic else {
      throw .damagedRemovalList(offset: 0, reason: "this is not a removal list: it does not begin with XYRL")
    }
    let version = UInt32(truncatingIfNeeded: bytes.littleEndianNumber(at: 4, byteCount: 4))
    guard version == Self.version else {
      throw .damagedRemovalList(offset: 4, reason: "version \(version), and this program reads version 1")
    }
    guard bytes.littleEndianNumber(at: payloadEnd, byteCount: 8) == Self.check(bytes[..<payloadEnd]) else {
      throw .damagedRemovalList(offset: payloadEnd, reason: "the checksum differs")
    }
    let count = bytes.littleEndianNumber(at: 8, byteCount: 8)
    // An ordinal takes a byte at least, so the count is bounded by the file before memory is taken.
    guard count <= UInt64(payloadEnd - Self.headerByteCount) else {
      throw .damagedRemovalList(offset: 8, reason: "\(count) ordinals do not fit the file")
    }
    ordinals = try Self.decodeOrdinals(bytes, count: Int(count), end: payloadEnd)
  }

  private static func decodeOrdinals(
    _ bytes: [UInt8], count: Int, end: Int
  ) throws(DeduplicationFailure) -> [UInt64] {
    var ordinals: [UInt64] = []
    ordinals.reserveCapacity(count)
    var position = headerByteCount
    // The lowest value that may follow; nil when the last ordinal was the largest number.
    var lowest: UInt64? = 0
    for _ in 0..<count {
      let start = position
      guard let gap = bytes.leb128(at: &position, end: end) else {
        throw .damagedRemovalList(offset: start, reason: "not a number in its shortest form")
      }
      guard let base = lowest, case let (ordinal, overflow) = base.addingReportingOverflow(gap), !overflow else {
        throw .damagedRemovalList(offset: start, reason: "an ordinal beyond 64 bits")
      }
      ordinals.append(ordinal)
      lowest = ordinal == .max ? nil : ordinal + 1
    }
    guard position == end else {
      throw .damagedRemovalList(offset: position, reason: "\(end - position) bytes behind the last ordinal")
    }
    return ordinals
  }

  private static func check(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.withUnsafeBytes { hash64($0) } }
}

extension [UInt8] {
  fileprivate mutating func appendLittleEndian<Number: FixedWidthInteger>(_ number: Number) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }

  fileprivate mutating func appendLEB128(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  /// The caller has checked that the bytes are there.
  fileprivate func littleEndianNumber(at offset: Int, byteCount: Int) -> UInt64 {
    (0..<byteCount).reduce(UInt64(0)) { $0 | UInt64(self[offset + $1]) << UInt64(8 * $1) }
  }

  /// The number at `position`, which moves behind it; nil when it does not end before `end`, is longer than need be or
  /// has more than 64 bits.
  fileprivate func leb128(at position: inout Int, end: Int) -> UInt64? {
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard position < end else { return nil }
      let byte = self[position]
      position += 1
      if shift == 63, byte > 1 { return nil }
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return byte == 0 && shift > 0 ? nil : number }
    }
    return nil
  }
}
