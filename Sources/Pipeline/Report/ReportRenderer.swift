// A run's counts as three files: a page for people, JSON for programs, CSV for spreadsheets. Pure functions of the data.

import CorpusCore
import Foundation
import Mustache

/// Draws report.html, report.json and report.csv.
public enum ReportRenderer {
  /// One self-contained page: no script, no request, readable on a phone, in print and in the dark.
  ///
  /// Size is bounded by the number of languages, stages and filters, not by that of documents.
  /// - Throws: `PlainFailure` when the built-in template does not parse, which is a fault of the build.
  public static func html(_ data: ReportData) throws(PlainFailure) -> [UInt8] {
    try page(PackageResources.report_mustache, ReportPage(data).context)
  }

  /// A comparison's tables as one page of the same kind.
  static func html(_ comparison: RunComparison) throws(PlainFailure) -> [UInt8] {
    try page(PackageResources.comparison_mustache, comparison.context)
  }

  private static func page(_ source: [UInt8], _ context: [String: Any]) throws(PlainFailure) -> [UInt8] {
    MustacheContentTypes.register(HTMLText(), named: HTMLText.name)
    let template: MustacheTemplate
    do {
      template = try MustacheTemplate(string: String(decoding: source, as: UTF8.self))
    } catch {
      throw PlainFailure(.configuration, "a built-in template does not parse: \(error)")
    }
    return Array(template.render(context).utf8)
  }

  /// The data with sorted keys and snake_case names; equal data give equal bytes.
  public static func json(_ data: ReportData) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let encoded = try? encoder.encode(data) else {
      preconditionFailure("numbers, strings and their arrays always encode once non-finite numbers have a spelling")
    }
    return Array(encoded) + [0x0A]
  }

  /// Reads what `json` wrote; absent keys take their defaults.
  public static func data(fromJSON bytes: [UInt8]) throws(PlainFailure) -> ReportData {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(ReportData.self, from: Data(bytes))
    } catch {
      throw PlainFailure(.badData, "not a report.json: \(error)")
    }
  }

  /// Every number in long form, `table,row,column,value`, after RFC 4180: CRLF ends a row, quotes are doubled.
  ///
  /// Text that a spreadsheet would take for a formula begins with an apostrophe.
  public static func csv(_ data: ReportData) -> [UInt8] { ReportCSV.bytes(of: data) }
}
