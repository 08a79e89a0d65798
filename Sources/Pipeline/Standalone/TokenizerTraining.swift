// `xylem tokenizer train`: counts the pre-tokens of the input, learns merges, writes the tokenizer. Counts and merges survive the process.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization
import Tokenization

public struct TokenizerTraining: Sendable {
  public var pass: InputPass
  public var options: TrainerOptions
  public var preTokenizer: PreTokenizerKind
  /// Ceiling of memory of the process. Counts beyond their share are spilled; merging that would pass it is refused.
  public var memoryBytes: Int
  /// Where spilled counts go; made and removed here.
  public var scratchDirectory: String
  public var weights = LanguageWeights()
  /// Where state is kept for a later process to go on from, and removed when training is done; nil keeps none.
  public var checkpointDirectory: String?
  /// Seconds between two writes of what was learned; counts are written when counting took longer.
  public var checkpointInterval = 5.0
  /// For tests: bytes of counters beyond which they are spilled, instead of their share of `memoryBytes`.
  var spillBytes: Int?

  /// What the process takes beside counts and training.
  private static let baseBytes = 48 << 20

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
    /// Pieces that occur more rarely were left out (0: none), and how many they were.
    public var minimumPieceCount: UInt64
    public var droppedPieces: Int
    /// What counts were multiplied by, by language; empty when all count alike.
    public var multipliers: [String: UInt64]
    /// Merges taken over from an earlier process that was stopped.
    public var resumedMerges: Int

