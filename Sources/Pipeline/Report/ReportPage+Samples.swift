// The parts of the page that show cases: filters and their thresholds, duplicate pairs, examples, quarantined lines.
// Each list is cut at a fixed length, so that a report of any corpus opens on a phone; report.json has all of it.

import CorpusCore
import Foundation

extension ReportPage {
  private static let shownFilters = 40
  private static let shownLanguagesPerFilter = 12
  private static let shownPairs = 40
  /// Of them those that need no click, which are the printed ones too.
  private static let openPairs = 3
  /// Of long lists print has the beginning; the rest is on the screen.
  private static let printedCharts = 6
  private static let shownExamples = 200
  private static let shownQuarantine = 50
  private static let shownText = 600

  // MARK: Filters

  var filters: [String: Any]? {
    guard !data.filters.isEmpty else { return nil }
    var names: [String] = []
    var byName: [String: [ReportData.Filter]] = [:]
    for filter in data.filters {
      if byName[filter.name] == nil { names.append(filter.name) }
      byName[filter.name, default: []].append(filter)
    }
    let groups: [[String: Any]] = names.prefix(Self.shownFilters).map { name in
      let filters = (byName[name] ?? []).sorted { ($1.removed, $0.language) < ($0.removed, $1.language) }
      let removed = Saturating.sum(filters.map(\.removed))
      let hidden = filters.count - min(filters.count, Self.shownLanguagesPerFilter)
      return [
        "name": Self.words(name),
        "removed": Quantity.count(removed) + (data.kind == .run ? " documents removed" : " documents beyond"),
        "charts": filters.prefix(Self.shownLanguagesPerFilter).map(chart),
        "more": hidden > 0 ? "\(hidden) more languages in report.json" : "",
        "printMore": filters.count > Self.printedCharts
          ? "In print the first \(Self.printedCharts) of \(filters.count) languages; all are in report.json." : "",
      ]
    }
    let hidden = names.count - groups.count
    let note =
      data.kind == .run
      ? "The values each filter saw, with its threshold. Grey is what it removed. Languages that lost most come first."
      : "What filters would measure, with thresholds of ROOTS (for languages it did not tune), Gopher and FineWeb, and "
        + "Codex's for programs. Grey lies beyond; a document is counted at the first filter that would remove it."
    let sampled = data.filterSampling > 1 ? " Measured in one document of \(data.filterSampling)." : ""
    return [
      "note": note + sampled, "groups": groups,
      "moreFilters": hidden > 0 ? "\(hidden) more filters in report.json" : "",
    ]
  }

  private func chart(_ filter: ReportData.Filter) -> [String: Any] {
    let count = Double(max(filter.histogram.count, 1))
    let low = filter.isLogarithmic ? log2(max(filter.lower, 1e-300)) : filter.lower
    let high = filter.isLogarithmic ? log2(max(filter.upper, 1e-300)) : filter.upper
    let value = filter.isLogarithmic ? log2(max(filter.threshold, 1e-300)) : filter.threshold
    let position = high > low ? (value - low) / (high - low) : 0
    func edge(_ bin: Int) -> String {
      let edge = low + (high - low) * Double(bin) / count
      return Quantity.measure(filter.isLogarithmic ? pow(2, edge) : edge)
    }
    let allowed = filter.side == .minimum ? "at least " : "at most "
    let language = name(of: filter.language)
    let chart = ColumnChart(
      values: filter.histogram,
      summary: "\(Self.words(filter.name)), \(language): \(allowed)\(Quantity.measure(filter.threshold)); "
        + "\(Quantity.count(filter.removed)) removed",
      label: { "\(edge($0))–\(edge($0 + 1)): \(Quantity.count(filter.histogram[$0])) documents" },
      isCut: { bin in
        let middle = (Double(bin) + 0.5) / count
        return filter.side == .minimum ? middle < position : middle > position
      },
      threshold: position)
    return [
      "language": language, "chart": chart.markup, "from": edge(0), "to": edge(filter.histogram.count),
      "rule": allowed + Quantity.measure(filter.threshold),
      "loss": filter.removed > 0
        ? Quantity.count(filter.removed) + (data.kind == .run ? " removed" : " beyond")
        : data.kind == .run ? "none removed" : "none beyond",
    ]
  }

  // MARK: Duplicates

