// Exact duplicates: digests sorted outside memory; the first of equal ones, in rank order, stays.
import CorpusCore
import CorpusIO
import Deduplication

/// Calls `body(number, representative)` for each document to take out, group by group.
///
/// Records of digest (16, big-endian), rank (25) and document number (8) are sorted.
func exactDuplicates(
  of documents: KnownDocuments, rule: KeepRule, space: DeduplicationSpace, _ body: (Int, Int) throws -> Void
) throws {
  let numberOffset = 16 + KnownDocuments.rankBytes
  let sorter = space.sorter(recordBytes: numberOffset + 8)
  var record: [UInt8] = []
  try documents.forEach { number, bytes in
    record.removeAll(keepingCapacity: true)
    let digest = FingerprintLayout.digest(bytes)
    appendBigEndian(digest.high, to: &record)
    appendBigEndian(digest.low, to: &record)
    documents.appendRank(of: number, bytes, rule: rule, slot: .exact, to: &record)
    appendBigEndian(UInt64(number), to: &record)
    try record.withUnsafeBytes { try sorter.add($0) }
  }
  var current: (high: UInt64, low: UInt64, number: Int)?
  try sorter.forEachSorted { bytes in
    let high = loadBigEndian(bytes, at: 0)
    let low = loadBigEndian(bytes, at: 8)
    let number = Int(loadBigEndian(bytes, at: numberOffset))
    if let kept = current, kept.high == high, kept.low == low {
      if !documents.isEarlier(number) { try body(number, kept.number) }
    } else {
      current = (high, low, number)
    }
  }
}

func loadBigEndian(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
  UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
}
