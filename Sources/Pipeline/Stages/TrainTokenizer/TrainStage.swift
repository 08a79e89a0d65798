// train: merges the sorted runs of all parts, weighted by language, learns the merges, writes the tokenizer's files.
import CorpusCore
import CorpusIO
import Foundation
import Tokenization

public struct TrainCounts: Codable, Sendable {
  public var vocabularySize = 0
  public var merges = 0
  public var distinctPieces = 0
  public var trainedBytes = 0
  public var overflowed32Bits = false
  public var longestTokens: [String] = []
  public var multipliers: [String: UInt64] = [:]
}

struct TrainStage: Stage {
  static let name = "train"
  let configuration: PipelineConfiguration
  let step: TrainTokenizerConfiguration
  let counted: [UnitManifest<CountCounts>]
  /// Seconds between two writes of what was learned, at least.
  var checkpointInterval = 1.0

  func units() -> [PlannedUnit<Void>] {
    let runs = counted.flatMap { $0.outputs.map(\.digest.description) }
    let identity = unitIdentity(stage: Self.name, configuration: configuration.digest, parts: runs)
    let bytes = counted.flatMap(\.outputs).reduce(0) { $0 + $1.bytes }
    return [PlannedUnit(label: "all", identity: identity, bytes: bytes, work: ())]
  }

  func run(_ unit: PlannedUnit<Void>, attempt: Attempt) throws -> TrainCounts {
    var options = TrainerOptions()
    options.vocabularySize = step.vocabularySize
    options.minimumFrequency = UInt64(step.minimumFrequency)
    options.specialTokens = step.specialTokens
    options.protectSpecialTokens = step.specialTokensInText == .text
    var languageBytes: [String: Int] = [:]
    for manifest in counted { languageBytes[manifest.counts.language, default: 0] += manifest.counts.bytes }
    let multipliers = samplingMultipliers(bytes: languageBytes, alpha: step.samplingAlpha)
    var counts = TrainCounts()
    counts.multipliers = multipliers
    counts.trainedBytes = languageBytes.values.reduce(0, +)

    var trainer = try BytePairTrainer(options: options)
    var sizes = PieceSizes()
    let runs = try counted.flatMap { manifest in
      try manifest.outputs.map { output in
        (
          try FileBlocks(path: attempt.directory.absolute(output.path), fileSystem: attempt.directory.fileSystem),
          multipliers[manifest.counts.language] ?? 1
        )
      }
    }
    try mergeRuns(runs.map { blocks, weight in PieceCountRunReader(weight: weight) { try blocks.next() ?? [] } }) {
      piece, count in
      trainer.add(piece: piece, count: count)
      sizes.add(length: piece.count, count: count)
      counts.distinctPieces += 1
      if counts.distinctPieces % 65_536 == 0 {
        if Interruption.isRequested { throw Interrupted() }
        try checkFit(sizes, options: options, limit: attempt.memoryBytes)
      }
    }
    // Fewer pieces than that take some tens of MB, which a run that got this far has: they are never refused.
    if counts.distinctPieces >= 65_536 { try checkFit(sizes, options: options, limit: attempt.memoryBytes) }
    attempt.progress.add(bytes: unit.bytes)
    guard let model = try learn(&trainer, unit.identity, attempt) else { throw Interrupted() }
    counts.vocabularySize = model.vocabulary.count
    counts.merges = model.merges.count
    counts.overflowed32Bits = model.overflowed32Bits
    counts.longestTokens = longestTokens(model, count: 40)
    let kind = try PreTokenizerKind.named(step.preTokenizer)
    try writeTokenizer(model, kind: kind) { name, bytes in
      try attempt.write(bytes, as: "tokenizer/" + name)
    }
    return counts
  }

