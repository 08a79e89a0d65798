import Deduplication
import TestSupport
import Testing

@Suite struct StarSelectionTests {
  @Test func aChainIsNotGlued() {
    // a-b and b-c are near, a-c is not: b goes, c stays.
    let edges = [Edge(a: 0, b: 1, similarity: 0.85), Edge(a: 1, b: 2, similarity: 0.9)]
    #expect(selectStars(edges: edges, precedes: <) == [Removal(document: 1, representative: 0, similarity: 0.85)])
  }

  @Test func theMiddleOfAChainCoversBothEndsWhenItIsBest() {
    let edges = [Edge(a: 0, b: 1, similarity: 0.85), Edge(a: 1, b: 2, similarity: 0.9)]
    let lengths: [Int] = [10, 30, 20]
    let removals = selectStars(edges: edges) { lengths[Int($0)] > lengths[Int($1)] }
    #expect(
      removals == [
        Removal(document: 0, representative: 1, similarity: 0.85),
        Removal(document: 2, representative: 1, similarity: 0.9),
      ])
  }

  @Test func theMostSimilarKeptDocumentRepresentsAndOfEqualsTheBetter() {
    let edges = [
      Edge(a: 0, b: 3, similarity: 0.8), Edge(a: 1, b: 3, similarity: 0.9), Edge(a: 2, b: 3, similarity: 0.9),
    ]
    #expect(selectStars(edges: edges, precedes: <) == [Removal(document: 3, representative: 1, similarity: 0.9)])
  }

  @Test func repeatedAndLoopingEdgesChangeNothing() {
    let edges = [
      Edge(a: 7, b: 7, similarity: 1), Edge(a: 7, b: 5, similarity: 0.9), Edge(a: 5, b: 7, similarity: 0.9),
    ]
    #expect(selectStars(edges: edges, precedes: <) == [Removal(document: 7, representative: 5, similarity: 0.9)])
    #expect(selectStars(edges: [], precedes: <).isEmpty)
  }

  @Test func everyRemovedHasAKeptNeighbourAndNoTwoKeptShareAnEdge() {
    var random = SplitMix64(state: 31)
    for round in 0..<200 {
      let count = UInt64(2 + round % 30)
      var edges: [Edge] = []
      for _ in 0..<Int.random(in: 0..<60, using: &random) {
        let a = UInt64.random(in: 0..<count, using: &random)
        let b = UInt64.random(in: 0..<count, using: &random)
        if a != b { edges.append(Edge(a: a, b: b, similarity: Float(Int.random(in: 80...90, using: &random)) / 100)) }
      }
      // Priority by a shuffled key: not the numbers' order.
      let keys = Array(0..<count).shuffled(using: &random)
      let precedes = { (a: UInt64, b: UInt64) in keys[Int(a)] < keys[Int(b)] }
      let removals = selectStars(edges: edges, precedes: precedes)
      #expect(removals == naiveStars(edges: edges, precedes: precedes))
      #expect(removals == selectStars(edges: edges.shuffled(using: &random), precedes: precedes))
      let removed = Set(removals.map(\.document))
      for edge in edges { #expect(removed.contains(edge.a) || removed.contains(edge.b)) }
      for removal in removals {
        #expect(!removed.contains(removal.representative))
        #expect(precedes(removal.representative, removal.document))
        #expect(
          edges.contains {
            [$0.a, $0.b].sorted() == [removal.document, removal.representative].sorted()
              && $0.similarity == removal.similarity
          })
      }
    }
  }
}
