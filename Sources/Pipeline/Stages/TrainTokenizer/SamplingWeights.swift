// Weights of languages for tokenizer training: BLOOM drew text with probability p^alpha, alpha = 0.3 (ROOTS notes, 4d).
// Here no text is drawn: counts are multiplied, which is the expectation of drawing, without its noise.
import Foundation

/// Integer multipliers of pre-token counts by language. A language with share p of the bytes gets share p^alpha /
/// sum(q^alpha); the multiplier is the ratio of the two, scaled so that the most down-weighted language has `scale`.
/// `alpha` 1 gives every language the same weight.
public func samplingMultipliers(bytes: [String: Int], alpha: Double, scale: Double = 16) -> [String: UInt64] {
  let total = Double(bytes.values.reduce(0, +))
  guard total > 0, alpha < 1 else { return bytes.mapValues { _ in 1 } }
  var ratio: [String: Double] = [:]
  for (language, count) in bytes where count > 0 { ratio[language] = pow(Double(count) / total, alpha - 1) }
  let least = ratio.values.min() ?? 1
  return bytes.mapValues { _ in 1 }.merging(
    ratio.mapValues { UInt64(max(1, (scale * $0 / least).rounded())) }, uniquingKeysWith: { $1 })
}

/// Share of each language after weighting; sums to 1.
public func sampledShares(bytes: [String: Int], alpha: Double) -> [String: Double] {
  let total = Double(bytes.values.reduce(0, +))
  guard total > 0 else { return [:] }
  let powers = bytes.mapValues { $0 > 0 ? pow(Double($0) / total, alpha) : 0 }
  let sum = powers.values.reduce(0, +)
  return powers.mapValues { $0 / sum }
}
