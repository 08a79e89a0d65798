// count: distinct pre-tokens of a part with their counts, as one sorted run. The clean text is read once for it.
import CorpusCore
import CorpusIO
import Tokenization

/// What a part gave to the counts.
public struct CountCounts: Codable, Sendable {
  public var language = ""
  public var documents = 0
  public var bytes = 0
  public var distinctPieces = 0
}

struct CountStage: Stage {
  static let name = "count"
  let configuration: PipelineConfiguration
  let step: TrainTokenizerConfiguration
  let catalog: PartCatalog
  let removals: Digest128

  func units() -> [PlannedUnit<PartCatalog.Part>] {
    catalog.parts.map { part in
      let identity = unitIdentity(
        stage: Self.name, configuration: configuration.digest,
        parts: [part.name.label, part.digest.description, removals.description])
      return PlannedUnit(label: part.name.label, identity: identity, bytes: part.rawBytes, work: part)
    }
  }

  func run(_ unit: PlannedUnit<PartCatalog.Part>, attempt: Attempt) throws -> CountCounts {
    let counter = PieceCounter(preTokenizer: try PreTokenizerKind.named(step.preTokenizer))
    var counts = CountCounts(language: unit.work.name.language)
    try forEachKept(
      unit.work, cut: configuration.deduplicateLines != nil, directory: attempt.directory, attempt: attempt
    ) { record, batch in
      batch.bytes.withUnsafeBufferPointer { bytes in
        counter.count(UnsafeBufferPointer(rebasing: bytes[record.text]))
      }
      counts.documents += 1
      counts.bytes += record.text.count
    }
    counts.distinctPieces = counter.distinctCount
    let output = try attempt.createOutput()
    var run = PieceCountRunWriter()
    var failure: (any Error)?
    counter.drainSorted { piece, count in
      guard failure == nil else { return }
      run.append(piece, count)
      if run.block.count >= 1 << 20 {
        do { try output.write(run.takeBlock()) } catch { failure = error }
      }
    }
    if let failure { throw failure }
    try output.write(run.takeBlock())
    attempt.add(try output.finish(), as: RunDirectory.pieceCounts(unit.work.name))
    return counts
  }
}
