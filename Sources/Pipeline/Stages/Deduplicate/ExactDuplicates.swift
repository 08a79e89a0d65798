// Exact duplicates: digests sorted outside memory; the first of equal ones, in rank order, stays.
import CorpusCore
import CorpusIO
import Deduplication

/// A document to take out, and the one that stays for it.
struct Duplicate: Sendable {
  var number: Int
  var representative: Int
  var similarity: Float
  var reason: DropReason
}

/// 36-byte records: digest (16, big-endian), rank key (12), document number (8).
func exactDuplicates(
  of documents: KnownDocuments, rule: KeepRule, attempt: Attempt
) throws -> [Duplicate] {
  let sorter = ExternalSorter(
    recordBytes: 36, memoryBytes: attempt.memoryBytes / 2, scratchDirectory: attempt.scratchDirectory,
    fileSystem: attempt.directory.fileSystem)
  var record: [UInt8] = []
  try documents.forEach { number, bytes in
    record.removeAll(keepingCapacity: true)
    let digest = FingerprintLayout.digest(bytes)
    appendBigEndian(digest.high, to: &record)
    appendBigEndian(digest.low, to: &record)
    documents.ranked(number, bytes).appendKey(rule: rule, to: &record)
    appendBigEndian(UInt64(number), to: &record)
    try record.withUnsafeBytes { try sorter.add($0) }
  }
  var duplicates: [Duplicate] = []
  var current: (high: UInt64, low: UInt64, number: Int)? = nil
  try sorter.forEachSorted { bytes in
    let high = loadBigEndian(bytes, at: 0)
    let low = loadBigEndian(bytes, at: 8)
    let number = Int(truncatingIfNeeded: loadBigEndian(bytes, at: 28))
    if let kept = current, kept.high == high, kept.low == low {
      if documents.isEarlier(number) { return }
      duplicates.append(
        Duplicate(number: number, representative: kept.number, similarity: 1, reason: .exactDuplicate))
    } else {
      current = (high, low, number)
    }
  }
  return duplicates.sorted { $0.number < $1.number }
}

func loadBigEndian(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
  UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
}
