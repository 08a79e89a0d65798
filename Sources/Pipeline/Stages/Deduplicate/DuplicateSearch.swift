// Finds what is to be taken out: equal documents first, then near ones among those that are left.
import CorpusCore
import CorpusIO
import Deduplication

struct DuplicateSearch {
  let documents: KnownDocuments
  let texts: any ShingleSource
  let space: DeduplicationSpace
  /// Which of equal documents stays; nil when equal ones are not looked for.
  var exact: KeepRule?
  var near: (options: NearDuplicateOptions, rule: KeepRule)?
  private(set) var candidatePairs = 0
  private(set) var verifiedPairs = 0

  init(documents: KnownDocuments, texts: any ShingleSource, space: DeduplicationSpace) {
    self.documents = documents
    self.texts = texts
    self.space = space
  }

  mutating func run() throws -> DuplicateList {
    var removed = DocumentSet(capacity: documents.count)
    let equal = space.sorter(recordBytes: 16)
    if let exact {
      try exactDuplicates(of: documents, rule: exact, space: space) { number, representative in
        removed.insert(number)
        try equal.add(UInt64(number), UInt64(representative))
      }
    }
    if Interruption.isRequested { throw Interrupted() }
    let similar = space.sorter(recordBytes: 24)
    if let near {
      var search = NearDuplicates(
        documents: documents, texts: texts, options: near.options, rule: near.rule, space: space)
      try search.forEach(excluding: removed) { number, representative, similarity in
        try similar.add(UInt64(number), UInt64(representative), UInt64(similarity.bitPattern))
      }
      candidatePairs = search.candidatePairs
      verifiedPairs = search.verifiedPairs
    }
    return try DuplicateList(exact: equal, near: similar, space: space)
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
