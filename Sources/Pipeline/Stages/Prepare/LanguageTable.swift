// The language files as the cleaner uses them: settings with the pipeline's overrides laid over, looked up by language.
import CorpusCore
import TextProcessing

/// Filter settings of every configured language; others take the preset's default row.
struct LanguageTable: Sendable {
  private let settings: [String: LanguageSettings]
  private let code: LanguageSettings
  private let other: LanguageSettings

  /// Resolves every language's limits under `presets`, and lays `overrides` (keys of `filter:` in the pipeline file) over
  /// them; `models` by language.
  init(
    files: [LanguageFile], presets: [FilterPreset] = [.roots], overrides: [String: Double],
    models: [String: NGramModel] = [:]
  ) {
    func thresholds(_ values: [String: Double]) -> FilterThresholds {
      var thresholds = FilterThresholds()
      for (key, path) in FilterThresholds.keyNames { thresholds[keyPath: path] = values[key] }
      return thresholds
    }
    let laidOver = thresholds(overrides)
    func settings(of file: LanguageFile) -> LanguageSettings {
      LanguageSettings(
        code: file.code, name: file.name, script: file.script,
        wordSegmentation: file.wordSegmentation == "icu" ? .icu : .whitespace, stopWords: file.stopWords,
        flaggedWords: file.flaggedWords, sentenceEnds: file.sentenceEnds,
        thresholds: .resolved(
          presets: presets, isCode: Language(code: file.code)?.isCode ?? false, filters: thresholds(file.filters),
          own: thresholds(file.presets), overrides: laidOver),
        perplexityModel: models[file.code])
    }
    func plain(_ code: String) -> LanguageFile {
      LanguageFile(
        code: code, name: code, script: "Common", wordSegmentation: "whitespace", filters: [:], stopWords: [],
        flaggedWords: [])
    }
    var found: [String: LanguageSettings] = [:]
    for file in files { found[file.code] = settings(of: file) }
    self.settings = found
    self.code = found["code"] ?? settings(of: plain("code"))
    self.other = found["default"] ?? settings(of: plain("default"))
  }

  /// The table for a pipeline's `filter` step, with the n-gram models that the files name.
  init(files: [LanguageFile], step: FilterConfiguration?) throws {
    let presets = (step ?? FilterConfiguration()).presets
    self.init(
      files: files, presets: presets.compactMap { FilterPreset(rawValue: $0.rawValue) },
      overrides: step?.overrides ?? [:], models: step == nil ? [:] : try readPerplexityModels(files))
  }

  func settings(for language: Language) -> LanguageSettings {
    if let own = settings[language.code] { return own }
    return language.isCode ? code : other
  }
}
