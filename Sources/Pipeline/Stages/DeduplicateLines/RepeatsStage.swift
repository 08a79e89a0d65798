// repeats: the runs of all parts merged, and of what stands often enough the record kept. A unit merges one range of
// digests, so that the one step that must see all parts runs on all workers and within the memory of one.
import CorpusCore
import CorpusIO
import Deduplication

struct RepeatsCounts: Codable, Sendable {
  /// Different segments of the range, and those among them that stand often enough.
  var distinctSegments = 0
  var repeatedSegments = 0
  /// How often the latter stand.
  var occurrences = 0
}

struct RepeatsStage: Stage {
  static let name = "repeats"
  /// Bytes of records in a range, about; less where parts are smaller.
  private static let rangeBytes = 32 << 20
  /// A range reads a slice of every run; so many slices may there be in all.
  private static let maximumSlices = 1 << 26
  let configuration: PipelineConfiguration
  let step: DeduplicateLinesConfiguration
  let found: [UnitManifest<LinesCounts>]

  private var runs: [FileSummary] { found.flatMap(\.outputs) }
  private var bytes: Int { runs.reduce(0) { $0 + $1.bytes } }
  private var ranges: DigestRanges { Self.ranges(of: bytes, runs: runs.count, configuration: configuration) }

  /// By what the runs hold, and so the same whoever asks.
  static func ranges(of bytes: Int, runs: Int, configuration: PipelineConfiguration) -> DigestRanges {
    let wanted = bytes / min(rangeBytes, configuration.partBytes) + 1
    return DigestRanges(count: max(1, min(wanted, maximumSlices / max(1, runs))))
  }

  func units() -> [PlannedUnit<Int>] {
    let ranges = ranges
    // One digest of all, not all of them in each unit.
    let found = unitIdentity(
      stage: Self.name, configuration: configuration.digest, parts: runs.map(\.digest.description))
    return (0..<ranges.count).map { range in
      PlannedUnit(
        label: PartName(language: "", index: range).digits,
        identity: unitIdentity(
          stage: Self.name, configuration: configuration.digest,
          parts: [String(range), String(ranges.count), found.description]),
        bytes: bytes / ranges.count, work: range)
    }
  }

  func run(_ unit: PlannedUnit<Int>, attempt: Attempt) throws -> RepeatsCounts {
    let sorter = ExternalSorter(
      recordBytes: SegmentRecord.byteCount, memoryBytes: attempt.memoryBytes / 2,
      scratchDirectory: attempt.scratchDirectory, fileSystem: attempt.directory.fileSystem)
    let ranges = ranges
    for run in runs {
      if Interruption.isRequested { throw Interrupted() }
      let records = try SegmentFile(run.path, directory: attempt.directory)
      let first = records.firstIndex { ranges.index(of: $0) < unit.work }
      let end = records.firstIndex { ranges.index(of: $0) <= unit.work }
      try records.forEach(first..<end) { try sorter.add($0) }
      attempt.progress.add(bytes: (end - first) * SegmentRecord.byteCount)
    }
    var counts = RepeatsCounts()
    let output = try attempt.createOutput()
    try mergeSegments(sorter) { record in
      counts.distinctSegments += 1
      guard record.count >= UInt64(step.minimumCount) else { return }
      counts.repeatedSegments += 1
      counts.occurrences += Int(record.count)
      try record.withBytes { try output.write($0) }
    }
    attempt.add(try output.finish(), as: RunDirectory.repeats(unit.label))
    return counts
  }
}

/// Hands out one record a digest: its first place of all, and the sum of its counts.
func mergeSegments(_ sorter: ExternalSorter, _ body: (SegmentRecord) throws -> Void) throws {
  var open: SegmentRecord?
  // Records of a digest come in the order of their places: the first one's is the first of all.
  try sorter.forEachSorted { bytes in
    let record = SegmentRecord(bytes)
    if let last = open, last.digest == record.digest {
      open?.count = last.count + record.count
    } else {
      if let open { try body(open) }
      open = record
    }
  }
  if let open { try body(open) }
}
