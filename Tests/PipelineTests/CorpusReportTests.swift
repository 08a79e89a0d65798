// The report of a corpus without a pipeline: the same bytes however the work is shared out, and true numbers.
import CorpusIO
import Foundation
import TestSupport
import Testing
import TextProcessing

@testable import Pipeline

@Suite struct CorpusReportTests {
  private func portrait(_ paths: [String], workers: Int = 2, unitBytes: Int = 8 << 20) throws -> ReportData {
    var pass = InputPass(paths: paths)
    pass.workers = workers
    pass.unitBytes = unitBytes
    return try CorpusPortrait.gather(pass, identifier: CLD2Identifier(), observer: SilentObserver()).report(
      name: "sample")
  }

  @Test func `a corpus has the same report for any number of workers`() throws {
    // Units of 3000 bytes: hundreds of profiles are merged, in an order that the workers decide.
    for unitBytes in [3000, 8 << 20] {
      let reports = try [1, 2, 3, 4, 4].map {
        try ReportRenderer.json(portrait(RunTesting.sampleFiles, workers: $0, unitBytes: unitBytes))
      }
      #expect(Set(reports).count == 1)
    }
  }

  @Test func `numbers are those of the records`() throws {
    let scratch = try ScratchDirectory()
    let sentences = ["The cat sat on the mat, and it was grey. ", "猫坐在垫子上。", "القط على السجادة. "]
    let records = zip(["en", "zhs", "ar"], sentences).flatMap { language, sentence in
      (1...9).map { ["lang": language, "text": String(repeating: sentence, count: $0 * 7)] }
    }
    let encoder = JSONEncoder()
    let lines = try records.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
    let path = scratch.file("in.jsonl")
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    let texts = records.compactMap { $0["text"] }
    let data = try portrait([path])
    #expect(data.kind == .corpus)
    #expect(data.ledger.kept == records.count && data.ledger.unaccounted == 0)
    #expect(data.ledger.bytesKept == texts.reduce(0) { $0 + $1.utf8.count })
    let content = try #require(data.content)
    #expect(content.documents == records.count && !content.isSample)
    #expect(
      content.languages.reduce(0) { $0 + $1.scripts.values.reduce(0, +) }
        == texts.reduce(0) { $0 + $1.unicodeScalars.count })
    for language in data.languages {
      let content = try #require(content.languages.first { $0.code == language.code })
      #expect(content.documents == language.kept && content.bytes == language.bytesKept)
      #expect(content.lengths.count == 6)
    }
    #expect(Set(data.filters.map(\.name)).count > 5)
    for filter in data.filters where filter.name == "special_character_ratio" {
      let language = data.languages.first { $0.code == filter.language }
      #expect(filter.histogram.reduce(0, +) == language?.kept)
    }
  }

  @Test func `three files are written, and the page is about a corpus`() throws {
    let scratch = try ScratchDirectory()
    let data = try portrait(RunTesting.sampleFiles)
    try writeReport(data, into: scratch.file("new/folder"))
    let files = try FileManager.default.contentsOfDirectory(atPath: scratch.file("new/folder"))
    #expect(Set(files) == ["report.html", "report.json", "report.csv"])
    let json = try Data(contentsOf: URL(filePath: scratch.file("new/folder/report.json")))
    #expect(try ReportRenderer.data(fromJSON: Array(json)) == data)
    let html = try String(contentsOfFile: scratch.file("new/folder/report.html"), encoding: .utf8)
    #expect(
      html.contains("id=\"content\"") && html.contains("id=\"filters\"") && html.contains("Phrases met most often"))
    #expect(!html.contains("Where every document went"))
    #expect(html.utf8.count < 2_000_000)
  }

  @Test func `hosts come from addresses and from ids that are some`() throws {
    let scratch = try ScratchDirectory()
    let lines = [
      #"{"text":"one","url":"https://www.a.example/x","source":"crawl"}"#,
      #"{"text":"two","id":"http://a.example/y"}"#,
      #"{"text":"three","meta":{"url":"https://b.example:81/","source":"crawl"}}"#,
      #"{"text":"four","id":"<script>"}"#,
    ]
    let path = scratch.file("in.jsonl")
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    let content = try #require(portrait([path]).content)
    #expect(content.hosts.entries.map(\.text) == ["a.example", "b.example"])
    #expect(content.hosts.entries.map(\.count) == [2, 1])
    #expect(content.sources.entries.map(\.count) == [2])
  }
}
