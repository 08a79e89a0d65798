// Near duplicates: bands propose, exact Jaccard decides, stars select (after the MinHash LSH of Broder and of Leskovec,
// Rajaraman and Ullman, ch. 3; the verification and the star rule are what keeps unlike documents apart). Pairs and edges
// go from one external sort to the next; in memory are one bucket's part, and one bit a document in the star scan.
import CorpusCore
import CorpusIO
import Deduplication
import Synchronization

/// Where the shingle sets of chosen documents are had again.
protocol ShingleSource {
  /// Calls `body` with the number and the sorted shingle hashes of each document of this run that `chosen` names (records of
  /// 8 bytes, repeats allowed), in ascending order.
  func forEachSet(
    of chosen: ExternalSorter, options: NearDuplicateOptions, _ body: (Int, UnsafeRawBufferPointer) throws -> Void
  ) throws
}

/// How near duplicates are looked for.
struct NearSearch: Sendable {
  var options: NearDuplicateOptions
  /// Which of a cluster stays.
  var rule: KeepRule
  /// Documents of different groups are not compared.
  var withinGroup = false
}

struct NearDuplicates {
  private let documents: KnownDocuments
  private let texts: any ShingleSource
  private let search: NearSearch
  private var options: NearDuplicateOptions { search.options }
  private let space: DeduplicationSpace
  private(set) var candidatePairs = 0
  private(set) var verifiedPairs = 0

  init(documents: KnownDocuments, texts: any ShingleSource, search: NearSearch, space: DeduplicationSpace) {
    self.documents = documents
    self.texts = texts
    self.search = search
    self.space = space
  }

  /// Calls `body(number, representative, similarity)` for each document to take out, best rank first. Documents in
  /// `removed` are passed over.
  mutating func forEach(excluding removed: DocumentSet, _ body: (Int, Int, Float) throws -> Void) throws {
    let order = try RankOrder(of: documents, excluding: removed, rule: search.rule, space: space)
    if Interruption.isRequested { throw Interrupted() }
    let pairs = try proposedPairs(of: order)
    if Interruption.isRequested { throw Interrupted() }
    let edges = try decidedEdges(pairs, order: order)
    if Interruption.isRequested { throw Interrupted() }
    var stars = StarScan()
    func hand(_ removal: Removal?) throws {
      guard let removal else { return }
      try body(order.number(removal.document), order.number(removal.representative), removal.similarity)
    }
    try edges.forEachSorted { bytes in
      let similarity = Float(bitPattern: UInt32(truncatingIfNeeded: loadBigEndian(bytes, at: 16)))
      try hand(
        stars.add(Edge(a: loadBigEndian(bytes, at: 8), b: loadBigEndian(bytes, at: 0), similarity: similarity)))
    }
    try hand(stars.finish())
  }

  /// Bands that are sorted together. Fewer take less scratch (18 bytes a document and band) and let more threads at them,
  /// and for each group the fingerprints are read again.
  private static let bandsTogether = 8