    enum CodingKeys: String, CodingKey {
      case merges, documents, bytes, multipliers
      case vocabularySize = "vocabulary_size"
      case distinctPieces = "distinct_pieces"
      case overflowed32Bits = "overflowed_32_bits"
      case minimumPieceCount = "minimum_piece_count"
      case droppedPieces = "dropped_pieces"
      case resumedMerges = "resumed_merges"
    }
  }

  /// Counts, trains and returns the model; the result does not depend on workers or on the order of shards, nor on
  /// whether a process before this one was stopped on the way. Call `removeState` when the result is safe.
  public func train(observer: any RunObserver) throws -> (model: TrainedModel, summary: Summary) {
    let checkpoint = try checkpoint()
    var trainer = try BytePairTrainer(options: options)
    var sizes = PieceSizes()
    let note = try gatherCounts(checkpoint, &trainer, &sizes, observer)
    let distinct = sizes.total().pieces
    let kept = sizes.total(from: options.minimumPieceCount).pieces
    let (model, resumed) = try learn(&trainer, checkpoint, observer)
    let summary = Summary(
      vocabularySize: model.vocabulary.count, merges: model.merges.count, documents: note.documents,
      bytes: note.bytes, distinctPieces: distinct, overflowed32Bits: model.overflowed32Bits,
      minimumPieceCount: options.minimumPieceCount, droppedPieces: distinct - kept,
      multipliers: note.multipliers.values.allSatisfy { $0 == 1 } ? [:] : note.multipliers, resumedMerges: resumed)
    return (model, summary)
  }

  /// Removes what was kept for a later process.
  public func removeState() throws { try checkpoint()?.remove() }

  /// Standard input cannot be read twice: without a file there is nothing to resume.
  private func checkpoint() throws -> TrainingCheckpoint? {
    guard let directory = checkpointDirectory, !pass.paths.contains("-") else { return nil }
    let files = try listInput(pass.paths, fileSystem: LocalFileSystem())
    var identity = Array("xylem training 1 \(preTokenizer.name) \(pass.textField) \(pass.maximumBadRatio)\n".utf8)
    identity += try encodeJSON(options)
    identity += try encodeJSON(weights.alpha)
    identity += try encodeJSON(weights.caps)
    identity += try encodeJSON(weights.keepWhole.sorted())
    identity += try encodeJSON(files)
    return try TrainingCheckpoint(directory: directory, key: Digest128(hashing: identity))
  }

  // MARK: - Counting

  private func gatherCounts(
    _ checkpoint: TrainingCheckpoint?, _ trainer: inout BytePairTrainer, _ sizes: inout PieceSizes,
    _ observer: any RunObserver
  ) throws -> TrainingCheckpoint.CountsNote {
    if let (note, run) = try checkpoint?.counts() {
      observer.message("going on from the counts of \(note.documents) documents, \(byteText(note.bytes))")
      try addRuns([run], to: &trainer, &sizes)
      return note
    }
    let start = ContinuousClock.now
    let runs = SpilledRuns(directory: scratchDirectory)
    defer { runs.remove() }
    let share = max(memoryBytes - Self.baseBytes, 1 << 20) * 2 / 5 / max(pass.workers, 1)
    let counting = PieceCounting(
      kind: preTokenizer, byLanguage: !weights.isNone, setBytes: spillBytes ?? share, runs: runs)
    let documents = Atomic<Int>(0)
    let captured = MeterCapture(observer)
    _ = try pass.run(stage: "count", observer: captured) { sources, reader in
      try counting.withCounters { counters in
        try reader.forEachBatch(sources) { batch in
          try counting.count(batch, with: counters)
          documents.add(batch.documents.count, ordering: .relaxed)
          let memory = residentBytes().map { ", \(byteText($0)) of memory" } ?? ""
          captured.meter?.setDetail("\(counting.distinctSoFar) distinct pieces\(memory)")
        }
      }
    } commit: { _ in
    }
    let languageBytes = counting.languageBytes()
    var note = TrainingCheckpoint.CountsNote(
      documents: documents.load(ordering: .relaxed), bytes: languageBytes.values.reduce(0, +),
      multipliers: weights.isNone ? [:] : weights.multipliers(bytes: languageBytes), fileBytes: 0,
      digest: Digest128(high: 0, low: 0))
    let unknown = weights.keepWhole.union(weights.caps.keys).subtracting(languageBytes.keys).sorted()
    if !unknown.isEmpty {
      let labels = languageBytes.keys.sorted()
      let named = unknown.map { name in
        name + (NearestName.nearest(to: name, among: labels).map { " (did you mean \($0)?)" } ?? "")
      }
      observer.message("no text is labelled \(named.joined(separator: ", "))")
    }
    // Counts that were quick to have are quick to have again.
    let isSlow = (ContinuousClock.now - start) / .seconds(1) >= checkpointInterval
    if let counter = try counting.finish(multipliers: note.multipliers) {
      var measured = sizes
      counter.forEachPiece { measured.add(length: $0.count, count: $1) }
      sizes = measured
      try checkFit(sizes)
      if isSlow, let checkpoint {
        try checkpoint.writeCounts(documents: note.documents, bytes: note.bytes, multipliers: note.multipliers) {
          take in
          var failure: (any Error)?
          counter.forEachSorted { piece, count in
            guard failure == nil else { return }
            do { try take(piece, count) } catch { failure = error }
          }
          if let failure { throw failure }
        }
      }
      trainer.add(contentsOf: counter)
    } else if let checkpoint {
      // Merged to a file first: the runs need not be merged again should this process be stopped.
      let readers = try runs.readers(multipliers: note.multipliers)
      try checkpoint.writeCounts(documents: note.documents, bytes: note.bytes, multipliers: note.multipliers) { take in
        try mergeRuns(readers, take)
      }
      runs.remove()
      guard let (written, run) = try checkpoint.counts() else {
        throw PlainFailure(.inputOutput, "\(checkpointDirectory ?? ""): the counts just written cannot be read")
      }
      note = written
      try addRuns([run], to: &trainer, &sizes)
    } else {
      try addRuns(try runs.readers(multipliers: note.multipliers), to: &trainer, &sizes)
    }
    return note
  }

  /// Adds merged runs as long as they fit; those that do not are only measured, to say what would.
  private func addRuns(
    _ runs: [PieceCountRunReader], to trainer: inout BytePairTrainer, _ sizes: inout PieceSizes
  ) throws {
    var added = 0
    var fits = true
    try mergeRuns(runs) { piece, count in
      sizes.add(length: piece.count, count: count)
      if fits { trainer.add(piece: piece, count: count) }
      added += 1
      if added % 65_536 == 0 {
        if Interruption.isRequested { throw RunInterrupted(signal: Interruption.requestedSignal) }
        if fits, !self.fits(sizes) {
          fits = false
          trainer = try BytePairTrainer(options: options)
        }
      }
    }
    try checkFit(sizes)
  }

  private func neededBytes(_ sizes: PieceSizes) -> Int {
    let (pieces, bytes) = sizes.total(from: options.minimumPieceCount)
    return Self.baseBytes + BytePairTrainer.peakBytes(pieceCount: pieces, byteCount: bytes, options: options)
  }

  private func fits(_ sizes: PieceSizes) -> Bool { neededBytes(sizes) <= memoryBytes }

  /// Merging holds every distinct piece; what cannot fit is refused before it begins.
  private func checkFit(_ sizes: PieceSizes) throws {
    guard !fits(sizes) else { return }
    let (pieces, bytes) = sizes.total(from: options.minimumPieceCount)
    let minimum = sizes.minimumCount(fitting: memoryBytes - Self.baseBytes, options: options)
    let advice = minimum.map { "--minimum-piece-count \($0) to leave out rarer pieces, " } ?? ""
    throw PlainFailure(
      .configuration,
      "merging \(pieces) distinct pieces of \(byteText(bytes)) needs about \(byteText(neededBytes(sizes))), and --memory "
        + "allows \(byteText(memoryBytes)); give \(advice)more --memory, or train on a sample of the text")
  }

  // MARK: - Merging

  private func learn(
    _ trainer: inout BytePairTrainer, _ checkpoint: TrainingCheckpoint?, _ observer: any RunObserver
  ) throws -> (model: TrainedModel, resumed: Int) {
    let meter = ProgressMeter(stage: "train", units: 1, bytes: 0)
    observer.stageBegan(meter)
    defer { observer.stageEnded(meter) }
    let known = try checkpoint?.merges() ?? []
    if !known.isEmpty { observer.message("going on from \(known.count) merges") }
    var pending: [LearnedMerge] = []
    var failure: (any Error)?
    var lastWrite = ContinuousClock.now
    var clock = TimeLeft()
    let interval = checkpointInterval
    func observe(_ progress: TrainingProgress, _ learned: ArraySlice<LearnedMerge>) -> Bool {
      // The trainer learns known merges again from where they meet special tokens.
      let repeated = min(learned.count, max(0, known.count - (progress.mergeCount - learned.count)))
      pending += learned.dropFirst(repeated)
      let isDone = progress.vocabularyCount >= progress.vocabularySize
      let left = clock.text(done: progress.vocabularyCount, of: progress.vocabularySize)
      meter.setShare(Double(progress.vocabularyCount) / Double(max(1, progress.vocabularySize)))
      meter.setDetail(
        "\(progress.vocabularyCount) of \(progress.vocabularySize) entries, last pair \(progress.pairCount) times, "
          + byteText(residentBytes() ?? progress.memoryBytes) + " of memory\(left)")
      let now = ContinuousClock.now
      let isStopped = Interruption.isRequested
      if let checkpoint, !isDone, isStopped || (now - lastWrite) / .seconds(1) >= interval {
        do {
          try checkpoint.append(pending, after: known.count)
          pending = []
          lastWrite = now
        } catch {
          failure = error
        }
      }
      return failure == nil && (!isStopped || isDone)
    }
    // Typed all the way: swiftc 6.3.1 fails on a pattern that catches one case of a typed throw here.
    let outcome = Result { () throws(TokenizationFailure) in try trainer.train(resuming: known, observe: observe) }
    if case .failure(.corruptRun) = outcome {
      // Never with a log of ours: its checks chain from the identity of input and options.
      try checkpoint?.dropMerges()
      throw PlainFailure(
        .badData, "\(checkpointDirectory ?? ""): merges that do not fit the counts were removed; run it again")
    }
    let model = try outcome.get()
    if let failure { throw failure }
    guard let model else { throw RunInterrupted(signal: Interruption.requestedSignal) }
    meter.finish()
    return (model, min(known.count, model.merges.count))
  }
}

