// The language files as the cleaner uses them: settings with the pipeline's overrides laid over, looked up by language.
import CorpusCore
import TextProcessing

/// Filter settings of every configured language; others take the preset's default row.
struct LanguageTable: Sendable {
  private let settings: [String: LanguageSettings]
  private let code: LanguageSettings
  private let other: LanguageSettings

  /// Lays `overrides` (keys of `filter:` in the pipeline file) over every language.
  init(files: [LanguageFile], overrides: [String: Double]) {
    func settings(of file: LanguageFile) -> LanguageSettings {
      var thresholds = FilterThresholds()
      for (key, path) in FilterThresholds.keyNames {
        if let value = overrides[key] ?? file.filters[key] { thresholds[keyPath: path] = value }
      }
      return LanguageSettings(
        code: file.code, name: file.name, script: file.script,
        wordSegmentation: file.wordSegmentation == "icu" ? .icu : .whitespace, stopWords: file.stopWords,
        flaggedWords: file.flaggedWords, thresholds: thresholds)
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

  func settings(for language: Language) -> LanguageSettings {
    if let own = settings[language.code] { return own }
    return language.isCode ? code : other
  }
}
