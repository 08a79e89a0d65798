// Near duplicates: bands propose, exact Jaccard decides, stars select (after the MinHash LSH of Broder and of Leskovec,
// Rajaraman and Ullman, ch. 3; the verification and the star rule are what keeps unlike documents apart). Pairs and edges
// go from one external sort to the next; in memory are one bucket's part, and one bit a document in the star scan.
import CorpusCore
import CorpusIO
import Deduplication

/// Where the shingle sets of chosen documents are had again.
protocol ShingleSource {
  /// Calls `body` with the number and the sorted shingle hashes of each document of this run that `chosen` names (records of
  /// 8 bytes, repeats allowed), in ascending order.
  func forEachSet(
    of chosen: ExternalSorter, options: NearDuplicateOptions, _ body: (Int, UnsafeRawBufferPointer) throws -> Void
  ) throws
}

struct NearDuplicates {
  let documents: KnownDocuments
  let texts: any ShingleSource
  let options: NearDuplicateOptions
  let rule: KeepRule
  let space: DeduplicationSpace
  private(set) var candidatePairs = 0
  private(set) var verifiedPairs = 0

  init(
    documents: KnownDocuments, texts: any ShingleSource, options: NearDuplicateOptions, rule: KeepRule,
    space: DeduplicationSpace
  ) {
    self.documents = documents
    self.texts = texts
    self.options = options
    self.rule = rule
    self.space = space
  }

  /// Calls `body(number, representative, similarity)` for each document to take out, best rank first. Documents in
  /// `removed` are passed over.
  mutating func forEach(excluding removed: DocumentSet, _ body: (Int, Int, Float) throws -> Void) throws {
    let (order, pairs) = try proposedPairs(excluding: removed)
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

  /// Pairs of ranks (8 and 8 bytes), better one first, some of them several times. Records of band (2), key (8) and rank
  /// (8) are sorted; equal (band, key) are a bucket.
  private func proposedPairs(excluding removed: DocumentSet) throws -> (RankOrder, ExternalSorter) {
    let bands = space.sorter(recordBytes: 18)
    var record: [UInt8] = []
    let order = try RankOrder.make(of: documents, excluding: removed, rule: rule, space: space) { number, rank in
      if number & 0xFFFF == 0 { documents.release() }
      try documents.withRecord(number) { bytes in
        let near = UnsafeRawBufferPointer(rebasing: bytes[FingerprintLayout.headerBytes...])
        // The lanes grouped across as well (bands ..< 2 * bands): recall at J = 0.8 rises from 0.947 to 0.993.
        for band in 0..<2 * options.bands {
          record.removeAll(keepingCapacity: true)
          appendBigEndian(UInt16(band), to: &record)
          appendBigEndian(bandKey(band, in: near, options: options), to: &record)
          appendBigEndian(rank, to: &record)
          try record.withUnsafeBytes { try bands.add($0) }
        }
      }
    }
    if Interruption.isRequested { throw Interrupted() }
    let pairs = space.sorter(recordBytes: 16)
    var bucket = Bucket(documents: documents, order: order, options: options)
    var key: (band: UInt16, key: UInt64)?
    try bands.forEachSorted { bytes in
      let next = (UInt16(bytes[0]) << 8 | UInt16(bytes[1]), loadBigEndian(bytes, at: 2))
      if let key, key == next {} else { try bucket.close(into: pairs) }
      key = next
      try bucket.append(loadBigEndian(bytes, at: 10), into: pairs)
    }
    try bucket.close(into: pairs)
    return (order, pairs)
  }

  /// Edges: worse rank, better rank, bits of the similarity (8 bytes each), of the pairs that reach the threshold.
  ///
  /// Who has no text here, or wants no exact decision, is decided by the sketch. The shingle sets of all others go to
  /// disk in one forward pass over the text, 8 bytes a shingle, and pairs look them up there.
  private mutating func decidedEdges(_ pairs: ExternalSorter, order: RankOrder) throws -> ExternalSorter {
    let edges = space.sorter(recordBytes: 24)
    let toVerify = try space.createScratch("pairs")
    let chosen = space.sorter(recordBytes: 8)
    var last: (UInt64, UInt64)?
    try pairs.forEachSorted { bytes in
      let pair = (loadBigEndian(bytes, at: 0), loadBigEndian(bytes, at: 8))
      if let last, last == pair { return }
      last = pair
      candidatePairs += 1
      if candidatePairs & 0xFFFF == 0 { documents.release() }
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

/// Collects the ranks of one bucket, best first, and proposes pairs; of a bucket without end it holds one part and the
/// leaders of the parts before.
private struct Bucket {
  private static let partSize = 1 << 16
  let documents: KnownDocuments
  let order: RankOrder
  let options: NearDuplicateOptions
  private var ranks: [UInt64] = []
  /// How many of `ranks` are leaders of an earlier part.
  private var carried = 0

  init(documents: KnownDocuments, order: RankOrder, options: NearDuplicateOptions) {
    self.documents = documents
    self.order = order
    self.options = options
  }

  mutating func append(_ rank: UInt64, into pairs: ExternalSorter) throws {
    if ranks.count == Self.partSize {
      ranks = try propose(into: pairs)
      carried = ranks.count
    }
    ranks.append(rank)
  }

  mutating func close(into pairs: ExternalSorter) throws {
    if ranks.count > max(1, carried) { _ = try propose(into: pairs) }
    ranks.removeAll(keepingCapacity: true)
    carried = 0
  }

  /// Adds the pairs of `ranks`; returns the leaders.
  private func propose(into pairs: ExternalSorter) throws -> [UInt64] {
    var table: [UInt8] = []
    var members: [BucketMember] = []
    members.reserveCapacity(ranks.count)
    for (row, rank) in ranks.enumerated() {
      members.append(BucketMember(document: rank, row: row))
      if ranks.count > BucketLimits().allPairs {
        documents.withRecord(order.number(rank)) { table.append(contentsOf: $0[FingerprintLayout.headerBytes...]) }
      }
    }
    var proposed: [CandidatePair] = []
    let leaders = table.withUnsafeBytes {
      candidatePairs(bucket: members, fingerprints: $0, options: options, into: &proposed)
    }
    // Better ones stand first, so a pair whose second is of an earlier run is one of two such documents.
    for pair in proposed where !order.isEarlier(pair.b) { try pairs.add(pair.a, pair.b) }
    return leaders.map(\.document)
  }
}
