// From one bucket (documents that share a band key) to pairs worth verifying. All pairs of a large bucket would be
// quadratic: one frame shared by 20,000 pages costs 1,366 pairs a document. Equal signatures collapse to their best
// member, and what remains is compared with a short list of leaders by sketch. Linear in the bucket.
import CorpusCore

/// A document of a bucket: its number, and the row of its fingerprint among those at hand.
public struct BucketMember: Sendable, Hashable {
  public var document: UInt64
  /// Which fingerprint of the buffer is this document's, from 0; read only in buckets too large for all pairs.
  public var row: Int

  public init(document: UInt64, row: Int) {
    self.document = document
    self.row = row
  }
}

/// Two documents to compare; `a` has priority over `b`.
public struct CandidatePair: Sendable, Hashable, Comparable {
  public var a: UInt64
  public var b: UInt64

  public init(a: UInt64, b: UInt64) {
    self.a = a
    self.b = b
  }

  public static func < (x: CandidatePair, y: CandidatePair) -> Bool { (x.a, x.b) < (y.a, y.b) }
}

/// How much work one bucket may make.
public struct BucketLimits: Sendable, Hashable {
  /// Up to so many members, all pairs are taken.
  public var allPairs = 64
  /// At most so many members of a larger bucket are ones that others are compared with.
  public var leaders = 64

  public init() {}
}

/// Appends the candidate pairs of one bucket to `pairs`; returns its leaders, best first.
///
/// A bucket that is too large for memory is given in parts, each behind the leaders of the part before: every member is
/// still held against the leaders.
///
/// `bucket` lists the members best priority first. `fingerprints` holds serialised fingerprints back to back, of which
/// `row` chooses one (a file mapped into memory, or just the members' own); it may be empty for buckets of at most
/// `limits.allPairs`. At most 32 pairs a member in small buckets; in large ones one pair a collapsed member and one for
/// each leader that its sketch does not rule out. Costs 2-3% of recall inside families larger than the limit.
@discardableResult
public func candidatePairs(
  bucket: [BucketMember], fingerprints: UnsafeRawBufferPointer, options: NearDuplicateOptions,
  limits: BucketLimits = BucketLimits(), into pairs: inout [CandidatePair]
) -> [BucketMember] {
  if bucket.count <= limits.allPairs {
    appendAllPairs(of: bucket, to: &pairs)
    return Array(bucket.prefix(limits.leaders))
  }
  let store = FingerprintRows(fingerprints, options: options)
  let best = collapseEqualSignatures(of: bucket, in: store, pairs: &pairs)
  if best.count <= limits.allPairs {
    appendAllPairs(of: best, to: &pairs)
    return Array(best.prefix(limits.leaders))
  } else {
    return appendLeaderPairs(of: best, in: store, options: options, limits: limits, to: &pairs)
  }
}

/// Fingerprints back to back.
private struct FingerprintRows {
  let bytes: UnsafeRawBufferPointer
  let size: Int
  let lanes: Int
  let sketch: Int

  init(_ bytes: UnsafeRawBufferPointer, options: NearDuplicateOptions) {
    self.bytes = bytes
    size = Fingerprint.byteCount(for: options)
    lanes = options.laneCount
    sketch = options.sketchByteCount
  }

  func view(_ row: Int) -> FingerprintView {
    FingerprintView(slice(row, size), lanes: lanes)
  }

  func signature(_ row: Int) -> Digest128 { Digest128(hashing: slice(row, sketch)) }

  private func slice(_ row: Int, _ count: Int) -> UnsafeRawBufferPointer {
    precondition(row >= 0 && row < bytes.count / size, "a bucket member's row lies among the fingerprints")
    return UnsafeRawBufferPointer(rebasing: bytes[(row * size)..<(row * size + count)])
  }
}

private func appendAllPairs(of members: [BucketMember], to pairs: inout [CandidatePair]) {
  for i in members.indices {
    for j in (i + 1)..<max(i + 1, members.count) {
      pairs.append(CandidatePair(a: members[i].document, b: members[j].document))
    }
  }
}

/// Pairs every member with the best one of the same signature; returns those best ones, best first.
private func collapseEqualSignatures(
  of members: [BucketMember], in store: FingerprintRows, pairs: inout [CandidatePair]
) -> [BucketMember] {
  var order = members.indices.map { (signature: store.signature(members[$0].row), place: $0) }
  order.sort { ($0.signature, $0.place) < ($1.signature, $1.place) }
  var places: [Int] = []
  for i in order.indices {
    if let place = places.last, i > 0, order[i].signature == order[i - 1].signature {
      pairs.append(CandidatePair(a: members[place].document, b: members[order[i].place].document))
    } else {
      places.append(order[i].place)
    }
  }
  places.sort()
  return places.map { members[$0] }
}

/// Pairs every member with the leaders that may be its duplicates; who surely has none so far becomes a leader, and so
/// does who is in doubt, while there is room.
private func appendLeaderPairs(
  of members: [BucketMember], in store: FingerprintRows, options: NearDuplicateOptions, limits: BucketLimits,
  to pairs: inout [CandidatePair]
) -> [BucketMember] {
  var leaders: [BucketMember] = []
  for member in members {
    let view = store.view(member.row)
    var isCovered = false
    for leader in leaders {
      let leaderView = store.view(leader.row)
      guard leaderView.similarityBound(with: view) >= options.threshold else { continue }
      let similarity = leaderView.estimatedSimilarity(to: view)
      if similarity < options.threshold - SketchVerdict.margin { continue }
      pairs.append(CandidatePair(a: leader.document, b: member.document))
      if similarity >= options.threshold + SketchVerdict.margin { isCovered = true }
    }
    if !isCovered, leaders.count < limits.leaders { leaders.append(member) }
  }
  return leaders
}
