// What the filters measure, by name: the columns of values/ files, the rows of `clean --explain`, the keys of reports.

/// One measured value; the raw value is its place in `FilterValues` and must never be reused for another.
public enum FilterValue: Int, CaseIterable, Sendable, Codable, Hashable {
  case specialCharacterRatio
  case byteCount
  case characterCount
  case longestLine
  case meanLineLength
  case alphanumericRatio
  case characterRepetitionRatio
  case wordCount
  case wordRepetitionRatio
  case stopWordRatio
  case flaggedWordRatio
  case languageConfidence
  case tokenLengthDeviation
  case meanWordLength
  case alphabeticWordRatio
  case distinctStopWords
  case hashRatio
  case ellipsisRatio
  case bulletLineRatio
  case ellipsisLineRatio
  case duplicateLineRatio
  case duplicateLineCharacterRatio
  case duplicateParagraphRatio
  case duplicateParagraphCharacterRatio
  case top2GramRatio
  case top3GramRatio
  case top4GramRatio
  case duplicate5GramRatio
  case duplicate6GramRatio
  case duplicate7GramRatio
  case duplicate8GramRatio
  case duplicate9GramRatio
  case duplicate10GramRatio
  case sentenceCount
  case curlyBrackets
  case loremIpsum
  case terminatedLineRatio
  case shortLineRatio
  case lineDuplicationRatio
  case newlineRatio
  case perplexity

  /// The name in reports and files: lower-case ASCII with underscores.
  public var name: String {
    switch self {
    case .specialCharacterRatio: "special_character_ratio"
    case .byteCount: "bytes"
    case .characterCount: "character_count"
    case .longestLine: "longest_line"
    case .meanLineLength: "mean_line_length"
    case .alphanumericRatio: "alphanumeric_ratio"
    case .characterRepetitionRatio: "character_repetition_ratio"
    case .wordCount: "word_count"
    case .wordRepetitionRatio: "word_repetition_ratio"
    case .stopWordRatio: "stop_word_ratio"
    case .flaggedWordRatio: "flagged_word_ratio"
    case .languageConfidence: "language_confidence"
    case .tokenLengthDeviation: "token_length_deviation"
    case .meanWordLength: "mean_word_length"
    case .alphabeticWordRatio: "alphabetic_word_ratio"
    case .distinctStopWords: "distinct_stop_words"
    case .hashRatio: "hash_ratio"
    case .ellipsisRatio: "ellipsis_ratio"
    case .bulletLineRatio: "bullet_line_ratio"
    case .ellipsisLineRatio: "ellipsis_line_ratio"
    case .duplicateLineRatio: "duplicate_line_ratio"
    case .duplicateLineCharacterRatio: "duplicate_line_character_ratio"
    case .duplicateParagraphRatio: "duplicate_paragraph_ratio"
    case .duplicateParagraphCharacterRatio: "duplicate_paragraph_character_ratio"
    case .top2GramRatio: "top_2_gram_ratio"
    case .top3GramRatio: "top_3_gram_ratio"
    case .top4GramRatio: "top_4_gram_ratio"
    case .duplicate5GramRatio: "duplicate_5_gram_ratio"
    case .duplicate6GramRatio: "duplicate_6_gram_ratio"
    case .duplicate7GramRatio: "duplicate_7_gram_ratio"
    case .duplicate8GramRatio: "duplicate_8_gram_ratio"
    case .duplicate9GramRatio: "duplicate_9_gram_ratio"
    case .duplicate10GramRatio: "duplicate_10_gram_ratio"
    case .sentenceCount: "sentence_count"
    case .curlyBrackets: "curly_brackets"
    case .loremIpsum: "lorem_ipsum"
    case .terminatedLineRatio: "terminated_line_ratio"
    case .shortLineRatio: "short_line_ratio"
    case .lineDuplicationRatio: "line_duplication_ratio"
    case .newlineRatio: "newline_ratio"
    case .perplexity: "perplexity"
    }
  }

  /// The value called `name`; nil when there is none.
  public init?(name: String) {
    guard let value = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = value
  }
}

/// What the filters measured in one document; NaN = not computed.
public struct FilterValues: Sendable {
  private var values: InlineArray<41, Double> = InlineArray(repeating: .nan)

  public init() {}

  public subscript(value: FilterValue) -> Double {
    get { values[value.rawValue] }
    set { values[value.rawValue] = newValue }
  }
}

extension FilterValues {
  public var specialCharacterRatio: Double {
    get { self[.specialCharacterRatio] }
    set { self[.specialCharacterRatio] = newValue }
  }
  public var byteCount: Double {
    get { self[.byteCount] }
    set { self[.byteCount] = newValue }
  }
  public var longestLine: Double {
    get { self[.longestLine] }
    set { self[.longestLine] = newValue }
  }
  public var characterRepetitionRatio: Double {
    get { self[.characterRepetitionRatio] }
    set { self[.characterRepetitionRatio] = newValue }
  }
  public var wordCount: Double {
    get { self[.wordCount] }
    set { self[.wordCount] = newValue }
  }
  public var wordRepetitionRatio: Double {
    get { self[.wordRepetitionRatio] }
    set { self[.wordRepetitionRatio] = newValue }
  }
  public var stopWordRatio: Double {
    get { self[.stopWordRatio] }
    set { self[.stopWordRatio] = newValue }
  }
  public var flaggedWordRatio: Double {
    get { self[.flaggedWordRatio] }
    set { self[.flaggedWordRatio] = newValue }
  }
  public var languageConfidence: Double {
    get { self[.languageConfidence] }
    set { self[.languageConfidence] = newValue }
  }
}
