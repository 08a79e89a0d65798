// The thresholds of a language, as its file in pipelines/languages gives them; all optional, absent = not filtered.

/// Limits a document has to keep; a nil limit is not applied.
public struct FilterThresholds: Sendable, Hashable, Codable {
  /// UTF-8 bytes.
  public var minimumBytes: Double?
  public var maximumBytes: Double?
  public var minimumWordCount: Double?
  public var maximumWordCount: Double?
  /// Characters of an n-gram, 1 to 64; 10 when absent.
  public var characterRepetitionLength: Double?
  public var maximumCharacterRepetitionRatio: Double?
  /// Words of an n-gram, 1 to 64; 5 when absent.
  public var wordRepetitionLength: Double?
  public var maximumWordRepetitionRatio: Double?
  public var minimumSpecialCharacterRatio: Double?
  public var maximumSpecialCharacterRatio: Double?
  public var minimumStopWordRatio: Double?
  public var maximumFlaggedWordRatio: Double?
  public var minimumLanguageConfidence: Double?
  /// Characters of the longest line: it must not be longer.
  public var maximumLineLength: Double?
  /// Characters of the longest line: it must not be shorter.
  public var minimumLongestLine: Double?

  public init() {}

  public typealias Path = WritableKeyPath<FilterThresholds, Double?> & Sendable

  /// The keys of the files' `filters:` section, in the order of the documentation.
  public static let keyNames: [(name: String, path: Path)] = [
    ("minimum_bytes", \.minimumBytes),
    ("maximum_bytes", \.maximumBytes),
    ("minimum_word_count", \.minimumWordCount),
    ("maximum_word_count", \.maximumWordCount),
    ("character_repetition_length", \.characterRepetitionLength),
    ("maximum_character_repetition_ratio", \.maximumCharacterRepetitionRatio),
    ("word_repetition_length", \.wordRepetitionLength),
    ("maximum_word_repetition_ratio", \.maximumWordRepetitionRatio),
    ("minimum_special_character_ratio", \.minimumSpecialCharacterRatio),
    ("maximum_special_character_ratio", \.maximumSpecialCharacterRatio),
    ("minimum_stop_word_ratio", \.minimumStopWordRatio),
    ("maximum_flagged_word_ratio", \.maximumFlaggedWordRatio),
    ("minimum_language_confidence", \.minimumLanguageConfidence),
    ("maximum_line_length", \.maximumLineLength),
    ("minimum_longest_line", \.minimumLongestLine),
  ]
}
