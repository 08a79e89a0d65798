// The parts of the page that speak of languages: their sizes, what each lost and why, how long its documents are.

import CorpusCore
import Foundation

extension ReportPage {
  var languageSection: [String: Any]? {
    guard !languages.isEmpty else { return nil }
    let hasROOTS = languages.contains { $0.rootsShare > 0 }
    let hasSampled = languages.contains { $0.sampledShare > 0 }
    let rows: [[String: Any]] = languages.map { language in
      [
        "name": Self.displayName(language), "code": HTMLText.clipped(language.code, to: 32),
        "script": HTMLText.clipped(language.script, to: 32),
        "read": Quantity.count(language.read), "kept": Quantity.count(language.kept),
        "keptShare": share(language.kept, language.read),
        "bytes": Quantity.bytes(language.bytesKept), "characters": Quantity.count(language.characters),
        "words": Quantity.count(language.words), "tokens": Quantity.count(language.tokens),
        "bytesPerToken": language.bytesPerToken.map { Quantity.decimal($0, places: 2) } ?? "–",
        "tokensPerWord": language.tokensPerWord.map { Quantity.decimal($0, places: 2) } ?? "–",
        "share": Quantity.percent(language.share),
        "sampled": language.sampledShare > 0 ? Quantity.percent(language.sampledShare) : "–",
        "roots": language.rootsShare > 0 ? Quantity.percent(language.rootsShare) : "–",
      ]
    }
    let desk = treemap(.desk)
    let phone = treemap(.phone)
    return [
      "count": Quantity.count(languages.count), "treemap": desk.markup, "unnamed": unnamed(desk),
      "phoneTreemap": phone.markup, "phoneUnnamed": unnamed(phone), "families": usedFamilies,
      "shares": shares.markup, "hasROOTS": hasROOTS, "hasSampled": hasSampled, "rows": rows,
    ]
  }

  /// Groups of scripts, each with a tint: enough to see whose world a corpus is.
  private static let families: [(style: String, title: String)] = [
    ("t1", "Latin"), ("t2", "Han"), ("t3", "Arabic"), ("t4", "Indic scripts"), ("t5", "programming languages"),
    ("t6", "other"),
  ]

  private static let indicScripts: Set<String> = [
    "Devanagari", "Bengali", "Tamil", "Malayalam", "Telugu", "Kannada", "Gurmukhi", "Gujarati", "Odia", "Oriya",
    "Sinhala",
  ]

  private static func family(_ language: ReportData.LanguageSummary) -> Int {
    if language.code.hasPrefix("code") { return 4 }
    if indicScripts.contains(language.script) { return 3 }
    return ["Latin", "Han", "Arabic"].firstIndex(of: language.script) ?? 5
  }

  private var usedFamilies: [[String: Any]] {
    let used = Set(languages.map(Self.family))
    return Self.families.indices.filter(used.contains).map {
      ["style": Self.families[$0].style, "family": Self.families[$0].title]
    }
  }

  private func treemap(_ frame: Treemap.Frame) -> Treemap {
    let total = Double(max(Saturating.sum(languages.map(\.bytesKept)), 1))
    // Areas under a thousandth are specks: they share one cell.
    let large = languages.filter { Double($0.bytesKept) / total >= 0.001 }
    let small = languages.filter { Double($0.bytesKept) / total < 0.001 && $0.bytesKept > 0 }
    func detail(_ bytes: Int) -> String { Quantity.bytes(bytes) + " · " + Quantity.percent(Double(bytes) / total) }
    var items = large.map { language in
      let code = language.code.hasPrefix("code-") ? String(language.code.dropFirst(5)) : language.code
      return Treemap.Item(
        name: Self.displayName(language), short: HTMLText.clipped(code, to: 12), detail: detail(language.bytesKept),
        value: Double(language.bytesKept), style: Self.families[Self.family(language)].style)
    }
    if !small.isEmpty {
      let bytes = Saturating.sum(small.map(\.bytesKept))
      items.append(
        .init(
          name: "\(small.count) smaller", short: "+\(small.count)", detail: detail(bytes), value: Double(bytes),
          style: "t6"))
    }
    let largest = languages.prefix(3).map { Self.displayName($0) + " " + Quantity.bytes($0.bytesKept) }
    return Treemap(
      items, summary: "Kept bytes by language as areas; the largest are " + largest.joined(separator: ", "),
      frame: frame)
  }

  /// What the picture cannot name in full, as a sentence below it.
  private func unnamed(_ treemap: Treemap) -> String {
    let names = treemap.unnamed.filter { !$0.short.hasPrefix("+") }.map {
      $0.name.hasPrefix($0.short) ? $0.name : "\($0.short) \($0.name)"
    }
    return names.isEmpty ? "" : "Too small for their names: " + names.joined(separator: ", ") + "."
  }

