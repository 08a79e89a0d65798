// The filters described for people: the documentation and `--help` print this list.
public import CorpusCore

/// What there is to know about a filter.
public struct FilterDescription: Sendable {
  public let name: String
  public let reasons: [DropReason]
  /// Keys of the language file that set it.
  public let keys: [String]
  public let formula: String
  /// ROOTS's default for languages that were not tuned; nil when it had none.
  public let defaultThreshold: Double?
}

/// Every filter, in the order of the chain.
public enum FilterCatalog {
  public static let all: [FilterDescription] = [
    FilterDescription(
      name: "empty", reasons: [.empty], keys: [], formula: "no character but white space", defaultThreshold: nil),
    FilterDescription(
      name: "special characters", reasons: [.fewSpecialCharacters, .specialCharacters],
      keys: ["minimum_special_character_ratio", "maximum_special_character_ratio"],
      formula: "characters that are neither letter nor mark / characters", defaultThreshold: 0.4),
    FilterDescription(
      name: "size", reasons: [.tooSmall, .tooLarge], keys: ["minimum_bytes", "maximum_bytes"],
      formula: "bytes of UTF-8", defaultThreshold: 300),
    FilterDescription(
      name: "characters", reasons: [.fewCharacters, .manyCharacters],
      keys: ["minimum_characters", "maximum_characters"],
      formula: "code points", defaultThreshold: nil),
    FilterDescription(
      name: "line length", reasons: [.shortLines, .longLines], keys: ["minimum_longest_line", "maximum_line_length"],
      formula: "characters of the longest line", defaultThreshold: nil),
    FilterDescription(
      name: "mean line length", reasons: [.longMeanLine],
      keys: ["maximum_mean_line_length"],
      formula: "characters without line ends / lines", defaultThreshold: nil),
    FilterDescription(
      name: "alphanumeric characters", reasons: [.fewAlphanumerics],
      keys: ["minimum_alphanumeric_ratio"],
      formula: "letters, marks and digits / characters", defaultThreshold: nil),
    FilterDescription(
      name: "character repetition", reasons: [.characterRepetition],
      keys: ["character_repetition_length", "maximum_character_repetition_ratio"],
      formula: "sum of the k largest counts of character n-grams / n-grams, k = min(floor(sqrt N), N - singletons)",
      defaultThreshold: 0.2),
    FilterDescription(
      name: "word count", reasons: [.tooFewWords, .tooManyWords], keys: ["minimum_word_count", "maximum_word_count"],
      formula: "words with a letter or digit", defaultThreshold: 10),
    FilterDescription(
      name: "word repetition", reasons: [.wordRepetition],
      keys: ["word_repetition_length", "maximum_word_repetition_ratio"],
      formula: "sum of the counts above one of word n-grams / n-grams", defaultThreshold: 0.3),
    FilterDescription(
      name: "stop words", reasons: [.stopWords], keys: ["minimum_stop_word_ratio"],
      formula: "words in the list of stop words / words", defaultThreshold: 0.1),
    FilterDescription(
      name: "flagged words", reasons: [.flaggedWords], keys: ["maximum_flagged_word_ratio"],
      formula: "words in the list of flagged words / words", defaultThreshold: 0.1),
    FilterDescription(
      name: "language confidence", reasons: [.languageConfidence], keys: ["minimum_language_confidence"],
      formula: "confidence of the language identifier", defaultThreshold: 0.7),
    FilterDescription(
      name: "perplexity", reasons: [.perplexity], keys: ["maximum_perplexity"],
      formula: "10 ^ (-sum of log10 P(token) / (tokens + lines)) under the language's n-gram model",
      defaultThreshold: 10_000),
    FilterDescription(
      name: "token length deviation", reasons: [.uniformTokens],
      keys: ["minimum_token_length_deviation"],
      formula: "standard deviation of the lengths of what stands between white space", defaultThreshold: nil),
    FilterDescription(
      name: "mean word length", reasons: [.shortWords, .longWords],
      keys: ["minimum_mean_word_length", "maximum_mean_word_length"],
      formula: "characters of words / words", defaultThreshold: nil),
    FilterDescription(
      name: "alphabetic words", reasons: [.fewAlphabeticWords],
      keys: ["minimum_alphabetic_word_ratio"],
      formula: "words with a letter / words", defaultThreshold: nil),
    FilterDescription(
      name: "distinct stop words", reasons: [.fewDistinctStopWords],
      keys: ["minimum_distinct_stop_words"],
      formula: "stop words that occur at all", defaultThreshold: nil),
    FilterDescription(
      name: "number signs", reasons: [.hashes],
      keys: ["maximum_hash_ratio"],
      formula: "# / words", defaultThreshold: nil),
    FilterDescription(
      name: "ellipses", reasons: [.ellipses],
      keys: ["maximum_ellipsis_ratio"],
      formula: "... and … / words", defaultThreshold: nil),
    FilterDescription(
      name: "bullet lines", reasons: [.bulletLines],
      keys: ["maximum_bullet_line_ratio"],
      formula: "lines that begin with • or - / lines", defaultThreshold: nil),
    FilterDescription(
      name: "ellipsis lines", reasons: [.ellipsisLines],
      keys: ["maximum_ellipsis_line_ratio"],
      formula: "lines that end with ... or … / lines", defaultThreshold: nil),
    FilterDescription(
      name: "duplicate lines", reasons: [.duplicateLines],
      keys: ["maximum_duplicate_line_ratio"],
      formula: "lines that occurred before / lines", defaultThreshold: nil),
    FilterDescription(
      name: "characters in duplicate lines", reasons: [.duplicateLineCharacters],
      keys: ["maximum_duplicate_line_character_ratio"],
      formula: "characters of lines that occurred before / characters", defaultThreshold: nil),
    FilterDescription(
      name: "duplicate paragraphs", reasons: [.duplicateParagraphs],
      keys: ["maximum_duplicate_paragraph_ratio"],
      formula: "paragraphs that occurred before / paragraphs", defaultThreshold: nil),
    FilterDescription(
      name: "characters in duplicate paragraphs", reasons: [.duplicateParagraphCharacters],
      keys: ["maximum_duplicate_paragraph_character_ratio"],
      formula: "characters of paragraphs that occurred before / characters", defaultThreshold: nil),
    FilterDescription(
      name: "line ends", reasons: [.manyNewlines],
      keys: ["maximum_newline_ratio"],
      formula: "line ends / words", defaultThreshold: nil),
    FilterDescription(
      name: "top 2-gram", reasons: [.topGrams],
      keys: ["maximum_top_2_gram_ratio"],
      formula: "characters of the most frequent 2-gram of words × its occurrences / characters", defaultThreshold: nil),
    FilterDescription(
      name: "top 3-gram", reasons: [.topGrams],
      keys: ["maximum_top_3_gram_ratio"],
      formula: "characters of the most frequent 3-gram of words × its occurrences / characters", defaultThreshold: nil),
    FilterDescription(
      name: "top 4-gram", reasons: [.topGrams],
      keys: ["maximum_top_4_gram_ratio"],
      formula: "characters of the most frequent 4-gram of words × its occurrences / characters", defaultThreshold: nil),
    FilterDescription(
      name: "duplicate 5-grams", reasons: [.duplicateGrams],
      keys: ["maximum_duplicate_5_gram_ratio"],
      formula: "characters of words in 5-grams that occurred before / characters", defaultThreshold: nil),
    FilterDescription(
      name: "duplicate 6-grams", reasons: [.duplicateGrams],
      keys: ["maximum_duplicate_6_gram_ratio"],
      formula: "characters of words in 6-grams that occurred before / characters", defaultThreshold: nil),
    FilterDescription(
      name: "duplicate 7-grams", reasons: [.duplicateGrams],
      keys: ["maximum_duplicate_7_gram_ratio"],
      formula: "characters of words in 7-grams that occurred before / characters", defaultThreshold: nil),
    FilterDescription(
      name: "duplicate 8-grams", reasons: [.duplicateGrams],
      keys: ["maximum_duplicate_8_gram_ratio"],
      formula: "characters of words in 8-grams that occurred before / characters", defaultThreshold: nil),
    FilterDescription(
      name: "duplicate 9-grams", reasons: [.duplicateGrams],
      keys: ["maximum_duplicate_9_gram_ratio"],
      formula: "characters of words in 9-grams that occurred before / characters", defaultThreshold: nil),
    FilterDescription(
      name: "duplicate 10-grams", reasons: [.duplicateGrams],
      keys: ["maximum_duplicate_10_gram_ratio"],
      formula: "characters of words in 10-grams that occurred before / characters", defaultThreshold: nil),
    FilterDescription(
      name: "curly brackets", reasons: [.curlyBrackets],
      keys: ["maximum_curly_brackets"],
      formula: "{ in the text", defaultThreshold: nil),
    FilterDescription(
      name: "placeholder text", reasons: [.loremIpsum],
      keys: ["maximum_lorem_ipsum"],
      formula: "lorem ipsum in the text", defaultThreshold: nil),
    FilterDescription(
      name: "sentences", reasons: [.tooFewSentences],
      keys: ["minimum_sentence_count"],
      formula: "ends of sentences, and lines that go on to their end", defaultThreshold: nil),
    FilterDescription(
      name: "terminated lines", reasons: [.unterminatedLines],
      keys: ["minimum_terminated_line_ratio"],
      formula: "lines whose last character ends a sentence / lines", defaultThreshold: nil),
    FilterDescription(
      name: "short lines", reasons: [.manyShortLines],
      keys: ["maximum_short_line_ratio", "short_line_length"],
      formula: "lines of at most 30 characters / lines", defaultThreshold: nil),
    FilterDescription(
      name: "line duplication", reasons: [.lineDuplication],
      keys: ["maximum_line_duplication_ratio"],
      formula: "characters of lines that occurred before / characters without line ends", defaultThreshold: nil),
  ]

  /// The rules that take out lines before any filter looks: they change the text and drop no document.
  public static let lineRuleKeys = [
    "minimum_line_words", "maximum_line_word_length", "remove_unterminated_lines", "remove_javascript_lines",
    "remove_policy_lines", "remove_code_lines", "remove_menu_lines", "remove_citations",
  ]
}
