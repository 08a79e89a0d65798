// The contract of a quality filter and what filters say.
public import CorpusCore

/// What the filters measured in one document; NaN = not computed.
public struct FilterValues: Sendable {
  public var byteCount = Double.nan
  public var longestLine = Double.nan
  public var specialCharacterRatio = Double.nan
  public var characterRepetitionRatio = Double.nan
  public var wordCount = Double.nan
  public var wordRepetitionRatio = Double.nan
  public var stopWordRatio = Double.nan
  public var flaggedWordRatio = Double.nan
  public var languageConfidence = Double.nan

  public init() {}

  public typealias Path = KeyPath<FilterValues, Double> & Sendable

  /// Every value with the name it has in reports, in the order of the chain.
  public static let names: [(name: String, path: Path)] = [
    ("special_character_ratio", \.specialCharacterRatio),
    ("bytes", \.byteCount),
    ("longest_line", \.longestLine),
    ("character_repetition_ratio", \.characterRepetitionRatio),
    ("word_count", \.wordCount),
    ("word_repetition_ratio", \.wordRepetitionRatio),
    ("stop_word_ratio", \.stopWordRatio),
    ("flagged_word_ratio", \.flaggedWordRatio),
    ("language_confidence", \.languageConfidence),
  ]
}

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
  /// Whether a limit is set; a filter without one is skipped unless all values are wanted.
  var isActive: Bool { get }
  func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop?
}

extension DocumentFilter {
  func below(_ value: Double, _ minimum: Double?, _ reason: DropReason) -> FilterDrop? {
    guard let minimum, value < minimum else { return nil }
    return FilterDrop(reason: reason, value: value, threshold: minimum)
  }

  func above(_ value: Double, _ maximum: Double?, _ reason: DropReason) -> FilterDrop? {
    guard let maximum, value > maximum else { return nil }
    return FilterDrop(reason: reason, value: value, threshold: maximum)
  }
}

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
}
