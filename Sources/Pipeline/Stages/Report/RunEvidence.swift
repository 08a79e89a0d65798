// What all stages counted, kept in one file beside the manifests so that a report can be drawn again without them.
import CorpusCore
import CorpusIO
import Foundation

/// Counts of a finished run.
struct RunEvidence: Codable, Sendable {
  static let file = "manifests/evidence.json"
  /// Of all units, as one.
  var prepared: PrepareCounts
  var deduplicated: DeduplicateCounts?
  var cut: [CutCounts]?
  var counted: [CountCounts]?
  var trained: TrainCounts?
  var encoded: [EncodeCounts]
  var assembled: [AssembleCounts]
  var ledger: Ledger
}

/// tokenizer/fertility.json: how the tokenizer fares per language.
public struct FertilityTable: Codable, Sendable {
  public struct Row: Codable, Sendable {
    public var documents: Int
    public var bytes: Int
    public var words: Int
    public var tokens: Int
    public var tokensPerWord: Double
    public var bytesPerToken: Double

    enum CodingKeys: String, CodingKey {
      case documents, bytes, words, tokens
      case tokensPerWord = "tokens_per_word"
      case bytesPerToken = "bytes_per_token"
    }
  }
  public var languages: [String: Row] = [:]

  init(encoded: [EncodeCounts]) {
    for (language, counts) in Dictionary(grouping: encoded, by: \.language) {
      let words = counts.reduce(0) { $0 + $1.words }
      let tokens = counts.reduce(0) { $0 + $1.tokens }
      let bytes = counts.reduce(0) { $0 + $1.bytes }
      languages[language] = Row(
        documents: counts.reduce(0) { $0 + $1.documents }, bytes: bytes, words: words, tokens: tokens,
        tokensPerWord: rounded(Double(tokens) / Double(max(1, words))),
        bytesPerToken: rounded(Double(bytes) / Double(max(1, tokens))))
    }
  }
}

private func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
