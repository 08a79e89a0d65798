import Deduplication
import TestSupport
import Testing

@Suite struct CandidatePairsTests {
  static let options = NearDuplicateOptions()

  /// Fingerprints of shingle sets, back to back; document numbers are 100 + place.
  static func bucket(_ sets: [[UInt64]]) -> (members: [BucketMember], bytes: [UInt8]) {
    var builder = FingerprintBuilder(options: options)
    var bytes: [UInt8] = []
    for set in sets { builder.fingerprint(ofShingles: set).serialise(to: &bytes) }
    return (sets.indices.map { BucketMember(document: UInt64(100 + $0), row: $0) }, bytes)
  }

  static func pairs(_ sets: [[UInt64]]) -> [CandidatePair] {
    let (members, bytes) = bucket(sets)
    var pairs: [CandidatePair] = []
    _ = bytes.withUnsafeBytes { candidatePairs(bucket: members, fingerprints: $0, options: options, into: &pairs) }
    return pairs
  }

  @Test func smallBucketsGiveAllPairsWithoutTheirFingerprints() {
    for count in [0, 1, 2, 5, 64] {
      let members = (0..<count).map { BucketMember(document: UInt64(9 * $0), row: -1) }
      var pairs: [CandidatePair] = []
      candidatePairs(
        bucket: members, fingerprints: UnsafeRawBufferPointer(start: nil, count: 0), options: Self.options,
        into: &pairs)
      #expect(pairs.count == count * (count - 1) / 2)
      #expect(Set(pairs).count == pairs.count && pairs.allSatisfy { $0.a < $0.b })
    }
  }

  @Test func equalSignaturesMakeAStarRoundTheBest() {
    var random = SplitMix64(state: 1)
    let (one, other) = (random.numbers(50), random.numbers(50))
    let pairs = Self.pairs((0..<300).map { $0 % 3 == 0 ? one : other })
    // Two groups: 99 and 199 members go to the best of their own, and the two best meet.
    #expect(pairs.count == 99 + 199 + 1)
    #expect(pairs.allSatisfy { $0.a == 100 || $0.a == 101 })
    #expect(pairs.contains(CandidatePair(a: 100, b: 101)))
    #expect(pairs.contains(CandidatePair(a: 100, b: 397)) && pairs.contains(CandidatePair(a: 101, b: 399)))
  }

  @Test func aFamilyOfDuplicatesGoesToItsLeaders() {
    var random = SplitMix64(state: 2)
    let frame = random.numbers(190)
    // J = 190 / 210 = 0.905 between any two.
    let pairs = Self.pairs((0..<400).map { _ in frame + random.numbers(10) })
    let covered = Set(pairs.map(\.b))
    #expect(covered.count == 399)
    #expect(pairs.count < 400 * 8)
    let leaders = Set(pairs.map(\.a))
    #expect(leaders.count <= 64 && leaders.contains(100))
  }

  @Test func aFrameWithoutDuplicatesGivesFewPairsAndKeepsThePlantedOnes() {
    var random = SplitMix64(state: 3)
    let frame = random.numbers(120)
    // J = 120 / 280 = 0.43 between members; every tenth repeats the one before with two shingles changed.
    var sets: [[UInt64]] = []
    for i in 0..<500 {
      if i % 10 == 9, let last = sets.last {
        sets.append(Array(last.dropLast(2)) + random.numbers(2))
      } else {
        sets.append(frame + random.numbers(80))
      }
    }
    let pairs = Self.pairs(sets)
    #expect(pairs.count < 20)
    // Only leaders are compared with: of the first 64 members' planted pairs none is missed.
    for i in stride(from: 9, to: 64, by: 10) {
      #expect(pairs.contains(CandidatePair(a: UInt64(100 + i - 1), b: UInt64(100 + i))))
    }
  }

  @Test func aBucketInPartsFindsTheSameDuplicates() {
    var random = SplitMix64(state: 8)
    // Ten families that share nothing, J = 190 / 210 within one, mixed.
    let frames = (0..<10).map { _ in random.numbers(190) }
    let sets = (0..<900).map { frames[$0 % 10] + random.numbers(10) }
    let (members, bytes) = Self.bucket(sets)
    var pairs: [CandidatePair] = []
    bytes.withUnsafeBytes { bytes in
      var leaders: [BucketMember] = []
      for first in stride(from: 0, to: members.count, by: 300) {
        leaders = candidatePairs(
          bucket: leaders + members[first..<first + 300], fingerprints: bytes, options: Self.options, into: &pairs)
        #expect(leaders.count >= 10 && leaders.count <= 64)
        #expect(leaders.map(\.document) == leaders.map(\.document).sorted())
      }
    }
    #expect(pairs.allSatisfy { $0.a < $0.b && ($0.a - 100) % 10 == ($0.b - 100) % 10 })
    // All but the ten first of their families are held against a better one.
    #expect(Set(pairs.map(\.b)) == Set(110..<1000))
  }

  @Test func workIsLinearInTheBucket() {
    var random = SplitMix64(state: 4)
    let frame = random.numbers(160)
    // J = 160 / 200 = 0.8: every sketch is in doubt, so this is the most a bucket can make.
    let pairs = Self.pairs((0..<600).map { _ in frame + random.numbers(20) })
    #expect(pairs.count <= 600 * 64)
    #expect(Set(pairs).count == pairs.count && pairs.allSatisfy { $0.a < $0.b })
  }
}
