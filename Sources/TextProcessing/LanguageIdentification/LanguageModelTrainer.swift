// Learns a language model from labelled text: counts of n-grams by language, balanced over sources, then logarithms.
public import CorpusCore
import Glibc

/// The texts of one source in one language that training uses: the ones with the smallest hashes, so that neither the
/// order of documents nor the number of workers decides. Each text once.
public struct TrainingTexts: Sendable {
  /// Bytes of one text that count; a long one must not stand for its language.
  public static let textBytes = 8192

  private let budget: Int
  private var texts: [UInt64: [UInt8]] = [:]
  private var held = 0

  /// - Parameter budget: bytes of text to keep; memory is at most about twice that.
  public init(budget: Int) { self.budget = budget }

  public mutating func add(_ text: Span<UInt8>) {
    let count = min(text.count, Self.textBytes)
    guard count > 0 else { return }
    let part = text.extracting(0..<count).withUnsafeBufferPointer { Array($0) }
    insert(part.withUnsafeBytes { hash64($0) }, part)
  }

  public mutating func add(_ other: TrainingTexts) {
    for (hash, text) in other.texts { insert(hash, text) }
  }

  private mutating func insert(_ hash: UInt64, _ text: [UInt8]) {
    guard texts.updateValue(text, forKey: hash) == nil else { return }
    held += text.count
    if held > 2 * budget + Self.textBytes { prune() }
  }

  private mutating func prune() {
    let kept = selection(of: budget)
    texts = Dictionary(uniqueKeysWithValues: kept.map { ($0.hash, $0.text) })
    held = kept.reduce(0) { $0 + $1.text.count }
  }

  /// The texts with the smallest hashes, in that order, until `bytes` are reached: always the same beginning of one order.
  func selection(of bytes: Int) -> [(hash: UInt64, text: [UInt8])] {
    var left = bytes
    return texts.sorted { $0.key < $1.key }.prefix { _, text in
      defer { left -= text.count }
      return left > 0
    }.map { ($0.key, $0.value) }
  }

  /// Texts of all `sources`, about `bytes` in all: small sources give all they have, the others share the rest evenly. By
  /// source and then hash, so always the same.
  public static func balanced(_ sources: [String: TrainingTexts], bytes: Int) -> [[UInt8]] {
    var left = bytes
    var remaining = sources.count
    var chosen: [[UInt8]] = []
    for (_, texts) in sources.sorted(by: { ($0.value.bytes, $0.key) < ($1.value.bytes, $1.key) }) {
      let share = left / remaining
      remaining -= 1
      for (_, text) in texts.selection(of: share) {
        left -= min(left, text.count)
        chosen.append(text)
      }
    }
    return chosen
  }

  /// At most the budget: beyond it, what is held depends on the order of arrival.
  var bytes: Int { min(budget, held) }
}

/// Trains models.
public struct LanguageModelTrainer: Sendable {
  /// Bytes of text a language may have. Measured: more than 500 KB makes large languages win over small relatives.
  public var languageBytes = 500_000
  /// log2 of the rows of the largest script; smaller scripts get a quarter.
  public var bits = 16
  /// Added to each count. A language of little text must not lose to a relative of much for what it has not met: so it is
  /// a part of a count, whatever the total (measured: +0.009 per document over a part of the rate, rn 0.73 to 1.00).
  public var smoothing = 0.09

  public init() {}

  /// - Parameter texts: by language and source. Languages outside the 46 are an error of the caller and left out.
  /// - Returns: a model of all languages in `texts`; equal for equal sets of texts. O(bytes + rows * languages).
  public func train(_ texts: [Language: [String: TrainingTexts]]) -> LanguageModel {
    var scripts: [ModelScript: [Language]] = [:]
    for facts in rootsLanguages {
      guard let language = Language(code: facts.code), let script = ModelScript(name: facts.script),
        texts[language] != nil
      else { continue }
      scripts[script, default: []].append(language)
    }
    return LanguageModel(
      scripts: scripts.sorted { $0.key.rawValue < $1.key.rawValue }.map { script, languages in
        let languages = languages.sorted()
        guard languages.count > 1, script != .han else {
          return ScriptModel(script: script, languages: languages, bits: 0, step: 1, weights: [])
        }
        let bits = script == .latin ? self.bits : max(1, self.bits - 2)
        let rates = languages.map { self.rates(texts[$0] ?? [:], script: script, bits: bits) }
        return Self.quantized(script: script, languages: languages, bits: bits, rates: rates)
      })
  }

  /// Logarithm of the smoothed rate of each bucket, sources weighing alike as far as their text reaches.
  private func rates(_ sources: [String: TrainingTexts], script: ModelScript, bits: Int) -> [Float] {
    var counts = [Double](repeating: 0, count: 1 << bits)
    for text in TrainingTexts.balanced(sources, bytes: languageBytes) {
      let sample = LanguageSample(text.span, limit: TrainingTexts.textBytes)
      // A document in another script than its language's teaches nothing.
      guard sample.scripts.script == script else { continue }
      for bucket in sample.buckets(bits: bits) { counts[Int(bucket)] += 1 }
    }
    let total = max(1, counts.reduce(0, +))
    return counts.map { Float(log(($0 + smoothing) / total * 1e6)) }
  }

  /// Weights around each row's mean (a row's mean moves all languages alike), in steps that fit the largest into int8.
  private static func quantized(script: ModelScript, languages: [Language], bits: Int, rates: [[Float]]) -> ScriptModel
  {
    var largest: Float = 0
    var means = [Float](repeating: 0, count: 1 << bits)
    for row in means.indices {
      means[row] = rates.reduce(0) { $0 + $1[row] } / Float(rates.count)
      for column in rates { largest = max(largest, abs(column[row] - means[row])) }
    }
    let step = max(largest, 1e-3) / 127
    let width = ScriptModel.width(languages: languages.count)
    var weights = [Int8](repeating: 0, count: width << bits)
    for row in means.indices {
      for (column, rate) in rates.enumerated() {
        weights[row * width + column] = Int8(max(-127, min(127, ((rate[row] - means[row]) / step).rounded())))
      }
    }
    return ScriptModel(script: script, languages: languages, bits: bits, step: step, weights: weights)
  }
}
