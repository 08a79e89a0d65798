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
  /// Under the language's n-gram model; not applied without one.
  public var maximumPerplexity: Double?
  /// Characters of the longest line: it must not be longer.
  public var maximumLineLength: Double?
  /// Characters of the longest line: it must not be shorter.
  public var minimumLongestLine: Double?
  public var minimumCharacters: Double?
  public var maximumCharacters: Double?
  public var maximumMeanLineLength: Double?
  public var minimumAlphanumericRatio: Double?
  public var minimumTokenLengthDeviation: Double?
  public var minimumMeanWordLength: Double?
  public var maximumMeanWordLength: Double?
  public var minimumAlphabeticWordRatio: Double?
  public var minimumDistinctStopWords: Double?
  public var maximumHashRatio: Double?
  public var maximumEllipsisRatio: Double?
  public var maximumBulletLineRatio: Double?
  public var maximumEllipsisLineRatio: Double?
  public var maximumDuplicateLineRatio: Double?
  public var maximumDuplicateLineCharacterRatio: Double?
  public var maximumDuplicateParagraphRatio: Double?
  public var maximumDuplicateParagraphCharacterRatio: Double?
  public var maximumTop2GramRatio: Double?
  public var maximumTop3GramRatio: Double?
  public var maximumTop4GramRatio: Double?
  public var maximumDuplicate5GramRatio: Double?
  public var maximumDuplicate6GramRatio: Double?
  public var maximumDuplicate7GramRatio: Double?
  public var maximumDuplicate8GramRatio: Double?
  public var maximumDuplicate9GramRatio: Double?
  public var maximumDuplicate10GramRatio: Double?
  public var minimumSentenceCount: Double?
  public var maximumCurlyBrackets: Double?
  public var maximumLoremIpsum: Double?
  public var minimumTerminatedLineRatio: Double?
  public var maximumShortLineRatio: Double?
  public var shortLineLength: Double?
  public var maximumLineDuplicationRatio: Double?
  public var maximumNewlineRatio: Double?
  public var minimumLineWords: Double?
  public var maximumLineWordLength: Double?
  public var removeUnterminatedLines: Double?
  public var removeJavascriptLines: Double?
  public var removePolicyLines: Double?
  public var removeCodeLines: Double?
  public var removeMenuLines: Double?
  public var removeCitations: Double?

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
    ("maximum_perplexity", \.maximumPerplexity),
    ("maximum_line_length", \.maximumLineLength),
    ("minimum_longest_line", \.minimumLongestLine),
    ("minimum_characters", \.minimumCharacters),
    ("maximum_characters", \.maximumCharacters),
    ("maximum_mean_line_length", \.maximumMeanLineLength),
    ("minimum_alphanumeric_ratio", \.minimumAlphanumericRatio),
    ("minimum_token_length_deviation", \.minimumTokenLengthDeviation),
    ("minimum_mean_word_length", \.minimumMeanWordLength),
    ("maximum_mean_word_length", \.maximumMeanWordLength),
    ("minimum_alphabetic_word_ratio", \.minimumAlphabeticWordRatio),
    ("minimum_distinct_stop_words", \.minimumDistinctStopWords),
    ("maximum_hash_ratio", \.maximumHashRatio),
    ("maximum_ellipsis_ratio", \.maximumEllipsisRatio),
    ("maximum_bullet_line_ratio", \.maximumBulletLineRatio),
    ("maximum_ellipsis_line_ratio", \.maximumEllipsisLineRatio),
    ("maximum_duplicate_line_ratio", \.maximumDuplicateLineRatio),
    ("maximum_duplicate_line_character_ratio", \.maximumDuplicateLineCharacterRatio),
    ("maximum_duplicate_paragraph_ratio", \.maximumDuplicateParagraphRatio),
    ("maximum_duplicate_paragraph_character_ratio", \.maximumDuplicateParagraphCharacterRatio),
    ("maximum_top_2_gram_ratio", \.maximumTop2GramRatio),
    ("maximum_top_3_gram_ratio", \.maximumTop3GramRatio),
    ("maximum_top_4_gram_ratio", \.maximumTop4GramRatio),
    ("maximum_duplicate_5_gram_ratio", \.maximumDuplicate5GramRatio),
    ("maximum_duplicate_6_gram_ratio", \.maximumDuplicate6GramRatio),
    ("maximum_duplicate_7_gram_ratio", \.maximumDuplicate7GramRatio),
    ("maximum_duplicate_8_gram_ratio", \.maximumDuplicate8GramRatio),
    ("maximum_duplicate_9_gram_ratio", \.maximumDuplicate9GramRatio),
    ("maximum_duplicate_10_gram_ratio", \.maximumDuplicate10GramRatio),
    ("minimum_sentence_count", \.minimumSentenceCount),
    ("maximum_curly_brackets", \.maximumCurlyBrackets),
    ("maximum_lorem_ipsum", \.maximumLoremIpsum),
    ("minimum_terminated_line_ratio", \.minimumTerminatedLineRatio),
    ("maximum_short_line_ratio", \.maximumShortLineRatio),
    ("short_line_length", \.shortLineLength),
    ("maximum_line_duplication_ratio", \.maximumLineDuplicationRatio),
    ("maximum_newline_ratio", \.maximumNewlineRatio),
    ("minimum_line_words", \.minimumLineWords),
    ("maximum_line_word_length", \.maximumLineWordLength),
    ("remove_unterminated_lines", \.removeUnterminatedLines),
    ("remove_javascript_lines", \.removeJavascriptLines),
    ("remove_policy_lines", \.removePolicyLines),
    ("remove_code_lines", \.removeCodeLines),
    ("remove_menu_lines", \.removeMenuLines),
    ("remove_citations", \.removeCitations),
  ]
}
