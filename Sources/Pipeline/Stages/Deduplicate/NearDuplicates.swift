// Near duplicates: bands propose, exact Jaccard decides, stars select (after the MinHash LSH of Broder and of Leskovec,
// Rajaraman and Ullman, ch. 3; the verification and the star rule are what keeps unlike documents apart).
import CorpusCore
import CorpusIO
import Deduplication

/// Candidate pairs, better-ranked document first, sorted and unique. Records of (band 2, key 8, rank key 12, number 8)
/// are sorted outside memory; equal (band, key) are a bucket.
func candidatePairs(
  of documents: KnownDocuments, excluding removed: DocumentSet, options: NearDuplicateOptions, rule: KeepRule,
  attempt: Attempt
) throws -> [(better: Int, worse: Int)] {
  let sorter = ExternalSorter(
    recordBytes: 30, memoryBytes: attempt.memoryBytes / 2, scratchDirectory: attempt.scratchDirectory,
    fileSystem: attempt.directory.fileSystem)
  var record: [UInt8] = []
  try documents.forEach { number, bytes in
    guard documents.isEarlier(number) || !removed.contains(number) else { return }
    let near = UnsafeRawBufferPointer(rebasing: bytes[FingerprintLayout.headerBytes...])
    let ranked = documents.ranked(number, bytes)
    // The lanes grouped across as well (bands ..< 2 * bands): recall at J = 0.8 rises from 0.947 to 0.993.
    for band in 0..<2 * options.bands {
      record.removeAll(keepingCapacity: true)
      appendBigEndian(UInt16(band), to: &record)
      appendBigEndian(bandKey(band, in: near, options: options), to: &record)
      ranked.appendKey(rule: rule, to: &record)
      appendBigEndian(UInt64(number), to: &record)
      try record.withUnsafeBytes { try sorter.add($0) }
    }
  }
  let pairs = ExternalSorter(
    recordBytes: 16, memoryBytes: attempt.memoryBytes / 4, scratchDirectory: attempt.scratchDirectory,
    fileSystem: attempt.directory.fileSystem)
  var bucket: [Int] = []
  var proposed: [CandidatePair] = []
  var bucketKey: (band: UInt64, key: UInt64) = (0, 0)
  func closeBucket() throws {
    defer { bucket.removeAll(keepingCapacity: true) }
    guard bucket.count > 1 else { return }
    // Rows of a small table of its own: buckets are short, and large ones are rare.
    var table: [UInt8] = []
    var members: [BucketMember] = []
    for (row, number) in bucket.enumerated() {
      members.append(BucketMember(document: UInt64(number), row: row))
      if bucket.count > BucketLimits().allPairs {
        documents.withRecord(number) { table.append(contentsOf: $0[FingerprintLayout.headerBytes...]) }
      }
    }
    proposed.removeAll(keepingCapacity: true)
    table.withUnsafeBytes {
      candidatePairs(bucket: members, fingerprints: $0, options: options, into: &proposed)
    }
    // Better ones stand first, so a pair whose second is of an earlier run is one of two such documents.
    for pair in proposed where !documents.isEarlier(Int(pair.b)) {
      record.removeAll(keepingCapacity: true)
      appendBigEndian(pair.a, to: &record)
      appendBigEndian(pair.b, to: &record)
      try record.withUnsafeBytes { try pairs.add($0) }
    }
  }
  try sorter.forEachSorted { bytes in
    let key = (band: UInt64(bytes[0]) << 8 | UInt64(bytes[1]), key: loadBigEndian(bytes, at: 2))
    if key != bucketKey {
      try closeBucket()
      bucketKey = key
    }
    bucket.append(Int(truncatingIfNeeded: loadBigEndian(bytes, at: 22)))
  }
  try closeBucket()
  var unique: [(better: Int, worse: Int)] = []
  try pairs.forEachSorted { bytes in
    let pair = (
      better: Int(truncatingIfNeeded: loadBigEndian(bytes, at: 0)),
      worse: Int(truncatingIfNeeded: loadBigEndian(bytes, at: 8))
    )
    if let last = unique.last, last == pair { return }
    unique.append(pair)
  }
  return unique
}

/// Exact similarity of every candidate pair that reaches the threshold. Shingle sets of flagged documents are held in
/// blocks of at most `budget` bytes: one block when they fit, else block against block, each read again.
func verifiedEdges(
  _ candidates: [(better: Int, worse: Int)], options: NearDuplicateOptions, budget: Int, texts: PreparedTexts
) throws -> [Edge] {
  guard !candidates.isEmpty else { return [] }
  var flagged = Array(Set(candidates.flatMap { [$0.better, $0.worse] })).sorted()
  // Shingles are about a sixth of the text's bytes, 8 bytes each: text length bounds a set's size well enough.
  var blocks: [[Int]] = []
  var bytes = 0
  for number in flagged {
    let size = texts.approximateBytes(of: number) * 2
    if blocks.isEmpty || bytes + size > budget / 2 {
      blocks.append([])
      bytes = 0
    }
    blocks[blocks.count - 1].append(number)
    bytes += size
  }
  flagged = []
  var blockOf: [Int: Int] = [:]
  for (index, block) in blocks.enumerated() { for number in block { blockOf[number] = index } }
  var byBlocks: [[Int]: [(better: Int, worse: Int)]] = [:]
  for pair in candidates {
    guard let a = blockOf[pair.better], let b = blockOf[pair.worse] else { continue }
    byBlocks[[min(a, b), max(a, b)], default: []].append(pair)
  }
  var edges: [Edge] = []
  for (first, block) in blocks.enumerated() {
    let sets = try texts.shingleSets(of: block, options: options)
    for second in first..<blocks.count {
      guard let pairs = byBlocks[[first, second]] else { continue }
      let others = second == first ? sets : try texts.shingleSets(of: blocks[second], options: options)
      for pair in pairs {
        guard let a = sets[pair.better] ?? others[pair.better], let b = sets[pair.worse] ?? others[pair.worse] else {
          continue
        }
        let similarity = jaccard(a, b)
        if similarity >= options.threshold {
          edges.append(Edge(a: UInt64(pair.better), b: UInt64(pair.worse), similarity: Float(similarity)))
        }
      }
    }
  }
  return edges.sorted { ($0.a, $0.b) < ($1.a, $1.b) }
}

/// A set of document numbers, one bit each.
struct DocumentSet {
  private var words: [UInt64]

  init(capacity: Int) { words = [UInt64](repeating: 0, count: (capacity + 63) / 64) }

  mutating func insert(_ number: Int) { words[number >> 6] |= 1 << UInt64(number & 63) }
  func contains(_ number: Int) -> Bool { words[number >> 6] >> UInt64(number & 63) & 1 == 1 }
}
