import Foundation
import Testing

@testable import Pipeline

@Suite struct ConfigurationReaderTests {
  typealias Support = ConfigurationTesting

  @Test func aShortFileGetsEveryDefault() throws {
    let configuration = try Support.parse(Support.file())
    var expected = PipelineConfiguration(name: "t", input: [.init(paths: ["a.jsonl"])], output: "out")
    expected.report = ReportConfiguration()
    #expect(configuration == expected)
    #expect(configuration.unitBytes == 16_777_216)
    #expect(configuration.partBytes == 268_435_456)
    #expect(configuration.maximumBadRatio == 0.001)
    #expect(configuration.onBadInput == .quarantine)
  }

  @Test func everyKeyIsRead() throws {
    let yaml = """
      name: all
      input:
        - paths: [a.jsonl, "b/*.zst"]
          source: web
        - paths: [c]
      output: runs/all
      text_field: body
      id_field: key
      text_documents: paragraph
      unit_bytes: 32M
      part_bytes: 1000000
      workers: 7
      memory: "2G"
      executor: slurm
      on_bad_input: fail
      maximum_bad_ratio: 5e-2
      removed: none
      process:
        - normalize: {form: nfkc, controls: false, whitespace: false, invisible: false}
        - identify_language: {identifier: record, minimum_confidence: 0.25, trust_record: false, paragraphs: true}
        - filter: {preset: none, minimum_bytes: 10, maximum_special_character_ratio: 0.5}
        - redact: {kinds: [user, email]}
        - deduplicate_exact: {scope: document, normalized: true, keep: longest}
        - deduplicate_near: {shingle: 3, bands: 32, rows: 16, threshold: 1, verify: false, seed: 9, keep: earliest}
        - train_tokenizer:
            vocabulary_size: 32_000
            sampling_alpha: 1
            pre_tokenizer: "[^ ]+"
            minimum_frequency: 2
            special_tokens: ["<eod>"]
            special_tokens_in_text: parse
        - encode: {append_end_of_document: true, end_of_document: <eod>}
        - report: {examples: 0}
      """
    let c = try Support.parse(yaml)
    #expect(c.input == [.init(paths: ["a.jsonl", "b/*.zst"], source: "web"), .init(paths: ["c"])])
    #expect([c.textField, c.idField, c.textDocuments.rawValue] == ["body", "key", "paragraph"])
    #expect([c.unitBytes, c.partBytes, c.memory, c.workers] == [32 << 20, 1_000_000, 2 << 30, 7])
    #expect(c.executor == .slurm && c.onBadInput == .fail && c.maximumBadRatio == 0.05 && c.removed.rawValue == "none")
    #expect(c.normalize?.form == .nfkc && c.normalize?.controls == false)
    #expect(c.normalize?.whitespace == false && c.normalize?.invisible == false)
    #expect(c.identifyLanguage?.identifier == .record && c.identifyLanguage?.minimumConfidence == 0.25)
    #expect(c.identifyLanguage?.trustRecord == false && c.identifyLanguage?.paragraphs == true)
    #expect(c.identifyLanguage?.model == nil && c.identifyLanguage?.modelDigest == nil)
    #expect(c.filter?.presets == [FilterConfiguration.Preset.none])
    #expect(c.filter?.overrides == ["minimum_bytes": 10, "maximum_special_character_ratio": 0.5])
    #expect(c.redact?.kinds == [.email, .user])
    #expect(c.deduplicateExact?.normalized == true && c.deduplicateExact?.keep == .longest)
    let near = try #require(c.deduplicateNear)
    #expect(near.shingle == 3 && near.bands == 32 && near.rows == 16 && near.seed == 9)
    #expect(near.threshold == 1 && !near.verify && near.keep == .earliest)
    let training = try #require(c.trainTokenizer)
    #expect(training.vocabularySize == 32_000 && training.samplingAlpha == 1 && training.minimumFrequency == 2)
    #expect(training.preTokenizer == "[^ ]+" && training.specialTokens == ["<eod>"])
    #expect(training.specialTokensInText == .parse)
    #expect(c.encode?.endOfDocument == "<eod>" && c.encode?.tokenizer == nil)
    #expect(c.report?.examples == 0)
  }

  @Test(arguments: ["  - report: {}\n", "  - report:\n", "  - report\n", "  - report: ~\n", "  - {report: null}\n"])
  func aStepWithoutOptionsMayBeWrittenInAnyWay(step: String) throws {
    #expect(try Support.parse(Support.file(steps: step)).report == ReportConfiguration())
  }

  @Test func aStepThatIsNotListedDoesNotRun() throws {
    let configuration = try Support.parse(Support.file())
    #expect(configuration.normalize == nil && configuration.encode == nil && configuration.deduplicateNear == nil)
  }

  @Test func carriageReturnsAndAByteOrderMarkAreAllowed() throws {
    let yaml = "\u{FEFF}" + Support.file().replacing("\n", with: "\r\n")
    #expect(try Support.parse(yaml) == Support.parse(Support.file()))
  }

  @Test func theFileComesFromDiskAndAMissingOneIsAFault() throws {
    let path = NSTemporaryDirectory() + "xylem-configuration-\(ProcessInfo.processInfo.processIdentifier).yaml"
    try Support.file().write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let configuration = try ConfigurationReader.read(
      path: path, overrides: ["name=u"], inputs: ["x", "y"], output: "o", workers: 3, memory: "1G", executor: "slurm")
    #expect(configuration.input == [.init(paths: ["x", "y"])])
    #expect(configuration.name == "u" && configuration.output == "o" && configuration.workers == 3)
    #expect(configuration.memory == 1 << 30 && configuration.executor == .slurm)

    let failure = try #require(throws: ConfigurationFailure.self) {
      try ConfigurationReader.read(path: "/no/such.yaml")
    }
    #expect(failure.description == "/no/such.yaml: cannot be read: No such file or directory")
    #expect(failure.kind == .noInput)
    let directory = try #require(throws: ConfigurationFailure.self) { try ConfigurationReader.read(path: "/tmp") }
    #expect(directory.description == "/tmp: cannot be read: Is a directory")
  }

  @Test func theResolvedConfigurationSurvivesJSONUnderTheKeysOfTheFile() throws {
    let demo = try ConfigurationReader.read(
      path: Support.repository + "/pipelines/demo.yaml",
      overrides: ["languages=\(Support.repository)/pipelines/languages"])
    let json = try JSONEncoder().encode(demo)
    #expect(try JSONDecoder().decode(PipelineConfiguration.self, from: json) == demo)
    let keys = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    #expect(keys["unit_bytes"] as? Int == 65536)
    #expect((keys["train_tokenizer"] as? [String: Any])?["vocabulary_size"] as? Int == 2_000)
  }

  @Test(arguments: [("demo", 2_000), ("roots", 250_680)])
  func shippedPipelinesAreRight(name: String, vocabularySize: Int) throws {
    let configuration = try ConfigurationReader.read(
      path: Support.repository + "/pipelines/\(name).yaml",
      overrides: ["languages=\(Support.repository)/pipelines/languages"])
    #expect(configuration.name == name)
    #expect(configuration.output == "runs/\(name)")
    #expect(configuration.trainTokenizer?.vocabularySize == vocabularySize)
    #expect(configuration.languageFilesDigest != nil)
    #expect(configuration.deduplicateNear?.threshold == 0.8)
    #expect(configuration.normalize != nil && configuration.identifyLanguage != nil && configuration.filter != nil)
    #expect(configuration.redact != nil && configuration.deduplicateExact != nil && configuration.encode != nil)
    #expect(configuration.report != nil)
  }
}
