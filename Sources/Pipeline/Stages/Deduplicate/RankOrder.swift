// Documents numbered by the rule that says which one stays: rank 0 is the best. From here on a comparison of ranks is a
// comparison of documents, in 8 bytes.
import CorpusCore
import CorpusIO
import Deduplication

/// Rank -> document number, and the other way for the documents that have a rank: 24 bytes a document on disk.
struct RankOrder: Sendable {
  private static let entryBytes = 16
  private let numbers: MappedFile
  private let ranks: MappedFile
  /// Ranks below it are those of documents of earlier runs, which are never removed.
  let earlierCount: UInt64
  var count: Int { numbers.count / 8 }

  func number(_ rank: UInt64) -> Int { Int(numbers.number(at: Int(rank) * 8)) }
  func isEarlier(_ rank: UInt64) -> Bool { rank < earlierCount }

  /// Number and rank of every document that has one, in order of number.
  func forEach(_ body: (Int, UInt64) throws -> Void) rethrows {
    for offset in stride(from: 0, to: ranks.count, by: Self.entryBytes) {
      if offset & 0xFF_FFFF == 0 { ranks.release() }
      try body(Int(ranks.number(at: offset)), ranks.number(at: offset + 8))
    }
  }

  /// See `MappedFile.release`.
  func release() { numbers.release() }

  /// Ranks the documents that are not in `removed`.
  init(
    of documents: KnownDocuments, excluding removed: DocumentSet, rule: KeepRule, space: DeduplicationSpace
  ) throws {
    let byNumber = space.sorter(recordBytes: Self.entryBytes)
    let numbersFile = try space.createScratch("numbers")
    var rank: UInt64 = 0
    var earlierCount: UInt64 = 0
    do {
      let byRank = space.sorter(recordBytes: KnownDocuments.rankBytes + 8)
      var record: [UInt8] = []
      try documents.forEach { number, bytes in
        guard !documents.isIn(removed, number) else { return }
        record.removeAll(keepingCapacity: true)
        documents.appendRank(of: number, bytes, rule: rule, slot: .near, to: &record)
        appendBigEndian(UInt64(number), to: &record)
        try record.withUnsafeBytes { try byRank.add($0) }
      }
      try byRank.forEachSorted { bytes in
        let number = loadBigEndian(bytes, at: KnownDocuments.rankBytes)
        if documents.isEarlier(Int(number)) { earlierCount += 1 }
        try withUnsafeBytes(of: number) { try numbersFile.write($0) }
        try byNumber.add(number, rank)
        rank += 1
      }
    }
    _ = try numbersFile.finish()
    let ranksFile = try space.createScratch("ranks")
    try byNumber.forEachSorted { bytes in
      try withUnsafeBytes(of: (loadBigEndian(bytes, at: 0), loadBigEndian(bytes, at: 8))) { try ranksFile.write($0) }
    }
    _ = try ranksFile.finish()
    numbers = try space.map("numbers")
    ranks = try space.map("ranks")
    self.earlierCount = earlierCount
  }
}
