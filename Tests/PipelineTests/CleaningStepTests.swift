// Steps of cleaning as a pipeline names them: kinds of invisible characters, and line rules, which leave programs alone.
import CorpusCore
import Foundation
import TestSupport
import Testing
import TextProcessing

@testable import Pipeline

@Suite struct CleaningStepTests {
  private func configuration(_ normalize: String, filter: String = "") throws -> PipelineConfiguration {
    try ConfigurationTesting.parse(
      ConfigurationTesting.file(
        steps: "  - normalize: {\(normalize)}\n" + (filter.isEmpty ? "" : "  - filter: {\(filter)}\n")))
  }

  @Test func `kinds are as invisible says unless they say otherwise, and only then part of the digest`() throws {
    let all = try #require(try configuration("").normalize)
    #expect(all.softHyphens && all.byteOrderMarks && all.bidirectional && all.zeroWidth)
    let none = try #require(try configuration("invisible: false").normalize)
    #expect(!none.softHyphens && !none.byteOrderMarks && !none.bidirectional && !none.zeroWidth)
    let some = try #require(try configuration("invisible: false, soft_hyphens: true").normalize)
    #expect(some.softHyphens && !some.zeroWidth)
    #expect(try configuration("").digest == configuration("invisible: true, zero_width: true").digest)
    #expect(try configuration("").digest != configuration("zero_width: false").digest)
    #expect(
      try differences(configuration(""), configuration("soft_hyphens: false")) == [
        "normalize.soft_hyphens: not set, now false"
      ])
    // What run.json keeps comes back, and a file of an earlier version has every kind as its `invisible` was.
    let kept = try JSONDecoder().decode(NormalizeConfiguration.self, from: JSONEncoder().encode(some))
    #expect(kept == some)
    let earlier = Data(#"{"form":"nfc","controls":true,"whitespace":true,"invisible":false}"#.utf8)
    #expect(try JSONDecoder().decode(NormalizeConfiguration.self, from: earlier) == none)
  }

  @Test func `line rules leave programs alone, and the report shows what they took out`() throws {
    let scratch = try ScratchDirectory()
    let text = "A line of prose that stays where it is.\\nint main() { return 0; }\\nAnother line of prose that stays."
    try scratch.write(
      Array(
        #"{"id":"p","lang":"en","text":"\#(text)"}"#.utf8 + [10] + #"{"id":"c","lang":"code-c","text":"\#(text)"}"#.utf8
          + [10]), to: "in.jsonl")
    var configuration = try configuration("", filter: "preset: none, remove_code_lines: 1")
    configuration.input = [InputConfiguration(paths: [scratch.file("in.jsonl")])]
    configuration.output = scratch.file("run")
    configuration.identifyLanguage = IdentifyLanguageConfiguration()
    configuration.report = ReportConfiguration()
    let ledger = try PipelineRun(configuration: configuration, observer: SilentObserver()).run().ledger
    #expect(ledger.kept == 2)
    let report = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: scratch.file("run/report.json"))))
    let rules = try #require((report as? [String: Any])?["line_rules"] as? [String: Int])
    #expect(rules == ["documents that lost a line or a mark": 1, "lines of code": 1])
    let page = try String(contentsOfFile: scratch.file("run/report.html"), encoding: .utf8)
    #expect(page.contains("Lines taken out by line rules") && page.contains("lines of code"))
    let table = try String(contentsOfFile: scratch.file("run/report.csv"), encoding: .utf8)
    #expect(table.contains("line_rule,lines of code,count,1"))
  }
}
