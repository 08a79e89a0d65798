// The documents that deduplication compares: those of this run, numbered from 0, and behind them what earlier runs kept.
import CorpusCore
import Deduplication

struct KnownDocuments {
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

  func forEach(_ body: (Int, UnsafeRawBufferPointer) throws -> Void) rethrows {
    try fingerprints.forEach(body)
    try earlier?.forEach { try body(count + $0, $1) }
  }

  /// What `number`, whose record is at hand, is ranked by.
  func ranked(_ number: Int, _ record: UnsafeRawBufferPointer) -> RankedDocument {
    RankedDocument(
      number: UInt64(number), length: FingerprintLayout.textBytes(record), idHash: FingerprintLayout.idHash(record),
      isEarlier: isEarlier(number))
  }

  func ranked(_ number: Int) -> RankedDocument { withRecord(number) { ranked(number, $0) } }
}
