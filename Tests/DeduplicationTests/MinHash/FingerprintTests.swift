import CKernels
import TestSupport
import Testing

@testable import Deduplication

@Suite struct FingerprintTests {
  static func options(bands: Int = 16, rows: Int = 8, seed: UInt64 = 1) -> NearDuplicateOptions {
    var options = NearDuplicateOptions()
    options.bands = bands
    options.rows = rows
    options.seed = seed
    return options
  }

  @Test(arguments: [0, 1, 2]) func everyKernelEqualsTheTwin(level: Int) {
    var random = SplitMix64(state: 11)
    for (bands, rows) in [(16, 8), (20, 5), (9, 13), (1, 1), (25, 6), (3, 64)] {
      let options = Self.options(bands: bands, rows: rows, seed: UInt64(bands))
      var builder = FingerprintBuilder(options: options, level: Int32(level))
      for count in [1, 2, 3, 17, 64] {
        let shingles = random.numbers(count)
        let made = builder.fingerprint(ofShingles: shingles)
        #expect(
          made.serialised
            == NaiveMinHash(options: options).fingerprintBytes(ofShingles: shingles))
        #expect(made.shingleCount == count)
      }
    }
  }

  @Test func extremeHashesAreNoSpecialCase() {
    var builder = FingerprintBuilder(options: Self.options())
    let naive = NaiveMinHash(options: Self.options())
    for shingles: [UInt64] in [[0], [.max], [0, .max], [1 << 32], [0x8000_0000 << 32]] {
      let made = builder.fingerprint(ofShingles: shingles)
      #expect(made.serialised == naive.fingerprintBytes(ofShingles: shingles))
    }
  }

  @Test func twoHundredBytesThereAndBack() throws {
    var builder = FingerprintBuilder(options: Self.options())
    #expect(Fingerprint.byteCount(for: Self.options()) == 196)
    let text = "A text of some words, enough of them to have more than one shingle."
    let made = text.withBytes { builder.fingerprint(of: $0) }
    var bytes: [UInt8] = [1, 2, 3]
    text.withBytes { builder.append(fingerprintOf: $0, to: &bytes) }
    #expect(Array(bytes.dropFirst(3)) == made.serialised)
    let read = try Fingerprint(deserialising: made.serialised, options: Self.options())
    #expect(read == made)
    #expect(read.shingleCount == 10)
    #expect(throws: DeduplicationFailure.fingerprintLength(expected: 196, found: 195)) {
      try Fingerprint(deserialising: Array(made.serialised.dropLast()), options: Self.options())
    }
  }

  @Test func bandKeysAreTheLanesOfTheBand() {
    for (bands, rows) in [(16, 8), (20, 5)] {
      let options = Self.options(bands: bands, rows: rows)
      var builder = FingerprintBuilder(options: options)
      let made = builder.fingerprint(ofShingles: [1 << 40, 5 << 50])
      for band in 0..<(2 * bands) {
        let lanes = (0..<rows).map { made.serialised[band < bands ? band * rows + $0 : band - bands + $0 * bands] }
        var expected: UInt64 = 0
        for (row, lane) in lanes.enumerated() { expected += UInt64(lane) << UInt64(56 - 8 * row) }
        #expect(made.bandKey(band) == expected)
        #expect(made.serialised.withUnsafeBytes { bandKey(band, in: $0, options: options) } == expected)
      }
    }
  }

  @Test func bandsOfManyRowsAreHashedAndStillDependOnEachLane() throws {
    let options = Self.options(bands: 4, rows: 12)
    var builder = FingerprintBuilder(options: options)
    let made = builder.fingerprint(ofShingles: [1 << 40, 5 << 50])
    for lane in 0..<48 {
      var bytes = made.serialised
      bytes[lane] ^= 1
      let other = try Fingerprint(deserialising: bytes, options: options)
      for band in 0..<4 { #expect((other.bandKey(band) == made.bandKey(band)) == (band != lane / 12)) }
    }
  }

  @Test func keysSpreadEvenlyByTheirLeadingByte() {
    var random = SplitMix64(state: 3)
    for rows in [4, 8, 10] {
      var builder = FingerprintBuilder(options: Self.options(bands: 4, rows: rows))
      var counts = Array(repeating: 0, count: 16)
      for _ in 0..<500 {
        let made = builder.fingerprint(ofShingles: random.numbers(20))
        for band in 0..<4 { counts[Int(made.bandKey(band) >> 60)] += 1 }
      }
      // 2,000 keys in 16 groups: 125 each, standard deviation 11.
      #expect(counts.allSatisfy { (70...180).contains($0) })
    }
  }

  @Test func equalTextsAreEqualAndEditsAreNear() {
    var builder = FingerprintBuilder(options: Self.options())
    let words = (0..<200).map { "word\($0)" }
    let text = words.joined(separator: " ").withBytes { builder.fingerprint(of: $0) }
    let shouted = words.joined(separator: ", ").uppercased().withBytes { builder.fingerprint(of: $0) }
    #expect(text.estimatedSimilarity(to: shouted) == 1)
    let edited = (words[..<100] + ["new"] + words[101...]).joined(separator: " ").withBytes {
      builder.fingerprint(of: $0)
    }
    // 191 shared of 201 shingles: 0.950.
    #expect(abs(text.estimatedSimilarity(to: edited) - 0.95) < 0.04)
  }

  @Test func optionsOutOfRangeAreNamed() throws {
    try NearDuplicateOptions().validated()
    let wrong: [(WritableKeyPath<NearDuplicateOptions, Int>, Int, String)] = [
      (\.shingle, 0, "shingle"), (\.bands, 300, "bands"), (\.rows, 0, "rows"), (\.rows, 65, "rows"),
    ]
    for (path, value, name) in wrong {
      var options = NearDuplicateOptions()
      options[keyPath: path] = value
      let failure = #expect(throws: DeduplicationFailure.self) { try options.validated() }
      #expect(failure?.description.contains("`\(name)`") == true)
      #expect(failure?.kind == .configuration)
    }
    for threshold in [0, -1, 1.01, Double.nan] {
      var options = NearDuplicateOptions()
      options.threshold = threshold
      #expect(throws: DeduplicationFailure.self) { try options.validated() }
    }
  }
}
