// Byte-pair training (Sennrich et al., arXiv 1508.07909) with the order and rules of Hugging Face's BpeTrainer and
// 64-bit counts: merges are identical as long as no pair occurs 2^31 times.

/// Learns merges from counted pieces. A handle: copies share their pieces, and `train` uses them up.
public struct BytePairTrainer {
  private let options: TrainerOptions
  private let pieces = TrainingPieces()

  /// Throws `invalidOption` for a vocabulary that cannot hold the special tokens and the alphabet, or is too large.
  public init(options: TrainerOptions) throws(TokenizationFailure) {
    self.options = options
    try TrainingRun.check(options)
  }

  /// Adds a piece and how often it occurs; pieces rarer than the options' `minimumPieceCount` are passed over. The result
  /// does not depend on the order. 20 bytes and those of `piece`; see `peakBytes` for what training needs.
  public mutating func add(piece: UnsafeBufferPointer<UInt8>, count: UInt64) {
    if count >= options.minimumPieceCount { pieces.add(piece, count) }
  }

  /// Adds what `counter` counted, which is taken over and is empty after training.
  public mutating func add(contentsOf counter: PieceCounter) { pieces.add(counter) }

  /// Bytes held.
  public var memoryBytes: Int { pieces.byteCount }
  /// Distinct pieces added.
  public var pieceCount: Int { pieces.pieceCount }

  /// Memory at the peak of training on `pieceCount` distinct pieces of `byteCount` bytes in all, the pieces as `add`
  /// keeps them included: 11 bytes a cell (a cell and a place of 4 bytes each, pairs, the passes over them) and 100 an
  /// entry of the vocabulary. Measured on mixes of 46 languages, 64 and 256 MB, both splits: 10.4 to 10.8 a cell.
  public static func peakBytes(pieceCount: Int, byteCount: Int, options: TrainerOptions) -> Int {
    let cells = byteCount + pieceCount
    let laidOut = 4 * cells + 24 * pieceCount + byteCount
    return max(11 * cells, laidOut) + 100 * max(options.vocabularySize, 0) + (24 << 20)
  }

  /// Learns merges until the vocabulary is full or no pair occurs often enough. Throws `tooLarge` when the pieces are
  /// more than 2^32 bytes or occur 2^62 times in all. `progress` is called every few milliseconds.
  public mutating func train(progress: (TrainingProgress) -> Void) throws(TokenizationFailure) -> TrainedModel {
    let model = try train(resuming: []) { now, _ in
      progress(now)
      return true
    }
    // Only an observer that wants to stop leaves no model.
    guard let model else { throw .tooLarge("training was stopped") }
    return model
  }

  /// The same, beginning with merges learned before from the same pieces and options. `observe` is given the merges that
  /// were not among them and that it was not given before; when it returns false, training ends without a model.
  /// Throws `corruptRun` when `known` cannot have been learned from these pieces.
  public mutating func train(
    resuming known: [LearnedMerge], observe: (TrainingProgress, ArraySlice<LearnedMerge>) -> Bool
  ) throws(TokenizationFailure) -> TrainedModel? {
    var run = TrainingRun(options)
    try run.layOut(pieces, minimumCount: options.minimumPieceCount)
    try run.replay(known)
    var reported = run.merges.count
    var lastWork = 0
    while run.mergeNext() {
      if run.work - lastWork > TrainingRun.workBetweenReports {
        lastWork = run.work
        let goOn = observe(run.progress, run.merges[reported...])
        reported = run.merges.count
        if !goOn { return nil }
      }
    }
    return observe(run.progress, run.merges[reported...]) ? run.model : nil
  }
}

/// A merge as it was learned: what a later process needs to go on from there.
public struct LearnedMerge: Sendable, Hashable {
  public var left: UInt32
  public var right: UInt32
  /// Whether a count had passed 2^31 by then.
  public var overflowed32Bits: Bool

  public init(left: UInt32, right: UInt32, overflowed32Bits: Bool) {
    self.left = left
    self.right = right
    self.overflowed32Bits = overflowed32Bits
  }
}

/// The pieces a trainer was given.
final class TrainingPieces {
  private var arena = PieceArena()
  private var counters: [PieceCounter] = []

  func add(_ piece: UnsafeBufferPointer<UInt8>, _ count: UInt64) {
    guard let bytes = piece.baseAddress, piece.count > 0, count > 0 else { return }
    guard piece.count <= Int(UInt32.max) else {
      let half = piece.count / 2
      add(UnsafeBufferPointer(rebasing: piece[..<half]), count)
      add(UnsafeBufferPointer(rebasing: piece[half...]), count)
      return
    }
    arena.append(bytes, length: piece.count, count: count)
  }

  func add(_ counter: PieceCounter) { counters.append(counter) }

  var byteCount: Int { arena.byteCount + counters.reduce(0) { $0 + $1.memoryBytes } }
  var pieceCount: Int { arena.pieceCount + counters.reduce(0) { $0 + $1.distinctCount } }

  func forEach(atLeast minimum: UInt64, _ body: (UnsafeBufferPointer<UInt8>, UInt64) -> Void) {
    arena.forEachPlace { if arena.record($0).pointee >= minimum { body(arena.piece($0), arena.record($0).pointee) } }
    for counter in counters { counter.forEachPiece { if $1 >= minimum { body($0, $1) } } }
  }

  func removeAll() {
    arena.removeAll()
    for counter in counters { counter.reset() }
    counters = []
  }
}
