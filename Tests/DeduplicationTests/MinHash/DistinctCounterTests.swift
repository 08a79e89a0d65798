import TestSupport
import Testing

@testable import Deduplication

@Suite struct DistinctCounterTests {
  @Test func countsEqualASet() {
    var random = SplitMix64(state: 31)
    var counter = DistinctCounter()
    for round in 0..<300 {
      let count = Int.random(in: 0..<[50, 3000, 70_000][round % 100 == 0 ? 2 : round % 2], using: &random)
      let pool = random.numbers(Int.random(in: 1...5000, using: &random))
      let hashes = (0..<count).map { _ in pool.randomElement(using: &random) ?? 0 }
      #expect(counter.count(hashes) == Set(hashes).count)
    }
    #expect(counter.count([]) == 0)
    #expect(counter.count([0, 0, 5, 0]) == 2)
  }

  /// Hashes that all belong to one slot are counted while they are few, and are refused before they cost a square.
  @Test func hashesThatSomebodyChose() {
    var counter = DistinctCounter()
    let few = (1...200).map { UInt64($0) << 40 }
    #expect(counter.count(few + few) == 200)
    #expect(counter.count((1...1000).map { UInt64($0) << 40 }) == nil)
  }

  /// A fingerprint does not tell whether shingles were sorted or counted.
  @Test func fingerprintsAreTheSameBothWays() {
    var random = SplitMix64(state: 32)
    var builder = FingerprintBuilder(options: NearDuplicateOptions())
    for _ in 0..<60 {
      let words = (0..<Int.random(in: 0..<400, using: &random)).map { _ in
        String(Int.random(in: 0..<30, using: &random))
      }
      words.joined(separator: " ").withBytes { text in
        var counted: [UInt8] = []
        builder.append(fingerprintOf: text, to: &counted)
        var sorted: [UInt8] = []
        builder.append(fingerprintOf: text, to: &sorted) { _ in }
        #expect(counted == sorted)
      }
    }
  }
}
