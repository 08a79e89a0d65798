// What comparing with monolingual tokenizers found, language by language.
import CorpusCore
import Foundation

/// Verdicts by language.
public struct MonolingualVerdicts: Encodable, Sendable {
  public enum Verdict: String, Encodable, Sendable {
    case within
    case over
    /// Fewer than two documents, or none with text to measure or to train on.
    case notMeasured = "not_measured"
  }

  public struct Row: Sendable {
    public var verdict: Verdict
    public var documents: Int
    public var trainedDocuments: Int
    public var trainedBytes: Int
    public var measuredDocuments: Int
    public var measuredBytes: Int
    /// Words and tokens of the measured documents; tokens by the tokenizer under test and by the one trained alone.
    public var words: Int
    public var tokens: Int
    public var monolingualTokens: Int
    public var monolingualVocabularySize: Int
    public var tokensPerWord: Double?
    public var monolingualTokensPerWord: Double?
    /// Tokens more than the monolingual tokenizer's, in percent of those.
    public var differencePercent: Double?

    init(_ counts: MonolingualCounts, tolerancePercent: Double) {
      documents = counts.documents
      trainedDocuments = counts.trainedDocuments
      trainedBytes = counts.trainedBytes
      measuredDocuments = counts.measuredDocuments
      measuredBytes = counts.measuredBytes
      words = counts.words
      tokens = counts.tokens
      monolingualTokens = counts.monolingualTokens
      monolingualVocabularySize = counts.monolingualVocabulary
      let isMeasured = words > 0 && monolingualTokens > 0 && trainedBytes > 0
      guard isMeasured else {
        verdict = .notMeasured
        return
      }
      tokensPerWord = roundedRatio(tokens, words)
      monolingualTokensPerWord = roundedRatio(monolingualTokens, words)
      differencePercent = differenceInPercent(tokens, to: monolingualTokens)
      let most = Double(monolingualTokens) * (100 + tolerancePercent)
      verdict = Double(tokens) * 100 > most ? .over : .within
    }
  }

  public let tokenizer: FertilityComparison.Tokenizer
  /// Most entries of a monolingual vocabulary.
  public let vocabularySize: Int
  public let tolerancePercent: Double
  public private(set) var languages: [String: Row] = [:]

  init(_ comparison: MonolingualComparison) {
    tokenizer = FertilityComparison.Tokenizer(comparison.tokenizer)
    vocabularySize = comparison.vocabularySize
    tolerancePercent = comparison.tolerancePercent
  }

  mutating func add(_ language: String, _ counts: MonolingualCounts) {
    languages[language] = Row(counts, tolerancePercent: tolerancePercent)
  }

  /// Codes of the languages with a verdict, ascending.
  public func languages(_ verdict: Verdict) -> [String] {
    languages.filter { $0.value.verdict == verdict }.keys.sorted()
  }

  /// Some language was measured, and none is over.
  public var isAccepted: Bool { languages(.over).isEmpty && !languages(.within).isEmpty }

  /// Throws `.badData` with the languages that are over, or when none could be measured.
  public func check() throws(PlainFailure) {
    let over = languages(.over)
    let measured = over.count + languages(.within).count
    guard measured > 0 else {
      throw PlainFailure(.badData, "no language has two documents with text, one to train and one to measure")
    }
    guard over.isEmpty else {
      throw PlainFailure(
        .badData,
        "\(over.count) of \(measured) languages over the tolerance of "
          + "\(Quantity.measure(tolerancePercent))%: \(over.joined(separator: ", "))")
    }
  }

  /// Languages in an order for eyes; those that were not measured come last, ties go by code.
  public func ordered(by order: FertilityOrder) -> [(language: String, row: Row)] {
    languages.map { (language: $0.key, row: $0.value) }.sorted { a, b in
      let (left, right) = (a.row.differencePercent ?? -.infinity, b.row.differencePercent ?? -.infinity)
      if order == .worst, left != right { return left > right }
      return a.language < b.language
    }
  }
}

extension MonolingualVerdicts {
  enum CodingKeys: String, CodingKey {
    case tokenizer, languages, accepted, over, within
    case vocabularySize = "monolingual_vocabulary_size"
    case tolerancePercent = "tolerance_percent"
    case notMeasured = "not_measured"
    case wordRule = "word_rule"
    case splitRule = "split_rule"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(tokenizer, forKey: .tokenizer)
    try container.encode(vocabularySize, forKey: .vocabularySize)
    try container.encode(tolerancePercent, forKey: .tolerancePercent)
    try container.encode(languages, forKey: .languages)
    try container.encode(isAccepted, forKey: .accepted)
    try container.encode(languages(.over), forKey: .over)
    try container.encode(languages(.within), forKey: .within)
    try container.encode(languages(.notMeasured), forKey: .notMeasured)
    try container.encode(fertilityWordRule, forKey: .wordRule)
    try container.encode(Self.splitRule, forKey: .splitRule)
  }

