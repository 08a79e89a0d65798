// The parts of the page that speak of the text itself: scripts, hosts, what repeats, how long documents are.

import CorpusCore

extension ReportPage {
  private static let shownHosts = 25
  private static let shownLines = 40
  private static let linesPerLanguage = 8
  private static let phraseLanguages = 24
  private static let shownPhrases = 10
  private static let shownItem = 160
  private static let printedLines = 15
  private static let printedPhraseLanguages = 6

  // MARK: Content

  var content: [String: Any]? {
    guard let content = data.content, content.documents > 0 else { return nil }
    var scripts: [String: Int] = [:]
    for language in content.languages {
      scripts.merge(language.scripts) { Saturating.sum([$0, $1]) }
    }
    let lines = repeatedLines(content)
    let phrases = content.languages.filter { !$0.phrases.entries.isEmpty }
    return [
      "sample": content.isSample
        ? "Measured in \(Quantity.count(content.documents)) documents (\(Quantity.bytes(content.bytes))) as they left "
          + "prepare, before duplicates were removed; of large input a sample, chosen by the texts' digests." : "",
      "hasScripts": !scripts.isEmpty, "scripts": RowChart.bars(scripts).markup,
      "hasHosts": !content.hosts.entries.isEmpty, "hosts": bars(content.hosts), "hostNote": note(content.hosts),
      "hasSources": !content.sources.entries.isEmpty, "sources": bars(content.sources),
      "sourceNote": note(content.sources),
      "hasLines": !lines.isEmpty, "lines": lines,
      "printLines": lines.count > Self.printedLines
        ? "In print the first \(Self.printedLines) of \(lines.count) lines; all are in report.json." : "",
      "printPhrases": phrases.count > Self.printedPhraseLanguages
        ? "In print the first \(Self.printedPhraseLanguages) of \(phrases.count) languages; all are in report.json."
        : "",
      "lineNote": errorNote(content.languages.map(\.lines.undercount).max() ?? 0),
      "hasPhrases": !phrases.isEmpty,
      "phrases": phrases.prefix(Self.phraseLanguages).map { language in
        [
          "language": name(of: language.code), "tag": Self.languageTag(language.code),
          "note": "of \(Quantity.roundCount(language.phrases.total)), \(bound(language.phrases.undercount))",
          "items": language.phrases.entries.prefix(Self.shownPhrases).map {
            ["text": HTMLText.clipped($0.text, to: Self.shownItem), "count": Quantity.count($0.count)]
          },
        ] as [String: Any]
      },
      "morePhrases": phrases.count > Self.phraseLanguages
        ? "\(phrases.count - Self.phraseLanguages) more languages in report.json" : "",
    ]
  }

  private func bars(_ list: ReportData.TopList) -> String {
    RowChart.bars(
      list.entries.prefix(Self.shownHosts).map { entry in
        (entry.text, Double(entry.count), Quantity.count(entry.count) + " · " + share(entry.count, list.total))
      }
    ).markup
  }

  private func note(_ list: ReportData.TopList) -> String {
    let shown = min(list.entries.count, Self.shownHosts)
    return "The first \(Quantity.count(shown)) of those that \(Quantity.roundCount(list.total)) documents name. "
      + errorNote(list.undercount)
  }

  private func errorNote(_ undercount: Int) -> String {
    undercount == 0
      ? "Counts are exact."
      : "Counts are lower bounds: each may be \(Quantity.count(undercount)) higher at most."
  }

  private func bound(_ undercount: Int) -> String {
    undercount == 0 ? "exact" : "up to \(Quantity.count(undercount)) more each"
  }

  /// The lines met most often, a few of each language so that one does not take all places.
  private func repeatedLines(_ content: ReportData.Content) -> [[String: Any]] {
    content.languages.flatMap { language in
      language.lines.entries.prefix(Self.linesPerLanguage).map { (language, $0) }
    }
    .sorted { ($1.1.count, $0.0.code, $0.1.text) < ($0.1.count, $1.0.code, $1.1.text) }
    .prefix(Self.shownLines)
    .map { language, entry in
      [
        "count": Quantity.count(entry.count), "language": name(of: language.code),
        "tag": Self.languageTag(language.code), "text": HTMLText.clipped(entry.text, to: Self.shownItem),
        "isCode": Language(code: language.code)?.isCode ?? false,
      ]
    }
  }

  // MARK: Lengths

  /// Rows of quantiles, of the languages that the page shows.
  var quantiles: [[String: Any]] {
    let known = Set(languages.map(\.code))
    return (data.content?.languages ?? []).filter { known.contains($0.code) && !$0.lengths.isEmpty }.map { language in
      func size(_ name: String) -> String { language.lengths[name].map { Quantity.bytes($0) } ?? "–" }
      return [
        "name": name(of: language.code), "documents": Quantity.count(language.documents), "minimum": size("minimum"),
        "p10": size("p10"), "p50": size("p50"), "p90": size("p90"), "p99": size("p99"), "maximum": size("maximum"),
      ]
    }
  }
}