  var duplicates: [String: Any]? {
    let duplicates = data.duplicates
    guard duplicates != ReportData.Duplicates() else { return nil }
    let sizes = duplicates.clusterSizes.filter { $0.clusters > 0 && $0.size > 0 }
    var bins: [(name: String, value: Double, label: String)] = []
    // Sizes 2, 3, 4, then doubling: 5–8, 9–16, ...
    var low = 1
    var high = 1
    while low > 0, low <= (sizes.map(\.size).max() ?? 0) {
      let clusters = Saturating.sum(sizes.filter { (low...high).contains($0.size) }.map(\.clusters))
      if clusters > 0 || !bins.isEmpty {
        let name = low == high ? Quantity.count(low) : Quantity.count(low) + "–" + Quantity.count(high)
        bins.append((name + " documents", Double(clusters), Quantity.count(clusters)))
      }
      low = high &+ 1
      high = high < 4 ? high + 1 : high > Int.max / 4 ? Int.max : high * 2
    }
    let pairs: [[String: Any]] = duplicates.pairs.prefix(Self.shownPairs).map { pair in
      let (kept, removed) = WordDifference.marked(
        HTMLText.clipped(pair.keptText, to: Self.shownText), HTMLText.clipped(pair.removedText, to: Self.shownText))
      return [
        "language": name(of: pair.language), "tag": Self.languageTag(pair.language),
        "similarity": Quantity.percent(pair.similarity),
        "keptId": HTMLText.clipped(pair.keptId, to: 120), "removedId": HTMLText.clipped(pair.removedId, to: 120),
        "keptText": kept, "removedText": removed,
      ]
    }
    return [
      "exact": Quantity.count(duplicates.exactRemoved), "exactShare": share(duplicates.exactRemoved, data.ledger.read),
      "near": Quantity.count(duplicates.nearRemoved), "nearShare": share(duplicates.nearRemoved, data.ledger.read),
      "clusters": Quantity.count(Saturating.sum(sizes.map(\.clusters))),
      "largest": Quantity.count(sizes.map(\.size).max() ?? 0),
      "hasSizes": !bins.isEmpty, "sizes": RowChart.bars(bins).markup,
      "hasPairs": !pairs.isEmpty, "pairs": Array(pairs.prefix(Self.openPairs)),
      "hasMorePairs": pairs.count > Self.openPairs, "morePairs": Array(pairs.dropFirst(Self.openPairs)),
      "morePairsCount": Quantity.count(max(0, pairs.count - Self.openPairs)),
    ]
  }

  /// The BCP 47 tag, by which a browser chooses fonts: Han is drawn differently in Beijing and Taipei.
  static func languageTag(_ code: String) -> String {
    guard let language = Language(code: code), !language.isCode else { return "" }
    switch code {
    case "zhs": return "zh-Hans"
    case "zht": return "zh-Hant"
    default: return code
    }
  }

  // MARK: Examples

  var examples: [String: Any]? {
    guard !data.examples.isEmpty else { return nil }
    var reasons: [String] = []
    var byReason: [String: [[String: Any]]] = [:]
    for example in data.examples.prefix(Self.shownExamples) {
      if byReason[example.reason] == nil { reasons.append(example.reason) }
      var measured = example.value.map { "measured " + Quantity.measure($0) } ?? ""
      if let threshold = example.threshold {
        measured += (measured.isEmpty ? "" : ", ") + "threshold " + Quantity.measure(threshold)
      }
      byReason[example.reason, default: []].append([
        "language": name(of: example.language), "tag": Self.languageTag(example.language), "measured": measured,
        "hasMeasured": !measured.isEmpty,
        "id": HTMLText.clipped(example.id, to: 120), "text": HTMLText.clipped(example.text, to: Self.shownText),
        "isCode": Language(code: example.language)?.isCode ?? false,
        "direction": Language(code: example.language)?.isCode ?? false ? "ltr" : "auto",
      ])
    }
    // Kept ones first, then reasons as they came.
    reasons = reasons.filter { $0 == "kept" } + reasons.filter { $0 != "kept" }
    let groups: [[String: Any]] = reasons.map { reason in
      let group = byReason[reason] ?? []
      return [
        "heading": reason == "kept" ? "Kept" : "Removed: " + Self.words(reason), "count": Quantity.count(group.count),
        "examples": group,
      ]
    }
    return ["groups": groups]
  }

  // MARK: Quarantine

  var quarantine: [String: Any]? {
    guard !data.quarantine.isEmpty else { return nil }
    let rows: [[String: Any]] = data.quarantine.prefix(Self.shownQuarantine).map { line in
      [
        "shard": HTMLText.clipped(line.shard, to: 160), "line": Quantity.count(line.line),
        "offset": Quantity.count(line.offset), "reason": HTMLText.clipped(line.reason, to: 200),
      ]
    }
    return ["shown": Quantity.count(rows.count), "total": Quantity.count(data.ledger.quarantined), "rows": rows]
  }
}
