// report.csv under a strict reader of RFC 4180.

import Testing

@testable import Pipeline

@Suite struct ReportCSVTests {
  /// Rows of cells; nil at the first breach of RFC 4180.
  static func parse(_ bytes: [UInt8]) -> [[String]]? {
    var rows: [[String]] = []
    var row: [String] = []
    var cell: [UInt8] = []
    var index = 0
    func byte(_ offset: Int) -> UInt8? { index + offset < bytes.count ? bytes[index + offset] : nil }
    while index < bytes.count {
      if byte(0) == 0x22, cell.isEmpty {
        index += 1
        while true {
          guard let next = byte(0) else { return nil }
          if next == 0x22, byte(1) != 0x22 { break }
          cell.append(next)
          index += next == 0x22 ? 2 : 1
        }
        index += 1
        guard byte(0) == 0x2C || byte(0) == 0x0D else { return nil }
      }
      switch byte(0) {
      case 0x2C:
        row.append(String(decoding: cell, as: UTF8.self))
        cell = []
        index += 1
      case 0x0D:
        guard byte(1) == 0x0A else { return nil }
        rows.append(row + [String(decoding: cell, as: UTF8.self)])
        row = []
        cell = []
        index += 2
      case 0x22, 0x0A: return nil
      case .some(let other):
        cell.append(other)
        index += 1
      case nil: return nil
      }
    }
    return row.isEmpty && cell.isEmpty ? rows : nil
  }

  @Test func everyRowHasFourCellsAndTheNumbersAreThere() throws {
    let data = ReportSample.make()
    let rows = try #require(Self.parse(ReportRenderer.csv(data)))
    #expect(rows.first == ["table", "row", "column", "value"])
    #expect(rows.allSatisfy { $0.count == 4 })
    #expect(rows.contains(["ledger", "total", "read", String(data.ledger.read)]))
    for language in data.languages {
      #expect(rows.contains(["language", language.code, "tokens", String(language.tokens)]))
      #expect(rows.contains(["language", language.code, "share", String(language.share)]))
    }
    #expect(rows.contains(["stage", "prepare", "seconds", "1931.0"]))
  }

  @Test(arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "＝1"])
  func formulasAreDefused(text: String) throws {
    #expect(ReportCSV.cell(text).drop { $0 == "\"" }.first == "'")
    var data = ReportData()
    data.name = text
    data.redactions = [text: 1]
    let rows = try #require(Self.parse(ReportRenderer.csv(data)))
    #expect(rows.contains(["run", "run", "name", "'" + text]))
    #expect(rows.contains(["redaction", "'" + text, "count", "1"]))
  }

  @Test(arguments: ReportHostileTextTests.attacks.indices) func hostileTextStaysInItsCell(index: Int) throws {
    let rows = try #require(
      Self.parse(ReportRenderer.csv(ReportHostileTextTests.report(ReportHostileTextTests.attacks[index]))))
    #expect(rows.allSatisfy { $0.count == 4 })
  }

  @Test func quotesCommasAndLineEndsAreQuoted() {
    #expect(ReportCSV.cell("a\"b") == "\"a\"\"b\"")
    #expect(ReportCSV.cell("a,b") == "\"a,b\"")
    #expect(ReportCSV.cell("a\r\nb") == "\"a\r\nb\"")
    #expect(ReportCSV.cell("plain") == "plain")
  }
}
