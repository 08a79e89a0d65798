// Two finished runs side by side: what a new filter, threshold or tokenizer changed, by language and drop reason.

/// Counts of run A, of run B and their difference. Made of what the reports hold; reads no text.
public struct RunComparison: Encodable, Equatable, Sendable {
  /// One count in both runs.
  public struct Change: Encodable, Equatable, Sendable {
    public var before: Int
    public var after: Int
    /// `after` less `before`.
    public var difference: Int { after - before }

    enum CodingKeys: String, CodingKey { case before = "a", after = "b", difference }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(before, forKey: .before)
      try container.encode(after, forKey: .after)
      try container.encode(difference, forKey: .difference)
    }
  }

  /// One ratio in both runs; null where a run counted nothing.
  public struct Ratio: Encodable, Equatable, Sendable {
    public var before: Double?
    public var after: Double?

    enum CodingKeys: String, CodingKey { case before = "a", after = "b" }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(before, forKey: .before)
      try container.encode(after, forKey: .after)
    }
  }

  /// One language, or the whole run. A language that one run lacks counts zero there.
  public struct Row: Encodable, Equatable, Sendable {
    /// Documents.
    public var read: Change
    /// Documents.
    public var kept: Change
    /// UTF-8 bytes of kept text.
    public var bytesKept: Change
    /// Of the kept text; zero when the run encoded nothing.
    public var tokens: Change
    /// Tokens a word of the kept text.
    public var fertility: Ratio
    /// UTF-8 bytes of kept text a token.
    public var bytesPerToken: Ratio
    /// Documents by drop reason.
    public var removed: [String: Change]

    enum CodingKeys: String, CodingKey {
      case read, kept, tokens, fertility, removed
      case bytesKept = "bytes_kept"
      case bytesPerToken = "bytes_per_token"
    }
  }

  /// The directories, as they were named.
  public var before: String
  public var after: String
  public var total: Row
  public var languages: [String: Row]
  public var quarantined: Change

  enum CodingKeys: String, CodingKey {
    case total, languages, quarantined
    case before = "a"
    case after = "b"
  }

  /// O(languages times reasons).
  public init(_ before: ReportData, named beforeName: String, _ after: ReportData, named afterName: String) {
    self.before = beforeName
    self.after = afterName
    let old = Dictionary(before.languages.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
    let new = Dictionary(after.languages.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
    languages = [:]
    for code in Set(old.keys).union(new.keys) {
      languages[code] = Row(Self.tally(old[code]), Self.tally(new[code]))
    }
    total = Row(Self.tally(before), Self.tally(after))
    quarantined = Change(before: before.ledger.quarantined, after: after.ledger.quarantined)
  }

  fileprivate struct Tally {
    var read = 0
    var kept = 0
    var bytesKept = 0
    var tokens = 0
    var words = 0
    var removed: [String: Int] = [:]
  }

  private static func tally(_ language: ReportData.LanguageSummary?) -> Tally {
    guard let language else { return Tally() }
    return Tally(
      read: language.read, kept: language.kept, bytesKept: language.bytesKept, tokens: language.tokens,
      words: language.words, removed: language.removed)
  }

  /// The ledger's own sums, which hold lines in quarantine too, with the tokens and words of all languages.
  private static func tally(_ data: ReportData) -> Tally {
    Tally(
      read: data.ledger.read, kept: data.ledger.kept, bytesKept: data.ledger.bytesKept,
      tokens: data.languages.reduce(0) { $0 + $1.tokens }, words: data.languages.reduce(0) { $0 + $1.words },
      removed: data.ledger.removed)
  }
}

extension RunComparison.Row {
  fileprivate init(_ old: RunComparison.Tally, _ new: RunComparison.Tally) {
    read = RunComparison.Change(before: old.read, after: new.read)
    kept = RunComparison.Change(before: old.kept, after: new.kept)
    bytesKept = RunComparison.Change(before: old.bytesKept, after: new.bytesKept)
    tokens = RunComparison.Change(before: old.tokens, after: new.tokens)
    fertility = RunComparison.Ratio(
      before: Self.ratio(old.tokens, old.words), after: Self.ratio(new.tokens, new.words))
    bytesPerToken = RunComparison.Ratio(
      before: Self.ratio(old.bytesKept, old.tokens), after: Self.ratio(new.bytesKept, new.tokens))
    removed = [:]
    for reason in Set(old.removed.keys).union(new.removed.keys) {
      removed[reason] = RunComparison.Change(before: old.removed[reason] ?? 0, after: new.removed[reason] ?? 0)
    }
  }

  /// Rounded to four decimals; nil where either count is zero.
  private static func ratio(_ count: Int, _ unit: Int) -> Double? {
    guard count > 0, unit > 0 else { return nil }
    return (Double(count) / Double(unit) * 10_000).rounded() / 10_000
  }
}
