import CorpusCore
import Foundation
import TestSupport
import Testing

@testable import Pipeline

@Suite struct FineWebLanguageFileTests {
  private static let yaml = """
    dup_line_frac: 0.067
    dup_n_grams:
    - - 5
      - 0.036
    - - 10
      - 0.026
    language_score: 0.575
    line_punct_thr: 0.062
    max_avg_word_length: 23
    max_non_alpha_words_ratio: 0.816
    min_avg_word_length: 2
    new_line_ratio: 0.189
    stopwords:
    - mu
    - "n\\xED"
    top_n_grams:
    - - 2
      - 1.684
    """

  private func parse(_ yaml: String, label: String = "kin_Latn") throws(ConfigurationFailure) -> LanguageFile {
    try FineWebLanguageFile.parse(bytes: Array(yaml.utf8), fileName: label + ".yml", label: label)
  }

  @Test func `a file of FineWeb2 is read as it is`() throws {
    let file = try parse(Self.yaml)
    #expect(file.code == "rw" && file.script == "Latn" && file.wordSegmentation == "whitespace")
    #expect(file.stopWords == ["mu", "n\u{ED}"] && file.filters == ["minimum_language_confidence": 0.575])
    #expect(
      file.presets == [
        "maximum_duplicate_line_ratio": 0.067, "maximum_duplicate_5_gram_ratio": 0.036,
        "maximum_duplicate_10_gram_ratio": 0.026, "minimum_terminated_line_ratio": 0.062,
        "maximum_mean_word_length": 23,
        "minimum_alphabetic_word_ratio": 0.816, "minimum_mean_word_length": 2, "maximum_newline_ratio": 0.189,
        "maximum_top_2_gram_ratio": 1.684,
      ])
    #expect(try parse("", label: "cmn_Hani").code == "zhs" && parse("", label: "cmn_Hani").wordSegmentation == "icu")
    #expect(try parse("", label: "aai_Latn").code == "aai")
  }

  @Test func `faults have places`() {
    func faults(_ yaml: String) -> [String] {
      do throws(ConfigurationFailure) {
        _ = try parse(yaml)
        return []
      } catch { return error.faults.map(\.description) }
    }
    #expect(faults("dup_line_fraction: 1").first?.contains("did you mean dup_line_frac?") == true)
    #expect(faults("top_n_grams:\n- - 7\n  - 0.1").count == 1)
    #expect(faults("dup_n_grams: 3").count == 1 && faults("dup_n_grams: [[5, x]]").count == 1)
  }

  @Test func `both forms of one language are one`() throws {
    let scratch = try ScratchDirectory()
    try FileManager.default.createDirectory(atPath: scratch.file("l"), withIntermediateDirectories: true)
    try Self.yaml.write(toFile: scratch.file("l") + "/kin_Latn.yml", atomically: true, encoding: .utf8)
    try Self.yaml.write(toFile: scratch.file("l") + "/aai_Latn.yml", atomically: true, encoding: .utf8)
    try
      "language: rw\nname: Kinyarwanda\nstop_words: [na]\nfilters: {minimum_bytes: 5}\npresets: {maximum_mean_word_length: 9}\n"
      .write(toFile: scratch.file("l") + "/rw.yaml", atomically: true, encoding: .utf8)
    let files = try readLanguageFiles(directory: scratch.file("l"))
    #expect(files.map(\.code) == ["aai", "rw"])
    let kinyarwanda = try #require(files.last)
    #expect(kinyarwanda.stopWords == ["na"] && kinyarwanda.filters == ["minimum_bytes": 5])
    #expect(kinyarwanda.presets["maximum_mean_word_length"] == 23)
  }
}
