// The parts of the page that speak of the tokenizer and of what each language lost on its way to it.

import CorpusCore

extension ReportPage {
  private static let shownWorst = 10

  // MARK: Tokenizer

  /// Mean length of the entries in the order they were learned.
  var learning: String {
    RowChart.bars(
      (data.tokenizer?.learning ?? []).map { step in
        let last = Saturating.sum([step.first, step.entries, -1])
        return (
          Quantity.count(step.first) + "–" + Quantity.count(last), step.meanBytes,
          Quantity.decimal(step.meanBytes, places: 2) + " bytes"
        )
      }
    ).markup
  }

  /// Parts of scripts in the stretches of the vocabulary: columns by stretch, rows by script, most entries first.
  var learningRows: [[String: Any]] {
    let steps = data.tokenizer?.learning ?? []
    let scripts = (data.tokenizer?.entriesByScript ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return scripts.prefix(14).map { script, total in
      [
        "script": HTMLText.clipped(script, to: 40), "total": Quantity.count(total),
        "cells": steps.map { step -> [String: Any] in
          let count = step.entriesByScript[script] ?? 0
          let part = ratio(count, step.entries) ?? 0
          let heat = count > 0 ? [0.005, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5].filter { part >= $0 }.count : 0
          return ["heat": "h\(heat)", "part": count > 0 ? Quantity.percent(part) : "", "count": Quantity.count(count)]
        },
      ]
    }
  }

  var learningHeadings: [[String: Any]] {
    (data.tokenizer?.learning ?? []).map { ["from": Quantity.count($0.first)] }
  }

  /// The languages whose words take most tokens.
  var worst: [[String: Any]] {
    languages.filter { $0.tokensPerWord != nil && $0.words > 0 }
      .sorted { ($1.tokensPerWord ?? 0, $0.code) < ($0.tokensPerWord ?? 0, $1.code) }
      .prefix(Self.shownWorst)
      .map { language in
        [
          "name": Self.displayName(language), "script": HTMLText.clipped(language.script, to: 32),
          "fertility": Quantity.decimal(language.tokensPerWord ?? 0, places: 2),
          "bytesPerToken": language.bytesPerToken.map { Quantity.decimal($0, places: 2) } ?? "–",
          "words": Quantity.count(language.words), "tokens": Quantity.count(language.tokens),
        ]
      }
  }

  // MARK: Funnel

  /// One bar a language, of the documents read: kept, and what filters, exact and near deduplication removed, and what
  /// repeated lines left empty where that step ran.
  var funnel: [String: Any]? {
    let shown = languages.filter { (4...5).contains($0.funnel.count) && $0.read > 0 }
    guard !shown.isEmpty else { return nil }
    let styles = [
      ("removed by filters", "lost"), ("exact duplicates", "twin"), ("near duplicates", "akin"),
      ("nothing but repeated lines", "bare"),
    ]
    var chart = RowChart(style: "dots")
    for language in shown {
      let whole = Double(language.read)
      let left = language.funnel.map(\.documents)
      let name = Self.displayName(language)
      var row = RowChart.Row(name: name, value: share(language.kept, language.read), title: name)
      func add(from: Int, to: Int, _ what: String, _ style: String) {
        let documents = Saturating.difference(to, from)
        guard documents > 0 else { return }
        let text = "\(Quantity.count(documents)) \(what), \(share(documents, language.read))"
        row.segments.append(
          .init(from: Double(from) / whole, to: Double(to) / whole, style: style, title: name + ": " + text))
        row.title += "; " + text
      }
      add(from: 0, to: left[left.count - 1], "kept", "fill")
      for step in (1..<left.count).reversed() {
        add(from: left[step], to: left[step - 1], styles[step - 1].0, styles[step - 1].1)
      }
      chart.rows.append(row)
    }
    let rows: [[String: Any]] = shown.map { language in
      let left = language.funnel.map(\.documents)
      return [
        "name": Self.displayName(language),
        "steps": left.map { ["documents": Quantity.count($0), "share": share($0, language.read)] },
        "tokens": Quantity.count(language.tokens),
      ]
    }
    return ["chart": chart.markup, "rows": rows]
  }
}
