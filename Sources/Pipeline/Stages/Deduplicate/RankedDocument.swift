// Which of two equal or similar documents stays: a total order that depends on the documents, never on where they lie.
import Deduplication

/// A document's standing: longer first (or earlier first), then by the hash of its id, then by number.
struct RankedDocument {
  let number: UInt64
  let length: UInt32
  let idHash: UInt64

  /// Sort key whose unsigned bytewise order is "better first": 12 bytes.
  func appendKey(rule: KeepRule, to bytes: inout [UInt8]) {
    appendBigEndian(rule == .longest ? UInt32.max - length : 0, to: &bytes)
    appendBigEndian(rule == .longest ? idHash : number, to: &bytes)
  }

  func precedes(_ other: RankedDocument, rule: KeepRule) -> Bool {
    if rule == .longest {
      if length != other.length { return length > other.length }
      if idHash != other.idHash { return idHash < other.idHash }
    }
    return number < other.number
  }
}

extension MappedFingerprints {
  func ranked(_ number: Int) -> RankedDocument {
    withRecord(number) { record in
      RankedDocument(
        number: UInt64(number), length: FingerprintLayout.textBytes(record), idHash: FingerprintLayout.idHash(record))
    }
  }
}