/// Says how long the rest will take, from the rate of the last seconds. Merges become quicker as pairs become rarer: an
/// upper bound.
private struct TimeLeft {
  private var marks: [(time: ContinuousClock.Instant, done: Int)] = []

  mutating func text(done: Int, of all: Int) -> String {
    let now = ContinuousClock.now
    if marks.last.map({ (now - $0.time) / .seconds(1) > 0.5 }) ?? true { marks.append((now, done)) }
    if marks.count > 20 { marks.removeFirst() }
    guard let first = marks.first, done > first.done, all > done else { return "" }
    let seconds = (now - first.time) / .seconds(1) / Double(done - first.done) * Double(all - done)
    return ", at most \(Int(seconds.rounded(.up))) s left"
  }
}

/// Passes on to another observer and keeps the meter of the stage that began last.
private final class MeterCapture: RunObserver {
  private let next: any RunObserver
  private let current = Mutex<ProgressMeter?>(nil)

  init(_ next: any RunObserver) { self.next = next }

  var meter: ProgressMeter? { current.withLock { $0 } }
  func stageBegan(_ meter: ProgressMeter) {
    current.withLock { $0 = meter }
    next.stageBegan(meter)
  }
  func stageEnded(_ meter: ProgressMeter) { next.stageEnded(meter) }
  func message(_ text: String) { next.message(text) }
}
