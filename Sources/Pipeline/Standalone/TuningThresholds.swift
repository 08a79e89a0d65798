// `xylem tune`: thresholds from a sample by a stated rule, written as language files.
import CorpusCore
import CorpusIO
import Foundation
import TextProcessing

/// What was found for one language.
public struct TunedLanguage: Codable, Sendable {
  public struct Threshold: Codable, Sendable {
    /// The key of a language file.
    public var key: String
    /// Whether it stands under `presets` rather than `filters`.
    public var isPreset: Bool
    /// What the language file said before.
    public var before: Double?
    public var value: Double
    /// Share of the documents it was measured on that the new limit takes out.
    public var removed: Double

    enum CodingKeys: String, CodingKey {
      case key, before, value, removed
      case isPreset = "preset"
    }
  }
  public var language: String
  public var documents: Int
  /// Empty when there were too few documents.
  public var thresholds: [Threshold]
}

/// Proposes thresholds for every language of a sample.
public struct ThresholdTuning: Sendable {
  /// Documents of a language below which nothing is proposed.
  public static let minimumDocuments = 100

  /// A minimum becomes this percentile of its value, a maximum 100 minus this: 0 < p < 50.
  public var percentile: Double
  public var sample: Int

  public init(percentile: Double, sample: Int) {
    self.percentile = percentile
    self.sample = sample
  }

  /// Limits that say something of a language's writing. Sizes, confidence and flagged words are decisions, not measurements.
  static let tuned: [(key: String, value: FilterValue, isPreset: Bool)] = [
    ("maximum_character_repetition_ratio", .characterRepetitionRatio, false),
    ("maximum_word_repetition_ratio", .wordRepetitionRatio, false),
    ("maximum_special_character_ratio", .specialCharacterRatio, false),
    ("minimum_stop_word_ratio", .stopWordRatio, false),
    ("maximum_perplexity", .perplexity, false),
    ("minimum_mean_word_length", .meanWordLength, true),
    ("maximum_mean_word_length", .meanWordLength, true),
    ("minimum_alphabetic_word_ratio", .alphabeticWordRatio, true),
    ("minimum_terminated_line_ratio", .terminatedLineRatio, true),
    ("maximum_short_line_ratio", .shortLineRatio, true),
    ("maximum_newline_ratio", .newlineRatio, true),
  ]

  /// A limit's rule: over the documents of the language that are not empty and break no other limit of `configuration`, the
  /// percentile by nearest rank, rounded outward to two significant digits. Labels are wrong at times: where the
  /// identifier knows the language (it agrees with at least half of the labels), documents that it takes for another one
  /// are left out.
  public func run(
    _ pass: InputPass, configuration: PipelineConfiguration, observer: any RunObserver
  ) throws -> [TunedLanguage] {
    let sample = try CleaningSample.gather(pass, configuration: configuration, count: sample, observer: observer)
    let files = try configuration.languages.map { try readLanguageFiles(directory: $0) } ?? []
    return sample.byLanguage.filter { !$0.language.isCode && $0.language != .undetermined }.map { language, rows in
      let chain = FilterChain(settings: sample.table.settings(for: language))
      let file = files.first { $0.code == language.code }
      return tune(language, rows, chain.filters.filter(\.isActive), file: file)
    }
  }

  func tune(
    _ language: Language, _ rows: [CleaningSample.Row], _ filters: [any DocumentFilter], file: LanguageFile?
  ) -> TunedLanguage {
    var result = TunedLanguage(language: language.code, documents: rows.count, thresholds: [])
    guard rows.count >= Self.minimumDocuments else { return result }
    let isKnown = 2 * rows.filter { $0.guess == language }.count >= rows.count
    let rows = isKnown ? rows.filter { $0.guess == nil || $0.guess == language } : rows
    for (key, value, isPreset) in Self.tuned {
      let others = filters.filter { $0.value != value }
      let values = rows.filter { row in !row.isEmpty && !others.contains { $0.breaks(row.values) } }
        .map { $0.values[value] }.filter(\.isFinite).sorted()
      guard values.count >= Self.minimumDocuments else { continue }
      let isMinimum = key.hasPrefix("minimum_")
      let found = Pipeline.percentile(values, isMinimum ? percentile : 100 - percentile)
      var limit = Self.rounded(found, up: !isMinimum)
      if key.hasSuffix("_ratio"), key != "maximum_newline_ratio" { limit = min(limit, 1) }
      let removed = values.filter { isMinimum ? $0 < limit : $0 > limit }.count
      result.thresholds.append(
        TunedLanguage.Threshold(
          key: key, isPreset: isPreset, before: isPreset ? file?.presets[key] : file?.filters[key], value: limit,
          removed: Double(removed) / Double(values.count)))
    }
    return result
  }

