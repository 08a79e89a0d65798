// The page's contents in the order the eye meets them; the template only sets them. Every text reaches the template as
// plain text and is escaped there; the charts are markup made here, with their texts escaped by HTMLText.

import CorpusCore

/// The template's view of a report.
struct ReportPage {
  let data: ReportData
  /// Largest first, by kept bytes, then by code.
  let languages: [ReportData.LanguageSummary]

  init(_ data: ReportData) {
    self.data = data
    languages = data.languages.sorted { ($1.bytesKept, $0.code) < ($0.bytesKept, $1.code) }
  }

  var context: [String: Any] {
    let sections: [(id: String, title: String, content: [String: Any]?)] = [
      ("overview", "Overview", overview),
      ("stages", "Stages", stages),
      ("languages", "Languages", languageSection),
      ("removed", "Removed", removed),
      ("filters", "Filters", filters),
      ("duplicates", "Duplicates", duplicates),
      ("repeatedLines", "Repeated lines", repeatedLines),
      ("changes", "Changes", changes),
      ("tokenizer", "Tokenizer", tokenizer),
      ("lengths", "Lengths", lengths),
      ("content", "Text", content),
      ("examples", "Examples", examples),
      ("quarantine", "Quarantine", quarantine),
    ]
    var context: [String: Any] = [
      "title": HTMLText.clipped(data.name.isEmpty ? "Corpus" : data.name, to: 120),
      "version": HTMLText.clipped(data.version, to: 40),
      "isRun": data.kind == .run,
      "treemapSteps": (Treemap.Frame.desk.steps + Treemap.Frame.phone.steps).sorted().map { ["from": $0] },
      "contents": sections.filter { $0.content != nil }.map { ["id": $0.id, "title": $0.title] },
    ]
    for section in sections { context[section.id] = section.content ?? false }
    return context
  }

  /// The name to show for a language code.
  func name(of code: String) -> String {
    if code.isEmpty { return "all languages" }
    let name = languages.first { $0.code == code }.map(Self.displayName)
    return HTMLText.clipped(name ?? code, to: 60)
  }

  static func displayName(_ language: ReportData.LanguageSummary) -> String {
    HTMLText.clipped(language.name.isEmpty ? language.code : language.name, to: 60)
  }

  static func words(_ reason: String) -> String { HTMLText.clipped(reason.replacing("_", with: " "), to: 60) }

  // MARK: Overview

  private var overview: [String: Any] {
    let ledger = data.ledger
    let removed = Saturating.sum(ledger.removed.values.sorted())
    let isBalanced = ledger.balanced && ledger.unaccounted == 0
    return [
      "facts": data.kind == .corpus ? corpusFacts : runFacts,
      "documentsRead": Quantity.roundCount(ledger.read),
      "bytesRead": Quantity.bytes(ledger.bytesRead),
      "documentsKept": Quantity.roundCount(ledger.kept),
      "bytesKept": Quantity.bytes(ledger.bytesKept),
      "bar": fateBar(removed: removed).markup,
      "read": Quantity.count(ledger.read), "kept": Quantity.count(ledger.kept), "removed": Quantity.count(removed),
      "quarantined": Quantity.count(ledger.quarantined),
      "keptShare": share(ledger.kept, ledger.read), "removedShare": share(removed, ledger.read),
      "quarantinedShare": share(ledger.quarantined, ledger.read),
      "isBalanced": isBalanced, "unaccounted": Quantity.count(ledger.unaccounted),
    ]
  }

