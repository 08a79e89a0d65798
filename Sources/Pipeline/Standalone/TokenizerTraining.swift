// `xylem tokenizer train`: counts the pre-tokens of the input, learns merges, writes the tokenizer. No language weights.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization
import Tokenization

public struct TokenizerTraining: Sendable {
  public var pass: InputPass
  public var options: TrainerOptions
  public var preTokenizer: PreTokenizerKind
  /// Ceiling of memory. Counts beyond a quarter of it are spilled; merging that would pass it is refused.
  public var memoryBytes: Int
  /// Where spilled counts go; made and removed here.
  public var scratchDirectory: String

  public init(
    pass: InputPass, options: TrainerOptions, preTokenizer: PreTokenizerKind, memoryBytes: Int, scratchDirectory: String
  ) {
    self.pass = pass
    self.options = options
    self.preTokenizer = preTokenizer
    self.memoryBytes = memoryBytes
    self.scratchDirectory = scratchDirectory
  }

  /// What was trained.
  public struct Summary: Codable, Sendable {
    public var vocabularySize: Int
    public var merges: Int
    public var documents: Int
    public var bytes: Int
    public var distinctPieces: Int
    /// A pair count passed 2^31, where Hugging Face's 32-bit counts wrap: merges may differ from its.
    public var overflowed32Bits: Bool

    enum CodingKeys: String, CodingKey {
      case merges, documents, bytes
      case vocabularySize = "vocabulary_size"
      case distinctPieces = "distinct_pieces"
      case overflowed32Bits = "overflowed_32_bits"
    }
  }

  /// Counts, trains and returns the model; the result does not depend on workers or on the order of shards.
  public func train(observer: any RunObserver) throws -> (model: TrainedModel, summary: Summary) {
    let kind = preTokenizer
    let runs = SpilledRuns(directory: scratchDirectory)
    defer { runs.remove() }
    let counting = PieceCounting(
      kind: kind, byLanguage: false, setBytes: memoryBytes / 3 / max(pass.workers, 1), runs: runs)
    let documents = Atomic<Int>(0)
    let bytes = Atomic<Int>(0)
    _ = try pass.run(stage: "count", observer: observer) { sources, reader in
      try counting.withCounters { counters in
        try reader.forEachBatch(sources) { batch in
          try counting.count(batch, with: counters)
          documents.add(batch.documents.count, ordering: .relaxed)
          bytes.add(batch.documents.reduce(0) { $0 + $1.text.count }, ordering: .relaxed)
        }
      }
    } commit: { _ in
    }
    var trainer = try BytePairTrainer(options: options)
    if let counter = try counting.finish(multipliers: [:]) {
      trainer.add(contentsOf: counter)
    } else {
      var added = 0
      try mergeRuns(try runs.readers(multipliers: [:])) { piece, count in
        trainer.add(piece: piece, count: count)
        added += 1
        if added % 65_536 == 0 { try checkTrainerMemory(trainer.memoryBytes, limit: memoryBytes) }
      }
    }
    let distinct = trainer.pieceCount
    let meter = ProgressMeter(stage: "train", units: 1, bytes: 0)
    observer.stageBegan(meter)
    defer { observer.stageEnded(meter) }
    let model = try trainer.train { progress in
      meter.setDetail("\(progress.vocabularyCount) of \(progress.vocabularySize) entries")
    }
    if Interruption.isRequested { throw RunInterrupted(signal: Interruption.requestedSignal) }
    meter.finish()
    let summary = Summary(
      vocabularySize: model.vocabulary.count, merges: model.merges.count,
      documents: documents.load(ordering: .relaxed), bytes: bytes.load(ordering: .relaxed), distinctPieces: distinct,
      overflowed32Bits: model.overflowed32Bits)
    return (model, summary)
  }
}