  /// Pairs of ranks (8 and 8 bytes), better one first, some of them several times.
  ///
  /// Groups of bands are independent of each other: threads take them, and the sorting of pairs makes the order of groups
  /// no matter.
  private func proposedPairs(of order: RankOrder) throws -> SharedSorter {
    let pairs = space.sharedSorter(recordBytes: 16)
    // The lanes grouped across as well (bands ..< 2 * bands): recall at J = 0.8 rises from 0.947 to 0.993.
    let bands = 2 * options.bands
    let groups = stride(from: 0, to: bands, by: Self.bandsTogether).map { $0..<min(bands, $0 + Self.bandsTogether) }
    let threads = max(1, min(space.workers, groups.count))
    let failure = Mutex<(any Error)?>(nil)
    let (documents, search, space) = (documents, search, space)
    let layout = BandRecord(withinGroup: search.withinGroup)
    runInParallel(groups.count, workers: threads) { index in
      guard failure.withLock({ $0 == nil }) else { return }
      do {
        let sorter = space.sorter(recordBytes: layout.byteCount, shares: threads)
        try layout.append(groups[index], of: documents, order: order, options: search.options, to: sorter)
        var bucket = Bucket(layout, documents: documents, order: order, options: search.options, pairs: pairs)
        try sorter.forEachSorted { try bucket.append($0) }
        try bucket.finish()
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
    return pairs
  }

  /// Edges: worse rank, better rank, bits of the similarity (8 bytes each), of the pairs that reach the threshold.
  ///
  /// Who has no text here, or wants no exact decision, is decided by the sketch. The shingle sets of all others go to
  /// disk in one forward pass over the text, 8 bytes a shingle, and pairs look them up there.
  private mutating func decidedEdges(_ pairs: SharedSorter, order: RankOrder) throws -> ExternalSorter {
    let edges = space.sorter(recordBytes: 24)
    let toVerify = try space.createScratch("pairs")
    let chosen = space.sorter(recordBytes: 8)
    var last: (UInt64, UInt64)?
    try pairs.forEachSorted { bytes in
      let pair = (loadBigEndian(bytes, at: 0), loadBigEndian(bytes, at: 8))
      if let last, last == pair { return }
      last = pair
      candidatePairs += 1
      if candidatePairs & 0xFFFF == 0 {
        documents.release()
        order.release()
      }
      let (a, b) = (order.number(pair.0), order.number(pair.1))
      if !options.verify || order.isEarlier(pair.0) {
        let similarity = documents.withPair(a, b) { estimatedSimilarity($0, $1, options: options) }
        if similarity >= options.threshold { try add(pair, similarity, to: edges) }
      } else if documents.withPair(a, b, { similarityBound($0, $1, options: options) }) >= options.threshold {
        try withUnsafeBytes(of: pair) { try toVerify.write($0) }
        try chosen.add(UInt64(a))
        try chosen.add(UInt64(b))
      }
    }
    _ = try toVerify.finish()
    let sets = try shingleSets(of: chosen)
    let waiting = try space.map("pairs")
    for offset in stride(from: 0, to: waiting.count, by: 16) {
      if offset & 0xFFFFF == 0 {
        if Interruption.isRequested { throw Interrupted() }
        sets.release()
        waiting.release()
      }
      let pair = (waiting.number(at: offset), waiting.number(at: offset + 8))
      let similarity = sets.with(order.number(pair.0)) { a in
        sets.with(order.number(pair.1)) { b in
          jaccard(a.assumingMemoryBound(to: UInt64.self), b.assumingMemoryBound(to: UInt64.self))
        }
      }
      if let similarity = similarity ?? nil, similarity >= options.threshold { try add(pair, similarity, to: edges) }
    }
    return edges
  }

  private mutating func add(_ pair: (UInt64, UInt64), _ similarity: Double, to edges: ExternalSorter) throws {
    verifiedPairs += 1
    try edges.add(pair.1, pair.0, UInt64(Float(similarity).bitPattern))
  }

  private func shingleSets(of chosen: ExternalSorter) throws -> NumberedBytes {
    let writer = try NumberedBytes.Writer("sets", space: space)
    try texts.forEachSet(of: chosen, options: options) { number, hashes in try writer.append(number, hashes) }
    return try writer.finish()
  }
}

/// One document in one band: band (2), key (8), group (4, where groups matter), rank (8), so that sorted ones of equal band,
/// key and group are a bucket, best rank first.
private struct BandRecord: Sendable {
  let withinGroup: Bool
  var keyBytes: Int { withinGroup ? 14 : 10 }
  var byteCount: Int { keyBytes + 8 }

  func append(
    _ bands: Range<Int>, of documents: KnownDocuments, order: RankOrder, options: NearDuplicateOptions,
    to sorter: ExternalSorter
  ) throws {
    var record: [UInt8] = []
    try order.forEach { number, rank in
      if number & 0xFFFF == 0 {
        if Interruption.isRequested { throw Interrupted() }
        documents.release()
      }
      try documents.withRecord(number) { bytes in
        let near = documents.layout.near(bytes)
        for band in bands {
          record.removeAll(keepingCapacity: true)
          appendBigEndian(UInt16(band), to: &record)
          appendBigEndian(bandKey(band, in: near, options: options), to: &record)
          if withinGroup { appendBigEndian(FingerprintLayout.group(bytes), to: &record) }
          appendBigEndian(rank, to: &record)
          try record.withUnsafeBytes { try sorter.add($0) }
        }
      }
    }
  }
}

/// Collects the ranks of one bucket after the other, best first, and proposes pairs; of a bucket without end it holds one
/// part and the leaders of the parts before.
private struct Bucket {
  private static let partSize = 1 << 16
  private static let blockBytes = 1 << 16
  private let layout: BandRecord
  private let documents: KnownDocuments
  private let order: RankOrder
  private let options: NearDuplicateOptions
  private let pairs: SharedSorter
  private var key: [UInt8]
  private var ranks: [UInt64] = []
  /// How many of `ranks` are leaders of an earlier part.
  private var carried = 0
  private var proposed: [CandidatePair] = []
  private var block: [UInt8] = []
  private var seen = 0

  init(
    _ layout: BandRecord, documents: KnownDocuments, order: RankOrder, options: NearDuplicateOptions,
    pairs: SharedSorter
  ) {
    self.layout = layout
    key = [UInt8](repeating: 0, count: layout.keyBytes)
    self.documents = documents
    self.order = order
    self.options = options
    self.pairs = pairs
  }

  /// Takes band records in their order.
  mutating func append(_ record: UnsafeRawBufferPointer) throws {
    let next = UnsafeRawBufferPointer(rebasing: record[..<layout.keyBytes])
    if !key.withUnsafeBytes({ equal($0, next) }) {
      try close()
      key.withUnsafeMutableBytes { $0.copyMemory(from: next) }
    }
    if ranks.count == Self.partSize {
      ranks = try propose()
      carried = ranks.count
    }
    ranks.append(loadBigEndian(record, at: layout.keyBytes))
  }

  mutating func finish() throws {
    try close()
    try pairs.add(block)
    block = []
  }

  private mutating func close() throws {
    if ranks.count > max(1, carried) { _ = try propose() }
    ranks.removeAll(keepingCapacity: true)
    carried = 0
  }

  /// Adds the pairs of `ranks`; returns the leaders.
  private mutating func propose() throws -> [UInt64] {
    seen += 1
    if seen & 0xFFF == 0 {
      if Interruption.isRequested { throw Interrupted() }
      documents.release()
      order.release()
    }
    var table: [UInt8] = []
    var members: [BucketMember] = []
    members.reserveCapacity(ranks.count)
    for (row, rank) in ranks.enumerated() {
      members.append(BucketMember(document: rank, row: row))
      if ranks.count > BucketLimits().allPairs {
        documents.withRecord(order.number(rank)) { table.append(contentsOf: documents.layout.near($0)) }
      }
    }
    proposed.removeAll(keepingCapacity: true)
    let leaders = table.withUnsafeBytes {
      candidatePairs(bucket: members, fingerprints: $0, options: options, into: &proposed)
    }
    // Better ones stand first, so a pair whose second is of an earlier run is one of two such documents.
    for pair in proposed where !order.isEarlier(pair.b) {
      appendBigEndian(pair.a, to: &block)
      appendBigEndian(pair.b, to: &block)
    }
    if block.count >= Self.blockBytes {
      try pairs.add(block)
      block.removeAll(keepingCapacity: true)
    }
    return leaders.map(\.document)
  }
}
