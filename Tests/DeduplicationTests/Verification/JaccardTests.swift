import Deduplication
import TestSupport
import Testing

@Suite struct JaccardTests {
  @Test func handWorkedSets() {
    #expect(jaccard([], []) == 1)
    #expect(jaccard([1], []) == 0)
    #expect(jaccard([1, 2, 3], [1, 2, 3]) == 1)
    #expect(jaccard([1, 2, 3], [2, 3, 4]) == 0.5)
    #expect(jaccard([1, 5, .max], [0, 5, 9, .max]) == 0.4)
  }

  @Test func equalsSetArithmetic() {
    var random = SplitMix64(state: 21)
    for _ in 0..<300 {
      let a = Set((0..<Int.random(in: 0..<40, using: &random)).map { _ in UInt64.random(in: 0..<50, using: &random) })
      let b = Set((0..<Int.random(in: 1..<40, using: &random)).map { _ in UInt64.random(in: 0..<50, using: &random) })
      let expected = Double(a.intersection(b).count) / Double(a.union(b).count)
      #expect(jaccard(a.sorted(), b.sorted()) == expected)
      #expect(jaccard(b.sorted(), a.sorted()) == expected)
    }
  }
}
