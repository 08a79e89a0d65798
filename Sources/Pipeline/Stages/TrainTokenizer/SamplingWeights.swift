// Weights of languages for tokenizer training: BLOOM drew text with probability p^alpha, alpha = 0.3 (ROOTS notes, 4d).
// Here no text is drawn: counts are multiplied, which is the expectation of drawing, without its noise.
import Foundation

/// Integer multipliers of pre-token counts by language. A language with share p of the bytes gets share p^alpha /
/// sum(q^alpha); the multiplier is the ratio of the two, scaled so that the most down-weighted language has `scale`.
/// `alpha` 1 gives every language the same weight.
public func samplingMultipliers(bytes: [String: Int], alpha: Double, scale: Double = 16) -> [String: UInt64] {
  var weights = LanguageWeights()
  weights.alpha = alpha
  return weights.multipliers(bytes: bytes, scale: scale)
}

/// How languages are weighted in tokenizer training.
public struct LanguageWeights: Sendable, Hashable, Codable {
  /// Text is drawn with probability share^alpha; 1 draws it as it comes.
  public var alpha = 1.0
  /// At most so many bytes of a language.
  public var caps: [String: Int] = [:]
  /// Languages of which nothing is left out.
  public var keepWhole: Set<String> = []

  public init() {}

  public var isNone: Bool { self == LanguageWeights() }

  /// Integer multipliers of counts. The share drawn of a language is share^(alpha - 1), scaled so that the language
  /// favoured most is drawn whole; whole too if it is to be kept so; and what its cap allows at most. The multiplier is
  /// that share over the least one, times `scale`, rounded to the nearest integer, 1 at least: off by 1 part in
  /// 2 x `scale` at most. Without alpha and caps that bite, all are 1.
  public func multipliers(bytes: [String: Int], scale: Double = 16) -> [String: UInt64] {
    let total = Double(bytes.values.reduce(0, +))
    let present = bytes.filter { $0.value > 0 }
    guard total > 0 else { return bytes.mapValues { _ in 1 } }
    var drawn = present.mapValues { alpha < 1 ? pow(Double($0) / total, alpha - 1) : 1 }
    let greatest = drawn.values.max() ?? 1
    for (language, count) in present {
      let share = keepWhole.contains(language) ? 1 : (drawn[language] ?? 1) / greatest
      drawn[language] = min(share, Double(max(caps[language] ?? count, 0)) / Double(count))
    }
    let least = max(drawn.values.min() ?? 1, 1e-12)
    let isPlain = alpha >= 1 && drawn.values.allSatisfy { $0 == least }
    return bytes.mapValues { _ in 1 }.merging(
      drawn.mapValues { isPlain ? 1 : UInt64(min(max(1, (scale * $0 / least).rounded()), 0x1p24)) },
      uniquingKeysWith: { $1 })
  }
}

/// Share of each language after weighting; sums to 1.
public func sampledShares(bytes: [String: Int], alpha: Double) -> [String: Double] {
  let total = Double(bytes.values.reduce(0, +))
  guard total > 0 else { return [:] }
  let powers = bytes.mapValues { $0 > 0 ? pow(Double($0) / total, alpha) : 0 }
  // In the order of codes: a dictionary's differs between processes, and with it the last digit of a sum of fractions.
  let sum = powers.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value }
  return powers.mapValues { $0 / sum }
}