  private var runFacts: [[String: Any]] {
    let ledger = data.ledger
    let tokens = Saturating.sum(languages.map(\.tokens))
    var facts: [[String: Any]] = [
      ["label": "Documents kept", "value": Quantity.roundCount(ledger.kept), "note": share(ledger.kept, ledger.read)],
      [
        "label": "Text kept", "value": Quantity.bytes(ledger.bytesKept),
        "note": share(ledger.bytesKept, ledger.bytesRead),
      ],
    ]
    if tokens > 0 {
      let note = ratio(Saturating.sum(languages.map(\.bytesKept)), tokens).map {
        Quantity.decimal($0, places: 2) + " bytes each"
      }
      facts.append(["label": "Tokens", "value": Quantity.roundCount(tokens), "note": note ?? ""])
    }
    if !languages.isEmpty {
      let scripts = Set(languages.map(\.script)).subtracting([""]).count
      facts.append([
        "label": "Languages", "value": Quantity.count(languages.count),
        "note": scripts > 1 ? "\(scripts) scripts" : "",
      ])
    }
    if let tokenizer = data.tokenizer {
      facts.append([
        "label": "Vocabulary", "value": Quantity.count(tokenizer.vocabularySize),
        "note": Quantity.roundCount(tokenizer.merges) + " merges",
      ])
    }
    let seconds = data.stages.reduce(0) { $0 + $1.seconds }
    if seconds > 0 {
      let peak = data.stages.map(\.peakMemoryBytes).max() ?? 0
      facts.append([
        "label": "Wall clock", "value": Quantity.duration(seconds),
        "note": peak > 0 ? "at most " + Quantity.bytes(peak) + " of memory" : "",
      ])
    }
    return facts
  }

  private var corpusFacts: [[String: Any]] {
    let ledger = data.ledger
    let characters = Saturating.sum(languages.map(\.characters))
    return [
      [
        "label": "Documents", "value": Quantity.roundCount(ledger.kept),
        "note": ratio(ledger.bytesKept, ledger.kept).map { Quantity.bytes($0) + " on average" } ?? "",
      ],
      [
        "label": "Text", "value": Quantity.bytes(ledger.bytesKept),
        "note": Quantity.roundCount(characters) + " characters",
      ],
      [
        "label": "Words", "value": Quantity.roundCount(Saturating.sum(languages.map(\.words))),
        "note": "stretches between white space",
      ],
      [
        "label": "Unreadable records", "value": Quantity.count(ledger.quarantined),
        "note": share(ledger.quarantined, ledger.read),
      ],
    ]
  }

  private func fateBar(removed: Int) -> RowChart {
    let ledger = data.ledger
    var chart = RowChart(style: "wide")
    var row = RowChart.Row(name: "", value: "", title: "")
    var position = 0.0
    for (count, name, style) in [
      (ledger.kept, "kept", "fill"), (removed, "removed", "lost"), (ledger.quarantined, "quarantined", "ink"),
    ] {
      let width = ratio(count, ledger.read) ?? 0
      let title = "\(Quantity.count(count)) \(name), \(Quantity.percent(width))"
      row.segments.append(.init(from: position, to: position + width, style: style, title: title))
      row.title += (row.title.isEmpty ? "" : "; ") + title
      position += width
    }
    chart.rows = [row]
    return chart
  }

  func share(_ part: Int, _ whole: Int) -> String { ratio(part, whole).map(Quantity.percent) ?? "" }

  // MARK: Stages

  private var stages: [String: Any]? {
    guard !data.stages.isEmpty else { return nil }
    let largest = max(data.stages.map { max($0.documentsIn, $0.documentsOut) }.max() ?? 0, 1)
    var chart = RowChart(style: "tall")
    for stage in data.stages {
      let lost = Saturating.difference(stage.documentsIn, stage.documentsOut)
      let kept = Double(stage.documentsOut) / Double(largest)
      let change = lost == 0 || stage.documentsIn == 0 ? "" : " · −" + share(lost, stage.documentsIn)
      let name = Self.words(stage.name)
      chart.rows.append(
        .init(
          name: name, value: Quantity.roundCount(stage.documentsOut) + change,
          title:
            "\(name): \(Quantity.count(stage.documentsIn)) documents in, \(Quantity.count(stage.documentsOut)) out",
          segments: [
            .init(from: 0, to: kept, style: "fill", title: Quantity.count(stage.documentsOut) + " documents out"),
            .init(
              from: kept, to: Double(stage.documentsIn) / Double(largest), style: "lost",
              title: Quantity.count(lost) + " documents removed"),
          ]))
    }
    let rows: [[String: Any]] = data.stages.map { stage in
      [
        "name": Self.words(stage.name), "units": Quantity.count(stage.units),
        "documentsIn": Quantity.count(stage.documentsIn), "documentsOut": Quantity.count(stage.documentsOut),
        "bytesIn": Quantity.bytes(stage.bytesIn), "bytesOut": Quantity.bytes(stage.bytesOut),
        "time": Quantity.duration(stage.seconds),
        "speed": stage.bytesPerSecond.map { Quantity.bytes($0) + "/s" } ?? "–",
        "memory": stage.peakMemoryBytes > 0 ? Quantity.bytes(stage.peakMemoryBytes) : "–",
        "workers": Quantity.count(stage.workers),
        "cores": stage.processorSeconds > 0 && stage.seconds > 0
          ? "\((stage.processorSeconds / stage.seconds * 10).rounded() / 10)" : "–",
      ]
    }
    let funnel = funnel
    return [
      "chart": chart.markup, "rows": rows, "hasFunnel": funnel != nil, "funnel": funnel?["chart"] ?? "",
      "funnelRows": funnel?["rows"] ?? [[String: Any]](), "hasRepeated": data.repeatedLines != nil,
    ]
  }

