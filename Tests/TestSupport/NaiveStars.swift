// The plain twin of star selection: all documents by priority, all edges looked at for each.
import Deduplication

/// Star selection in O(documents * edges).
public func naiveStars(edges: [Edge], precedes: (UInt64, UInt64) -> Bool) -> [Removal] {
  let documents = Set(edges.flatMap { [$0.a, $0.b] }).sorted(by: precedes)
  var kept: [UInt64] = []
  var removals: [Removal] = []
  for document in documents {
    // `kept` is in priority order: `max` by similarity must take the first of equals.
    var best: Removal?
    for better in kept {
      for edge in edges where (edge.a, edge.b) == (document, better) || (edge.a, edge.b) == (better, document) {
        if let best, best.similarity >= edge.similarity { continue }
        best = Removal(document: document, representative: better, similarity: edge.similarity)
      }
    }
    if let best { removals.append(best) } else { kept.append(document) }
  }
  return removals.sorted { $0.document < $1.document }
}
