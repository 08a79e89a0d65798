// What the filters know about a language; filled from its file in pipelines/languages.

/// How a text is cut into words.
public enum WordSegmentation: String, CaseIterable, Sendable, Codable {
  /// At white space.
  case whitespace
  /// By ICU's dictionaries, for scripts written without spaces.
  case icu
}

/// One language: its words and its thresholds.
public struct LanguageSettings: Sendable {
  public var code: String
  public var name: String
  public var script: String
  public var wordSegmentation: WordSegmentation
  public var stopWords: [String]
  public var flaggedWords: [String]
  /// Characters that end a sentence besides those that Unicode says do.
  public var sentenceEnds: String
  public var thresholds: FilterThresholds
  /// What perplexity is measured under; nil: it is not measured.
  public var perplexityModel: NGramModel?

  public init(
    code: String, name: String = "", script: String = "", wordSegmentation: WordSegmentation = .whitespace,
    stopWords: [String] = [], flaggedWords: [String] = [], sentenceEnds: String = "",
    thresholds: FilterThresholds = FilterThresholds(), perplexityModel: NGramModel? = nil
  ) {
    self.code = code
    self.name = name
    self.script = script
    self.wordSegmentation = wordSegmentation
    self.stopWords = stopWords
    self.flaggedWords = flaggedWords
    self.sentenceEnds = sentenceEnds
    self.thresholds = thresholds
    self.perplexityModel = perplexityModel
  }
}
