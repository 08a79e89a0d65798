// Language files, `pipelines/languages/<code>.yaml`: what the filters need to know of a language. One small file each,
// so that a speaker can mend one without knowing the rest.
public import CorpusCore
import CorpusIO
import Foundation
import TextProcessing

public struct LanguageFile: Sendable, Hashable, Codable {
  /// The file's name without `.yaml`, a `Language` code. `code` stands for all programming languages.
  public var code: String
  public var name: String
  public var script: String
  /// How words are found: `whitespace` or `icu`.
  public var wordSegmentation: String
  /// Thresholds by name, see `FilterThreshold.all`. What is absent is not filtered by.
  public var filters: [String: Double]
  /// The language's own values for thresholds of the published presets, used where such a preset is chosen.
  public var presets: [String: Double] = [:]
  /// Characters that end a sentence besides those that Unicode says do.
  public var sentenceEnds = ""
  /// Path of the n-gram model that perplexity is measured under, as the program opens it.
  public var perplexityModel: String?
  /// Of that file's bytes.
  public var perplexityDigest: Digest128?
  public var stopWords: [String]
  public var flaggedWords: [String]

  enum WordSegmentation: String, CaseIterable { case whitespace, icu }
}

/// The language files of `directory`, sorted by code: `<code>.yaml`, and FineWeb2's `<iso639-3>_<Script>.yml`. All faults of all files are reported together.
public func readLanguageFiles(directory: String) throws(ConfigurationFailure) -> [LanguageFile] {
  let names: [String]
  do {
    names = try FileManager.default.contentsOfDirectory(atPath: directory)
  } catch {
    throw ConfigurationFailure([
      ConfigurationFault(
        file: directory, line: 0, column: 0, message: "cannot be read as the directory of language files")
    ])
  }
  var files: [LanguageFile] = []
  var faults: [ConfigurationFault] = []
  for name in names.filter({ $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }).sorted() {
    let path = directory.hasSuffix("/") ? directory + name : directory + "/" + name
    do throws(ConfigurationFailure) {
      files.append(try LanguageFileDecoder.read(path: path, code: String(name.dropLast(".yaml".count))))
    } catch {
      faults.append(contentsOf: error.faults)
    }
  }
  for name in names.filter(FineWebLanguageFile.isName).sorted() {
    let path = directory.hasSuffix("/") ? directory + name : directory + "/" + name
    do throws(ConfigurationFailure) {
      let file = try FineWebLanguageFile.parse(
        bytes: try SmallFile.bytes(path: path), fileName: path, label: String(name.dropLast(".yml".count)))
      if let index = files.firstIndex(where: { $0.code == file.code }) {
        files[index] = FineWebLanguageFile.merged(files[index], file)
      } else {
        files.append(file)
      }
    } catch {
      faults.append(contentsOf: error.faults)
    }
  }
  if files.isEmpty && faults.isEmpty {
    faults.append(
      ConfigurationFault(
        file: directory, line: 0, column: 0, message: "holds no language file (*.yaml or <iso639-3>_<Script>.yml)"))
  }
  if !faults.isEmpty { throw ConfigurationFailure(faults) }
  return files.sorted { $0.code < $1.code }
}

/// The digest of everything in `files`, in their order; `PipelineConfiguration.languageFilesDigest` when resolved.
public func languageFilesDigest(_ files: [LanguageFile]) -> Digest128 {
  var record = CanonicalRecord(header: "xylem language files 1")
  for file in files {
    record.append("language", file.code)
    record.append("name", file.name)
    record.append("script", file.script)
    record.append("word_segmentation", file.wordSegmentation)
    for (name, value) in file.filters.sorted(by: { $0.key < $1.key }) {
      record.append("filters." + name, ConfigurationNumber.spelling(value))
    }
    for (name, value) in file.presets.sorted(by: { $0.key < $1.key }) {
      record.append("presets." + name, ConfigurationNumber.spelling(value))
    }
    if let digest = file.perplexityDigest { record.append("perplexity_model", digest.description) }
    if !file.sentenceEnds.isEmpty { record.append("sentence_ends", file.sentenceEnds) }
    for word in file.stopWords { record.append("stop_words", word) }
    for word in file.flaggedWords { record.append("flagged_words", word) }
  }
  return record.digest
}

