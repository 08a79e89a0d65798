// The part of a report that says which lines or paragraphs went because they stand in the text over and over.

extension ReportData {
  /// What the step deduplicate_lines took out.
  public struct RepeatedLines: Codable, Equatable, Sendable {
    /// `line` or `paragraph`.
    public var unit: String = ""
    /// Occurrences from which one goes.
    public var minimumCount: Int = 0
    /// Different ones that are repeated.
    public var distinct: Int = 0
    /// Most bytes first.
    public var languages: [LanguageLoss] = []
    /// The most frequent, a few of each language; a text counts where it stands first.
    public var entries: [Entry] = []

    public init() {}

    /// What one language lost.
    public struct LanguageLoss: Codable, Equatable, Sendable {
      public var code: String = ""
      public var segments: Int = 0
      public var bytes: Int = 0
      /// Documents that lost something and stay, and those of which too little was left.
      public var changed: Int = 0
      public var removed: Int = 0

      public init() {}
    }

    public struct Entry: Codable, Equatable, Sendable {
      public var language: String = ""
      public var count: Int = 0
      public var text: String = ""

      public init() {}
    }

    enum CodingKeys: String, CodingKey {
      case unit, distinct, languages, entries
      case minimumCount = "minimum_count"
    }
  }

  /// nil without the step. `cut` has one entry for each language.
  static func repeatedLines(_ cut: [CutCounts]?, step: DeduplicateLinesConfiguration?) -> RepeatedLines? {
    guard let cut, let step else { return nil }
    var lines = RepeatedLines()
    lines.unit = step.unit.rawValue
    lines.minimumCount = step.minimumCount
    lines.distinct = cut.reduce(0) { $0 + $1.repeatedSegments }
    for counts in cut {
      var loss = RepeatedLines.LanguageLoss()
      loss.code = counts.language
      loss.segments = counts.removedSegments
      loss.bytes = counts.removedBytes
      loss.changed = counts.changed
      loss.removed = counts.removed
      lines.languages.append(loss)
      for segment in counts.mostRepeated {
        var entry = RepeatedLines.Entry()
        entry.language = counts.language
        entry.count = segment.count
        entry.text = segment.text
        lines.entries.append(entry)
      }
    }
    lines.languages.sort { ($1.bytes, $0.code) < ($0.bytes, $1.code) }
    lines.entries.sort { ($1.count, $0.language, $0.text) < ($0.count, $1.language, $1.text) }
    return lines
  }
}

extension ReportPage {
  private static let shownLines = 40
  private static let shownItem = 160

  var repeatedLines: [String: Any]? {
    guard let lines = data.repeatedLines else { return nil }
    let shown = lines.languages.filter { $0.segments > 0 }
    return [
      "unit": lines.unit == "paragraph" ? "Paragraphs" : "Lines", "minimumCount": Quantity.count(lines.minimumCount),
      "distinct": Quantity.count(lines.distinct),
      "segments": Quantity.count(Saturating.sum(lines.languages.map(\.segments))),
      "bytes": Quantity.bytes(Saturating.sum(lines.languages.map(\.bytes))),
      "changed": Quantity.count(Saturating.sum(lines.languages.map(\.changed))),
      "removed": Quantity.count(Saturating.sum(lines.languages.map(\.removed))),
      "hasRows": !shown.isEmpty,
      "rows": shown.map { loss in
        [
          "name": name(of: loss.code), "segments": Quantity.count(loss.segments), "bytes": Quantity.bytes(loss.bytes),
          "changed": Quantity.count(loss.changed), "removed": Quantity.count(loss.removed),
        ]
      },
      "hasLines": !lines.entries.isEmpty,
      "lines": lines.entries.prefix(Self.shownLines).map { entry in
        [
          "count": Quantity.count(entry.count), "language": name(of: entry.language),
          "tag": Self.languageTag(entry.language), "text": HTMLText.clipped(entry.text, to: Self.shownItem),
        ]
      },
    ]
  }
}
