// The thresholds of the filters by name: keys of `filters:` in a language file and of the step `filter`.
// Formulas: ROOTS paper (arXiv 2303.03915), its OSCAR and code recipes.

/// A threshold that a language file or the step `filter` may set.
public struct FilterThreshold: Sendable, Hashable {
  public let name: String
  public let range: ClosedRange<Double>
  /// Whether only whole numbers make sense.
  public let isWhole: Bool
  public let summary: String

  private static func count(_ name: String, _ summary: String, _ range: ClosedRange<Double> = 0...1e12) -> Self {
    FilterThreshold(name: name, range: range, isWhole: true, summary: summary)
  }

  private static func ratio(_ name: String, _ summary: String) -> Self {
    FilterThreshold(name: name, range: 0...1, isWhole: false, summary: summary)
  }

  public static let all: [FilterThreshold] = [
    count("minimum_bytes", "UTF-8 bytes a document needs."),
    count("maximum_bytes", "UTF-8 bytes a document may have."),
    count("minimum_word_count", "Words a document needs."),
    count("maximum_word_count", "Words a document may have."),
    count("character_repetition_length", "Characters in the n-grams of the character repetition ratio.", 1...64),
    ratio("maximum_character_repetition_ratio", "Share of the most frequent character n-grams."),
    count("word_repetition_length", "Words in the n-grams of the word repetition ratio.", 1...64),
    ratio("maximum_word_repetition_ratio", "Share of word n-grams that occur more than once."),
    ratio("minimum_special_character_ratio", "Share of digits, punctuation, symbols and white space; least."),
    ratio("maximum_special_character_ratio", "Share of digits, punctuation, symbols and white space; most."),
    ratio("minimum_stop_word_ratio", "Share of words that are stop words of the language."),
    ratio("maximum_flagged_word_ratio", "Share of words on the language's list of flagged words."),
    ratio("minimum_language_confidence", "Confidence of the language identifier."),
    count("minimum_longest_line", "Characters that the longest line needs."),
    count("maximum_line_length", "Characters that a line may have."),
  ]
}

extension ConfigurationSection {
  /// Every threshold that the section sets, by name.
  func thresholds() -> [String: Double] {
    var values: [String: Double] = [:]
    for threshold in FilterThreshold.all {
      if threshold.isWhole {
        let range = Int(threshold.range.lowerBound)...Int(threshold.range.upperBound)
        values[threshold.name] = optionalInteger(threshold.name, in: range, threshold.summary).map(Double.init)
      } else {
        values[threshold.name] = optionalNumber(threshold.name, in: threshold.range, threshold.summary)
      }
    }
    for (least, most) in [
      ("minimum_bytes", "maximum_bytes"), ("minimum_word_count", "maximum_word_count"),
      ("minimum_special_character_ratio", "maximum_special_character_ratio"),
      ("minimum_longest_line", "maximum_line_length"),
    ] {
      if let low = values[least], let high = values[most], low > high {
        context.fault(
          at: origin,
          "\(name): \(least) is \(ConfigurationNumber.spelling(low)), more than \(most), which is "
            + "\(ConfigurationNumber.spelling(high)); nothing would be kept")
      }
    }
    return values
  }
}
