// Which split to follow: a published one with a scanner made by hand, or any list of rules.

/// A way to cut text into the pieces inside which byte pairs may merge.
public enum PreTokenizerKind: Sendable, Hashable {
  /// BLOOM's ` ?[^(\s|[.,!?…。，、।۔،])]+`, matches and gaps isolated (arXiv 2211.05100, section 3.2).
  case bloom
  /// GPT-2's split: contractions, letters, numbers, other signs, each with the space before it.
  case gpt2
  /// GPT-4's split, which is also Llama 3's: digits by threes, line ends with the signs before them.
  case cl100k
  /// GPT-4o's split: words also break where lower case turns to upper case.
  case o200k
  /// DeepSeek-V3's three steps: digits by threes, runs of Chinese characters and kana, then words and signs.
  case deepseek
  /// Any other sequence of splits.
  case rules([SplitRule])

  /// The published kinds.
  public static let published: [PreTokenizerKind] = [.bloom, .gpt2, .cl100k, .o200k, .deepseek]

  /// The kind called `name`, or, when no kind is called so, `name` taken as one regular expression whose matches are
  /// isolated. Throws `TokenizationFailure.unsupportedPart` for an expression that cannot be honoured exactly.
  public static func named(_ name: String) throws(TokenizationFailure) -> PreTokenizerKind {
    if let known = published.first(where: { $0.name == name }) { return known }
    return try PreTokenizerKind(rules: [SplitRule(pattern: .regex(name))])
  }

  /// The kind that cuts as `rules` do, applied in order, each to the pieces of the one before. Rules of a published
  /// kind give that kind. Throws `TokenizationFailure.unsupportedPart` for rules that cannot be honoured exactly.
  public init(rules: [SplitRule]) throws(TokenizationFailure) {
    let plain = rules.map(PublishedPattern.simplified)
    if let known = Self.published.first(where: { $0.rules == plain }) {
      self = known
      return
    }
    if PublishedPattern.scanner(plain) == nil { _ = try RegexSplit(rules: plain) }
    self = .rules(plain)
  }

  /// tiktoken's own cl100k, which differs from the one in tokenizer.json files where a text ends in white space with a
  /// line end in it: for `.tiktoken` files. A scanner made by hand.
  public static let tiktokenCL100K = PreTokenizerKind.rules([SplitRule(pattern: .regex(PublishedPattern.tiktoken))])

  /// The published name, or the expressions of the rules, separated by line ends.
  public var name: String {
    switch self {
    case .bloom: "bloom"
    case .gpt2: "gpt2"
    case .cl100k: "cl100k"
    case .o200k: "o200k"
    case .deepseek: "deepseek"
    case .rules(let rules):
      rules.map {
        switch $0.pattern {
        case .regex(let text), .literal(let text): text
        }
      }.joined(separator: "\n")
    }
  }

  /// The rules a tokenizer.json holds for this kind (GPT-2's are usually spelled `ByteLevel` with `use_regex`).
  public var rules: [SplitRule] {
    func isolated(_ patterns: String...) -> [SplitRule] { patterns.map { SplitRule(pattern: .regex($0)) } }
    switch self {
    case .bloom: return isolated(PublishedPattern.bloom)
    case .gpt2: return isolated(PublishedPattern.gpt2)
    case .cl100k: return isolated(PublishedPattern.cl100k)
    case .o200k: return isolated(PublishedPattern.o200k)
    case .deepseek:
      return isolated(PublishedPattern.digitsByThrees, PublishedPattern.chineseAndKana, PublishedPattern.deepseekWords)
    case .rules(let rules): return rules
    }
  }

  /// Whether text goes through the regular-expression library, which is many times slower: callers warn.
  public var isSlow: Bool {
    if case .rules(let rules) = self { return PublishedPattern.scanner(rules) == nil }
    return false
  }
}

/// Published kinds are coded by name, others as the list of their rules.
extension PreTokenizerKind: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let name = try? container.decode(String.self) {
      self = try .named(name)
    } else {
      self = try PreTokenizerKind(rules: try container.decode([SplitRule].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if case .rules(let rules) = self { try container.encode(rules) } else { try container.encode(name) }
  }
}
