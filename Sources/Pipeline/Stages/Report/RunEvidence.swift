// What all stages counted, kept in one file beside the manifests so that a report can be drawn again without them.
import CorpusCore
import CorpusIO
import Foundation
import TextProcessing

/// Counts of a finished run.
struct RunEvidence: Codable, Sendable {
  static let file = "manifests/evidence.json"
  var prepared: [PrepareCounts]
  var deduplicated: DeduplicateCounts?
  var cut: [CutCounts]?
  var counted: [CountCounts]?
  var trained: TrainCounts?
  var encoded: [EncodeCounts]
  var assembled: [AssembleCounts]
  var ledger: Ledger
  /// What `prepared` measured and sampled, as one; its units have none of it here.
  var filters: FilterTallies?
  var profile: CorpusProfile?

  init(
    prepared: [PrepareCounts], deduplicated: DeduplicateCounts?, cut: [CutCounts]? = nil, counted: [CountCounts]?,
    trained: TrainCounts?, encoded: [EncodeCounts], assembled: [AssembleCounts], ledger: Ledger
  ) {
    self.deduplicated = deduplicated
    self.cut = cut
    self.counted = counted
    self.trained = trained
    self.encoded = encoded
    self.assembled = assembled
    self.ledger = ledger
    var merging = CorpusProfile.merging
    for (number, counts) in prepared.enumerated() {
      if let profile = counts.profile { merging.add(profile, number: number) }
      guard let measured = counts.filters else { continue }
      filters = filters ?? FilterTallies()
      filters?.merge(measured)
    }
    profile = merging.result
    self.prepared = prepared.map { counts in
      var counts = counts
      counts.filters = nil
      counts.profile = nil
      return counts
    }
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
