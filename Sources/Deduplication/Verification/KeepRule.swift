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
  /// The highest quality score that the record carries; of one score the longest, as above. No score is the worst.
  case quality
}

/// What a document is ranked by, as bytes whose order is "better first".
public struct KeepRank: Sendable, Hashable {
  public static let byteCount = 24

  /// For `source` the place of the document's source in the list of priorities, the list's length for a source that is
  /// not in it; for `quality` the `qualityPlace` of its score.
  public var place: UInt32
  public var textBytes: Int
  public var idHash: UInt64
  /// High half of the digest of the text, so that only equal texts of equal ids are left to the order of the input.
  public var textDigest: UInt64

  public init(place: UInt32, textBytes: Int, idHash: UInt64, textDigest: UInt64) {
    self.place = place
    self.textBytes = textBytes
    self.idHash = idHash
    self.textDigest = textDigest
  }

  /// Appends `byteCount` bytes; `earliest` ranks by the position that follows, so all of its ranks are equal.
  public func append(rule: KeepRule, to bytes: inout [UInt8]) {
    guard rule != .earliest else { return bytes.append(contentsOf: repeatElement(0, count: Self.byteCount)) }
    let isPlaced = rule == .source || rule == .quality
    // Texts of 4 GB and more are equally long.
    let first = UInt64(isPlaced ? place : 0) << 32 | UInt64(UInt32.max - UInt32(clamping: textBytes))
    for number in [first, idHash, textDigest] {
      Swift.withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
  }
}

/// The place of a score, so that higher scores have smaller places; the last one for none and for what is not a number.
/// Scores are compared as 32-bit floating-point numbers.
public func qualityPlace(_ score: Float?) -> UInt32 {
  guard let score, !score.isNaN else { return .max }
  // Zero has two spellings, which are one score.
  let bits = (score == 0 ? 0 : score).bitPattern
  // IEEE 754: magnitudes are ordered as integers are; below zero the other way round.
  let ascending = bits >> 31 == 0 ? bits | 1 << 31 : ~bits
  return UInt32.max - 1 - min(ascending, UInt32.max - 1)
}