  /// Two significant digits, away from the side where documents stay.
  static func rounded(_ value: Double, up: Bool) -> Double {
    guard value > 0 else { return 0 }
    let exponent = Int(floor(log10(value))) - 1
    let scale = pow(10, Double(abs(exponent)))
    // A little slack: 0.29 is 28.999999999999996 hundredths.
    let digits = exponent < 0 ? value * scale : value / scale
    let whole = up ? (digits - 1e-9).rounded(.up) : (digits + 1e-9).rounded(.down)
    return exponent < 0 ? whole / scale : whole * scale
  }
}

/// A language file as YAML, with a comment for each tuned threshold.
func languageFileText(_ file: LanguageFile, tuned: TunedLanguage, rule: String) -> String {
  func quoted(_ text: String) -> String {
    var bytes: [UInt8] = []
    appendJSONString(text, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
  let found = Dictionary(tuned.thresholds.map { ($0.key, $0) }) { first, _ in first }
  func section(_ name: String, _ values: [String: Double], isPreset: Bool) -> String {
    var values = values
    for threshold in tuned.thresholds where threshold.isPreset == isPreset { values[threshold.key] = threshold.value }
    guard !values.isEmpty else { return "" }
    var text = name + ":\n"
    for (key, _) in FilterThresholds.keyNames {
      guard let value = values[key] else { continue }
      text += "  \(key): \(ConfigurationNumber.spelling(value))"
      if let threshold = found[key], threshold.isPreset == isPreset {
        let before = threshold.before.map { "; before: " + ConfigurationNumber.spelling($0) } ?? ""
        text += "   # tuned\(before)"
      }
      text += "\n"
    }
    return text
  }
  var text = "# Thresholds marked as tuned: \(rule); \(tuned.documents) documents.\n"
  text += "language: \(file.code)\nname: \(quoted(file.name))\nscript: \(quoted(file.script))\n"
  text += "word_segmentation: \(file.wordSegmentation)\n"
  text += section("filters", file.filters, isPreset: false) + section("presets", file.presets, isPreset: true)
  if let model = file.perplexityModel { text += "perplexity_model: \(quoted(model))\n" }
  if !file.sentenceEnds.isEmpty { text += "sentence_ends: \(quoted(file.sentenceEnds))\n" }
  text += "stop_words: [\(file.stopWords.map(quoted).joined(separator: ", "))]\n"
  if !file.flaggedWords.isEmpty {
    text += "flagged_words: [\(file.flaggedWords.map(quoted).joined(separator: ", "))]\n"
  }
  return text
}

extension ThresholdTuning {
  /// Writes `<code>.yaml` for every tuned language into `directory`, a new one; languages with too few documents get their
  /// file as it was, if there was one.
  public func write(
    _ tuned: [TunedLanguage], configuration: PipelineConfiguration, to directory: String
  ) throws -> [String] {
    let files = try configuration.languages.map { try readLanguageFiles(directory: $0) } ?? []
    let fileSystem = LocalFileSystem()
    try fileSystem.makeDirectories(directory)
    let rule =
      "minima are the \(ConfigurationNumber.spelling(percentile)) percentile of the documents that break no other limit, "
      + "maxima the \(ConfigurationNumber.spelling(100 - percentile)), rounded outward to two digits"
    var written: [String] = []
    for language in tuned where !language.thresholds.isEmpty {
      let file =
        files.first { $0.code == language.language }
        ?? LanguageFile(
          code: language.language, name: language.language, script: "Common", wordSegmentation: "whitespace",
          filters: [:], stopWords: [], flaggedWords: [])
      let path = directory + "/" + language.language + ".yaml"
      let text = languageFileText(file, tuned: language, rule: rule)
      let output = try OutputFile(path: path, fileSystem: fileSystem)
      try output.write(Array(text.utf8))
      _ = try output.finish()
      written.append(path)
    }
    return written
  }
}
