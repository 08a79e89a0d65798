// `xylem language perplexity`: what an n-gram model says of each record's text, in the form that pipelines judge.
import CorpusCore
import CorpusIO
public import TextProcessing

/// One record under a model.
public struct RecordPerplexity: Codable, Sendable {
  public var id: String
  /// Sum of log10 P over the tokens.
  public var log10: Double
  /// Tokens, and one end for each line.
  public var tokens: Int
  public var perplexity: Double
}

/// Scores every record, in the order of the input; `answer` gets them in pieces.
public func scorePerplexity(
  _ pass: InputPass, model: NGramModel, observer: any RunObserver,
  answer: @escaping @Sendable ([RecordPerplexity]) throws -> Void
) throws {
  _ = try pass.run(stage: "perplexity", observer: observer) { sources, reader in
    var answers: [RecordPerplexity] = []
    var normal = TextNormalizing()
    try reader.forEachBatch(sources) { batch in
      for document in batch.documents {
        normal.load(document, of: batch)
        let score = model.score(String(decoding: normal.text, as: UTF8.self))
        answers.append(
          RecordPerplexity(
            id: recordID(document, batch: batch), log10: score.log10, tokens: score.tokens,
            perplexity: score.perplexity))
      }
    }
    return answers
  } commit: {
    try answer($0)
  }
}
