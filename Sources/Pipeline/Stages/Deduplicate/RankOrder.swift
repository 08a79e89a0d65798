// Documents numbered by the rule that says which one stays: rank 0 is the best. From here on a comparison of ranks is a
// comparison of documents, in 8 bytes.
import CorpusCore
import CorpusIO
import Deduplication

/// Rank -> document number, 8 bytes a document on disk.
struct RankOrder {
  private let numbers: MappedFile
  /// Ranks below it are those of documents of earlier runs, which are never removed.
  let earlierCount: UInt64
  let count: Int

  func number(_ rank: UInt64) -> Int { Int(numbers.number(at: Int(rank) * 8)) }
  func isEarlier(_ rank: UInt64) -> Bool { rank < earlierCount }

  /// Ranks the documents that are not in `removed`, and hands out (number, rank) in order of number.
  static func make(
    of documents: KnownDocuments, excluding removed: DocumentSet, rule: KeepRule, space: DeduplicationSpace,
    _ body: (Int, UInt64) throws -> Void
  ) throws -> RankOrder {
    let byNumber = space.sorter(recordBytes: 16)
    let file = try space.createScratch("ranks")
    var rank: UInt64 = 0
    var earlierCount: UInt64 = 0
    do {
      let byRank = space.sorter(recordBytes: KnownDocuments.rankBytes + 8)
      var record: [UInt8] = []
      try documents.forEach { number, bytes in
        guard documents.isEarlier(number) || !removed.contains(number) else { return }
        record.removeAll(keepingCapacity: true)
        documents.appendRank(of: number, bytes, rule: rule, priority: FingerprintLayout.nearPriority, to: &record)
        appendBigEndian(UInt64(number), to: &record)
        try record.withUnsafeBytes { try byRank.add($0) }
      }
      try byRank.forEachSorted { bytes in
        let number = loadBigEndian(bytes, at: KnownDocuments.rankBytes)
        if documents.isEarlier(Int(number)) { earlierCount += 1 }
        try withUnsafeBytes(of: number) { try file.write($0) }
        try byNumber.add(number, rank)
        rank += 1
      }
    }
    _ = try file.finish()
    try byNumber.forEachSorted { try body(Int(loadBigEndian($0, at: 0)), loadBigEndian($0, at: 8)) }
    return RankOrder(
      numbers: try space.map("ranks"), earlierCount: earlierCount, count: Int(rank))
  }
}
