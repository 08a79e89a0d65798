// Which of some equal or near documents stays: a total order that neither the order of shards nor the number of workers changes.

/// The rule by which one of a group of duplicates is kept.
public enum KeepRule: String, Sendable, Hashable, Codable, CaseIterable {
  /// The longest text in bytes; of equal ones the smallest hash of the id, then the smallest digest of the text. The
  /// order of the input decides only between equal texts of equal ids.
  case longest
  /// The first of the input: shards by path, then lines.
  case earliest
  /// The best source of a list; of one source the longest, as above.
  case source
}

/// What a document is ranked by, as bytes whose order is "better first".
public struct KeepRank: Sendable, Hashable {
  public static let byteCount = 24

  /// Place of the document's source in the list of priorities; the list's length for a source that is not in it.
  public var sourcePriority: UInt16
  public var textBytes: Int
  public var idHash: UInt64
  /// High half of the digest of the text, so that only equal texts of equal ids are left to the order of the input.
  public var textDigest: UInt64

  public init(sourcePriority: UInt16, textBytes: Int, idHash: UInt64, textDigest: UInt64) {
    self.sourcePriority = sourcePriority
    self.textBytes = textBytes
    self.idHash = idHash
    self.textDigest = textDigest
  }

  /// Appends `byteCount` bytes; `earliest` ranks by the position that follows, so all of its ranks are equal.
  public func append(rule: KeepRule, to bytes: inout [UInt8]) {
    guard rule != .earliest else { return bytes.append(contentsOf: repeatElement(0, count: Self.byteCount)) }
    let lengthBits: UInt64 = 48
    let length = min(UInt64(textBytes), 1 << lengthBits - 1)
    let priority = rule == .source ? UInt64(sourcePriority) : 0
    let first = priority << lengthBits | (1 << lengthBits - 1 - length)
    for number in [first, idHash, textDigest] {
      Swift.withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
  }
}