enum LanguageFileDecoder {
  static func read(path: String, code: String) throws(ConfigurationFailure) -> LanguageFile {
    try parse(bytes: try SmallFile.bytes(path: path), fileName: path, code: code)
  }

  static func parse(bytes: [UInt8], fileName: String, code: String) throws(ConfigurationFailure) -> LanguageFile {
    let root =
      try StrictYAML.tree(of: bytes, fileName: fileName)
      ?? ConfigurationNode(.mapping([]), at: .file(line: 1, column: 1))
    let context = ConfigurationContext(fileName: fileName)
    let section = ConfigurationSection("", root, context: context)
    let file = decode(section, code: code)
    section.finish()
    try context.throwFaults()
    return file
  }

  /// Also called on an empty section to learn its keys.
  static func decode(_ section: ConfigurationSection, code: String) -> LanguageFile {
    let written = section.requiredText("language", "The code: the file's name without `.yaml`.")
    if let written, written != code {
      section.context.fault(at: section.origin, "language: the file is named \(code).yaml but says \(quoted(written))")
    } else if Language(code: code) == nil {
      section.context.fault(
        at: section.origin, "language: expected a code of a-z, 0-9, - and _, at most 32 long, found \(quoted(code))")
    }
    let name = section.requiredText("name", "In English, for the report.")
    let script = section.text("script", "Common", "Main script, for the report.")
    let segmentation = section.choice(
      "word_segmentation", LanguageFile.WordSegmentation.whitespace, "How words are found.")
    let filtersSummary = "Thresholds, by the names in the table of step `filter`."
    var filters: [String: Double] = [:]
    if let entry = section.entry("filters", expected: "a mapping of thresholds", fallback: "none", filtersSummary) {
      let thresholds = ConfigurationSection("filters", entry.value, context: section.context)
      filters = thresholds.thresholds()
      thresholds.finish()
    }
    let presetsSummary = "The language's own values for thresholds of gopher, c4, fineweb and code."
    var presets: [String: Double] = [:]
    if let entry = section.entry("presets", expected: "a mapping of thresholds", fallback: "none", presetsSummary) {
      let thresholds = ConfigurationSection("presets", entry.value, context: section.context)
      presets = thresholds.thresholds()
      thresholds.finish()
    }
    let sentenceEnds = section.optionalText(
      "sentence_ends", "Characters that end a sentence besides those that Unicode says do.")
    let model = perplexityModel(section)
    let stopWords = section.texts(
      "stop_words", fallback: "none", maximumCount: 100_000, mayBeEmpty: true, "Words that running text is full of.")
    let flaggedWords = section.texts(
      "flagged_words", fallback: "none", maximumCount: 100_000, mayBeEmpty: true, "Words that mark unwanted text.")
    return LanguageFile(
      code: code, name: name ?? code, script: script, wordSegmentation: segmentation.rawValue, filters: filters,
      presets: presets, sentenceEnds: sentenceEnds ?? "", perplexityModel: model?.path, perplexityDigest: model?.digest,
      stopWords: stopWords?.map(\.text) ?? [],
      flaggedWords: flaggedWords?.map(\.text) ?? [])
  }
}

extension LanguageFileDecoder {
  /// The model's file beside the language's: where it is and what it holds, so that a run knows when it is another one.
  private static func perplexityModel(_ section: ConfigurationSection) -> (path: String, digest: Digest128)? {
    guard
      let name = section.optionalText(
        "perplexity_model", "An n-gram model in ARPA form, plain, gzip or zstd, relative to this file.",
        expected: "a path")
    else { return nil }
    let path = URL(
      fileURLWithPath: name, relativeTo: URL(fileURLWithPath: section.context.fileName).deletingLastPathComponent()
    ).path
    do {
      return (path, try digestOfFile(path, fileSystem: LocalFileSystem()).digest)
    } catch {
      section.context.fault(at: section.origin, "perplexity_model: \(error.description)")
      return nil
    }
  }
}

/// The ROOTS code of a label such as `kin_Latn`; nil when it has none of its own.
func canonicalCode(_ label: String) -> String? {
  let bytes = Array(label.utf8)
  return canonicalLanguage(label: bytes.span)?.code
}
