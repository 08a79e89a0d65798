// The three files of a report: what they say, that they say it the same way each time, and that no text escapes its place.

import Foundation
import Testing

@testable import Pipeline

@Suite struct ReportRendererTests {
  static func html(_ data: ReportData) throws -> String {
    String(decoding: try ReportRenderer.html(data), as: UTF8.self)
  }

  @Test func anEmptyReportRenders() throws {
    let html = try Self.html(ReportData())
    #expect(html.hasPrefix("<!DOCTYPE html>"))
    #expect(html.contains("balanced"))
    #expect(!html.contains("id=\"languages\""))
  }

  @Test func thePageHoldsTheNumbers() throws {
    let data = ReportSample.make()
    let html = try Self.html(data)
    #expect(data.languages.count == 59)
    for number in [
      data.ledger.read, data.ledger.kept, data.ledger.removed.values.reduce(0, +), data.ledger.quarantined,
    ] {
      #expect(html.contains(Quantity.count(number)))
    }
    for language in data.languages {
      #expect(html.contains(HTMLText.escaped(language.name)))
      for number in [language.read, language.kept, language.characters, language.words, language.tokens] {
        #expect(html.contains(">" + Quantity.count(number) + "<"))
      }
    }
    for (_, count) in data.redactions { #expect(html.contains(Quantity.count(count))) }
    for stage in data.stages { #expect(html.contains(Quantity.count(stage.documentsOut))) }
    if let path = ProcessInfo.processInfo.environment["XYLEM_REPORT_SAMPLE"] {
      try html.write(toFile: path, atomically: true, encoding: .utf8)
    }
  }

  @Test func thePageAsksNothingOfTheNetworkAndRunsNothing() throws {
    let html = try Self.html(ReportSample.make())
    #expect(html.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:"))
    for forbidden in ["<script", "<link", "<img", "<iframe", "http://", "https://", "url(", "@import", "javascript:"] {
      #expect(!html.contains(forbidden), "\(forbidden)")
    }
    #expect(html.utf8.count < 1_000_000)
  }

  @Test func aLedgerThatDoesNotBalanceSaysSo() throws {
    var data = ReportSample.make()
    data.ledger.kept -= 17
    let html = try Self.html(data)
    #expect(html.contains("The ledger does not balance: 17 documents have no account."))
  }

  @Test func equalDataGiveEqualBytes() throws {
    let data = ReportSample.make()
    #expect(try ReportRenderer.html(data) == ReportRenderer.html(data))
    #expect(ReportRenderer.json(data) == ReportRenderer.json(data))
    #expect(ReportRenderer.csv(data) == ReportRenderer.csv(data))
  }

  @Test func jsonReadsBackAsTheSameData() throws {
    let data = ReportSample.make()
    let json = ReportRenderer.json(data)
    #expect(try ReportRenderer.data(fromJSON: json) == data)
    let text = String(decoding: json, as: UTF8.self)
    #expect(text.contains("\"bytes_kept\"") && text.contains("\"length_histogram\"") && text.contains("\"kept_id\""))
  }

  @Test func jsonOfAnotherVersionTakesDefaultsForWhatItLacks() throws {
    let data = try ReportRenderer.data(fromJSON: Array(#"{"name":"old","languages":[{"code":"fr"}],"later":1}"#.utf8))
    #expect(data.name == "old")
    #expect(data.languages.first?.kept == 0)
    #expect(throws: PlainFailureCheck.self) {
      do { _ = try ReportRenderer.data(fromJSON: Array("[1".utf8)) } catch { throw PlainFailureCheck() }
    }
  }

  private struct PlainFailureCheck: Error {}

  @Test func numbersThatAreNoneNeitherTrapNorVanish() throws {
    var data = ReportSample.make()
    data.ledger.read = .max
    data.ledger.kept = .min
    data.ledger.removed = ["a": .max, "b": .max]
    data.languages[0].share = .nan
    data.languages[1].rootsShare = .infinity
    data.languages[2].bytesKept = .max
    data.languages[3].lengthHistogram = [Int](repeating: .max, count: 200)
    data.filters[0].threshold = -.infinity
    data.filters[1].lower = .nan
    data.duplicates.clusterSizes[0].size = .max
    data.repeatedLines?.languages[0].bytes = .max
    data.repeatedLines?.languages[1].bytes = .max
    data.repeatedLines?.entries[0].count = .min
    data.stages[0].seconds = 1e300
    data.stages[1].seconds = -.infinity
    #expect(try !ReportRenderer.html(data).isEmpty)
    #expect(!ReportRenderer.csv(data).isEmpty)
    let back = try ReportRenderer.data(fromJSON: ReportRenderer.json(data))
    #expect(back.languages[0].share.isNaN && back.languages[1].rootsShare == .infinity)
  }
}
