import Testing

@testable import TokenDataset

@Suite struct BlendLineTests {
  @Test func weightsAndPrefixesTakeTurns() throws {
    let line = try blendLine([.init(weight: 0.25, prefix: "d/fr"), .init(weight: 0.75, prefix: "d/en")])
    #expect(line == "0.25 d/fr 0.75 d/en")
    #expect(try blendLine([]) == "")
  }

  @Test(arguments: [0, -1, .nan, .infinity] as [Double]) func weightsArePositiveNumbers(weight: Double) {
    #expect(throws: TokenDatasetFailure.self) { _ = try blendLine([.init(weight: weight, prefix: "d")]) }
  }

  @Test(arguments: ["", "a b", "a\tb", "a\n"]) func prefixesHaveNoWhiteSpace(prefix: String) {
    #expect(throws: TokenDatasetFailure.self) { _ = try blendLine([.init(weight: 1, prefix: prefix)]) }
  }

  @Test func weightsFollowTokensAndAreShort() {
    #expect(blendWeights(tokenCounts: [1, 3, 0]) == [0.25, 0.75, 0])
    #expect(blendWeights(tokenCounts: [1, 2]) == [0.333333, 0.666667])
    #expect(blendWeights(tokenCounts: [1, 16], exponent: 0.5) == [0.2, 0.8])
    #expect(blendWeights(tokenCounts: [1, 3_000_000_000_000])[0] == 3.33333e-13)
    #expect(blendWeights(tokenCounts: [0, 0]) == [0, 0])
    #expect(blendWeights(tokenCounts: []) == [])
  }
}
