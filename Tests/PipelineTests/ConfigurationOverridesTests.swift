import Testing

@testable import Pipeline

@Suite struct ConfigurationOverridesTests {
  typealias Support = ConfigurationTesting
  static let file = Support.file(steps: "  - filter: {minimum_bytes: 300}\n  - train_tokenizer: {}\n  - report\n")

  @Test func settingsReplaceOrAddKeysAndTheLastOneCounts() throws {
    let configuration = try Support.parse(
      Self.file,
      overrides: [
        "train_tokenizer.vocabulary_size=32000", "train_tokenizer.vocabulary_size=64000", "filter.minimum_bytes=60",
        "filter.maximum_word_count=9", "unit_bytes=1M", "report.examples=1", "name=a=b: c",
      ])
    #expect(configuration.trainTokenizer?.vocabularySize == 64_000)
    #expect(configuration.filter?.overrides == ["minimum_bytes": 60, "maximum_word_count": 9])
    #expect(configuration.unitBytes == 1 << 20 && configuration.report?.examples == 1 && configuration.name == "a=b: c")
  }

  @Test func listsAndQuotedTextsAreYAMLAndTheRestIsPlain() throws {
    let configuration = try Support.parse(
      Self.file,
      overrides: [
        "train_tokenizer.special_tokens=[\"<a>\", <b>]", #"train_tokenizer.pre_tokenizer=[^\s]+|\s+"#,
        "name=\"x y\"", "input=[{paths: [p, q]}]",
      ])
    #expect(configuration.trainTokenizer?.specialTokens == ["<a>", "<b>"])
    #expect(configuration.trainTokenizer?.preTokenizer == #"[^\s]+|\s+"#)
    #expect(configuration.name == "x y" && configuration.input == [.init(paths: ["p", "q"])])
  }

  @Test func stepsAreTakenOutAndPutInWhereTheyBelong() throws {
    let configuration = try Support.parse(
      Self.file, overrides: ["filter=off", "train_tokenizer=off", "redact=on", "normalize=on", "redact.kinds=[key]"])
    #expect(configuration.filter == nil && configuration.trainTokenizer == nil && configuration.normalize != nil)
    #expect(configuration.redact?.kinds == [.key] && configuration.report != nil)
  }

  @Test(arguments: [
    (
      "train_tokenizer.vocabulary_sise=3",
      "--set train_tokenizer.vocabulary_sise=3: unknown key, did you mean vocabulary_size?"
    ),
    ("unit_byte=3", "--set unit_byte=3: unknown key, did you mean unit_bytes?"),
    (
      "trian_tokenizer.x=3",
      "--set trian_tokenizer.x=3: unknown step \"trian_tokenizer\", did you mean train_tokenizer?"
    ),
    (
      "train_tokenizer.vocabulary_size=x",
      "--set train_tokenizer.vocabulary_size=x: vocabulary_size: expected a whole number from 260 to 2,147,483,648, "
        + "found the text \"x\""
    ),
    (
      "redact.kinds=[key]",
      "--set redact.kinds=[key]: the pipeline has no step redact; add it to the file, or with --set redact=on"
    ),
    (
      "filter=roots",
      "--set filter=roots: filter is a step: expected on or off, found the text \"roots\"; its keys are set as "
        + "filter.KEY=VALUE"
    ),
    ("workers", "--set workers: expected KEY=VALUE or STEP.KEY=VALUE"),
    ("=3", "--set =3: expected KEY=VALUE or STEP.KEY=VALUE"),
    ("a.b.c=3", "--set a.b.c=3: expected KEY=VALUE or STEP.KEY=VALUE, found 3 names"),
    ("unit_bytes=", "--set unit_bytes=: unit_bytes: expected a size from 1K to 16G, such as 16M, found nothing"),
    ("encode=on", ""),
  ])
  func aFaultInAnOptionNamesTheOptionAsTyped(setting: String, expected: String) {
    #expect(Support.faults(Self.file, overrides: [setting]) == (expected.isEmpty ? [] : [expected]))
  }

  @Test func otherOptionsAreCheckedTooAndWinOverSettings() throws {
    let failure = try #require(throws: ConfigurationFailure.self) {
      try ConfigurationReader.parse(
        yaml: Self.file, fileName: "p.yaml", overrides: ["workers=2"], inputs: [""], output: "", workers: 0,
        memory: "8Q", executor: "cloud")
    }
    #expect(
      failure.faults.map(\.description) == [
        "--input : paths: expected text, found an empty text",
        "--output : output: expected a path, found an empty text",
        "--workers 0: workers: expected a whole number from 1 to 4,096, found the number 0",
        "--memory 8Q: memory: expected a size from 1M to 64T, such as 16M, found the text \"8Q\"",
        "--executor cloud: executor: expected local or slurm, found the text \"cloud\"",
      ])
  }

  @Test func requiredKeysMayComeFromOptions() throws {
    let configuration = try ConfigurationReader.parse(
      yaml: "process: [report]", fileName: "p.yaml", overrides: ["name=n"], inputs: ["-"], output: "o")
    #expect(configuration.input == [.init(paths: ["-"])] && configuration.output == "o")
  }
}
