// How often two texts meet in a band, by their Jaccard similarity, against what theory says (Leskovec, Rajaraman and
// Ullman, Mining of Massive Datasets, ch. 3.4): 1 - (1 - J^rows)^bands.
import ArgumentParser
import Deduplication
import Foundation

struct CollisionCurve: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collisions", abstract: "Measured collisions of band keys by similarity, against theory, as JSON.",
    discussion: """
      Makes pairs of texts by changing units (words between spaces, or characters with --characters) of the input's \
      texts, until every interval of similarity has enough, and gives each pair new hash functions --seeds times.
      """)

  @Argument(help: ArgumentHelp("Shards of text of one script.", valueName: "input")) var input: [String]
  @Flag(help: "Change single characters: for scripts without spaces.") var characters = false
  @Option(help: "Pairs in each interval of similarity.") var pairs = 16
  @Option(help: "Seeds of hash functions a pair.") var seeds = 500

  private static let intervals = 14
  private static let lowest = 0.3
  private static let highest = 1.0

  private struct Pair {
    var a: [UInt8]
    var b: [UInt8]
    var similarity: Double
  }

  private struct Interval: Encodable {
    /// Mean over the pairs.
    var similarity: Double
    var pairs: Int
    var trials: Int
    /// Shares of trials that met in one of the bands: the first half of them, which theory describes, and all.
    var measured: Double
    var theory: Double
    var withRegrouped: Double
    /// The sketch's estimate minus the similarity: mean and standard deviation.
    var estimateBias: Double
    var estimateDeviation: Double

    enum CodingKeys: String, CodingKey {
      case similarity, pairs, trials, measured, theory
      case withRegrouped = "with_regrouped"
      case estimateBias = "estimate_bias"
      case estimateDeviation = "estimate_deviation"
    }
  }

  func validate() throws {
    guard pairs > 0, seeds > 0 else { throw ValidationError("--pairs and --seeds: expected 1 or more") }
  }

  func run() throws {
    let intervals = try madePairs().map { try measure($0) }
    try report(intervals)
  }

  /// Pairs by interval of similarity, each filled.
  private func madePairs() throws -> [[Pair]] {
    let texts = try TextsInMemory(paths: input)
    let units = texts.documents.map { self.units(of: texts.bytes[$0]) }.filter { $0.count >= 60 }
    guard !units.isEmpty else { throw ValidationError("no text of 60 units or more in \(input)") }
    var shingler = Shingler(options: NearDuplicateOptions())
    var random = SeededGenerator(state: 20_231_123)
    var found = [[Pair]](repeating: [], count: Self.intervals)
    for _ in 0..<400 * Self.intervals * pairs where found.contains(where: { $0.count < pairs }) {
      let original = units[Int.random(in: units.indices, using: &random)]
      let rate = Double.random(in: 0...0.25, using: &random)
      let changed = original.map { unit in
        Double.random(in: 0..<1, using: &random) < rate
          ? original[Int.random(in: original.indices, using: &random)] : unit
      }
      let (a, b) = (joined(original), joined(changed))
      var sets: ([UInt64], [UInt64]) = ([], [])
      shingler.shingles(of: a.span, into: &sets.0)
      shingler.shingles(of: b.span, into: &sets.1)
      let similarity = jaccard(sets.0, sets.1)
      let place = (similarity - Self.lowest) / (Self.highest - Self.lowest) * Double(Self.intervals)
      guard place >= 0, similarity < 1, found[Int(place)].count < pairs else { continue }
      found[Int(place)].append(Pair(a: a, b: b, similarity: similarity))
    }
    if let empty = found.firstIndex(where: { $0.isEmpty }) {
      throw ValidationError("no pairs in interval \(empty) of similarity: the texts are too short or too few")
    }
    return found
  }

  private func measure(_ pairs: [Pair]) throws -> Interval {
    var met = 0
    var metRegrouped = 0
    var theory = 0.0
    var errors = (sum: 0.0, squares: 0.0)
    for pair in pairs {
      for seed in 0..<seeds {
        var options = NearDuplicateOptions()
        options.seed = UInt64(seed) &* 0x9E37_79B9 &+ 1
        var builder = FingerprintBuilder(options: options)
        var bytes: ([UInt8], [UInt8]) = ([], [])
        builder.append(fingerprintOf: pair.a.span, to: &bytes.0)
        builder.append(fingerprintOf: pair.b.span, to: &bytes.1)
        bytes.0.withUnsafeBytes { a in
          bytes.1.withUnsafeBytes { b in
            let meets = (0..<2 * options.bands).map {
              bandKey($0, in: a, options: options) == bandKey($0, in: b, options: options)
            }
            met += meets[..<options.bands].contains(true) ? 1 : 0
            metRegrouped += meets.contains(true) ? 1 : 0
            let error = estimatedSimilarity(a, b, options: options) - pair.similarity
            errors.sum += error
            errors.squares += error * error
          }
        }
      }
      let options = NearDuplicateOptions()
      theory += 1 - pow(1 - pow(pair.similarity, Double(options.rows)), Double(options.bands))
    }
    let trials = Double(pairs.count * seeds)
    let bias = errors.sum / trials
    return Interval(
      similarity: pairs.reduce(0) { $0 + $1.similarity } / Double(pairs.count), pairs: pairs.count, trials: Int(trials),
      measured: Double(met) / trials, theory: theory / Double(pairs.count),
      withRegrouped: Double(metRegrouped) / trials,
      estimateBias: bias, estimateDeviation: max(0, errors.squares / trials - bias * bias).squareRoot())
  }

  private func units(of text: ArraySlice<UInt8>) -> [[UInt8]] {
    guard characters else { return text.split(separator: 0x20).map(Array.init) }
    return String(decoding: text, as: UTF8.self).unicodeScalars.map { Array(String($0).utf8) }
  }

  private func joined(_ units: [[UInt8]]) -> [UInt8] { Array(units.joined(separator: characters ? [] : [0x20])) }
}
