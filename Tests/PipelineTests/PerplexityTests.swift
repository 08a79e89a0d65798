// Perplexity from training to a run: models are made, named by a language file, measured, tuned, and remembered.
import CorpusCore
import Foundation
import Synchronization
import TestSupport
import Testing
import TextProcessing

@testable import Pipeline

@Suite struct PerplexityTests {
  private func trained(_ scratch: ScratchDirectory) throws -> PerplexityTraining {
    try PerplexityTraining.run(
      InputPass(paths: [RunTesting.samples + "/fr.jsonl", RunTesting.samples + "/sw.jsonl"]),
      trainer: CharacterModelTrainer(), languageBytes: 1 << 20, directory: scratch.file("languages/models"),
      observer: SilentObserver())
  }

  private func write(_ text: String, _ scratch: ScratchDirectory, _ name: String) throws {
    try FileManager.default.createDirectory(atPath: scratch.file("languages"), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: scratch.file("languages/" + name)))
  }

  private let french = "language: fr\nname: French\nperplexity_model: models/fr.arpa.zst\n"

  @Test func `a run keeps the value as a column, and removed documents with the value that removed them`() throws {
    let scratch = try ScratchDirectory()
    let training = try trained(scratch)
    #expect(training.models.map(\.language) == ["fr", "sw"] && training.models.allSatisfy { $0.bytes > 1000 })
    try write(french + "filters: {maximum_perplexity: 1}\n", scratch, "fr.yaml")
    let pass = InputPass(paths: [RunTesting.samples + "/fr.jsonl"])
    let configuration = try cleaningConfiguration(
      pass, output: scratch.file("run"), languages: scratch.file("languages"))
    let ledger = try PipelineRun(configuration: configuration, observer: SilentObserver()).run().ledger
    #expect(ledger.removed["perplexity"] ?? 0 > 0 && ledger.kept == 0)
    // Without a limit it is measured all the same, and shown.
    try write(french, scratch, "fr.yaml")
    let free = try cleaningConfiguration(pass, output: "", languages: scratch.file("languages"))
    let explanation = try CleaningExplanation.explain(
      pass, configuration: free, sample: 100, observer: SilentObserver())
    let row = try #require(explanation.languages.first?.filters.first { $0.value == "perplexity" })
    #expect(row.maximum == nil && row.documents == 0 && row.histogram.percentiles[3] > 1)
    #expect(free.languageFilesDigest != configuration.languageFilesDigest)
  }

  @Test func `another model is another configuration, and a missing one is said`() throws {
    let scratch = try ScratchDirectory()
    _ = try trained(scratch)
    try write(french, scratch, "fr.yaml")
    let before = try readLanguageFiles(directory: scratch.file("languages"))
    #expect(before[0].perplexityModel == scratch.file("languages/models/fr.arpa.zst"))
    try write("language: fr\nname: French\nperplexity_model: models/sw.arpa.zst\n", scratch, "fr.yaml")
    let after = try readLanguageFiles(directory: scratch.file("languages"))
    #expect(languageFilesDigest(before) != languageFilesDigest(after))
    try write("language: fr\nname: French\nperplexity_model: models/xx.arpa\n", scratch, "fr.yaml")
    let failure = #expect(throws: ConfigurationFailure.self) {
      try readLanguageFiles(directory: scratch.file("languages"))
    }
    #expect(failure?.faults.first?.message.contains("models/xx.arpa") ?? false)
    try write("no model\n", scratch, "models/xx.arpa")
    #expect(throws: PlainFailure.self) { try readNGramModel(path: scratch.file("languages/models/xx.arpa")) }
  }

  @Test func `tune proposes a limit and keeps the model`() throws {
    let scratch = try ScratchDirectory()
    _ = try trained(scratch)
    try write(french, scratch, "fr.yaml")
    let files = try readLanguageFiles(directory: scratch.file("languages"))
    let rows = (1...200).map { number in
      var values = FilterValues()
      values[.perplexity] = Double(number)
      return CleaningSample.Row(
        language: .undetermined, id: "\(number)", bytes: 1, values: values, isEmpty: false, guess: nil, head: "")
    }
    let tuned = ThresholdTuning(percentile: 2, sample: 200).tune(.undetermined, rows, [], file: files[0])
    let limit = try #require(tuned.thresholds.first { $0.key == "maximum_perplexity" })
    #expect(limit.value == 200 && !limit.isPreset)
    let text = languageFileText(files[0], tuned: tuned, rule: "")
    #expect(text.contains("maximum_perplexity: 200") && text.contains("perplexity_model: \"/"))
  }

  @Test func `records are scored in order, whatever the workers`() throws {
    let scratch = try ScratchDirectory()
    let model = try readNGramModel(path: try trained(scratch).models[0].path)
    var pass = InputPass(paths: [RunTesting.samples + "/*.jsonl"])
    var all: [[String]] = []
    for workers in [1, 3] {
      pass.workers = workers
      let answers = Mutex<[String]>([])
      try scorePerplexity(pass, model: model, observer: SilentObserver()) { part in
        answers.withLock { $0 += part.map { "\($0.id) \($0.log10) \($0.tokens)" } }
      }
      all.append(answers.withLock { $0 })
    }
    #expect(all[0].count > 100 && all[0] == all[1])
  }
}
