// The documents that deduplication compares: those of this run, numbered from 0, and behind them what earlier runs kept.
import CorpusCore
import Deduplication

struct KnownDocuments: Sendable {
  let fingerprints: MappedFingerprints
  let earlier: EarlierFingerprints?
  /// Documents of this run.
  let count: Int

  /// Whether a number is that of an earlier run's document, which is never removed.
  func isEarlier(_ number: Int) -> Bool { number >= count }

  func withRecord<Result>(_ number: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    guard let earlier, isEarlier(number) else { return try fingerprints.withRecord(number, body) }
    return try earlier.withRecord(number - count, body)
  }

  /// All that can be duplicates, in order of number: documents without text are nobody's.
  func forEach(_ body: (Int, UnsafeRawBufferPointer) throws -> Void) rethrows {
    try fingerprints.forEach { if FingerprintLayout.textBytes($1) > 0 { try body($0, $1) } }
    try earlier?.forEach { try body(count + $0, $1) }
  }

  /// Whether a document of this run is in a set; those of earlier runs are in none.
  func isIn(_ set: DocumentSet, _ number: Int) -> Bool { !isEarlier(number) && set.contains(number) }

  /// Gives back the memory of fingerprints that were looked at.
  func release() {
    fingerprints.release()
    earlier?.release()
  }

  var layout: FingerprintLayout { fingerprints.layout }

  static let rankBytes = 1 + KeepRank.byteCount

  /// Appends what `number`, whose record is at hand, is ranked by: `rankBytes` bytes in whose order documents of earlier
  /// runs come first, then better ones. Of equal ones the first of the input is the better: its number follows.
  func appendRank(
    of number: Int, _ record: UnsafeRawBufferPointer, rule: KeepRule, slot: FingerprintLayout.KeepSlot,
    to bytes: inout [UInt8]
  ) {
    bytes.append(isEarlier(number) ? 0 : 1)
    KeepRank(
      place: isEarlier(number) ? 0 : layout.place(record, rule: rule, slot: slot),
      textBytes: Int(FingerprintLayout.textBytes(record)),
      idHash: FingerprintLayout.idHash(record), textDigest: FingerprintLayout.digest(record).high
    ).append(rule: isEarlier(number) ? .earliest : rule, to: &bytes)
  }

  /// The near-duplicate fingerprints of two documents.
  func withPair<Result>(
    _ a: Int, _ b: Int, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try withRecord(a) { a in
      try withRecord(b) { b in
        try body(layout.near(a), layout.near(b))
      }
    }
  }
}

/// A set of document numbers, one bit each.
struct DocumentSet {
  private var words: [UInt64]

  init(capacity: Int) { words = [UInt64](repeating: 0, count: (capacity + 63) / 64) }

  mutating func insert(_ number: Int) { words[number >> 6] |= 1 << UInt64(number & 63) }
  func contains(_ number: Int) -> Bool { words[number >> 6] >> UInt64(number & 63) & 1 == 1 }
}
