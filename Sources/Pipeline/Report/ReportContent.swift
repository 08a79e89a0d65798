// The part of a report that speaks of the text itself: lengths, scripts, hosts, and what is said over and over. All of it
// comes from sketches, so each list carries how far its counts may be off.
import TextProcessing

extension ReportData {
  /// The most frequent of some kind of item.
  public struct TopList: Codable, Equatable, Sendable {
    public struct Entry: Codable, Equatable, Sendable {
      public var text: String = ""
      /// At least so often; at most `undercount` times more.
      public var count: Int = 0

      public init() {}
    }
    public var entries: [Entry] = []
    /// Occurrences of everything, listed or not.
    public var total: Int = 0
    /// What a count may be too low by, and how often an item that is not listed may have been met at most (Misra and
    /// Gries); 0 when counts are exact.
    public var undercount: Int = 0

    enum CodingKeys: String, CodingKey { case entries, total, undercount }

    public init() {}
  }

  /// The text of one language.
  public struct LanguageContent: Codable, Equatable, Sendable {
    public var code: String = ""
    public var documents: Int = 0
    public var bytes: Int = 0
    /// Bytes of a document: `minimum`, `p10`, `p50`, `p90`, `p99`, `maximum`; quantiles within 1/128 of themselves.
    public var lengths: [String: Int] = [:]
    /// Characters.
    public var scripts: [String: Int] = [:]
    public var lines: TopList = TopList()
    public var phrases: TopList = TopList()

    enum CodingKeys: String, CodingKey { case code, documents, bytes, lengths, scripts, lines, phrases }

    public init() {}
  }

  /// The text of the corpus, or of a sample of its documents.
  public struct Content: Codable, Equatable, Sendable {
    public var documents: Int = 0
    public var bytes: Int = 0
    /// Whether this is a part of the documents only.
    public var isSample: Bool = false
    /// Documents by host of their address, and by source.
    public var hosts: TopList = TopList()
    public var sources: TopList = TopList()
    /// Largest first.
    public var languages: [LanguageContent] = []

    public init() {}
  }
}

extension ReportData.Content {
  private static let shownHosts = 100
  private static let shownItems = 20

  /// What a profile says, its lists cut to what a reader looks at.
  init(_ profile: CorpusProfile, isSample: Bool) {
    self.init()
    documents = profile.documents
    bytes = profile.bytes
    self.isSample = isSample
    hosts = .init(profile.hosts, count: Self.shownHosts)
    sources = .init(profile.sources, count: Self.shownHosts)
    languages = profile.languages.map { code, profile in
      var language = ReportData.LanguageContent()
      language.code = code
      language.documents = profile.documents
      language.bytes = profile.bytes
      if profile.documents > 0 {
        language.lengths = ["minimum": profile.lengths.minimum, "maximum": profile.lengths.maximum]
        for (name, part) in [("p10", 0.1), ("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
          language.lengths[name] = profile.lengths.quantile(part)
        }
      }
      language.scripts = profile.scripts
      // Once is not over and over.
      language.lines = .init(profile.lines, count: Self.shownItems, minimum: 2)
      language.phrases = .init(profile.phrases, count: Self.shownItems, minimum: 2)
      return language
    }.sorted { ($1.bytes, $0.code) < ($0.bytes, $1.code) }
  }
}

extension ReportData.TopList {
  init(_ items: FrequentItems, count: Int, minimum: Int = 1) {
    self.init()
    total = items.total
    undercount = items.undercount
    entries = items.entries.prefix(count).filter { $0.count >= minimum }.map {
      var entry = Entry()
      entry.text = $0.text
      entry.count = $0.count
      return entry
    }
  }
}

extension ReportData {
  /// Histograms as reports have them: one entry a threshold.
  static func filters(_ tallies: FilterTallies) -> [Filter] {
    tallies.languages.sorted { $0.key < $1.key }.flatMap { language, tallies in
      tallies.flatMap { tally -> [Filter] in
        [(tally.minimum, Side.minimum, tally.removedBelow), (tally.maximum, .maximum, tally.removedAbove)]
          .compactMap { threshold, side, removed in
            guard let threshold, tally.counts.contains(where: { $0 > 0 }) else { return nil }
            var filter = Filter()
            filter.name = tally.name
            filter.language = language
            filter.threshold = threshold
            filter.side = side
            filter.removed = removed
            filter.histogram = tally.counts
            filter.lower = tally.lower
            filter.upper = tally.upper
            filter.isLogarithmic = tally.isLogarithmic
            return filter
          }
      }
    }
  }
}
