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

  private static func length(_ name: String, _ summary: String) -> Self {
    FilterThreshold(name: name, range: 0...1e6, isWhole: false, summary: summary)
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
    length("maximum_perplexity", "Perplexity under the language's n-gram model (`perplexity_model`)."),
    count("minimum_longest_line", "Characters that the longest line needs."),
    count("maximum_line_length", "Characters that a line may have."),
    count("minimum_characters", "Characters a document needs."),
    count("maximum_characters", "Characters a document may have."),
    count("maximum_mean_line_length", "Characters of the mean line, line ends not counted."),
    ratio("minimum_alphanumeric_ratio", "Share of letters, marks and digits in all characters."),
    length(
      "minimum_token_length_deviation",
      "Standard deviation of the lengths of what stands between white space, in characters."),
    length("minimum_mean_word_length", "Characters of the mean word; least."),
    length("maximum_mean_word_length", "Characters of the mean word; most."),
    ratio("minimum_alphabetic_word_ratio", "Share of words with a letter."),
    count("minimum_distinct_stop_words", "Different stop words of the language that a document needs."),
    length("maximum_hash_ratio", "Number signs (#) for each word."),
    length("maximum_ellipsis_ratio", "Ellipses (... and …) for each word."),
    ratio("maximum_bullet_line_ratio", "Share of lines that begin with • or -."),
    ratio("maximum_ellipsis_line_ratio", "Share of lines that end with an ellipsis."),
    ratio("maximum_duplicate_line_ratio", "Share of lines that occurred before in the document."),
    ratio("maximum_duplicate_line_character_ratio", "Share of characters in such lines."),
    ratio("maximum_duplicate_paragraph_ratio", "Share of paragraphs that occurred before in the document."),
    ratio("maximum_duplicate_paragraph_character_ratio", "Share of characters in such paragraphs."),
    length("maximum_top_2_gram_ratio", "Share of characters in the most frequent 2-gram of words."),
    length("maximum_top_3_gram_ratio", "Share of characters in the most frequent 3-gram of words."),
    length("maximum_top_4_gram_ratio", "Share of characters in the most frequent 4-gram of words."),
    ratio("maximum_duplicate_5_gram_ratio", "Share of characters in 5-grams of words that occurred before."),
    ratio("maximum_duplicate_6_gram_ratio", "Share of characters in 6-grams of words that occurred before."),
    ratio("maximum_duplicate_7_gram_ratio", "Share of characters in 7-grams of words that occurred before."),
    ratio("maximum_duplicate_8_gram_ratio", "Share of characters in 8-grams of words that occurred before."),
    ratio("maximum_duplicate_9_gram_ratio", "Share of characters in 9-grams of words that occurred before."),
    ratio("maximum_duplicate_10_gram_ratio", "Share of characters in 10-grams of words that occurred before."),
    count("minimum_sentence_count", "Sentences a document needs."),
    count("maximum_curly_brackets", "Opening curly brackets a document may have."),
    count("maximum_lorem_ipsum", "Times that \"lorem ipsum\" may occur."),
    ratio("minimum_terminated_line_ratio", "Share of lines that end with the end of a sentence."),
    ratio("maximum_short_line_ratio", "Share of lines of at most `short_line_length` characters."),
    count("short_line_length", "Characters of a short line at most; 30 when absent.", 0...1_000_000),
    ratio(
      "maximum_line_duplication_ratio", "Share of characters, line ends not counted, in lines that occurred before."),
    length("maximum_newline_ratio", "Line ends for each word."),
    count("minimum_line_words", "Lines with fewer words are taken out."),
    count("maximum_line_word_length", "Lines with a longer word, in characters, are taken out."),
    count("remove_unterminated_lines", "1: lines without the end of a sentence or quotation are taken out.", 0...1),
    count("remove_javascript_lines", "1: lines that say javascript are taken out.", 0...1),
    count("remove_policy_lines", "1: lines about cookies, privacy policies and terms of use are taken out.", 0...1),
    count("remove_code_lines", "1: lines with a curly bracket, `[if` or `<script` are taken out.", 0...1),
    count("remove_menu_lines", "1: lines of three or more short entries between separators are taken out.", 0...1),
    count("remove_citations", "1: citation marks such as [12] and [edit] are taken out.", 0...1),
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
      ("minimum_longest_line", "maximum_line_length"), ("minimum_characters", "maximum_characters"),
      ("minimum_mean_word_length", "maximum_mean_word_length"),
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
