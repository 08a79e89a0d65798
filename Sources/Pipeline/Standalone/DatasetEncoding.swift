// `xylem tokenizer encode`: shards straight into PREFIX.bin and PREFIX.idx, in input order for any number of workers.
import CorpusCore
import CorpusIO
import Foundation
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

  /// What a thread works on a unit with: an encoder with its warm cache, and memory that the unit before has made.
  private final class Desk: @unchecked Sendable {
    // One thread at a time has a desk: the one that took it from the pool.
    let encoder: BytePairEncoder
    var tokens = TokenBlock()
    var lengths: [Int32] = []
    var summary = Summary()

    init(encoder: BytePairEncoder) { self.encoder = encoder }

    func clear() {
      tokens.removeAll()
      lengths.removeAll(keepingCapacity: true)
      summary = Summary()
    }

    /// Encodes a batch behind what the unit has so far.
    func encode(_ batch: DocumentBatch, _ endOfDocument: UInt32?) throws {
      let first = tokens.lengths.count
      try encodeBatch(batch, with: encoder, endOfDocument, into: &tokens)
      for (document, count) in zip(batch.documents, tokens.lengths[first...]) {
        summary.documents += 1
        summary.bytes += document.text.count
        guard count > 0 else { continue }
        guard let length = Int32(exactly: count) else {
          throw PlainFailure(
            .badData, "\(batch.shard):\(document.line): \(count) tokens; .idx holds at most 2^31 - 1")
        }
        lengths.append(length)
        summary.sequences += 1
      }
      summary.tokens = tokens.count
    }
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
      let desks = BorrowedPool { Desk(encoder: BytePairEncoder(model: model, specialTokensInText: policy)) }
      // Smaller units than others read: at the end fewer bytes are left to one thread alone, and the less new memory a
      // thread touches, the less the system has to clear for it.
      var pass = pass
      pass.unitBytes = min(pass.unitBytes, 2 << 20)
      _ = try pass.run(stage: "encode", observer: observer) { sources, reader in
        let desk = try desks.take()
        desk.clear()
        let met = desk.encoder.metSpecialTokens
        try reader.forEachBatch(sources) { try desk.encode($0, endOfDocument) }
        desk.summary.specialTokensInText = desk.encoder.metSpecialTokens - met
        return desk
      } commit: { desk in
        try sink.append(desk, as: type)
        desks.give(desk)
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
    private var converted: [UInt8] = []
    private var total = Summary()

    init(path: String, fileSystem: any FileSystem) throws {
      file = try OutputFile(path: path, fileSystem: fileSystem)
    }

    func append(_ desk: Desk, as type: TokenType) throws {
      try desk.tokens.withTokens { ids in
        try forEachTokenBlock(ids, as: type, scratch: &converted) { try file?.write($0) }
      }
      lengths.append(contentsOf: desk.lengths)
      let summary = desk.summary
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