  // MARK: Changes, tokenizer

  private var changes: [String: Any]? {
    let shown = [data.redactions, data.normalization, data.identification, data.lineRules]
    guard shown.contains(where: { !$0.isEmpty }) else { return nil }
    return [
      "hasRedactions": !data.redactions.isEmpty, "redactions": RowChart.bars(data.redactions).markup,
      "hasNormalization": !data.normalization.isEmpty, "normalization": RowChart.bars(data.normalization).markup,
      "hasIdentification": !data.identification.isEmpty,
      "identification": RowChart.bars(data.identification).markup,
      "hasLineRules": !data.lineRules.isEmpty, "lineRules": RowChart.bars(data.lineRules).markup,
    ]
  }

  /// Of the longest tokens those that need no click.
  private static let openTokens = 20

  private var tokenizer: [String: Any]? {
    let fertility = languages.filter { $0.tokensPerWord != nil }
      .sorted { ($1.tokensPerWord ?? 0, $0.code) < ($0.tokensPerWord ?? 0, $1.code) }
    let compression = languages.filter { $0.bytesPerToken != nil }
      .sorted { ($1.bytesPerToken ?? 0, $0.code) < ($0.bytesPerToken ?? 0, $1.code) }
    guard data.tokenizer != nil || !compression.isEmpty else { return nil }
    let facts: [[String: Any]] =
      data.tokenizer.map { tokenizer in
        [
          ["label": "Vocabulary", "value": Quantity.count(tokenizer.vocabularySize)],
          ["label": "Merges", "value": Quantity.count(tokenizer.merges)],
          ["label": "Trained on", "value": Quantity.bytes(tokenizer.trainedBytes)],
          ["label": "Distinct pieces", "value": Quantity.count(tokenizer.distinctPieces)],
          ["label": "Special tokens in the text", "value": Quantity.count(tokenizer.specialTokensInText)],
        ]
      } ?? []
    let longest = (data.tokenizer?.longestTokens ?? []).prefix(60).map { HTMLText.clipped($0, to: 80) }
    let scripts = data.tokenizer?.tokensByScript ?? [:]
    return [
      "facts": facts,
      "hasScripts": !scripts.isEmpty, "scripts": RowChart.bars(scripts).markup,
      "hasEntries": data.tokenizer?.entriesByScript.isEmpty == false,
      "entries": RowChart.bars(data.tokenizer?.entriesByScript ?? [:]).markup,
      "hasLearning": data.tokenizer?.learning.isEmpty == false, "learning": learning, "learningRows": learningRows,
      "learningHeadings": learningHeadings, "worst": worst,
      "hasLongest": !longest.isEmpty, "longest": longest.prefix(Self.openTokens).map { ["token": $0] },
      "hasMoreLongest": longest.count > Self.openTokens,
      "moreLongestCount": Quantity.count(max(0, longest.count - Self.openTokens)),
      "moreLongest": longest.dropFirst(Self.openTokens).map { ["token": $0] },
      "hasFertility": !fertility.isEmpty,
      "fertility": RowChart.bars(
        fertility.map {
          (Self.displayName($0), $0.tokensPerWord ?? 0, Quantity.decimal($0.tokensPerWord ?? 0, places: 2))
        },
        style: "two"
      ).markup,
      "hasCompression": !compression.isEmpty,
      "compression": RowChart.bars(
        compression.map {
          (Self.displayName($0), $0.bytesPerToken ?? 0, Quantity.decimal($0.bytesPerToken ?? 0, places: 2))
        },
        style: "two"
      ).markup,
    ]
  }
}
