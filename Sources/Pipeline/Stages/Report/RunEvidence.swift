// What all stages counted, kept in one file beside the manifests so that a report can be drawn again without them. Its
// size depends on languages, filters and reasons, and not on units, parts or documents.
import CorpusCore
import CorpusIO
import Foundation

/// Counts of a finished run.
struct RunEvidence: Codable, Sendable {
  static let file = "manifests/evidence.json"
  /// All units as one.
  var prepared: PrepareCounts
  var portrait: TextPortrait
  var deduplicated: DeduplicateCounts?
  /// One for each language, by code; nil when the pipeline has no step for it.
  var cut: [CutCounts]?
  var trained: TrainCounts?
  /// One for each language, by code.
  var encoded: [EncodeCounts]
  var assembled: [AssembleCounts]
  var ledger: Ledger

  /// `cut` and `encoded` have an entry for each part.
  init(
    prepared: PrepareCounts, portrait: TextPortrait, deduplicated: DeduplicateCounts?, cut: [CutCounts]?,
    trained: TrainCounts?, encoded: [EncodeCounts], assembled: [AssembleCounts], ledger: Ledger
  ) {
    self.prepared = prepared
    self.portrait = portrait
    self.deduplicated = deduplicated
    self.cut = cut.map { Self.byLanguage($0, \.language) { $0.add($1) } }
    self.trained = trained
    self.assembled = assembled
    self.ledger = ledger
    self.encoded = Self.byLanguage(encoded, \.language) { $0.add($1) }
  }

  /// One entry for each language, by code: the sum of its parts.
  private static func byLanguage<Counts>(
    _ parts: [Counts], _ language: (Counts) -> String, add: (inout Counts, Counts) -> Void
  ) -> [Counts] {
    var sums: [String: Counts] = [:]
    for part in parts {
      let code = language(part)
      if var sum = sums[code] {
        add(&sum, part)
        sums[code] = sum
      } else {
        sums[code] = part
      }
    }
    return sums.sorted { $0.key < $1.key }.map(\.value)
  }
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

  /// `encoded` has one entry for each language.
  init(encoded: [EncodeCounts]) {
    for counts in encoded {
      languages[counts.language] = Row(
        documents: counts.documents, bytes: counts.bytes, words: counts.words, tokens: counts.tokens,
        tokensPerWord: rounded(Double(counts.tokens) / Double(max(1, counts.words))),
        bytesPerToken: rounded(Double(counts.bytes) / Double(max(1, counts.tokens))))
    }
  }
}

private func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
