// prepare: one pass over the raw text. decode -> normalize -> identify language -> filter -> redact -> fingerprint, fused:
// a document is in cache from its parsing to its fingerprint. A unit leaves one sectioned file; collect sorts it out.
import CorpusCore
import CorpusIO
import Deduplication
import Foundation
import TextProcessing

/// Input of one prepare unit: some whole small shards, or a range of one large one.
public struct PrepareWork: Sendable {
  var sources: [ShardSource]
}

struct PrepareStage: Stage {
  static let name = "prepare"
  let configuration: PipelineConfiguration
  let languages: LanguageTable
  let identifier: (any LanguageIdentifier)?
  var evaluation: EvaluationSource?
  let planned: [PlannedUnit<PrepareWork>]
  /// What the units counted, once they were run or found done.
  let totals = PrepareTotals()

  func units() -> [PlannedUnit<PrepareWork>] { planned }

  func absorb(_ counts: inout PrepareCounts, index: Int) { totals.absorb(&counts, index: index) }

  func run(_ unit: PlannedUnit<PrepareWork>, attempt: Attempt) throws -> PrepareCounts {
    var writer = try UnitWriter(attempt: attempt, configuration: configuration)
    var counts = PrepareCounts()
    counts.identification = configuration.identifyLanguage.map(IdentificationCounts.init)
    if configuration.report != nil, configuration.filter != nil { counts.portrait.filters = FilterTallies() }
    var sample = configuration.report == nil ? nil : TextSample(unitBytes: unit.bytes)
    let cleaner = DocumentCleaner(
      configuration: configuration, languages: languages, identifier: identifier, evaluation: try evaluation?.set())
    let options = readOptions(configuration)
    var batch = DocumentBatch()
    for source in unit.work.sources {
      let reader = try ShardReader(source: source, options: options, fileSystem: attempt.directory.fileSystem)
      var records = 0
      var lines = 0
      var reported = 0
      while try reader.next(into: &batch) {
        if Interruption.isRequested { throw Interrupted() }
        records += batch.documents.count + batch.rejected.count
        lines += batch.documents.count + batch.rejected.count + batch.blankLineCount
        counts.blankLines += batch.blankLineCount
        counts.read += batch.documents.count + batch.rejected.count
        try quarantine(batch.rejected, of: source, counts: &counts, writer: &writer)
        for document in batch.documents {
          let fate = cleaner.clean(document, of: batch, counts: &counts)
          if case .kept(let language) = fate { sample?.add(cleaner.text, language: language, of: document, in: batch) }
          try writer.write(fate, document: document, batch: batch, cleaner: cleaner, counts: &counts)
        }
        attempt.progress.add(
          bytes: reader.bytesRead - reported, documents: batch.documents.count, quarantined: batch.rejected.count)
        reported = reader.bytesRead
      }
      counts.inputs.append(
        ReadInput(
          path: source.path, offset: source.partOffset, records: records, lines: lines, bytes: reader.bytesRead,
          digest: reader.contentDigest))
    }
    counts.portrait.profile = sample?.finish()
    if configuration.report == nil { counts.portrait = TextPortrait() }
    counts.sections = try writer.finish(counts.portrait, as: RunDirectory.preparedUnit(unit.label))
    precondition(counts.isBalanced, "prepare lost or invented a record: read != kept + removed + quarantined")
    return counts
  }

  private func quarantine(
    _ rejected: [RejectedRecord], of source: ShardSource, counts: inout PrepareCounts, writer: inout UnitWriter
  ) throws {
    for record in rejected {
      if configuration.onBadInput == .fail {
        // A part does not know its line in the file; its byte is exact.
        let place =
          (source.partOffset ?? 0) == 0
          ? "\(record.location)" : "\(record.location.shard) at byte \(record.location.byteOffset)"
        throw PlainFailure(
          .badData,
          "\(place): \(record.reason); on_bad_input is fail (use quarantine to set such records aside)")
      }
      counts.quarantined += 1
      if counts.quarantine.count < PrepareCounts.shownQuarantine {
        counts.quarantine.append(
          QuarantineExample(
            shard: record.location.shard, line: record.location.line, offset: record.location.byteOffset,
            reason: record.reason))
      }
      try writer.quarantine(record)
    }
  }
}

func readOptions(_ configuration: PipelineConfiguration) -> ReadOptions {
  var options = ReadOptions()
  options.textField = configuration.textField
  options.idField = configuration.idField
  options.textDocuments = ReadOptions.TextDocuments(rawValue: configuration.textDocuments.rawValue) ?? .file
  return options
}
