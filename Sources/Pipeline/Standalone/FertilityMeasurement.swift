// `xylem tokenizer fertility`: how many tokens a word costs in each language of some text, for one tokenizer or several.
import CorpusCore
import Synchronization
import TextProcessing
import Tokenization

/// A tokenizer and what it is called in results.
public struct NamedTokenizer: Sendable {
  public var name: String
  public var model: TokenizerModel

  public init(name: String, model: TokenizerModel) {
    self.name = name
    self.model = model
  }
}

/// Reads the input once and encodes each document with every tokenizer. Special tokens that a text spells are text.
public struct FertilityMeasurement: Sendable {
  public var pass: InputPass
  public var tokenizers: [NamedTokenizer]

  public init(pass: InputPass, tokenizers: [NamedTokenizer]) {
    self.pass = pass
    self.tokenizers = tokenizers
  }

  /// Encoders and buffers of one thread.
  private final class Bench {
    let encoders: [BytePairEncoder]
    var block = TokenBlock()
    var words: [[Range<Int>]] = []

    init(_ tokenizers: [NamedTokenizer]) {
      let cacheBytes = (96 << 20) / max(tokenizers.count, 1)
      encoders = tokenizers.map {
        BytePairEncoder(model: $0.model, specialTokensInText: .text, cacheBytes: cacheBytes)
      }
    }
  }

  /// Languages are those of the records, else "und". Throws what reading and splitting throw.
  public func measure(observer: any RunObserver) throws -> FertilityComparison {
    let lengths = tokenizers.map { TokenLengths($0.model) }
    let tokenizers = tokenizers
    let benches = BorrowedPool { Bench(tokenizers) }
    let sums = Mutex<[String: FertilityTally]>([:])
    _ = try pass.run(stage: "fertility", observer: observer) { sources, reader in
      try benches.borrow { bench in
        var found: [String: FertilityTally] = [:]
        try reader.forEachBatch(sources) { batch in
          try Self.count(batch, bench, lengths, into: &found)
        }
        return found
      }
    } commit: { found in
      sums.withLock { sums in
        for (language, tally) in found {
          sums[language, default: FertilityTally(tokenizers: lengths.count)].add(tally)
        }
      }
    }
    return FertilityComparison(tokenizers, sums.withLock { $0 })
  }

  private static func count(
    _ batch: DocumentBatch, _ bench: Bench, _ lengths: [TokenLengths], into found: inout [String: FertilityTally]
  ) throws {
    var languages: [String] = []
    bench.words.removeAll(keepingCapacity: true)
    for document in batch.documents {
      let text = batch.bytes.span.extracting(document.text)
      let language = labelledLanguage(of: document, in: batch)
      var words: [Range<Int>] = []
      text.withUnsafeBufferPointer { text in forEachWord(text) { words.append($0) } }
      var tally = found[language] ?? FertilityTally(tokenizers: lengths.count)
      tally.documents += 1
      tally.bytes += text.count
      tally.characters += characterCount(text)
      tally.words += words.count
      found[language] = tally
      languages.append(language)
      bench.words.append(words)
    }
    for (number, encoder) in bench.encoders.enumerated() {
      bench.block.removeAll()
      try encodeTexts(batch.documents, of: batch, with: encoder, into: &bench.block)
      let counts = bench.block.lengths
      bench.block.withTokens { ids in
        var start = 0
        for (index, document) in batch.documents.enumerated() {
          let end = start + counts[index]
          lengths[number].count(
            UnsafeBufferPointer(rebasing: ids[start..<end]), words: bench.words[index], size: document.text.count,
            into: &found[languages[index], default: FertilityTally(tokenizers: lengths.count)].tokenizers[number])
          start = end
        }
      }
    }
  }
}

/// The language a record is labelled with, else "und".
func labelledLanguage(of document: DocumentRecord, in batch: DocumentBatch) -> String {
  (canonicalLanguage(label: batch.bytes.span.extracting(document.languageLabel)) ?? .undetermined).code
}

/// Adds the ids of some of a batch's documents to `block`. Throws what splitting them met.
func encodeTexts(
  _ documents: [DocumentRecord], of batch: DocumentBatch, with encoder: BytePairEncoder, into block: inout TokenBlock
) throws {
  batch.bytes.withUnsafeBufferPointer { encoder.encode(documents.lazy.map(\.text), of: $0, into: &block) }
  try encoder.checkFailures()
}
