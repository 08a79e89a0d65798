// What a report is made of, and what report.json holds: counts that the stages wrote, and a bounded number of examples.
// Every property has a default, so that a partial run has a report too.

/// The contents of a report; encoded with stable snake_case keys.
public struct ReportData: Codable, Equatable, Sendable {
  /// The run or pipeline.
  public var name: String = ""
  /// The program's version.
  public var version: String = ""
  public var ledger: Ledger = Ledger()
  /// In running order.
  public var stages: [Stage] = []
  public var languages: [LanguageSummary] = []
  public var filters: [Filter] = []
  public var duplicates: Duplicates = Duplicates()
  public var repeatedLines: RepeatedLines?
  /// Documents by what decided their language: `labelled` by their record, `identified` as one of the 46, as an `other`
  /// language, `undetermined`.
  public var identification: [String: Int] = [:]
  /// Replacements by kind.
  public var redactions: [String: Int] = [:]
  /// Changes by kind.
  public var normalization: [String: Int] = [:]
  /// Lines that line rules took out, by rule, and documents that lost some.
  public var lineRules: [String: Int] = [:]
  public var tokenizer: Tokenizer?
  public var examples: [Example] = []
  /// The first 50.
  public var quarantine: [QuarantinedLine] = []
  /// Whether a run made it or a look at a corpus.
  public var kind: Kind = .run
  /// Filters measured one document in so many.
  public var filterSampling: Int = 1
  /// What the text is like.
  public var content: Content?

  public init() {}

  /// What a report is about.
  public enum Kind: String, Codable, Equatable, Sendable { case run, corpus }

  /// Documents and bytes of the whole run; `read` is `kept` plus all of `removed` plus `quarantined`.
  public struct Ledger: Codable, Equatable, Sendable {
    public var read: Int = 0
    public var kept: Int = 0
    /// Documents by drop reason, duplicates included.
    public var removed: [String: Int] = [:]
    /// Lines that were no documents.
    public var quarantined: Int = 0
    public var balanced: Bool = true
    public var bytesRead: Int = 0
    public var bytesKept: Int = 0

    public init() {}
  }

  /// What went through one stage and what that cost.
  public struct Stage: Codable, Equatable, Sendable {
    public var name: String = ""
    public var units: Int = 0
    public var documentsIn: Int = 0
    public var documentsOut: Int = 0
    public var bytesIn: Int = 0
    public var bytesOut: Int = 0
    /// Wall clock.
    public var seconds: Double = 0
    /// User and system, all threads; 0 when it is not known.
    public var processorSeconds: Double = 0
    public var peakMemoryBytes: Int = 0
    public var workers: Int = 0

    public init() {}
  }

  /// One language of the run.
  public struct LanguageSummary: Codable, Equatable, Sendable {
    public var code: String = ""
    public var name: String = ""
    public var script: String = ""
    /// Documents.
    public var read: Int = 0
    /// Documents.
    public var kept: Int = 0
    /// Documents by drop reason.
    public var removed: [String: Int] = [:]
    public var quarantined: Int = 0
    public var bytesRead: Int = 0
    public var bytesKept: Int = 0
    /// Unicode scalars of the kept text.
    public var characters: Int = 0
    /// Of the kept text.
    public var words: Int = 0
    /// Of the kept text.
    public var tokens: Int = 0
    /// Of all kept bytes, 0...1.
    public var share: Double = 0
    /// After alpha sampling for the tokenizer, 0...1; 0 when it was not sampled.
    public var sampledShare: Double = 0
    /// Of the natural languages of ROOTS, 0...1; 0 when it is not one of them.
    public var rootsShare: Double = 0
    /// Documents left after each step that removes some, in order.
    public var funnel: [Step] = []
    /// Kept documents by floor(log2(bytes)): element 5 counts those of 32...63 bytes.
    public var lengthHistogram: [Int] = []

    public init() {}
  }

  /// A step of a language's funnel.
  public struct Step: Codable, Equatable, Sendable {
    public var name: String = ""
    public var documents: Int = 0

    public init() {}
  }

  /// The values one filter saw in one language, and where it cut.
  public struct Filter: Codable, Equatable, Sendable {
    public var name: String = ""
    /// A language code; empty for all languages.
    public var language: String = ""
    public var threshold: Double = 0
    /// Which side of the threshold is allowed.
    public var side: Side = .minimum
    public var removed: Int = 0
    /// Documents in equal bins from `lower` to `upper`, equal in log2 when `isLogarithmic`.
    public var histogram: [Int] = []
    public var lower: Double = 0
    public var upper: Double = 1
    public var isLogarithmic: Bool = false

    public init() {}
  }

  /// The side of a threshold that is allowed.
  public enum Side: String, Codable, Equatable, Sendable { case minimum, maximum }

  /// How many duplicate clusters hold `size` documents: from 128 on, but for the largest, up to 1/64 more.
  public struct ClusterSize: Codable, Equatable, Sendable {
    public var size: Int = 0
    public var clusters: Int = 0

    public init() {}
  }

  /// A kept document and one removed as its near duplicate; texts are cut to 600 characters when drawn.
  public struct DuplicatePair: Codable, Equatable, Sendable {
    public var language: String = ""
    /// Verified Jaccard similarity, 0...1.
    public var similarity: Double = 0
    public var keptId: String = ""
    public var removedId: String = ""
    public var keptText: String = ""
    public var removedText: String = ""

    public init() {}
  }

  /// What deduplication found.
  public struct Duplicates: Codable, Equatable, Sendable {
    public var exactRemoved: Int = 0
    public var nearRemoved: Int = 0
    public var clusterSizes: [ClusterSize] = []
    public var pairs: [DuplicatePair] = []

    public init() {}
  }

  /// The trained tokenizer.
  public struct Tokenizer: Codable, Equatable, Sendable {
    public var vocabularySize: Int = 0
    public var merges: Int = 0
    public var trainedBytes: Int = 0
    public var distinctPieces: Int = 0
    /// Literal special tokens met in the text.
    public var specialTokensInText: Int = 0
    public var longestTokens: [String] = []
    /// Tokens of the encoded text, by the script of its language.
    public var tokensByScript: [String: Int] = [:]
    /// Vocabulary entries by the script of their letters.
    public var entriesByScript: [String: Int] = [:]
    /// The vocabulary in twelve equal stretches, in the order its entries were learned.
    public var learning: [LearningStep] = []

    public init() {}
  }

  /// Entries that were learned one after another.
  public struct LearningStep: Codable, Equatable, Sendable {
    /// The first entry's id.
    public var first: Int = 0
    public var entries: Int = 0
    /// Mean length of an entry.
    public var meanBytes: Double = 0
    public var longestBytes: Int = 0
    public var entriesByScript: [String: Int] = [:]

    public init() {}
  }

  /// One document kept, or removed for `reason`; the text is cut to 600 characters when drawn.
  public struct Example: Codable, Equatable, Sendable {
    public var language: String = ""
    /// `kept` or a drop reason.
    public var reason: String = "kept"
    /// What the filter measured.
    public var value: Double?
    public var threshold: Double?
    public var id: String = ""
    public var text: String = ""

    public init() {}
  }

  /// A line that was no document, by its place.
  public struct QuarantinedLine: Codable, Equatable, Sendable {
    public var shard: String = ""
    /// From 1.
    public var line: Int = 0
    /// Byte offset in the decompressed shard, from 0.
    public var offset: Int = 0
    public var reason: String = ""

    public init() {}
  }
}