  /// Shares on a logarithmic axis: a dot for this corpus, a tick after sampling, a ring for ROOTS.
  private var shares: RowChart {
    let all = languages.flatMap { [$0.share, $0.sampledShare, $0.rootsShare] }.filter { $0 > 0 && $0.isFinite }
    let decades = min(max((-log10(all.min() ?? 0.1)).rounded(.up), 2), 8)
    func position(_ share: Double) -> Double { (log10(share) + decades) / decades }
    var chart = RowChart(style: "dots")
    for decade in 0...Int(decades) {
      let value = pow(10, Double(-decade))
      let label = decade < 3 ? Quantity.count(Int(value * 100)) : "0." + String(repeating: "0", count: decade - 3) + "1"
      chart.ticks.append((position(value), label + "%", decade.isMultiple(of: 4)))
    }
    for language in languages {
      let name = Self.displayName(language)
      var row = RowChart.Row(name: name, value: Quantity.percent(language.share), title: name)
      for (share, shape, what) in [
        (language.rootsShare, RowChart.Shape.ring, "in ROOTS"), (language.sampledShare, .tick, "after sampling"),
        (language.share, .dot, "of kept bytes"),
      ] where share > 0 && share.isFinite {
        let text = Quantity.percent(share) + " " + what
        row.marks.append(.init(at: position(share), shape: shape, title: name + ": " + text))
        row.title += ", " + text
      }
      chart.rows.append(row)
    }
    return chart
  }

  // MARK: What was removed

  var removed: [String: Any]? {
    guard !data.ledger.removed.isEmpty else { return nil }
    let ordered = data.ledger.removed.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    let shown = Array(ordered.prefix(ordered.count > 10 ? 9 : 10))
    let isRestShown = shown.count < ordered.count
    let rows: [[String: Any]] = languages.filter { $0.read > 0 }.map { language in
      var cells = shown.map { cell(language.removed[$0] ?? 0, of: language.read) }
      if isRestShown {
        let rest = language.removed.filter { !shown.contains($0.key) }.values.sorted()
        cells.append(cell(Saturating.sum(rest), of: language.read))
      }
      let total = Saturating.sum(language.removed.values.sorted())
      return ["name": Self.displayName(language), "total": share(total, language.read), "cells": cells]
    }
    return [
      "reasons": RowChart.bars(data.ledger.removed).markup,
      "headings": (shown.map(Self.words) + (isRestShown ? ["other"] : [])).map { ["heading": $0] },
      "hasRows": !rows.isEmpty && languages.contains { !$0.removed.isEmpty }, "rows": rows,
    ]
  }

  /// One cell of the table of losses, tinted in seven steps: each stands for three times the loss of the one before.
  private func cell(_ count: Int, of read: Int) -> [String: Any] {
    let part = ratio(count, read) ?? 0
    let steps = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3]
    return [
      "heat": "h\(count > 0 ? steps.filter { part >= $0 }.count : 0)",
      "loss": count > 0 ? Quantity.percent(part) : "", "documents": Quantity.count(count),
    ]
  }

  // MARK: Lengths

  var lengths: [String: Any]? {
    let shown = languages.filter { $0.lengthHistogram.contains { $0 > 0 } }
    guard !shown.isEmpty else { return nil }
    let bins = shown.flatMap { language in
      language.lengthHistogram.prefix(63).indices.filter { language.lengthHistogram[$0] > 0 }
    }
    let first = bins.min() ?? 0
    let last = bins.max() ?? 0
    let charts: [[String: Any]] = shown.map { language in
      let values = (first...last).map { $0 < language.lengthHistogram.count ? language.lengthHistogram[$0] : 0 }
      let median = first + Self.medianBin(values)
      let range = Self.byteRange(median)
      let chart = ColumnChart(
        values: values,
        summary: "\(Self.displayName(language)): half of the documents are no longer than \(range)",
        label: { Self.byteRange(first + $0) + ": " + Quantity.count(values[$0]) + " documents" })
      return ["name": Self.displayName(language), "note": "median " + range, "chart": chart.markup]
    }
    let quantiles = quantiles
    return [
      "hasQuantiles": !quantiles.isEmpty, "quantiles": quantiles,
      "charts": charts, "from": Quantity.bytes(1 << min(first, 62)), "to": Quantity.bytes(pow(2, Double(last + 1))),
    ]
  }

  private static func byteRange(_ bin: Int) -> String {
    let low = pow(2, Double(bin))
    return bin < 10
      ? "\(Int(low))–\(Int(low * 2) - 1) B" : Quantity.bytes(low) + "–" + Quantity.bytes(low * 2)
  }

  private static func medianBin(_ values: [Int]) -> Int {
    let half = Double(Saturating.sum(values)) / 2
    var seen = 0.0
    for (bin, value) in values.enumerated() {
      seen += Double(value)
      if seen >= half { return bin }
    }
    return 0
  }
}
