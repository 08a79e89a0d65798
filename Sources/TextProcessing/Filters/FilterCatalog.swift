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
      name: "line length", reasons: [.shortLines, .longLines], keys: ["minimum_longest_line", "maximum_line_length"],
      formula: "characters of the longest line", defaultThreshold: nil),
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
  ]
}
