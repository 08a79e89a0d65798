// What a corpus looks like from inside: how long its documents are, in which scripts, from which hosts, and what it says
// over and over. Everything here is a sketch: its size depends on the number of languages and not on that of documents.

/// One language's text.
public struct LanguageProfile: Sendable, Equatable, Codable {
  public var documents = 0
  public var bytes = 0
  /// Bytes of a document.
  public var lengths = QuantileSketch()
  /// Characters by script; digits, white space and symbols apart.
  public var scripts: [String: Int] = [:]
  /// Lines of 12 bytes or more, cut to 160 bytes, white space around them left out.
  public var lines = FrequentItems()
  /// Three words in a row, or six characters of a script that parts no words.
  public var phrases = FrequentItems()

  public init() {}

  enum CodingKeys: String, CodingKey { case documents, bytes, lengths, scripts, lines, phrases }
}

/// A corpus, or some part of one.
public struct CorpusProfile: Sendable, Equatable, Codable {
  /// How many different items a merged profile holds, of a kind and a language.
  static let lineCapacity = 256
  static let phraseCapacity = 512
  static let hostCapacity = 2048

  public var languages: [String: LanguageProfile] = [:]
  /// Documents by the host of their address; those without one are not counted.
  public var hosts = FrequentItems()
  /// Documents by what their record names as its source.
  public var sources = FrequentItems()

  public init() {}

  public var documents: Int { languages.values.reduce(0) { $0 + $1.documents } }
  public var bytes: Int { languages.values.reduce(0) { $0 + $1.bytes } }

  public mutating func merge(_ other: CorpusProfile) {
    for (code, language) in other.languages {
      var sum = languages[code] ?? LanguageProfile()
      sum.documents += language.documents
      sum.bytes += language.bytes
      sum.lengths.merge(language.lengths)
      sum.scripts.merge(language.scripts, uniquingKeysWith: +)
      sum.lines.merge(language.lines, capacity: Self.lineCapacity)
      sum.phrases.merge(language.phrases, capacity: Self.phraseCapacity)
      languages[code] = sum
    }
    hosts.merge(other.hosts, capacity: Self.hostCapacity)
    sources.merge(other.sources, capacity: Self.hostCapacity)
  }

  /// Profiles of numbered parts, to be merged in any order.
  public static var merging: OrderedMerge<CorpusProfile> { OrderedMerge { $0.merge($1) } }
}
