// From ranks to merges. tiktoken has no list of merges: any two neighbours merge whose joined bytes are a token.
//
// Merging by rank is local: while no merge makes a pair of a lower rank than its own, what a stretch of bytes has become
// when all ranks below r are done does not depend on its neighbours, as long as nothing merged across its ends. So a
// token of rank r can only be made from the one pair that its own bytes have become by then: one merge a token, and ties
// never matter. Where some merge does make a pair of a lower rank, every split of every token is listed instead, and the
// merges of one token share their rank.

struct RankMerges {
  private let table: TokenTable
  /// By id: where the live split of a token is; 0 for a token that merging never makes.
  private var cut: [UInt32]
  private var starts: [Int] = []
  private var ranks: [UInt32] = []
  private var spent = 0

  init(_ table: TokenTable) {
    self.table = table
    cut = Array(repeating: 0, count: table.size)
  }

  /// The merges in the order of their ranks; `shared` ranks when one a token is not enough. O(sum of squared lengths).
  mutating func merges() throws(TokenizationFailure) -> (merges: [Merge], shared: [UInt32]?) {
    for id in ids where table.bytes(id).count > 1 {
      let bytes = table.bytes(id)
      try merge(bytes, below: id)
      if starts.count == 3 { cut[Int(id)] = UInt32(truncatingIfNeeded: starts[1]) }
    }
    for id in ids where table.bytes(id).count > 1 {
      if try makesLowerRank(id) { return try allSplits() }
    }
    var merges: [Merge] = []
    for id in ids where cut[Int(id)] > 0 {
      let bytes = table.bytes(id)
      let at = Int(cut[Int(id)])
      if let left = rank(bytes, 0, at), let right = rank(bytes, at, bytes.count) { merges.append((left, right, id)) }
    }
    return (merges, nil)
  }

  private var ids: Range<UInt32> { 0..<UInt32(truncatingIfNeeded: table.size) }

  private func rank(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> UInt32? {
    table.id(of: UnsafeBufferPointer(rebasing: bytes[start..<end]), .alphabet)
  }

  /// Leaves in `starts` where the parts of `bytes` begin once all ranks below `limit` are done, and their end.
  private mutating func merge(_ bytes: UnsafeBufferPointer<UInt8>, below limit: UInt32) throws(TokenizationFailure) {
    spent += bytes.count * bytes.count
    guard spent <= RankFile.derivationBudget else {
      throw .tooLarge("tokens too long to derive merges from: the file is not one of a tokenizer")
    }
    starts.removeAll(keepingCapacity: true)
    ranks.removeAll(keepingCapacity: true)
    for at in 0...bytes.count { starts.append(at) }
    for at in 0..<bytes.count {
      ranks.append(at + 2 <= bytes.count ? rank(bytes, at, at + 2) ?? .max : .max)
    }
    while true {
      var best = limit
      var at = 0
      for i in 0..<ranks.count where ranks[i] < best {
        best = ranks[i]
        at = i
      }
      if best == limit { return }
      starts.remove(at: at + 1)
      ranks.remove(at: at + 1)
      if at > 0 { ranks[at - 1] = rank(bytes, starts[at - 1], starts[at + 1]) ?? .max }
      ranks[at] = at + 2 < starts.count ? rank(bytes, starts[at], starts[at + 2]) ?? .max : .max
    }
  }

  /// Whether a part of this token is made late enough, beside the other part, to make a pair of this lower rank.
  private mutating func makesLowerRank(_ id: UInt32) throws(TokenizationFailure) -> Bool {
    let bytes = table.bytes(id)
    spent += bytes.count * bytes.count
    for at in 1..<bytes.count {
      guard let left = rank(bytes, 0, at), let right = rank(bytes, at, bytes.count) else { continue }
      if left > id, cut[Int(left)] > 0 {
        try merge(bytes, below: left)
        if starts == [0, Int(cut[Int(left)]), at, bytes.count] { return true }
      }
      if right > id, cut[Int(right)] > 0 {
        try merge(bytes, below: right)
        if starts == [0, at, at + Int(cut[Int(right)]), bytes.count] { return true }
      }
    }
    return false
  }

  private func allSplits() throws(TokenizationFailure) -> (merges: [Merge], shared: [UInt32]?) {
    var merges: [Merge] = []
    var shared: [UInt32] = []
    for id in ids where table.bytes(id).count > 1 {
      let bytes = table.bytes(id)
      let first = UInt32(truncatingIfNeeded: merges.count)
      for at in 1..<bytes.count {
        guard let left = rank(bytes, 0, at), let right = rank(bytes, at, bytes.count) else { continue }
        merges.append((left, right, id))
        shared.append(first)
      }
      guard merges.count <= TokenizerModel.largestMergeCount else {
        throw .unsupportedPart(
          name: "ranks", detail: "more than the \(TokenizerModel.largestMergeCount) pairs that are accepted")
      }
    }
    return (merges, shared)
  }
}
