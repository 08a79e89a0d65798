// `clean --explain` and `tune`: numbers by hand, and the same for any number of workers.
import CorpusCore
import Foundation
import TestSupport
import Testing
import TextProcessing

@testable import Pipeline

@Suite struct CleaningExplanationTests {
  private func configuration(_ pass: InputPass) throws -> PipelineConfiguration {
    try cleaningConfiguration(
      pass, output: "", languages: ConfigurationTesting.repository + "/pipelines/languages")
  }

  private func row(_ id: String, words: Double, stop: Double, bytes: Int = 10) -> CleaningSample.Row {
    var values = FilterValues()
    values.wordCount = words
    values.stopWordRatio = stop
    return CleaningSample.Row(
      language: .undetermined, id: id, bytes: bytes, values: values, isEmpty: false, guess: nil, head: id)
  }

  private func filters(words: Double, stop: Double) -> [any DocumentFilter] {
    [
      WordCountFilter(segmentation: .whitespace, minimum: words, maximum: nil),
      StopWordFilter(segmentation: .whitespace, words: ["a"], minimum: stop),
    ]
  }

  @Test func `documents are counted for every limit they break, and for the first and the only one`() {
    let rows = [
      row("both", words: 1, stop: 0.1), row("short", words: 2, stop: 0.5), row("foreign", words: 9, stop: 0.2),
      row("good", words: 9, stop: 0.4),
    ]
    let result = CleaningExplanation.languageRow(.undetermined, rows, filters(words: 5, stop: 0.3))
    #expect(result.documents == 4 && result.removedDocuments == 3 && result.removedBytes == 30)
    let (words, stop) = (result.filters[0], result.filters[1])
    #expect(words.documents == 2 && words.first == 2 && words.only == 1 && words.minimum == 5)
    #expect(stop.documents == 2 && stop.first == 1 && stop.only == 1 && stop.bytes == 20)
    // Nearest to the limit first.
    #expect(words.removed.map(\.id) == ["short", "both"] && stop.kept.map(\.id) == ["good", "short"])
    #expect(stop.removed.map(\.id) == ["foreign", "both"])
  }

  @Test func `a histogram has all values, and marks the limit in its bin`() {
    let histogram = ValueHistogram((0..<100).map(Double.init))
    #expect(histogram.counts.reduce(0, +) == 100 && histogram.low == 0 && histogram.high == 98)
    #expect(histogram.percentiles == [0, 4, 24, 49, 74, 94, 98])
    let drawing = histogram.drawing(limits: [49])
    #expect(drawing.count == 2 && drawing[0].count == 42)
    #expect(drawing[1].firstIndex(of: "^").map { drawing[1].distance(from: drawing[1].startIndex, to: $0) } == 21)
    #expect(ValueHistogram([]).drawing(limits: [1]).isEmpty)
    #expect(ValueHistogram([3, 3]).counts.reduce(0, +) == 2)
  }

  @Test func `percentiles go by nearest rank and limits are rounded outward`() {
    #expect(percentile([1, 2, 3, 4], 25) == 1 && percentile([1, 2, 3, 4], 26) == 2 && percentile([], 5) == 0)
    #expect(ThresholdTuning.rounded(0.2987, up: false) == 0.29 && ThresholdTuning.rounded(0.2901, up: true) == 0.3)
    #expect(ThresholdTuning.rounded(0.29, up: true) == 0.29 && ThresholdTuning.rounded(0.29, up: false) == 0.29)
    #expect(ThresholdTuning.rounded(1234, up: true) == 1300 && ThresholdTuning.rounded(12, up: false) == 12)
    #expect(ThresholdTuning.rounded(0, up: true) == 0)
  }

