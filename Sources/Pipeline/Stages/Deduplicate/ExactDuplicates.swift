// Documents that are equal in their text or their URL: digests sorted outside memory; the first of equal ones, in rank
// order, stays.
import CorpusCore
import CorpusIO
import Deduplication
import Glibc

/// How equal documents are looked for.
struct EqualityOptions: Sendable {
  var kind: EqualityKind
  /// Which of equal ones stays.
  var rule: KeepRule
  /// Equal ones of different groups are left alone.
  var withinGroup = false
}

/// Calls `body(number, representative)` for each document to take out, group by group, and puts it into
/// `removed`; those that are there already are passed over.
///
/// Records of digest (16, big-endian), group (4; 0 where groups do not matter), rank (25) and document number (8) are
/// sorted.
func exactDuplicates(
  of documents: KnownDocuments, removed: inout DocumentSet, options: EqualityOptions, space: DeduplicationSpace,
  _ body: (Int, Int) throws -> Void
) throws {
  let keyBytes = 16 + 4
  let numberOffset = keyBytes + KnownDocuments.rankBytes
  let sorter = space.sorter(recordBytes: numberOffset + 8)
  var record: [UInt8] = []
  try documents.forEach { number, bytes in
    guard let digest = documents.layout.key(bytes, of: options.kind), !documents.isIn(removed, number) else {
      return
    }
    record.removeAll(keepingCapacity: true)
    appendBigEndian(digest.high, to: &record)
    appendBigEndian(digest.low, to: &record)
    appendBigEndian(options.withinGroup ? FingerprintLayout.group(bytes) : 0, to: &record)
    documents.appendRank(
      of: number, bytes, rule: options.rule, slot: options.kind == .url ? .url : .exact, to: &record)
    appendBigEndian(UInt64(number), to: &record)
    try record.withUnsafeBytes { try sorter.add($0) }
  }
  var key = [UInt8](repeating: 0, count: keyBytes)
  var kept: Int?
  try sorter.forEachSorted { bytes in
    let number = Int(loadBigEndian(bytes, at: numberOffset))
    let its = UnsafeRawBufferPointer(rebasing: bytes[..<keyBytes])
    if let kept, key.withUnsafeBytes({ equal($0, its) }) {
      if !documents.isEarlier(number) {
        removed.insert(number)
        try body(number, kept)
      }
    } else {
      key.withUnsafeMutableBytes { $0.copyMemory(from: its) }
      kept = number
    }
  }
}

/// Whether two keys of one length are the same.
func equal(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
  guard let x = a.baseAddress, let y = b.baseAddress, a.count == b.count else { return a.isEmpty && b.isEmpty }
  return memcmp(x, y, a.count) == 0
}

func loadBigEndian(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
  UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
}
