// lines: the distinct segments of a part with how often and where first they stand in it, as one sorted run. The first of
// the three stages of repeated lines (docs/decisions/0010): lines, repeats, cut.
import CorpusCore
import CorpusIO
import Deduplication

/// A part by its place in the catalog.
struct NumberedPart: Sendable {
  let index: Int
  let part: PartCatalog.Part
}

struct LinesCounts: Codable, Sendable {
  var language = ""
  var documents = 0
  var segments = 0
  var distinctSegments = 0
}

struct LinesStage: Stage {
  static let name = "lines"
  let configuration: PipelineConfiguration
  let step: DeduplicateLinesConfiguration
  let catalog: PartCatalog
  let removals: Digest128

  func units() -> [PlannedUnit<NumberedPart>] {
    catalog.parts.enumerated().map { index, part in
      let identity = unitIdentity(
        stage: Self.name, configuration: configuration.digest,
        parts: [part.name.label, String(index), part.digest.description, removals.description])
      return PlannedUnit(
        label: part.name.label, identity: identity, bytes: part.rawBytes, work: NumberedPart(index: index, part: part))
    }
  }

  func run(_ unit: PlannedUnit<NumberedPart>, attempt: Attempt) throws -> LinesCounts {
    let part = unit.work.part
    let scan = SegmentScan(step, language: part.name.language)
    // Digest and place in the part: 24 bytes.
    let sorter = ExternalSorter(
      recordBytes: 24, memoryBytes: attempt.memoryBytes / 2, scratchDirectory: attempt.scratchDirectory,
      fileSystem: attempt.directory.fileSystem)
    var counts = LinesCounts(language: part.name.language)
    try forEachKept(part, cut: false, directory: attempt.directory, attempt: attempt) { document, batch in
      counts.documents += 1
      try scan.forEach(document, of: batch) { _, _, digest in
        let place = UnitPosition.make(unit: unit.work.index, inside: counts.segments)
        try withUnsafeBytes(of: (digest.high.bigEndian, digest.low.bigEndian, place.bigEndian)) { try sorter.add($0) }
        counts.segments += 1
      }
    }
    let output = try attempt.createOutput()
    var open: SegmentRecord?
    func close() throws {
      guard let open else { return }
      counts.distinctSegments += 1
      try open.withBytes { try output.write($0) }
    }
    try sorter.forEachSorted { bytes in
      let digest = SegmentRecord.digest(bytes, at: 0)
      if open?.digest == digest {
        open?.count += 1
      } else {
        try close()
        open = SegmentRecord(digest: digest, first: loadBigEndian(bytes, at: 16), count: 1)
      }
    }
    try close()
    attempt.add(try output.finish(), as: RunDirectory.segments(part.name))
    return counts
  }
}
