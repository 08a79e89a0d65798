// What the tests of runs share: small corpora, a configuration for them, and a run directory reduced to its digests.
import CorpusCore
import CorpusIO
import Foundation
import TestSupport
import Testing

@testable import Pipeline

enum RunTesting {
  static let disk = LocalFileSystem()
  static let samples = ConfigurationTesting.repository + "/sample-data"

  /// Five languages of the sample text: duplicates, missing labels, personal data and symbols are planted in them.
  static let sampleFiles = ["ca", "code-lua", "es", "fr", "sw"].map { "\(samples)/\($0).jsonl" }

  /// Every step but the filters, a small vocabulary, and units and parts so small that there are several of each.
  static func configuration(_ paths: [String], output: String, vocabulary: Int = 400) -> PipelineConfiguration {
    var configuration = PipelineConfiguration(name: "test", input: [InputConfiguration(paths: paths)], output: output)
    configuration.unitBytes = 4096
    configuration.partBytes = 6000
    configuration.workers = 2
    configuration.normalize = NormalizeConfiguration()
    configuration.identifyLanguage = IdentifyLanguageConfiguration()
    configuration.redact = RedactConfiguration()
    configuration.deduplicateExact = DeduplicateExactConfiguration()
    configuration.deduplicateNear = DeduplicateNearConfiguration()
    configuration.deduplicateLines = DeduplicateLinesConfiguration()
    configuration.deduplicateLines?.minimumCount = 2
    configuration.trainTokenizer = TrainTokenizerConfiguration()
    configuration.trainTokenizer?.vocabularySize = vocabulary
    configuration.encode = EncodeConfiguration()
    configuration.report = ReportConfiguration()
    return configuration
  }

  /// Filters by the language files of the repository, with thresholds that short sample text can reach.
  static func filtered(_ paths: [String], output: String) throws -> PipelineConfiguration {
    var configuration = configuration(paths, output: output)
    let languages = ConfigurationTesting.repository + "/pipelines/languages"
    configuration.languages = languages
    configuration.languageFilesDigest = languageFilesDigest(try readLanguageFiles(directory: languages))
    configuration.filter = FilterConfiguration()
    configuration.filter?.overrides = ["minimum_bytes": 60, "minimum_word_count": 5]
    return configuration
  }

  /// The repository's language model with one weight changed and a right checksum.
  static func otherLanguageModel() throws -> Data {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: ConfigurationTesting.repository + "/models/languages.model"))
    bytes[1000] ^= 1
    let hash = bytes[24...].withUnsafeBytes { hash64($0) }
    for index in 0..<8 { bytes[16 + index] = UInt8(truncatingIfNeeded: hash >> UInt64(8 * index)) }
    return bytes
  }

  /// Reads without cleaning: damaged shards hold sentences in English, too short for any filter.
  static func plain(_ paths: [String], output: String) -> PipelineConfiguration {
    var configuration = PipelineConfiguration(name: "plain", input: [InputConfiguration(paths: paths)], output: output)
    configuration.workers = 2
    configuration.maximumBadRatio = 1
    return configuration
  }

  /// All lines of a run's journal but one that a kill cut off.
  static func journal(_ directory: RunDirectory) throws -> [JournalEntry] {
    let bytes = try readWholeFile(
      directory.absolute(RunDirectory.journalFile), limit: 1 << 30, fileSystem: directory.fileSystem)
    return bytes.split(separator: 10).compactMap { try? JSONDecoder().decode(JournalEntry.self, from: Data($0)) }
  }

  /// What each unit of a finished stage counted, in the order of the plan.
  static func counts<S: Stage>(_ stage: S.Type, of root: String) throws -> [S.Counts] {
    let directory = runDirectory(root)
    return try #require(try stagePlan(S.name, directory: directory)).units.map { unit in
      try decodeJSON(
        UnitManifest<S.Counts>.self, path: directory.absolute(RunDirectory.manifest(stage: S.name, unit: unit)),
        fileSystem: disk
      ).counts
    }
  }

  /// Everything in a run directory whose bytes a run decides. Left out: what names the time or the directory (journal,
  /// run.json, report) and what a killed process may leave behind (attempts).
  static func snapshot(_ root: String) throws -> [String: Digest128] {
    var found: [String: Digest128] = [:]
    let kept = [
      "prepared/", "values/", "fingerprints/", "removed/", "removals/", "cuts/", "quarantine/", "tokenizer/",
      "dataset/", "manifests/", "portraits/", "ledger.json",
    ]
    for name in FileManager.default.enumerator(atPath: root)?.compactMap({ $0 as? String }) ?? [] {
      guard kept.contains(where: { name.hasPrefix($0) }), !name.contains(".attempt") else { continue }
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: root + "/" + name, isDirectory: &isDirectory),
        !isDirectory.boolValue
      else { continue }
      found[name] = try digestOfFile(root + "/" + name, fileSystem: disk).digest
    }
    return found
  }

  /// Names in which two snapshots differ.
  static func differences(_ a: [String: Digest128], _ b: [String: Digest128]) -> [String] {
    Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
  }

  static func files(under directory: String, ending: String = "") -> [String] {
    (FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? [])
      .filter { $0.hasSuffix(ending) }.sorted().map { directory + "/" + $0 }
  }

  static func lines(_ path: String) throws -> [[UInt8]] {
    let reader = try LineReader(path: path, fileSystem: disk)
    var lines: [[UInt8]] = []
    while let line = try reader.next() { lines.append(line) }
    return lines
  }

  /// The objects of JSON lines.
  static func records(_ path: String) throws -> [[String: Any]] {
    try lines(path).map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
    }
  }

  /// Ids of all records under a directory of .jsonl.zst parts, in the order of file and line.
  static func ids(under directory: String) throws -> [String] {
    try files(under: directory, ending: ".jsonl.zst").flatMap { try records($0).compactMap { $0["id"] as? String } }
  }

  static func runDirectory(_ root: String) -> RunDirectory { RunDirectory(root: root) }

  /// The failure of `body`; a test that meets none fails.
  static func failure(_ body: () throws -> Void) throws -> any XylemFailure {
    do {
      try body()
    } catch let failure as any XylemFailure {
      return failure
    }
    Issue.record("expected a failure")
    throw CancellationError()
  }
}

/// Documents as JSON lines.
struct JSONLines {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ fields: [(String, String)]) {
    bytes.append(123)
    for (index, (name, value)) in fields.enumerated() {
      if index > 0 { bytes.append(44) }
      appendJSONString(name, to: &bytes)
      bytes.append(58)
      appendJSONString(value, to: &bytes)
    }
    bytes.append(contentsOf: [125, 10])
  }

  mutating func add(id: String, _ text: String, lang: String? = nil) {
    add([("id", id), ("text", text)] + (lang.map { [("lang", $0)] } ?? []))
  }
}