  static let splitRule = "Of each ten documents of a language the second is measured, the others train."

  /// Verdicts as a table of at most `width` characters, as far as single columns allow it.
  public func text(order: FertilityOrder, width: Int) -> String {
    let rows = ordered(by: order).filter { $0.row.verdict != .notMeasured }
    func cells(_ text: (Row) -> String) -> [String] { rows.map { text($0.row) } }
    var parts: [String] = []
    if !rows.isEmpty {
      parts.append(
        fertilityTables(
          names: ("language", rows.map(\.language)),
          groups: [
            FertilityGroup("trained", "docs", cells { Quantity.count($0.trainedDocuments) }),
            FertilityGroup("", "entries", cells { Quantity.count($0.monolingualVocabularySize) }),
            FertilityGroup("measured", "docs", cells { Quantity.count($0.measuredDocuments) }),
            FertilityGroup("", "words", cells { Quantity.count($0.words) }),
            FertilityGroup("tokens", "/word", cells { FertilityNumber.decimal($0.tokensPerWord, 3) }),
            FertilityGroup("", "alone", cells { FertilityNumber.decimal($0.monolingualTokensPerWord, 3) }),
            FertilityGroup("", "more", cells { FertilityNumber.difference($0.differencePercent) }),
            FertilityGroup("", "verdict", cells(verdictText)),
          ], width: width))
    }
    let missing = languages(.notMeasured)
    if !missing.isEmpty {
      parts.append(
        wrapped("Not measured, for want of two documents with text: " + missing.joined(separator: ", "), width: 80))
    }
    parts.append(
      "\(tokenizer.name), \(Quantity.count(tokenizer.vocabularySize)) entries, split "
        + "\(splitName(tokenizer.preTokenizer)); alone: a tokenizer of\n"
        + "at most \(Quantity.count(vocabularySize)) entries trained on that language, same split and special tokens.\n"
        + Self.splitRule + "\nLittle text trains a weak opponent: mind the entries.\n"
        + wrapped(fertilityWordRule, width: 80))
    let over = languages(.over).count
    parts.append(
      "\(over) of \(Quantity.count(rows.count)) languages over the tolerance of \(Quantity.measure(tolerancePercent))%")
    return parts.joined(separator: "\n\n")
  }

  private func verdictText(_ row: Row) -> String {
    guard row.verdict == .over, let difference = row.differencePercent else { return "within" }
    return "over by " + FertilityNumber.decimal(difference - tolerancePercent, 1)
  }
}

extension MonolingualVerdicts.Row: Encodable {
  enum CodingKeys: String, CodingKey {
    case verdict, documents, words, tokens
    case trainedDocuments = "trained_documents"
    case trainedBytes = "trained_bytes"
    case measuredDocuments = "measured_documents"
    case measuredBytes = "measured_bytes"
    case monolingualTokens = "monolingual_tokens"
    case monolingualVocabularySize = "monolingual_vocabulary_size"
    case tokensPerWord = "tokens_per_word"
    case monolingualTokensPerWord = "monolingual_tokens_per_word"
    case differencePercent = "difference_percent"
  }

  /// Every key is always there.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(documents, forKey: .documents)
    try container.encode(trainedDocuments, forKey: .trainedDocuments)
    try container.encode(trainedBytes, forKey: .trainedBytes)
    try container.encode(measuredDocuments, forKey: .measuredDocuments)
    try container.encode(measuredBytes, forKey: .measuredBytes)
    try container.encode(words, forKey: .words)
    try container.encode(tokens, forKey: .tokens)
    try container.encode(monolingualTokens, forKey: .monolingualTokens)
    try container.encode(monolingualVocabularySize, forKey: .monolingualVocabularySize)
    try container.encode(tokensPerWord, forKey: .tokensPerWord)
    try container.encode(monolingualTokensPerWord, forKey: .monolingualTokensPerWord)
    try container.encode(differencePercent, forKey: .differencePercent)
  }
}

/// Lines of at most `width` characters, broken at spaces.
func wrapped(_ text: String, width: Int) -> String {
  var lines: [String] = []
  for word in text.split(separator: " ") {
    if let last = lines.last, last.count + 1 + word.count <= width {
      lines[lines.count - 1] = last + " " + word
    } else {
      lines.append(String(word))
    }
  }
  return lines.joined(separator: "\n")
}
