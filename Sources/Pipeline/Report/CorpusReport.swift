// report.* of any corpus, from one pass over it and no pipeline: what `xylem stats --output` writes.
import CorpusCore
import CorpusIO
import Foundation
import TextProcessing

/// What `xylem stats` gathers when a report is wanted.
public struct CorpusPortrait: Sendable {
  public var statistics: CorpusStatistics
  var profile: CorpusProfile
  var filters: FilterTallies
  /// Filters measured one document in so many.
  var filterSampling: Int

  /// Bytes of input from which on filters measure a part of the documents only: what costs more than all the rest.
  private static let fullyMeasuredBytes = 64 << 20

  /// Without a pipeline there are no language files: what ROOTS held languages to that it did not tune (arXiv
  /// 2303.03915, appendix: 10 words; n-grams of 10 characters and of 5 words), and its smallest crowdsourced document.
  private static let anyLanguage = LanguageFile(
    code: "default", name: "default", script: "Common", wordSegmentation: "whitespace",
    filters: [
      "minimum_bytes": 300, "minimum_word_count": 10, "maximum_special_character_ratio": 0.4,
      "character_repetition_length": 10, "maximum_character_repetition_ratio": 0.2, "word_repetition_length": 5,
      "maximum_word_repetition_ratio": 0.3,
    ], stopWords: [], flaggedWords: [])

  /// Reads the input once. Memory depends on languages and workers, not on documents.
  public static func gather(
    _ pass: InputPass, identifier: any LanguageIdentifier, observer: any RunObserver
  ) throws -> CorpusPortrait {
    let size = pass.paths.contains("-") ? .max : try pass.units(fileSystem: LocalFileSystem()).bytes
    var sampling = 1
    while sampling < 256, size / sampling > fullyMeasuredBytes { sampling *= 2 }
    let mask = UInt64(sampling - 1)
    let table = LanguageTable(files: [Self.anyLanguage], presets: [.roots, .gopher, .fineweb, .code], overrides: [:])
    let sum = PortraitSum()
    let statistics = try CorpusStatistics.gather(pass, identifier: identifier, observer: observer) {
      PortraitUnit(table: table, mask: mask)
    } commit: { unit in
      sum.add(unit)
    }
    return CorpusPortrait(
      statistics: statistics, profile: sum.merging.result ?? CorpusProfile(), filters: sum.filters,
      filterSampling: sampling)
  }

  /// The report's contents; `name` is its title.
  public func report(name: String) -> ReportData {
    var data = ReportData()
    data.kind = .corpus
    data.name = name
    data.version = xylemVersion
    let total = statistics.total
    data.ledger.read = statistics.records
    data.ledger.kept = total.documents
    data.ledger.quarantined = statistics.unreadable
    data.ledger.bytesRead = total.bytes
    data.ledger.bytesKept = total.bytes
    let facts = RootsFacts()
    data.languages = statistics.languages.map { code, row in
      var summary = facts.summary(of: code)
      summary.read = row.documents
      summary.kept = row.documents
      summary.bytesRead = row.bytes
      summary.bytesKept = row.bytes
      summary.characters = row.characters
      summary.words = row.words
      summary.share = Double(row.bytes) / Double(max(1, total.bytes))
      summary.lengthHistogram = row.lengthHistogram
      return summary
    }.sorted { ($1.bytesKept, $0.code) < ($0.bytesKept, $1.code) }
    data.content = ReportData.Content(profile, isSample: false)
    data.filters = ReportData.filters(filters)
    data.filterSampling = filterSampling
    return data
  }
}

/// Writes report.html, report.json and report.csv of `data` into `folder`, which is made.
public func writeReport(_ data: ReportData, into folder: String) throws {
  let directory = RunDirectory(root: folder)
  try directory.fileSystem.makeDirectories(folder)
  try writeReport(data, in: directory, htmlPath: nil)
}

/// The three files of a report; `htmlPath` is where the page goes when not beside the others.
func writeReport(_ data: ReportData, in directory: RunDirectory, htmlPath: String?) throws {
  try replaceFile(ReportRenderer.json(data), at: "report.json", in: directory)
  try replaceFile(ReportRenderer.csv(data), at: "report.csv", in: directory)
  let html = try ReportRenderer.html(data)
  if let htmlPath {
    try writePage(html, to: htmlPath, fileSystem: directory.fileSystem)
  } else {
    try replaceFile(html, at: "report.html", in: directory)
  }
}

/// What is known of a language before any text of it is read.
struct RootsFacts {
  private let facts = Dictionary(uniqueKeysWithValues: rootsLanguages.map { ($0.code, $0) })
  private let total = Double(rootsLanguages.reduce(0) { $0 + $1.rootsBytes })

  /// A summary with the language's name, script and share in ROOTS, and nothing counted yet.
  func summary(of code: String) -> ReportData.LanguageSummary {
    var summary = ReportData.LanguageSummary()
    summary.code = code
    summary.name = languageName(code)
    summary.script = facts[code]?.script ?? ""
    summary.rootsShare = Double(facts[code]?.rootsBytes ?? 0) / total
    return summary
  }
}

/// A language's name as reports show it.
func languageName(_ code: String) -> String {
  if let facts = rootsLanguages.first(where: { $0.code == code }) { return facts.name }
  if code == Language.undetermined.code { return "Undetermined" }
  return code.hasPrefix("code-") ? String(code.dropFirst(5)) + " (code)" : code
}

/// What one unit's thread gathers besides the counts.
struct PortraitUnit {
  let table: LanguageTable
  let mask: UInt64
  var profiler = CorpusProfiler()
  var filters = FilterTallies()
  private var scratch = FilterScratch()
  private var chains: [Language: FilterChain] = [:]

  init(table: LanguageTable, mask: UInt64) {
    self.table = table
    self.mask = mask
  }

  mutating func add(_ document: DocumentRecord, of batch: DocumentBatch, language: Language) {
    let text = batch.bytes.span.extracting(document.text)
    let (address, source) = batch.origin(of: document)
    profiler.add(text, language: language, address: address, source: source)
    guard mask == 0 || batch.withBytes(document.text, { hash64($0) }) & mask == 0 else { return }
    let chain = chains[language] ?? FilterChain(settings: table.settings(for: language))
    chains[language] = chain
    let (values, drop) = chain.evaluate(text, languageConfidence: nil, scratch: &scratch, extent: .active)
    filters.add(values, drop: drop, language: language, chain: chain)
  }
}

/// Units' results on their way to one. Called by one thread at a time, in plan order.
private final class PortraitSum: @unchecked Sendable {
  // `InputPass.run` hands results over one after another, behind a lock.
  private(set) var merging = CorpusProfile.merging
  private(set) var filters = FilterTallies()
  private var units = 0

  func add(_ unit: (profile: CorpusProfile, filters: FilterTallies)) {
    merging.add(unit.profile, number: units)
    filters.merge(unit.filters)
    units += 1
  }
}

extension DocumentBatch {
  /// Where a record says it comes from: an address, else its id where that is one, and a source.
  func origin(of document: DocumentRecord) -> (address: [UInt8]?, source: [UInt8]?) {
    let (address, source) = withBytes(document.otherFields) { bytes in
      let members = JSONMembers(bytes: bytes)
      return (members.string(at: [["url"], ["meta", "url"]]), members.source)
    }
    return (address ?? (document.id.isEmpty ? nil : Array(bytes[document.id])), source)
  }
}
