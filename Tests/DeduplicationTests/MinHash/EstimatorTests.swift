import TestSupport
import Testing

@testable import Deduplication

@Suite struct EstimatorTests {
  /// Shared and own shingles of a pair: J = shared / (shared + 2 own).
  static let pairs = [(shared: 30, own: 35), (60, 20), (80, 10), (180, 10)]

  @Test(arguments: pairs) func estimatesAreUnbiasedWithTheKnownSpread(shared: Int, own: Int) {
    var random = SplitMix64(state: UInt64(1000 + shared))
    var builder = FingerprintBuilder(options: NearDuplicateOptions())
    let similarity = Double(shared) / Double(shared + 2 * own)
    let trials = 1200
    var sum = 0.0
    var squares = 0.0
    for _ in 0..<trials {
      let (a, b) = random.pair(shared: shared, own: own)
      let estimate = builder.fingerprint(ofShingles: a)
        .estimatedSimilarity(to: builder.fingerprint(ofShingles: b))
      sum += estimate - similarity
      squares += (estimate - similarity) * (estimate - similarity)
    }
    let bias = sum / Double(trials)
    let deviation = (squares / Double(trials)).squareRoot()
    // What lanes and bits give together when weighted for J = 0.8: 0.021 there, 0.030 at 0.3.
    let laneVariance = similarity * (1 - similarity) / 128
    let bitVariance = (1 - similarity * similarity) / 512
    let laneWeight = 128 / 0.16
    let bitWeight = 512 / 0.36
    let total = laneWeight + bitWeight
    let expected =
      (laneWeight * laneWeight * laneVariance + bitWeight * bitWeight * bitVariance).squareRoot() / total
    #expect(abs(bias) < 0.004)
    #expect(deviation > 0.85 * expected && deviation < 1.15 * expected)
    if (0.7...0.9).contains(similarity) { #expect(deviation < 0.024) }
  }

  @Test func estimatesNeverExceedWhatTheCountsAllow() {
    var random = SplitMix64(state: 9)
    var builder = FingerprintBuilder(options: NearDuplicateOptions())
    for _ in 0..<100 {
      let large = random.numbers(200)
      let small = Array(large.prefix(150))
      let a = builder.fingerprint(ofShingles: large)
      let b = builder.fingerprint(ofShingles: small)
      #expect(a.estimatedSimilarity(to: b) <= 0.75)
      #expect(a.estimatedSimilarity(to: b) == b.estimatedSimilarity(to: a))
      #expect(
        a.serialised.withUnsafeBytes { x in
          b.serialised.withUnsafeBytes { estimatedSimilarity(x, $0, options: NearDuplicateOptions()) }
        } == a.estimatedSimilarity(to: b))
    }
  }

  @Test(arguments: [(40, 20), (70, 15), (75, 12), (80, 10), (90, 5)])
  func bandsProposePairsAsTheCurveSays(shared: Int, own: Int) {
    var random = SplitMix64(state: UInt64(shared))
    let options = NearDuplicateOptions()
    var builder = FingerprintBuilder(options: options)
    let similarity = Double(shared) / Double(shared + 2 * own)
    let trials = 2500
    var met = 0
    var metAcross = 0
    for _ in 0..<trials {
      let (x, y) = random.pair(shared: shared, own: own)
      let a = builder.fingerprint(ofShingles: x)
      let b = builder.fingerprint(ofShingles: y)
      let first = (0..<16).contains { a.bandKey($0) == b.bandKey($0) }
      if first { met += 1 }
      if first || (16..<32).contains(where: { a.bandKey($0) == b.bandKey($0) }) { metAcross += 1 }
    }
    let expected = options.probabilityOfProposal(atSimilarity: similarity)
    #expect(abs(Double(met) / Double(trials) - expected) < 0.03)
    if shared == 80 { #expect(Double(metAcross) / Double(trials) > 0.98) }
  }

  @Test func theCurveIsThePublishedOne() {
    let options = NearDuplicateOptions()
    for (similarity, probability) in [(0.5, 0.061), (0.7, 0.613), (0.8, 0.947), (0.85, 0.994)] {
      #expect(abs(options.probabilityOfProposal(atSimilarity: similarity) - probability) < 0.001)
    }
  }

  @Test func verdictsLeaveTheZoneRoundTheThresholdOpen() {
    var options = NearDuplicateOptions()
    #expect(SketchVerdict(estimate: 0.74, options: options) == .different)
    #expect(SketchVerdict(estimate: 0.76, options: options) == .undecided)
    #expect(SketchVerdict(estimate: 0.84, options: options) == .undecided)
    #expect(SketchVerdict(estimate: 0.86, options: options) == .nearDuplicates)
    options.verify = false
    #expect(SketchVerdict(estimate: 0.79, options: options) == .different)
    #expect(SketchVerdict(estimate: 0.80, options: options) == .nearDuplicates)
  }
}
