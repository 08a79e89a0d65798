// Which documents go: star selection. Going through the documents by priority, one is kept unless a kept one is its
// near duplicate: the lexicographically first maximal independent set, which is unique. Unlike connected components it
// glues no chains: whoever is removed has a kept document at the threshold or above.

/// Two near duplicates, verified.
public struct Edge: Sendable, Hashable {
  public var a: UInt64
  public var b: UInt64
  /// Jaccard similarity, 0...1.
  public var similarity: Float

  public init(a: UInt64, b: UInt64, similarity: Float) {
    self.a = a
    self.b = b
    self.similarity = similarity
  }
}

/// A document that goes, and the kept one that stands for it.
public struct Removal: Sendable, Hashable {
  public var document: UInt64
  public var representative: UInt64
  public var similarity: Float

  public init(document: UInt64, representative: UInt64, similarity: Float) {
    self.document = document
    self.representative = representative
    self.similarity = similarity
  }
}

/// Star selection over edges that arrive in order, so that any number of them may come from disk.
///
/// Documents are given by rank here (0 has the highest priority), `a` < `b`, edges sorted by (b, a). When the edges of
/// b arrive, every a has been decided. Memory: one bit a document up to the worst that is removed. O(1) an edge.
public struct StarScan: Sendable {
  /// Bit r of these words: the document of rank r is removed.
  private var removed: [UInt64] = []
  private var best: Removal?
  private var last: (worse: UInt64, better: UInt64)?

  public init() {}

  /// Takes the next edge; returns the removal that became certain, of a document before `edge.b`, if there is one.
  public mutating func add(_ edge: Edge) -> Removal? {
    precondition(edge.a < edge.b, "an edge goes from the better rank to the worse")
    var finished: Removal?
    if let last {
      precondition(last <= (edge.b, edge.a), "edges arrive sorted by worse rank, then better rank")
      if last.worse != edge.b { finished = close() }
    }
    last = (edge.b, edge.a)
    // Ranks ascend, so of equally similar ones the better stays.
    if !isRemoved(edge.a), best.map({ edge.similarity > $0.similarity }) ?? true {
      best = Removal(document: edge.b, representative: edge.a, similarity: edge.similarity)
    }
    return finished
  }

  /// The last removal, if the last document's edges made one.
  public mutating func finish() -> Removal? { close() }

  private mutating func close() -> Removal? {
    defer { best = nil }
    if let best { remove(best.document) }
    return best
  }

  private mutating func remove(_ rank: UInt64) {
    let word = Int(rank >> 6)
    if word >= removed.count { removed.append(contentsOf: repeatElement(0, count: word + 1 - removed.count)) }
    removed[word] |= 1 << (rank & 63)
  }

  private func isRemoved(_ rank: UInt64) -> Bool {
    let word = Int(rank >> 6)
    return word < removed.count && removed[word] >> (rank & 63) & 1 == 1
  }
}
