import Foundation
import Testing

@testable import Pipeline

@Suite struct ConfigurationReferenceTests {
  static let path = ConfigurationTesting.repository + "/docs/configuration.md"

  /// `XYLEM_WRITE_DOCUMENTS=1 swift test --filter ConfigurationReference` writes the page anew.
  @Test func thePageIsWhatTheCodeSays() throws {
    let page = ConfigurationReference.markdown()
    if ProcessInfo.processInfo.environment["XYLEM_WRITE_DOCUMENTS"] != nil {
      try page.write(toFile: Self.path, atomically: true, encoding: .utf8)
    }
    let written = try String(contentsOfFile: Self.path, encoding: .utf8)
    #expect(written == page, "docs/configuration.md is out of date: XYLEM_WRITE_DOCUMENTS=1 swift test")
  }

  @Test func everyStepAndEveryThresholdIsOnThePage() {
    let page = ConfigurationReference.markdown()
    for step in PipelineStep.allCases { #expect(page.contains("### `\(step.rawValue)`")) }
    for threshold in FilterThreshold.all { #expect(page.contains("| `\(threshold.name)` |")) }
    for key in ["unit_bytes", "workers", "memory", "on_bad_input", "maximum_bad_ratio"] {
      #expect(page.contains("| `\(key)` |"))
    }
  }

  @Test func everyKeyHasTypeDefaultMeaningAndAnExample() {
    for key in ConfigurationReference.allKeys() {
      #expect(!key.expected.isEmpty && !key.summary.isEmpty, "\(key.section).\(key.name)")
      #expect(ConfigurationExamples.known(key) != nil, "\(key.section).\(key.name): add it to ConfigurationExamples")
    }
  }

  @Test func theExamplesAreRead() throws {
    let keys = ConfigurationReference.allKeys()
    func example(_ section: String) -> String {
      ConfigurationExamples.yaml(section: section, keys: keys.filter { $0.section == section })
    }
    // The languages of the example lie in the repository.
    let top = example("").replacing(
      "pipelines/languages", with: ConfigurationTesting.repository + "/pipelines/languages")
    _ = try ConfigurationReader.parse(yaml: top, fileName: "top.yaml")
    // The sections that the top level has in brief, in full.
    let steps = PipelineStep.allCases.map { example($0.rawValue) }.joined(separator: "\n").replacing(
      "models/languages", with: ConfigurationTesting.repository + "/models/languages"
    ).replacing("sample-data/en", with: ConfigurationTesting.repository + "/sample-data/en")
    let rest = top.split(separator: "\n").filter { line in
      !["input:", "slurm:", "process:"].contains { line.hasPrefix($0) }
    }
    let whole =
      rest.joined(separator: "\n") + "\n" + example("input") + "\n" + example("slurm") + "\nprocess:\n" + steps
    // One of these two has the tokenizer.
    let configuration = try ConfigurationReader.parse(
      yaml: whole, fileName: "whole.yaml", overrides: ["train_tokenizer=off"])
    let training = whole.replacing("    tokenizer: tokenizers/mine.json\n", with: "")
    #expect(try ConfigurationReader.parse(yaml: training, fileName: "training.yaml").trainTokenizer != nil)
    #expect(configuration.filter?.overrides.count == FilterThreshold.all.count)
    // A perplexity model is the user's own: reading the file asks for it.
    let file = example("language").split(separator: "\n").filter { !$0.hasPrefix("perplexity_model:") }
    let language = try LanguageFileDecoder.parse(
      bytes: Array(file.joined(separator: "\n").utf8), fileName: "oc.yaml", code: "oc")
    #expect(language.filters["minimum_bytes"] == 300)
  }
}
