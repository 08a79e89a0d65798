// A segment as the stages of repeated lines hand it on, sorted by its bytes:
//   16 bytes   digest of its text and its group, big-endian
//    8 bytes   where it stands first, big-endian: the part's place in the catalog (24 bits), its place among the segments
//              of the part (40 bits)
//    8 bytes   how often it stands, big-endian
import CorpusCore

struct SegmentRecord {
  static let byteCount = 32
  var digest: Digest128
  var first: UInt64
  var count: UInt64

  init(digest: Digest128, first: UInt64, count: UInt64) {
    self.digest = digest
    self.first = first
    self.count = count
  }

  /// The record at `offset`, which has its bytes.
  init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
    digest = Self.digest(bytes, at: offset)
    first = loadBigEndian(bytes, at: offset + 16)
    count = loadBigEndian(bytes, at: offset + 24)
  }

  static func digest(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Digest128 {
    Digest128(high: loadBigEndian(bytes, at: offset), low: loadBigEndian(bytes, at: offset + 8))
  }

  /// Calls `body` with the record as it stands on disk.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withUnsafeBytes(of: (digest.high.bigEndian, digest.low.bigEndian, first.bigEndian, count.bigEndian), body)
  }
}

/// Digests are spread evenly, so that equal stretches of their values are about equal shares of the records.
struct DigestRanges: Sendable {
  let count: Int

  /// Which of the ranges holds a digest; ascends with the digest.
  func index(of digest: Digest128) -> Int { Int(digest.high.multipliedFullWidth(by: UInt64(count)).high) }
}
