// `xylem tokenizer encode`: shards straight into PREFIX.bin and PREFIX.idx, in input order for any number of workers.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization
import TokenDataset
import Tokenization

public struct DatasetEncoding: Sendable {
  public var pass: InputPass
  public var model: TokenizerModel
  public var endOfDocument: UInt32?
  public var specialTokensInText: SpecialTokensInText

  public init(
    pass: InputPass, model: TokenizerModel, endOfDocument: UInt32?, specialTokensInText: SpecialTokensInText
  ) {
    self.pass = pass
    self.model = model
    self.endOfDocument = endOfDocument
    self.specialTokensInText = specialTokensInText
  }

  public struct Summary: Codable, Sendable {
    public var documents = 0
    public var sequences = 0
    /// End-of-document ids included.
    public var tokens = 0
    public var bytes = 0
    public var specialTokensInText = 0

    enum CodingKeys: String, CodingKey {
      case documents, sequences, tokens, bytes
      case specialTokensInText = "special_tokens_in_text"
    }
  }

  private struct Block: Sendable {
    var tokens: [UInt8] = []
    var lengths: [Int32] = []
    var summary = Summary()
  }

  /// Writes the pair; files of that name that exist are refused.
  public func encode(to prefix: String, observer: any RunObserver) throws -> Summary {
    let fileSystem = LocalFileSystem()
    for path in [prefix + ".bin", prefix + ".idx"] where fileSystem.exists(path) {
      throw PlainFailure(.cannotCreate, "\(path): exists already; remove it or choose another --output")
    }
    if let slash = prefix.lastIndex(of: "/") { try fileSystem.makeDirectories(String(prefix[..<slash])) }
    let suffix = ".attempt-\(ProcessInfo.processInfo.processIdentifier)"
    let sink = try TokenSink(path: prefix + ".bin" + suffix, fileSystem: fileSystem)
    let indexPath = prefix + ".idx" + suffix
    do {
      let type = TokenType.forVocabulary(size: model.vocabularySize)
      let (model, endOfDocument, policy) = (model, endOfDocument, specialTokensInText)
      let encoders = EncoderPool(model: model, policy: policy)
      _ = try pass.run(stage: "encode", observer: observer) { sources, reader in
        let encoder = encoders.take()
        defer { encoders.give(encoder) }
        var block = Block()
        var tokens = TokenBlock()
        // Four bytes an id, four bytes of text an id: about as many as the unit has.
        block.tokens.reserveCapacity(sources.reduce(0) { $0 + ($1.range?.count ?? $1.size) })
        let met = encoder.metSpecialTokens
        try reader.forEachBatch(sources) { batch in
          tokens.removeAll()
          try encodeBatch(batch, with: encoder, endOfDocument, into: &tokens)
          for (document, count) in zip(batch.documents, tokens.lengths) {
            block.summary.documents += 1
            block.summary.bytes += document.text.count
            guard count > 0 else { continue }
            guard let length = Int32(exactly: count) else {
              throw PlainFailure(
                .badData, "\(batch.shard):\(document.line): \(count) tokens; .idx holds at most 2^31 - 1")
            }
            block.lengths.append(length)
            block.summary.sequences += 1
          }
          block.summary.tokens += tokens.count
          try tokens.withTokens { try appendTokens($0.span, as: type, to: &block.tokens) }
        }
        block.summary.specialTokensInText = encoder.metSpecialTokens - met
        return block
      } commit: { block in
        try sink.append(block.tokens, lengths: block.lengths, summary: block.summary)
      }
      let (binary, lengths, summary) = try sink.finish()
      let index = try writeIndex(
        to: indexPath, tokenType: type, sequenceCount: lengths.count, documentBoundaries: .oneSequenceADocument
      ) { body in
        for length in lengths { try body(length) }
      }
      try publish(binary, as: prefix + ".bin", fileSystem: fileSystem)
      try publish(
        FileSummary(path: indexPath, bytes: index.bytes, digest: index.digest), as: prefix + ".idx",
        fileSystem: fileSystem)
      return summary
    } catch {
      try? fileSystem.remove(prefix + ".bin" + suffix)
      try? fileSystem.remove(indexPath)
      throw error
    }
  }

  private final class TokenSink: @unchecked Sendable {
    // Called in turn by `InputPass.run`, never by two threads at once.
    private var file: OutputFile?
    private var lengths: [Int32] = []
    private var total = Summary()

    init(path: String, fileSystem: any FileSystem) throws {
      file = try OutputFile(path: path, fileSystem: fileSystem)
    }

    func append(_ tokens: [UInt8], lengths more: [Int32], summary: Summary) throws {
      try file?.write(tokens)
      lengths.append(contentsOf: more)
      total.documents += summary.documents
      total.sequences += summary.sequences
      total.tokens += summary.tokens
      total.bytes += summary.bytes
      total.specialTokensInText += summary.specialTokensInText
    }

    func finish() throws -> (FileSummary, [Int32], Summary) {
      guard let file = file.take() else { preconditionFailure("a token sink is finished once") }
      return (try file.finish(), lengths, total)
    }
  }
}

/// Encodes the documents of a batch; throws what splitting them met.
func encodeBatch(
  _ batch: DocumentBatch, _ documents: [DocumentRecord]? = nil, with encoder: BytePairEncoder,
  _ endOfDocument: UInt32?, into tokens: inout TokenBlock
) throws {
  batch.bytes.withUnsafeBufferPointer { bytes in
    encoder.encode(
      (documents ?? batch.documents).lazy.map(\.text), of: bytes, endOfDocument: endOfDocument, into: &tokens)
  }
  try encoder.checkFailures()
}

/// Encoders with warm caches, one a thread at a time.
private final class EncoderPool: Sendable {
  private struct Shelf: @unchecked Sendable {
    // Encoders are handed to one thread at a time.
    var encoders: [BytePairEncoder] = []
  }
  private let model: TokenizerModel
  private let policy: SpecialTokensInText
  private let shelf = Mutex(Shelf())

  init(model: TokenizerModel, policy: SpecialTokensInText) {
    self.model = model
    self.policy = policy
  }

  func take() -> BytePairEncoder {
    if let encoder = shelf.withLock({ Shelf(encoders: $0.encoders.popLast().map { [$0] } ?? []) }).encoders.first {
      return encoder
    }
    return BytePairEncoder(model: model, specialTokensInText: policy)
  }

  func give(_ encoder: BytePairEncoder) {
    let shelved = Shelf(encoders: [encoder])
    shelf.withLock { $0.encoders += shelved.encoders }
  }
}
