// The text Megatron takes as --data-path: weights and prefixes in turn, separated by spaces.
import CorpusCore
import Glibc

/// One dataset and its share of the training samples. Weights need not sum to 1: Megatron normalises them.
public struct BlendEntry: Codable, Sendable, Equatable {
  public let weight: Double
  public let prefix: String

  public init(weight: Double, prefix: String) {
    self.weight = weight
    self.prefix = prefix
  }
}

/// `0.25 data/fr_text_document 0.75 data/en_text_document`, for Megatron's `--data-path`, without a newline.
///
/// Throws `usage` for a weight that is not a positive number, and for a prefix that is empty or has white space in
/// it, which the option could not carry.
public func blendLine(_ entries: [BlendEntry]) throws(TokenDatasetFailure) -> String {
  var words: [String] = []
  for entry in entries {
    guard entry.weight.isFinite, entry.weight > 0 else {
      throw TokenDatasetFailure(.usage, path: entry.prefix, "the weight \(entry.weight) is not a positive number")
    }
    guard !entry.prefix.isEmpty, !entry.prefix.contains(where: \.isWhitespace) else {
      throw TokenDatasetFailure(
        .usage, path: entry.prefix, "a prefix in a blend must not be empty or have white space in it")
    }
    words.append("\(entry.weight)")
    words.append(entry.prefix)
  }
  return words.joined(separator: " ")
}

/// Weights proportional to tokens to the power of `exponent`, summing to about 1: 1 keeps the corpus as it is, 0.3 is
/// how BLOOM's tokenizer sampled its languages.
///
/// A dataset without tokens gets 0 and belongs in no blend. Weights are rounded to six significant digits, so that no
/// mathematics library's last bit reaches a file.
public func blendWeights(tokenCounts: [Int], exponent: Double = 1) -> [Double] {
  let raised = tokenCounts.map { $0 > 0 ? pow(Double($0), exponent) : 0 }
  let sum = raised.reduce(0, +)
  guard sum > 0, sum.isFinite else { return tokenCounts.map { _ in 0 } }
  return raised.map { share in
    guard share > 0 else { return 0 }
    let weight = share / sum
    let digits = 5 - Int(log10(weight).rounded(.down))
    // Both powers of ten are exact up to 10^22, and the division of two exact numbers rounds once: the shortest
    // decimal.
    let scale = pow(10, Double(min(22, digits)))
    return max((weight * scale).rounded(), 1) / scale
  }
}
