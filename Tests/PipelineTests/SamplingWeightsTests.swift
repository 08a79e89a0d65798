// Language weights worked out by hand.
import Foundation
import Testing

@testable import Pipeline

struct SamplingWeightsTests {
  @Test func `alpha 1 leaves counts and shares as they are`() {
    let bytes = ["en": 900, "sw": 100]
    #expect(samplingMultipliers(bytes: bytes, alpha: 1) == ["en": 1, "sw": 1])
    let shares = sampledShares(bytes: bytes, alpha: 1)
    #expect(abs(shares["en", default: 0] - 0.9) < 1e-12)
    #expect(abs(shares["sw", default: 0] - 0.1) < 1e-12)
  }

  @Test func `alpha 0.3 worked by hand`() {
    // Shares 0.5, 0.25, 0.25: 2^0.7 = 1.624505; 16 * 1.624505 = 25.99.
    #expect(samplingMultipliers(bytes: ["a": 200, "b": 100, "c": 100], alpha: 0.3) == ["a": 16, "b": 26, "c": 26])
    // A ratio of 1024 is 2^10: 2^7 = 128 times the weight.
    #expect(samplingMultipliers(bytes: ["a": 1024, "b": 1], alpha: 0.3) == ["a": 16, "b": 16 * 128])
    let shares = sampledShares(bytes: ["a": 1024, "b": 1], alpha: 0.3)
    // 2^3 to 1.
    #expect(abs(shares["a", default: 0] - 8.0 / 9) < 1e-12)
    #expect(abs(shares["b", default: 0] - 1.0 / 9) < 1e-12)
  }

  @Test func `alpha 0 gives every language the same share`() {
    #expect(samplingMultipliers(bytes: ["a": 400, "b": 100], alpha: 0) == ["a": 16, "b": 64])
    #expect(sampledShares(bytes: ["a": 400, "b": 100], alpha: 0) == ["a": 0.5, "b": 0.5])
  }

  @Test func `multiplied bytes have the sampled shares`() {
    let bytes = ["en": 484_953, "fr": 208_242, "sw": 236, "tum": 1]
    let multipliers = samplingMultipliers(bytes: bytes, alpha: 0.3)
    let shares = sampledShares(bytes: bytes, alpha: 0.3)
    #expect(abs(shares.values.reduce(0, +) - 1) < 1e-12)
    let weighted = bytes.mapValues(Double.init).merging(multipliers.mapValues(Double.init), uniquingKeysWith: *)
    let total = weighted.values.reduce(0, +)
    for language in bytes.keys {
      let share = weighted[language, default: 0] / total
      #expect(abs(share / shares[language, default: 0] - 1) < 0.03, "\(language)")
    }
  }

  @Test func `shares are the same to the last digit whatever the order of the dictionary`() {
    let counts = (0..<59).map { ("l\($0)", 1 + $0 * $0 * 7919) }
    let expected = counts.sorted { $0.0 < $1.0 }
    let total = Double(counts.reduce(0) { $0 + $1.1 })
    let sum = expected.reduce(0) { $0 + pow(Double($1.1) / total, 0.3) }
    for capacity in [64, 256, 1024, 4096] {
      // Another capacity is another order.
      var bytes = [String: Int](minimumCapacity: capacity)
      for (language, count) in counts { bytes[language] = count }
      let shares = sampledShares(bytes: bytes, alpha: 0.3)
      #expect(expected.allSatisfy { shares[$0.0] == pow(Double($0.1) / total, 0.3) / sum })
    }
  }

  @Test func `one language, none, and one without bytes`() {
    #expect(samplingMultipliers(bytes: ["a": 5], alpha: 0.3) == ["a": 16])
    #expect(samplingMultipliers(bytes: [:], alpha: 0.3) == [:])
    #expect(samplingMultipliers(bytes: ["a": 0], alpha: 0.3) == ["a": 1])
    #expect(samplingMultipliers(bytes: ["a": 0, "b": 7], alpha: 0.3) == ["a": 1, "b": 16])
    #expect(sampledShares(bytes: [:], alpha: 0.3) == [:])
    #expect(sampledShares(bytes: ["a": 0, "b": 7], alpha: 0.3) == ["a": 0, "b": 1])
  }
}
