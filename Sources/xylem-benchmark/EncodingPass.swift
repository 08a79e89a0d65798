// One pass of an encoder over texts in memory: the only place of this target that knows the encoder's interface.
import CorpusCore
import CorpusIO
import Pipeline
import Tokenization

/// What one pass took and gave.
struct EncodingPass: Encodable {
  var seconds: Seconds
  var tokens: Int
  /// Pieces, and those of them that no cache knew and that were merged.
  var pieces: Int
  var merged: Int

  enum CodingKeys: String, CodingKey {
    case tokens, pieces, merged
  }

  func encode(to encoder: any Encoder) throws {
    try seconds.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(tokens, forKey: .tokens)
    try container.encode(pieces, forKey: .pieces)
    try container.encode(merged, forKey: .merged)
  }
}

/// An encoder under the clock. A new one has an empty cache: its first pass is cold, the next ones are warm.
struct TimedEncoder {
  private let encoder: BytePairEncoder
  private var ids: [UInt32] = []

  init(model: TokenizerModel, specialTokensInText: SpecialTokensInText = .parse) {
    encoder = BytePairEncoder(model: model, specialTokensInText: specialTokensInText)
  }

  /// Encodes every document; ids go to one buffer that each document empties, as when they are written out at once.
  mutating func pass(over texts: TextsInMemory) -> EncodingPass {
    let before = encoder.lookups
    let (tokens, seconds) = timed {
      var tokens = 0
      forEachDocument(of: texts) { tokens += $0.count }
      return tokens
    }
    let after = encoder.lookups
    return EncodingPass(
      seconds: seconds, tokens: tokens, pieces: after.all - before.all, merged: after.missed - before.missed)
  }

  /// Calls `body` with the ids of each document in order.
  mutating func forEachDocument(of texts: TextsInMemory, _ body: ([UInt32]) -> Void) {
    texts.bytes.withUnsafeBufferPointer { bytes in
      for document in texts.documents {
        ids.removeAll(keepingCapacity: true)
        encoder.encode(UnsafeBufferPointer(rebasing: bytes[document]), into: &ids)
        body(ids)
      }
    }
  }
}

/// Reads a tokenizer file of at most 1 GiB.
func readTokenizer(_ path: String) throws -> TokenizerModel {
  try loadTokenizer(path, fileSystem: LocalFileSystem())
}
