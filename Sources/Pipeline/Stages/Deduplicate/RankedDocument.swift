// Which of two equal or similar documents stays: a total order that depends on the documents, never on where they lie.
import Deduplication

/// A document's standing: those of earlier runs first; then the longer (or the earlier in the input), then by the hash of
/// the id, then by number.
struct RankedDocument {
  let number: UInt64
  let length: UInt32
  let idHash: UInt64
  /// It belongs to a run before this one, and stays.
  let isEarlier: Bool

  /// Sort key whose unsigned bytewise order is "better first": 12 bytes.
  func appendKey(rule: KeepRule, to bytes: inout [UInt8]) {
    // 0 is the key of documents of earlier runs alone.
    let first = rule == .longest ? UInt32.max - min(length, UInt32.max - 1) : 1
    appendBigEndian(isEarlier ? 0 : first, to: &bytes)
    appendBigEndian(rule == .longest && !isEarlier ? idHash : number, to: &bytes)
  }

  func precedes(_ other: RankedDocument, rule: KeepRule) -> Bool {
    if isEarlier != other.isEarlier { return isEarlier }
    if rule == .longest, !isEarlier {
      if length != other.length { return length > other.length }
      if idHash != other.idHash { return idHash < other.idHash }
    }
    return number < other.number
  }
}
