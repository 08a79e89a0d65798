// The contract of a quality filter and what filters say.
public import CorpusCore

/// Why a filter took a document out: the measured value and the limit it broke.
public struct FilterDrop: Sendable, Hashable {
  public var reason: DropReason
  public var value: Double
  public var threshold: Double

  public init(reason: DropReason, value: Double, threshold: Double) {
    self.reason = reason
    self.value = value
    self.threshold = threshold
  }
}

/// One quality filter: a formula and its limits.
///
/// A filter holds only what was fixed when its chain was built. It reads the document through `scratch`, writes its value
/// into `values`, and says nil when the document may stay.
public protocol DocumentFilter: Sendable {
  /// The reason of its drops; where a filter has two limits, the lower one's is `reason`.
  var reason: DropReason { get }
  /// What it measures; nil for emptiness alone.
  var value: FilterValue? { get }
  /// The limits it holds its value against.
  var minimum: Double? { get }
  var maximum: Double? { get }
  /// Whether a limit is set; a filter without one is skipped unless all values are wanted.
  var isActive: Bool { get }
  func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop?
}

extension DocumentFilter {
  public var minimum: Double? { nil }
  public var maximum: Double? { nil }

  func below(_ value: Double, _ minimum: Double?, _ reason: DropReason) -> FilterDrop? {
    guard let minimum, value < minimum else { return nil }
    return FilterDrop(reason: reason, value: value, threshold: minimum)
  }

  func above(_ value: Double, _ maximum: Double?, _ reason: DropReason) -> FilterDrop? {
    guard let maximum, value > maximum else { return nil }
    return FilterDrop(reason: reason, value: value, threshold: maximum)
  }
}

/// `part / whole`, 0 when there is nothing to have a share of.
func share(_ part: Int, of whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }

extension DropReason {
  public static let tooSmall = DropReason(rawValue: "too_small")
  public static let tooLarge = DropReason(rawValue: "too_large")
  public static let longLines = DropReason(rawValue: "long_lines")
  public static let shortLines = DropReason(rawValue: "short_lines")
  public static let specialCharacters = DropReason(rawValue: "special_characters")
  public static let fewSpecialCharacters = DropReason(rawValue: "few_special_characters")
  public static let characterRepetition = DropReason(rawValue: "character_repetition")
  public static let tooFewWords = DropReason(rawValue: "too_few_words")
  public static let tooManyWords = DropReason(rawValue: "too_many_words")
  public static let wordRepetition = DropReason(rawValue: "word_repetition")
  public static let stopWords = DropReason(rawValue: "stop_words")
  public static let flaggedWords = DropReason(rawValue: "flagged_words")
  public static let languageConfidence = DropReason(rawValue: "language_confidence")
  public static let fewCharacters = DropReason(rawValue: "too_few_characters")
  public static let manyCharacters = DropReason(rawValue: "too_many_characters")
  public static let longMeanLine = DropReason(rawValue: "long_mean_line")
  public static let fewAlphanumerics = DropReason(rawValue: "few_alphanumerics")
  public static let uniformTokens = DropReason(rawValue: "uniform_tokens")
  public static let shortWords = DropReason(rawValue: "short_words")
  public static let longWords = DropReason(rawValue: "long_words")
  public static let fewAlphabeticWords = DropReason(rawValue: "few_alphabetic_words")
  public static let fewDistinctStopWords = DropReason(rawValue: "few_distinct_stop_words")
  public static let hashes = DropReason(rawValue: "hashes")
  public static let ellipses = DropReason(rawValue: "ellipses")
  public static let bulletLines = DropReason(rawValue: "bullet_lines")
  public static let ellipsisLines = DropReason(rawValue: "ellipsis_lines")
  public static let duplicateLines = DropReason(rawValue: "duplicate_lines")
  public static let duplicateLineCharacters = DropReason(rawValue: "duplicate_line_characters")
  public static let duplicateParagraphs = DropReason(rawValue: "duplicate_paragraphs")
  public static let duplicateParagraphCharacters = DropReason(rawValue: "duplicate_paragraph_characters")
  public static let topGrams = DropReason(rawValue: "top_grams")
  public static let duplicateGrams = DropReason(rawValue: "duplicate_grams")
  public static let tooFewSentences = DropReason(rawValue: "too_few_sentences")
  public static let curlyBrackets = DropReason(rawValue: "curly_brackets")
  public static let loremIpsum = DropReason(rawValue: "lorem_ipsum")
  public static let unterminatedLines = DropReason(rawValue: "unterminated_lines")
  public static let manyShortLines = DropReason(rawValue: "many_short_lines")
  public static let lineDuplication = DropReason(rawValue: "line_duplication")
  public static let perplexity = DropReason(rawValue: "perplexity")
  public static let manyNewlines = DropReason(rawValue: "many_newlines")
}