  @Test func `a limit is tuned on what the other limits leave`() throws {
    // 200 good documents with stop words 0.01 to 2.00; 50 short ones without any must not pull the minimum down.
    let rows =
      (1...200).map { row("\($0)", words: 9, stop: Double($0) / 100) }
      + (1...50).map { row("s\($0)", words: 1, stop: 0) }
    let tuned = ThresholdTuning(percentile: 5, sample: 1000)
      .tune(.undetermined, rows, filters(words: 5, stop: 0.3), file: nil)
    let stop = try #require(tuned.thresholds.first { $0.key == "minimum_stop_word_ratio" })
    // Rank 10 of 200 is 0.10; 9 of 200 are below it.
    #expect(stop.value == 0.1 && stop.removed == 9.0 / 200 && !stop.isPreset)
    let few = ThresholdTuning(percentile: 5, sample: 10)
      .tune(.undetermined, Array(rows.prefix(99)), filters(words: 5, stop: 0.3), file: nil)
    #expect(few.thresholds.isEmpty)
  }

  @Test func `what tune writes is a language file`() throws {
    let scratch = try ScratchDirectory()
    var pass = InputPass(paths: [RunTesting.samples + "/en.jsonl"])
    pass.workers = 1
    let configuration = try configuration(pass)
    let tuning = ThresholdTuning(percentile: 2, sample: 10)
    let threshold = TunedLanguage.Threshold(
      key: "minimum_stop_word_ratio", isPreset: false, before: 0.3, value: 0.21, removed: 0.01)
    let preset = TunedLanguage.Threshold(
      key: "maximum_mean_word_length", isPreset: true, before: nil, value: 8, removed: 0.02)
    let written = try tuning.write(
      [TunedLanguage(language: "en", documents: 500, thresholds: [threshold, preset])], configuration: configuration,
      to: scratch.file("tuned"))
    #expect(written.count == 1)
    let file = try #require(try readLanguageFiles(directory: scratch.file("tuned")).first)
    let before = try #require(
      try readLanguageFiles(directory: ConfigurationTesting.repository + "/pipelines/languages").first {
        $0.code == "en"
      })
    #expect(
      file.filters["minimum_stop_word_ratio"] == 0.21
        && file.presets
          == before.presets.merging(
            ["maximum_mean_word_length": 8]) { $1 }
    )
    #expect(file.stopWords == before.stopWords && file.filters["minimum_word_count"] == 20)
  }

  @Test func `labels are checked with the identifier that the configuration names`() throws {
    // Kikuyu: the program's model knows it, CLD2 does not.
    var pass = InputPass(paths: [RunTesting.samples + "/ki.jsonl"])
    pass.workers = 1
    func rows(_ identifier: IdentifyLanguageConfiguration.Identifier) throws -> [CleaningSample.Row] {
      let configuration = try cleaningConfiguration(
        pass, output: "", languages: ConfigurationTesting.repository + "/pipelines/languages",
        identify: IdentifyLanguageConfiguration(identifier: identifier, model: nil))
      return try CleaningSample.gather(
        pass, configuration: configuration, count: 100, observer: SilentObserver()
      ).rows
    }
    let builtin = try rows(.builtin)
    #expect(builtin.count >= 8 && 2 * builtin.filter { $0.guess == $0.language }.count > builtin.count)
    #expect(try rows(.cld2).allSatisfy { $0.guess != $0.language })
    #expect(try rows(.record).allSatisfy { $0.guess == nil })
  }

  @Test func `a sample is the same for any number of workers`() throws {
    var reports: [Data] = []
    for workers in [1, 3] {
      var pass = InputPass(paths: RunTesting.sampleFiles)
      pass.workers = workers
      let explanation = try CleaningExplanation.explain(
        pass, configuration: try configuration(pass), sample: 20, observer: SilentObserver())
      #expect(explanation.sampled == 20 && explanation.documents > 50)
      #expect(explanation.languages.reduce(0) { $0 + $1.documents } == 20)
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      reports.append(try encoder.encode(explanation))
    }
    #expect(reports[0] == reports[1])
  }
}
