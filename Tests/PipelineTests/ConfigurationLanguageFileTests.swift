import CorpusCore
import Foundation
import Testing

@testable import Pipeline

@Suite struct ConfigurationLanguageFileTests {
  private func faults(_ yaml: String, code: String = "xx") -> [String] {
    do throws(ConfigurationFailure) {
      _ = try LanguageFileDecoder.parse(bytes: Array(yaml.utf8), fileName: "xx.yaml", code: code)
      return []
    } catch {
      return error.faults.map(\.description)
    }
  }

  @Test func allShippedLanguagesLoadSortedByCode() throws {
    let files = try readLanguageFiles(directory: ConfigurationTesting.repository + "/pipelines/languages")
    let codes = files.map(\.code)
    #expect(codes == codes.sorted())
    #expect(Set(codes) == Set(rootsLanguages.map(\.code) + ["code"]))
    for file in files {
      #expect(file.filters["minimum_bytes"] != nil && !file.name.isEmpty, "\(file.code)")
      #expect(file.code == "code" || file.stopWords.count >= 20, "\(file.code)")
    }
    let english = try #require(files.first { $0.code == "en" })
    #expect(english.name == "English" && english.script == "Latin" && english.wordSegmentation == "whitespace")
    #expect(english.filters["maximum_character_repetition_ratio"] == 0.106 && english.filters.count == 11)
    #expect(english.stopWords.contains("on") && english.stopWords.contains("no") && english.flaggedWords.isEmpty)
    #expect(files.first { $0.code == "zhs" }?.wordSegmentation == "icu")
  }

  @Test func faultsHavePlacesAndNearNames() {
    let yaml = """
      language: xx
      name: Test
      word_segmentation: words
      filters:
        minimum_byte: 3
        maximum_flagged_word_ratio: 3
      stop_word: [a]
      """
    #expect(
      faults(yaml) == [
        "xx.yaml:3:20: word_segmentation: expected whitespace or icu, found the text \"words\"",
        "xx.yaml:5:3: unknown key \"minimum_byte\" in filters, did you mean minimum_bytes?",
        "xx.yaml:6:31: maximum_flagged_word_ratio: expected a number from 0 to 1, found the number 3",
        "xx.yaml:7:1: unknown key \"stop_word\", did you mean stop_words?",
      ])
    #expect(faults("name: A") == ["xx.yaml:1:1: required key language is missing"])
    #expect(
      faults("language: yy\nname: A") == ["xx.yaml:1:1: language: the file is named xx.yaml but says \"yy\""])
    #expect(faults("language: X/Y\nname: A", code: "X/Y").count == 1)
  }

  @Test func listsMayBeEmptyAndWordsAreTextWhateverTheyLookLike() throws {
    let file = try LanguageFileDecoder.parse(
      bytes: Array("language: no\nname: Norsk\nstop_words: [no, on, 1, true]\nflagged_words: []\nfilters:\n".utf8),
      fileName: "no.yaml", code: "no")
    #expect(file.stopWords == ["no", "on", "1", "true"] && file.flaggedWords.isEmpty && file.filters.isEmpty)
  }

  @Test func aDirectoryWithoutLanguageFilesIsAFault() throws {
    let directory = NSTemporaryDirectory() + "xylem-no-languages-\(ProcessInfo.processInfo.processIdentifier)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let failure = try #require(throws: ConfigurationFailure.self) { try readLanguageFiles(directory: directory) }
    #expect(failure.description == "\(directory): holds no language file (*.yaml or <iso639-3>_<Script>.yml)")
  }

  @Test func theFaultsOfAllFilesAreReportedTogether() throws {
    let directory = NSTemporaryDirectory() + "xylem-bad-languages-\(ProcessInfo.processInfo.processIdentifier)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try "language: aa\n".write(toFile: directory + "/aa.yaml", atomically: true, encoding: .utf8)
    try "language: [b\n".write(toFile: directory + "/bb.yaml", atomically: true, encoding: .utf8)
    let failure = try #require(throws: ConfigurationFailure.self) { try readLanguageFiles(directory: directory) }
    #expect(failure.faults.map { String($0.file.suffix(7)) } == ["aa.yaml", "bb.yaml"])
  }
}
