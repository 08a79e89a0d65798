import CorpusCore
import Foundation
import TestSupport
import Testing

@testable import Pipeline
import TextProcessing

@Suite struct ConfigurationDigestTests {
  typealias Support = ConfigurationTesting
  /// Keys without which a step is no step, or another of its keys says nothing.
  private static let needed: [PipelineStep: String] = [
    .decontaminate: " {evaluation: [\"\(Support.repository)/sample-data/sw.jsonl\"]}",
    .deduplicateExact: " {normalized: true}",
  ]
  static let file = Support.file(
    steps: PipelineStep.allCases.map { "  - \($0.rawValue):\(needed[$0] ?? "")\n" }.joined())
  /// The steps that there were when the digest got its form.
  static let firstSteps = Support.file(
    steps: PipelineStep.allCases.filter { ![.decontaminate, .deduplicateURL, .deduplicateLines].contains($0) }
      .map { "  - \($0.rawValue):\n" }.joined())

  @Test func theDigestOfAConfigurationNeverChanges() throws {
    // Changing this value refuses the resume of every run made before: only with a new header in ConfigurationDigest.
    let file = Self.firstSteps.replacing("identify_language:", with: "identify_language: {identifier: cld2}")
    let digest = try Support.parse(file).digest.description
    #expect(digest == "9ad8ceaacc0758f6e63ba8d9e7a3794c")
  }

  @Test func whatDecidesNoByteIsNotInTheDigest() throws {
    let plain = try Support.parse(Self.file)
    for setting in [
      "output=elsewhere", "workers=3", "memory=1G", "executor=slurm", "slurm={processors: 4}", "maximum_bad_ratio=0.5",
    ] {
      let other = try Support.parse(Self.file, overrides: [setting])
      #expect(other != plain && other.digest == plain.digest && differences(plain, other).isEmpty, "\(setting)")
    }
    let respelt = try Support.parse(
      Self.file, overrides: ["unit_bytes=16384K", "redact.kinds=[user, key, ip_address, email]", "filter.preset=roots"])
    #expect(respelt.digest == plain.digest)
  }

  /// Every key of the reference, set to something else, must show in digest and differences; a key that is read but
  /// forgotten in the digest fails here.
  @Test func everyOtherKeyIsInTheDigestAndInTheDifferences() throws {
    let plain = try Support.parse(Self.file)
    let scratch = try ScratchDirectory()
    let ignored: Set = [
      "input", "output", "workers", "memory", "executor", "slurm", "languages", "process", "maximum_bad_ratio",
    ]
    for key in ConfigurationReference.allKeys() where !["input", "language", "filters", "slurm"].contains(key.section) {
      if key.section == "" && ignored.contains(key.name) { continue }
      let path = key.section.isEmpty ? key.name : "\(key.section).\(key.name)"
      let candidates =
        ["true", "false", "1", "7", "0.25", "64M", "[\"</s>\", b]", "[email]", "fail", "none", "other"]
        + [
          "line", "file", "nfkc", "record", "parse", "earliest", "longest", "document", "marks_inside", "language",
          "mark", "paragraph", "source",
        ]
        + ["[\"\(Support.repository)/sample-data/en.jsonl\"]"]
      var changes: [[String]] = []
      for candidate in candidates {
        var overrides = ["\(path)=\(candidate)"]
        if key.name == "vocabulary_size" { overrides = ["\(path)=700"] }
        if key.name == "end_of_document" { overrides = ["\(path)=<s>"] }
        if path == "identify_language.model" { overrides = ["\(path)=\(try otherModel(in: scratch))"] }
        if path == "encode.tokenizer" { overrides += ["train_tokenizer=off"] }
        guard let other = try? Support.parse(Self.file, overrides: overrides) else { continue }
        let lines = differences(plain, other)
        #expect(lines.isEmpty == (plain.digest == other.digest))
        if !lines.isEmpty { changes.append(lines) }
      }
      // `scope` has one value so far.
      if path == "deduplicate_exact.scope" { continue }
      #expect(!changes.isEmpty, "\(path) can change without changing the digest")
      let shown = path == "decontaminate.evaluation" ? path + " (content)" : path
      for lines in changes { #expect(lines.contains { $0.hasPrefix(shown + ": ") }, "\(path): \(lines)") }
    }
  }

  /// A file with the repository's language model, one weight changed.
  private func otherModel(in scratch: ScratchDirectory) throws -> String {
    let path = scratch.file("other.model")
    try RunTesting.otherLanguageModel().write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func theModelOfTheIdentifierIsInTheDigestByItsContent() throws {
    let scratch = try ScratchDirectory()
    let plain = try Support.parse(Self.file)
    let shipped = Support.repository + "/models/languages.model"
    let named = try Support.parse(Self.file, overrides: ["identify_language.model=\(shipped)"])
    #expect(plain.identifyLanguage?.modelDigest == LanguageModel.shippedDigest)
    #expect(named.digest == plain.digest && differences(named, plain).isEmpty)
    let other = try Support.parse(Self.file, overrides: ["identify_language.model=\(try otherModel(in: scratch))"])
    #expect(other.digest != plain.digest)
    #expect(differences(plain, other).map { String($0.prefix(24)) } == ["identify_language.model:"])
    let cld2 = try Support.parse(Self.file, overrides: ["identify_language.identifier=cld2"])
    #expect(cld2.identifyLanguage?.modelDigest == nil)
  }

  @Test func differencesShowBothValues() throws {
    let a = try Support.parse(Self.file)
    let b = try Support.parse(
      Self.file,
      overrides: [
        "train_tokenizer.vocabulary_size=32000", "filter.minimum_bytes=60", "redact=off", "input=[{paths: [x, y]}]",
        "train_tokenizer.special_tokens=[</s>]", "removed=none",
      ])
    #expect(
      differences(a, b) == [
        "input[0].paths: a.jsonl, now [x, y]",
        "removed: all, now none",
        "redact: on, now not set",
        "train_tokenizer.vocabulary_size: 250680, now 32000",
        "train_tokenizer.special_tokens: [<unk>, <s>, </s>, <pad>], now </s>",
        "filter.minimum_bytes: not set, now 60",
      ])
    #expect(differences(b, a).count == 6)
    #expect(differences(a, a).isEmpty)
  }

  @Test func onlyTheContentOfLanguageFilesCounts() throws {
    let directory = Support.repository + "/pipelines/languages"
    let copy = NSTemporaryDirectory() + "xylem-languages-\(ProcessInfo.processInfo.processIdentifier)"
    try? FileManager.default.removeItem(atPath: copy)
    try FileManager.default.copyItem(atPath: directory, toPath: copy)
    defer { try? FileManager.default.removeItem(atPath: copy) }
    let a = try Support.parse(Self.file, overrides: ["languages=\(directory)"])
    let same = try Support.parse(Self.file, overrides: ["languages=\(copy)"])
    #expect(a.languageFilesDigest != nil && a.digest == same.digest)
    let english = copy + "/en.yaml"
    try String(contentsOfFile: english, encoding: .utf8).replacing("minimum_bytes: 300", with: "minimum_bytes: 301")
      .write(toFile: english, atomically: true, encoding: .utf8)
    let changed = try Support.parse(Self.file, overrides: ["languages=\(copy)"])
    #expect(changed.digest != a.digest)
    #expect(differences(a, changed).map { String($0.prefix(19)) } == ["languages (content)"])
  }
}
