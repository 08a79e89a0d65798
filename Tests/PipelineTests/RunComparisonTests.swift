// Two runs compared: differences by language and reason, languages of one run only, and hostile names on the page.
import CorpusIO
import Foundation
import Testing

@testable import Pipeline

struct RunComparisonTests {
  private func data(_ languages: [(String, kept: Int, tokens: Int, words: Int, removed: [String: Int])]) -> ReportData {
    var data = ReportData()
    for (code, kept, tokens, words, removed) in languages {
      var language = ReportData.LanguageSummary()
      language.code = code
      language.kept = kept
      language.removed = removed
      language.read = kept + removed.values.reduce(0, +)
      language.bytesKept = 100 * kept
      language.tokens = tokens
      language.words = words
      data.languages.append(language)
      data.ledger.read += language.read
      data.ledger.kept += kept
      data.ledger.bytesKept += language.bytesKept
      data.ledger.removed.merge(removed, uniquingKeysWith: +)
    }
    return data
  }

  @Test func `differences are of the second run against the first`() throws {
    let comparison = RunComparison(
      data([("en", 10, 500, 200, ["empty": 3]), ("fr", 4, 0, 0, [:])]), named: "x",
      data([("en", 7, 400, 200, ["empty": 3, "stop_words": 3]), ("sw", 2, 50, 20, [:])]), named: "y")
    let english = try #require(comparison.languages["en"])
    #expect(english.kept.difference == -3)
    #expect(english.bytesKept == RunComparison.Change(before: 1000, after: 700))
    #expect(english.fertility == RunComparison.Ratio(before: 2.5, after: 2))
    #expect(english.bytesPerToken == RunComparison.Ratio(before: 2, after: 1.75))
    #expect(english.removed["stop_words"] == RunComparison.Change(before: 0, after: 3))
    #expect(comparison.languages["fr"]?.kept == RunComparison.Change(before: 4, after: 0))
    #expect(comparison.languages["fr"]?.fertility == RunComparison.Ratio(before: nil, after: nil))
    #expect(comparison.languages["sw"]?.kept.difference == 2)
    #expect(comparison.total.kept == RunComparison.Change(before: 14, after: 9))
    #expect(comparison.total.read == RunComparison.Change(before: 17, after: 15))
    let removed = try #require(comparison.tables.first { $0.title == "Removed documents" })
    #expect(removed.rows.contains(["stop_words", "en", "0", "3", "+3"]))
    #expect(!removed.rows.contains { $0.starts(with: ["empty", "en"]) })
    #expect(comparison.tables.first?.rows[1].first == "fr")
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = try String(decoding: encoder.encode(comparison), as: UTF8.self)
    #expect(json.contains(#""fertility":{"a":null,"b":null}"#))
    #expect(json.contains(#""kept":{"a":14,"b":9,"difference":-5}"#))
  }

  @Test func `hostile names stay text`() throws {
    let comparison = RunComparison(
      data([("<script>alert(1)</script>", 1, 1, 1, ["\"><img src=x>": 1])]), named: "<b>&", data([]), named: "'\u{202E}"
    )
    let html = String(decoding: try ReportRenderer.html(comparison), as: UTF8.self)
    #expect(!html.contains("<script"))
    #expect(!html.contains("<img"))
    #expect(!html.contains("<b>"))
    #expect(!html.contains("\u{202E}"))
    #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
  }

  @Test func `a page goes where it is told, and replaces what was there`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("xylem-page-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.path + "/new/page.html"
    for text in ["one", "two"] { try writePage(Array(text.utf8), to: path, fileSystem: LocalFileSystem()) }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "two")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/new") == ["page.html"])
    #expect(throws: (any Error).self) { try writePage([], to: folder.path + "/", fileSystem: LocalFileSystem()) }
  }
}