  /// Learns merges, going on from those that an earlier process left. nil when the process is to stop: also where other
  /// units would be finished first, since this one goes on where it was.
  private func learn(
    _ trainer: inout BytePairTrainer, _ identity: Digest128, _ attempt: Attempt
  ) throws -> TrainedModel? {
    var checkpoint = try MergeCheckpoint(of: identity, in: attempt.directory, interval: checkpointInterval)
    var failure: (any Error)?
    func observe(_ progress: TrainingProgress, _ learned: ArraySlice<LearnedMerge>) -> Bool {
      attempt.progress.setShare(Double(progress.vocabularyCount) / Double(max(1, progress.vocabularySize)))
      attempt.progress.setDetail(
        "\(progress.vocabularyCount) of \(progress.vocabularySize) entries, last pair \(progress.pairCount) times, "
          + "\(byteText(progress.memoryBytes)) of memory")
      checkpoint.take(learned, from: progress.mergeCount - learned.count)
      let isStopped = Interruption.isRequested || Interruption.isDraining
      if isStopped || checkpoint.isDue {
        do { try checkpoint.write() } catch { failure = error }
      }
      return failure == nil && !isStopped
    }
    // Typed all the way: swiftc 6.3.1 fails on a pattern that catches one case of a typed throw here.
    let known = checkpoint.merges
    let outcome = Result { () throws(TokenizationFailure) in try trainer.train(resuming: known, observe: observe) }
    if case .failure(.corruptRun) = outcome {
      // Never with a file of ours: its checks chain from the identity of the unit.
      try checkpoint.drop()
      throw PlainFailure(
        .badData,
        "\(attempt.directory.absolute(RunDirectory.mergesSoFar)): merges that do not fit the counts were removed; "
          + "run it again")
    }
    if let failure { throw failure }
    return try outcome.get()
  }

  /// Merging holds every distinct piece; what cannot fit is refused before the machine is in trouble.
  private func checkFit(_ sizes: PieceSizes, options: TrainerOptions, limit: Int) throws {
    let (pieces, bytes) = sizes.total()
    let needed = BytePairTrainer.peakBytes(pieceCount: pieces, byteCount: bytes, options: options)
    guard needed > limit else { return }
    throw PlainFailure(
      .configuration,
      "training on \(pieces) distinct pieces or more needs about \(byteText(needed)), and `memory` allows "
        + "\(byteText(limit)); give more memory, or train on a sample of the text")
  }

  private func longestTokens(_ model: TrainedModel, count: Int) -> [String] {
    let learned = model.vocabulary.enumerated().dropFirst(model.specialTokens.count)
    let longest = learned.sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.prefix(count)
    return longest.map { String(decoding: $0.element, as: UTF8.self) }
  }
}

/// The three files that `transformers.AutoTokenizer` looks for.
public func writeTokenizer(
  _ model: TrainedModel, kind: PreTokenizerKind, _ write: (String, [UInt8]) throws -> Void
) throws {
  try write("tokenizer.json", TokenizerFile.write(model, preTokenizer: kind))
  try write("tokenizer_config.json", TokenizerFile.tokenizerConfig(model, preTokenizer: kind))
  try write("special_tokens_map.json", TokenizerFile.specialTokensMap(model))
}

/// A file in blocks of 1 MiB, for readers that take bytes as they come.
final class FileBlocks {
  private let path: String
  private let fileSystem: any FileSystem
  private let descriptor: Int32

  init(path: String, fileSystem: any FileSystem) throws {
    self.path = path
    self.fileSystem = fileSystem
    descriptor = try fileSystem.openForReading(path)
  }

  deinit { fileSystem.close(descriptor) }

  /// The next 1 MiB, less only at the end of the file, whatever a read gives; nil at the end.
  func next() throws -> [UInt8]? {
    var block = [UInt8](repeating: 0, count: 1 << 20)
    var count = 0
    try block.withUnsafeMutableBytes { bytes in
      while count < bytes.count {
        let part = try fileSystem.read(
          descriptor, into: UnsafeMutableRawBufferPointer(rebasing: bytes[count...]), path: path)
        if part == 0 { break }
        count += part
      }
    }
    guard count > 0 else { return nil }
    block.removeLast(block.count - count)
    return block
  }
}
