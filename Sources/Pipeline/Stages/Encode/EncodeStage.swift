// encode: the kept documents of a part to token ids, in the element type of the dataset, with one length a document.
import CorpusCore
import CorpusIO
import TokenDataset
import Tokenization

public struct EncodeCounts: Codable, Sendable {
  public var language = ""
  public var documents = 0
  /// Ids without the end-of-document ids.
  public var tokens = 0
  public var bytes = 0
  public var words = 0
  /// Occurrences of special tokens spelled out in text.
  public var specialTokensInText = 0

  /// Adds another part of the same language.
  mutating func add(_ other: EncodeCounts) {
    documents += other.documents
    tokens += other.tokens
    bytes += other.bytes
    words += other.words
    specialTokensInText += other.specialTokensInText
  }
}

struct EncodeStage: Stage {
  static let name = "encode"
  let configuration: PipelineConfiguration
  let step: EncodeConfiguration
  let model: TokenizerModel
  let tokenizer: Digest128
  let specialTokensInText: SpecialTokensInText
  let catalog: PartCatalog
  let removals: Digest128

  var tokenType: TokenType { TokenType.forVocabulary(size: model.vocabularySize) }

  func units() -> [PlannedUnit<PartCatalog.Part>] {
    catalog.parts.map { part in
      let identity = unitIdentity(
        stage: Self.name, configuration: configuration.digest,
        parts: [part.name.label, part.digest.description, removals.description, tokenizer.description])
      return PlannedUnit(label: part.name.label, identity: identity, bytes: part.rawBytes, work: part)
    }
  }

  func run(_ unit: PlannedUnit<PartCatalog.Part>, attempt: Attempt) throws -> EncodeCounts {
    let encoder = BytePairEncoder(model: model, specialTokensInText: specialTokensInText)
    let endOfDocument = try step.appendEndOfDocument ? endOfDocumentID(step.endOfDocument, in: model) : nil
    var counts = EncodeCounts(language: unit.work.name.language)
    let tokens = try attempt.createOutput()
    let lengths = try attempt.createOutput()
    var ids = TokenBlock()
    var converted: [UInt8] = []
    var lengthBlock: [UInt8] = []
    let type = tokenType
    try forEachKeptBatch(
      unit.work, cut: configuration.deduplicateLines != nil, directory: attempt.directory, attempt: attempt
    ) { records, batch in
      ids.removeAll()
      try encodeBatch(batch, records, with: encoder, endOfDocument, into: &ids)
      for (record, count) in zip(records, ids.lengths) {
        counts.documents += 1
        counts.bytes += record.text.count
        counts.words += wordCount(batch.bytes.span.extracting(record.text))
        // Megatron writes no sequence, and so no end-of-document id, for a document without tokens.
        guard count > 0 else { continue }
        guard let length = Int32(exactly: count) else {
          throw PlainFailure(
            .badData, "\(unit.label): a document of \(count) tokens; .idx holds at most 2^31 - 1 a sequence")
        }
        counts.tokens += count - (endOfDocument == nil ? 0 : 1)
        withUnsafeBytes(of: length.littleEndian) { lengthBlock.append(contentsOf: $0) }
      }
      try ids.withTokens { try forEachTokenBlock($0, as: type, scratch: &converted) { try tokens.write($0) } }
      try lengths.write(lengthBlock)
      lengthBlock.removeAll(keepingCapacity: true)
    }
    counts.specialTokensInText = encoder.metSpecialTokens
    attempt.add(try tokens.finish(), as: RunDirectory.tokens(unit.work.name))
    attempt.add(try lengths.finish(), as: RunDirectory.lengths(unit.work.name))
    return counts
  }
}

/// The id that ends a document.
public func endOfDocumentID(_ token: String, in model: TokenizerModel) throws -> UInt32 {
  if let id = model.id(of: token) { return id }
  throw PlainFailure(
    .configuration,
    "end_of_document: the tokenizer has no token \(token); its special tokens are "
      + model.specialTokens.map(\.content).joined(separator: " "))
}
