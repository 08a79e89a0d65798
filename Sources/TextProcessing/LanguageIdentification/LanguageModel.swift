// The identifier's model: for each script that several languages share one table of int8 weights, a row for each bucket
// of n-grams and a column for each language.
import CKernels
public import CorpusCore
import Glibc

/// The weights of the languages of one script.
public struct ScriptModel: Sendable, Equatable {
  public var script: ModelScript
  /// In order of their codes; 1 to 32.
  public var languages: [Language]
  /// log2 of the number of rows; 0 when the script alone decides or the characters do (Han), and there is no table.
  public var bits: Int
  /// Natural logarithm of likelihood that one unit of weight stands for; more than 0.
  public var step: Float
  /// `width << bits` weights, row after row.
  public var weights: [Int8]

  /// Columns of a row: 16 or 32, so that a row is whole vectors.
  public var width: Int { Self.width(languages: languages.count) }

  static func width(languages: Int) -> Int { languages <= 16 ? 16 : 32 }
}

/// A trained identifier: scripts in the order of their numbers.
public struct LanguageModel: Sendable, Equatable {
  public var scripts: [ScriptModel]

  public init(scripts: [ScriptModel]) { self.scripts = scripts }
}

/// Script gate, then naive Bayes over hashed n-grams: knows the languages of its model, and always names one of them when
/// the script fits. Source of the design: Cavnar and Trenkle 1994 (character n-grams), Lui and Baldwin 2011 (naive Bayes
/// across sources). Looks at the first 2 KB; O(1) a text.
public struct NaiveBayesIdentifier: LanguageIdentifier {
  private let models: [ScriptModel?]

  public init(model: LanguageModel) {
    var models = [ScriptModel?](repeating: nil, count: ModelScript.allCases.count)
    for script in model.scripts { models[Int(script.script.rawValue)] = script }
    self.models = models
  }

  /// The likeliest language. Confidence: its share of softmax(log-likelihood / sqrt(n-grams)), which ranks answers of all
  /// lengths alike; 1 when the script has one language; nil and 0 when no letter is of a known script.
  public func identify(_ text: Span<UInt8>) -> LanguageGuess {
    var lead = 0.0
    return identify(LanguageSample(text), lead: &lead)
  }

  /// The likeliest language of a sample. `lead` becomes how much likelier it is than the next one, as a natural logarithm
  /// for each n-gram; it is left alone when no n-grams were asked.
  func identify(_ sample: LanguageSample, lead: inout Double) -> LanguageGuess {
    guard let script = sample.scripts.script, let model = models[Int(script.rawValue)] else {
      return LanguageGuess(language: nil, confidence: 0)
    }
    if script == .han { return Self.chinese(sample, model: model) }
    guard model.bits > 0, model.languages.count > 1 else {
      return LanguageGuess(language: model.languages.first, confidence: 1)
    }
    let buckets = sample.buckets(bits: model.bits)
    guard !buckets.isEmpty else { return LanguageGuess(language: nil, confidence: 0) }
    let sums = Self.sums(model, buckets)
    let scale = Double(model.step) / Double(buckets.count).squareRoot()
    var best = 0
    for index in sums.indices where sums[index] > sums[best] { best = index }
    var next = sums[best == 0 ? 1 : 0]
    for index in sums.indices where index != best { next = max(next, sums[index]) }
    lead = Double(sums[best] - next) * Double(model.step) / Double(buckets.count)
    let total = sums.reduce(0.0) { $0 + expLowerBound(Double($1 - sums[best]) * scale) }
    return LanguageGuess(language: model.languages[best], confidence: 1 / total)
  }

  /// Sum of the rows of `buckets`, for each language.
  static func sums(_ model: ScriptModel, _ buckets: [UInt32]) -> [Int32] {
    var sums = [Int32](repeating: 0, count: 32)
    xylem_add_language_rows(model.weights, model.width, buckets, buckets.count, &sums)
    return Array(sums[..<model.languages.count])
  }

  private static func chinese(_ sample: LanguageSample, model: ScriptModel) -> LanguageGuess {
    let hits = ChineseVariants.shared.count(sample.letters[..<sample.count])
    let traditional = hits.traditional > hits.simplified
    let code = traditional ? "zht" : "zhs"
    // Measured: texts with characters of one kind only are never of the other; without any it is a coin.
    let hitCount = hits.simplified + hits.traditional
    let confidence = hitCount == 0 ? 0.5 : Double(max(hits.traditional, hits.simplified)) / Double(hitCount)
    guard let language = model.languages.first(where: { $0.code == code }) else {
      return LanguageGuess(language: model.languages.first, confidence: 0.5)
    }
    return LanguageGuess(language: language, confidence: confidence)
  }
}

/// e to the `x`, 0 where it is below 1e-13. Range: x at most 0.
private func expLowerBound(_ x: Double) -> Double {
  x < -30 ? 0 : exp(x)
}
