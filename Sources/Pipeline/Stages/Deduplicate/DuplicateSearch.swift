// Finds what is to be taken out: equal texts first, then equal URLs, then near duplicates, each among those that are left.
import CorpusCore
import CorpusIO
import Deduplication

struct DuplicateSearch {
  let documents: KnownDocuments
  let texts: any ShingleSource
  let space: DeduplicationSpace
  /// Equalities to look for, one after the other.
  var equal: [EqualityOptions] = []
  var near: NearSearch?
  private(set) var candidatePairs = 0
  private(set) var verifiedPairs = 0

  init(documents: KnownDocuments, texts: any ShingleSource, space: DeduplicationSpace) {
    self.documents = documents
    self.texts = texts
    self.space = space
  }

  mutating func run() throws -> DuplicateList {
    var removed = DocumentSet(capacity: documents.count)
    var rounds: [DuplicateRound] = []
    for options in equal {
      let round = DuplicateRound(options.kind == .url ? .urlDuplicate : .exactDuplicate, space: space)
      try exactDuplicates(of: documents, removed: &removed, options: options, space: space) {
        try round.add($0, representative: $1, similarity: 1)
      }
      rounds.append(round)
      if Interruption.isRequested { throw Interrupted() }
    }
    if let near {
      let round = DuplicateRound(.nearDuplicate, space: space)
      var search = NearDuplicates(documents: documents, texts: texts, search: near, space: space)
      try search.forEach(excluding: removed) { try round.add($0, representative: $1, similarity: $2) }
      candidatePairs = search.candidatePairs
      verifiedPairs = search.verifiedPairs
      rounds.append(round)
    }
    return try DuplicateList(rounds: rounds, space: space)
  }
}

/// How many documents each survivor of a cluster stands for, itself included, in order of its number: 16 bytes each on
/// disk.
struct ClusterSizes {
  private static let entryBytes = 16
  private let map: MappedFile
  var count: Int { map.count / Self.entryBytes }

  init(of duplicates: DuplicateList, space: DeduplicationSpace) throws {
    let sorter = space.sorter(recordBytes: 8)
    try duplicates.forEach { try sorter.add(UInt64($0.representative)) }
    let file = try space.createScratch("clusters")
    var open: (representative: UInt64, size: UInt64)?
    func close() throws {
      guard let open else { return }
      try withUnsafeBytes(of: (open.representative, open.size)) { try file.write($0) }
    }
    try sorter.forEachSorted { bytes in
      let representative = loadBigEndian(bytes, at: 0)
      if let last = open, last.representative == representative {
        open = (representative, last.size + 1)
      } else {
        try close()
        open = (representative, 2)
      }
    }
    try close()
    _ = try file.finish()
    map = try space.map("clusters")
  }

  subscript(index: Int) -> (representative: Int, size: Int) {
    (Int(map.number(at: index * Self.entryBytes)), Int(map.number(at: index * Self.entryBytes + 8)))
  }

  /// Index of the first survivor whose number is `number` or more. O(log n).
  func firstIndex(from number: Int) -> Int { lowerBound(count) { self[$0].representative < number } }
}
