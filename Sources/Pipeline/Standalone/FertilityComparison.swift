// What `xylem tokenizer fertility` found: by language, what each tokenizer makes of the same text.
import Foundation
import Tokenization

/// In which order languages are shown.
public enum FertilityOrder: String, Sendable, CaseIterable {
  /// Largest difference to the first tokenizer first; of one tokenizer, most tokens a word first.
  case worst
  case name
}

/// Counts and ratios by language. Codes as keys; ratios are rounded to four decimals, null where nothing was counted.
public struct FertilityComparison: Encodable, Sendable {
  public struct Tokenizer: Encodable, Sendable {
    public var name: String
    public var vocabularySize: Int
    public var preTokenizer: String

    enum CodingKeys: String, CodingKey {
      case name
      case vocabularySize = "vocabulary_size"
      case preTokenizer = "pre_tokenizer"
    }

    init(_ tokenizer: NamedTokenizer) {
      name = tokenizer.name
      vocabularySize = tokenizer.model.vocabularySize
      preTokenizer = tokenizer.model.preTokenizer.name
    }
  }

  /// What one tokenizer makes of one language.
  public struct Measure: Sendable {
    public var tokens: Int
    public var tokensPerWord: Double?
    public var bytesPerToken: Double?
    public var charactersPerToken: Double?
    /// Words whose letters and digits lie in one token, from 0 to 1; signs at either end do not matter.
    public var wholeWordShare: Double?
    /// Tokens of one byte, from 0 to 1.
    public var singleByteShare: Double?
    /// Tokens more than the first tokenizer's, in percent of those; 0 for the first.
    public var differencePercent: Double?

    init(_ counts: FertilityTally.Tokens, of tally: FertilityTally, first: FertilityTally.Tokens?) {
      tokens = counts.tokens
      tokensPerWord = roundedRatio(tokens, tally.words)
      bytesPerToken = roundedRatio(tally.bytes, tokens)
      charactersPerToken = roundedRatio(tally.characters, tokens)
      wholeWordShare = roundedRatio(counts.wholeWords, counts.judgedWords)
      singleByteShare = roundedRatio(counts.singleBytes, tokens)
      differencePercent = first.flatMap { differenceInPercent(counts.tokens, to: $0.tokens) }
    }
  }

  public struct Row: Encodable, Sendable {
    public var documents: Int
    public var bytes: Int
    public var characters: Int
    public var words: Int
    /// In the order of `tokenizers` at the top.
    public var tokenizers: [Measure]

    init(_ tally: FertilityTally) {
      documents = tally.documents
      bytes = tally.bytes
      characters = tally.characters
      words = tally.words
      tokenizers = tally.tokenizers.map { Measure($0, of: tally, first: tally.tokenizers.first) }
    }

    /// What `FertilityOrder.worst` goes by.
    var badness: Double {
      let measures = tokenizers.count > 1 ? tokenizers.dropFirst().map(\.differencePercent) : []
      let values = measures.isEmpty ? tokenizers.map(\.tokensPerWord) : measures
      return values.compactMap { $0 }.max() ?? -.infinity
    }
  }

  public var tokenizers: [Tokenizer]
  public var languages: [String: Row]
  /// All languages together.
  public var total: Row
  public let wordRule = fertilityWordRule

  enum CodingKeys: String, CodingKey {
    case tokenizers, languages, total
    case wordRule = "word_rule"
  }

  init(_ tokenizers: [NamedTokenizer], _ tallies: [String: FertilityTally]) {
    self.tokenizers = tokenizers.map { Tokenizer($0) }
    languages = tallies.mapValues { Row($0) }
    total = Row(tallies.values.reduce(into: FertilityTally(tokenizers: tokenizers.count)) { $0.add($1) })
  }

  /// Languages in an order for eyes; ties go by code.
  public func ordered(by order: FertilityOrder) -> [(language: String, row: Row)] {
    languages.map { (language: $0.key, row: $0.value) }.sorted { a, b in
      if order == .worst, a.row.badness != b.row.badness { return a.row.badness > b.row.badness }
      return a.language < b.language
    }
  }
}

extension FertilityComparison.Measure: Encodable {
  enum CodingKeys: String, CodingKey {
    case tokens
    case tokensPerWord = "tokens_per_word"
    case bytesPerToken = "bytes_per_token"
    case charactersPerToken = "characters_per_token"
    case wholeWordShare = "whole_word_share"
    case singleByteShare = "single_byte_share"
    case differencePercent = "difference_percent"
  }

  /// Every key is always there.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(tokens, forKey: .tokens)
    try container.encode(tokensPerWord, forKey: .tokensPerWord)
    try container.encode(bytesPerToken, forKey: .bytesPerToken)
    try container.encode(charactersPerToken, forKey: .charactersPerToken)
    try container.encode(wholeWordShare, forKey: .wholeWordShare)
    try container.encode(singleByteShare, forKey: .singleByteShare)
    try container.encode(differencePercent, forKey: .differencePercent)
  }
}

/// `a / b` to four decimals; nil when there is nothing to divide by.
func roundedRatio(_ a: Int, _ b: Int) -> Double? {
  b > 0 ? (Double(a) / Double(b) * 10_000).rounded() / 10_000 : nil
}

/// How much more `a` is than `b`, in percent of `b`, to four decimals; nil when `b` is 0.
func differenceInPercent(_ a: Int, to b: Int) -> Double? {
  b > 0 ? (Double(a - b) / Double(b) * 1_000_000).rounded() / 10_000 : nil
}
