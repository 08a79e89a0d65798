// What decides the language of a document in a run, and that it is counted.
import CorpusCore
import CorpusIO
import Foundation
import TestSupport
import Testing
import TextProcessing

@testable import Pipeline

@Suite struct IdentificationTests {
  static let french =
    "La bibliothèque municipale ouvre ses portes tous les matins, et les enfants du quartier viennent y lire des contes."
  static let english =
    "The public library opens its doors every morning, and the children of the neighbourhood come there to read stories."
  static let german =
    "Die Bücherei öffnet jeden Morgen ihre Türen, und die Kinder aus der Nachbarschaft kommen dorthin, um zu lesen."

  private static func shard(_ scratch: ScratchDirectory) throws -> String {
    let path = scratch.file("in.jsonl")
    if RunTesting.disk.exists(path) { return path }
    return try scratch.write(
      Array(
        [
          #"{"id": "1", "text": "\#(french)\n\#(english)", "lang": "fr"}"#, #"{"id": "2", "text": "\#(french)"}"#,
          #"{"id": "3", "text": "\#(german)"}"#, #"{"id": "4", "text": "12 34 56"}"#,
          #"{"id": "5", "text": "\#(english)", "lang": "und"}"#, #"{"id": 6"#,
        ].joined(separator: "\n").utf8), to: "in.jsonl")
  }

  private static func run(
    _ scratch: ScratchDirectory, _ name: String, _ change: (inout IdentifyLanguageConfiguration) throws -> Void
  ) throws -> (root: String, ledger: Ledger) {
    var configuration = RunTesting.plain([try shard(scratch)], output: scratch.file(name))
    configuration.normalize = NormalizeConfiguration()
    var step = IdentifyLanguageConfiguration()
    try change(&step)
    configuration.identifyLanguage = step
    configuration.report = ReportConfiguration()
    return (configuration.output, try PipelineRun(configuration: configuration).run().ledger)
  }

  @Test func `every document's language has a reason, and the model is in ledger and manifest`() throws {
    let scratch = try ScratchDirectory()
    let (root, ledger) = try Self.run(scratch, "run") { $0.paragraphs = true }
    let counts = try #require(ledger.identification)
    #expect(counts.identifier == "builtin" && counts.model == LanguageModel.shippedDigest)
    #expect(
      [counts.labelled, counts.identified, counts.other, counts.undetermined] == [1, 2, 1, 1] && counts.documents == 5)
    #expect(ledger.languages.mapValues(\.read) == ["fr": 2, "en": 1, "de": 1, "und": 1])
    let (french, english, german) = (Self.french.utf8.count, Self.english.utf8.count, Self.german.utf8.count)
    #expect(
      counts.paragraphs == ["fr": ["fr": 2 * french, "en": english], "en": ["en": english], "de": ["de": german]])
    let manifests = root + "/manifests/prepare"
    for name in try FileManager.default.contentsOfDirectory(atPath: manifests) {
      let manifest = try decodeJSON(
        UnitManifest<PrepareCounts>.self, path: manifests + "/" + name, fileSystem: RunTesting.disk)
      #expect(manifest.counts.identification?.model == LanguageModel.shippedDigest)
    }
    let report = try decodeJSON(ReportData.self, path: root + "/report.json", fileSystem: RunTesting.disk)
    #expect(report.identification == ["labelled": 1, "identified": 2, "other": 1, "undetermined": 1])
  }

  @Test func `labels alone, CLD2 alone, and labels that are not trusted`() throws {
    let scratch = try ScratchDirectory()
    let labels = try Self.run(scratch, "labels") { $0 = try .init(identifier: .record, model: nil) }.ledger
    #expect(labels.languages.mapValues(\.read) == ["fr": 1, "und": 4])
    #expect(labels.identification?.model == nil && labels.identification?.undetermined == 4)
    let second = try Self.run(scratch, "cld2") { $0 = try .init(identifier: .cld2, model: nil) }.ledger
    #expect(second.languages.mapValues(\.read) == ["fr": 2, "en": 1, "de": 1, "und": 1])
    #expect(second.identification?.identifier == "cld2" && second.identification?.model == nil)
    let doubtful = try Self.run(scratch, "doubtful") { $0.minimumConfidence = 1 }.ledger
    #expect(doubtful.identification?.labelled == 1 && (doubtful.identification?.undetermined ?? 0) >= 3)
    let own = try Self.run(scratch, "own") { $0.trustRecord = false }.ledger
    #expect(own.identification?.labelled == 0 && own.identification?.identified == 3)
  }

  @Test func `a fastText model that the user names`() throws {
    let scratch = try ScratchDirectory()
    let model = ConfigurationTesting.repository + "/Tests/Fixtures/LanguageIdentification/tiny.ftz"
    let step = try IdentifyLanguageConfiguration(identifier: .fasttext, model: model)
    let ledger = try Self.run(scratch, "run") {
      $0 = step
      $0.minimumConfidence = 0
    }.ledger
    #expect(ledger.identification?.identifier == "fasttext")
    #expect(ledger.identification?.model == step.modelDigest && step.modelDigest != LanguageModel.shippedDigest)
    // It knows six languages: German is taken for French, figures for Chinese.
    #expect(ledger.languages.mapValues(\.read) == ["fr": 3, "en": 1, "zht": 1])
  }

  @Test func `another model is another identity, and one that changed is refused`() throws {
    let scratch = try ScratchDirectory()
    let model = try scratch.write(Array(RunTesting.otherLanguageModel()), to: "own.model")
    let step = try IdentifyLanguageConfiguration(identifier: .builtin, model: model)
    #expect(step.modelDigest != LanguageModel.shippedDigest)
    var configuration = RunTesting.plain([try Self.shard(scratch)], output: scratch.file("run"))
    let files = try listInput([scratch.file("in.jsonl")], fileSystem: RunTesting.disk)
    configuration.identifyLanguage = IdentifyLanguageConfiguration()
    let before = planPrepare(files, configuration: configuration).map(\.identity)
    configuration.identifyLanguage = step
    #expect(planPrepare(files, configuration: configuration).map(\.identity) != before)
    _ = try PipelineRun.next(configuration)
    let shipped = ConfigurationTesting.repository + "/models/languages.model"
    try FileManager.default.removeItem(atPath: model)
    try FileManager.default.copyItem(atPath: shipped, toPath: model)
    let failure = try RunTesting.failure {
      _ = try PipelineRun.work(in: configuration.output, on: UnitSelection(stage: "prepare", units: "0"))
    }
    #expect(failure.kind == .configuration && failure.description.contains("changed since the run began"))
    #expect(
      try RunTesting.failure { _ = try IdentifyLanguageConfiguration(identifier: .cld2, model: model) }.kind == .usage)
    #expect(
      try RunTesting.failure { _ = try IdentifyLanguageConfiguration(identifier: .fasttext, model: nil) }.kind == .usage
    )
    let none = try scratch.write(Array("no model".utf8), to: "none.model")
    #expect(
      try RunTesting.failure { _ = try IdentifyLanguageConfiguration(identifier: .fasttext, model: none) }.kind
        == .configuration)
    #expect(
      try RunTesting.failure { _ = try IdentifyLanguageConfiguration(identifier: .builtin, model: none) }.kind
        == .configuration)
  }
}
