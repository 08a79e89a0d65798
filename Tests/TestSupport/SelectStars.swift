// The star scan over edges as tests have them: of any order and direction, between documents of any rank.
import CorpusCore
import Deduplication

/// The documents that star selection removes, sorted by number, each with the kept document that stands for it: the
/// most similar one of those kept that precede it, of equals the one that precedes.
///
/// `precedes` is a strict total order of the documents that occur. The order and direction of `edges` do not matter,
/// edges of a document to itself are ignored. O(E log E) time, about 100 bytes an edge.
public func selectStars(edges: [Edge], precedes: (UInt64, UInt64) -> Bool) -> [Removal] {
  let documents = Set(edges.flatMap { $0.a == $0.b ? [] : [$0.a, $0.b] }).sorted()

  let byRank = documents.indices.sorted { precedes(documents[$0], documents[$1]) }
  var ranks = Array(repeating: UInt64(0), count: documents.count)
  for (rank, place) in byRank.enumerated() { ranks[place] = UInt64(rank) }

  var ranked: [Edge] = []
  for edge in edges where edge.a != edge.b {
    let a = ranks[lowerBound(documents.count) { documents[$0] < edge.a }]
    let b = ranks[lowerBound(documents.count) { documents[$0] < edge.b }]
    ranked.append(Edge(a: min(a, b), b: max(a, b), similarity: edge.similarity))
  }
  ranked.sort { ($0.b, $0.a) < ($1.b, $1.a) }

  var removals: [Removal] = []
  var scan = StarScan()
  for edge in ranked {
    if let removal = scan.add(edge) { removals.append(removal) }
  }
  if let removal = scan.finish() { removals.append(removal) }
  for i in removals.indices {
    removals[i].document = documents[byRank[Int(removals[i].document)]]
    removals[i].representative = documents[byRank[Int(removals[i].representative)]]
  }
  removals.sort { $0.document < $1.document }
  return removals
}
