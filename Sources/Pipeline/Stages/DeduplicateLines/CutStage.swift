// cut: which bytes of which documents of a part go, and which documents. The text itself stays in prepared/; readers of
// it apply the list.
import CorpusCore
import CorpusIO
import Deduplication

/// What went, of one part.
public struct CutCounts: Codable, Sendable {
  public var language = ""
  /// Documents that stay, and those of them that lost something.
  public var documents = 0
  public var changed = 0
  /// Documents of which nothing or too little was left.
  public var removed = 0
  public var segments = 0
  public var removedSegments = 0
  /// Bytes of text: what was cut out of documents, and all of those removed.
  public var removedBytes = 0
  /// Different segments that stand here first of all and are repeated; and the most frequent of them.
  public var repeatedSegments = 0
  public var mostRepeated: [RepeatedSegment] = []

  /// Adds another part of the same language.
  mutating func add(_ other: CutCounts) {
    documents += other.documents
    changed += other.changed
    removed += other.removed
    segments += other.segments
    removedSegments += other.removedSegments
    removedBytes += other.removedBytes
    repeatedSegments += other.repeatedSegments
    mostRepeated = Array((mostRepeated + other.mostRepeated).sorted().prefix(CutStage.shownSegments))
  }
}

/// A repeated segment shown to people.
public struct RepeatedSegment: Codable, Sendable, Hashable, Comparable {
  public var count = 0
  /// Its beginning.
  public var text = ""

  /// The most frequent first.
  public static func < (a: RepeatedSegment, b: RepeatedSegment) -> Bool { (b.count, a.text) < (a.count, b.text) }
}

struct CutStage: Stage {
  static let name = "cut"
  fileprivate static let shownSegments = 20
  private static let shownBytes = 200
  let configuration: PipelineConfiguration
  let step: DeduplicateLinesConfiguration
  let catalog: PartCatalog
  let removals: Digest128
  let repeats: [UnitManifest<RepeatsCounts>]

  func units() -> [PlannedUnit<NumberedPart>] {
    let repeated = unitIdentity(
      stage: Self.name, configuration: configuration.digest,
      parts: repeats.flatMap { $0.outputs.map(\.digest.description) })
    return catalog.parts.enumerated().map { index, part in
      let identity = unitIdentity(
        stage: Self.name, configuration: configuration.digest,
        parts: [part.name.label, String(index), part.digest.description, removals.description, repeated.description])
      return PlannedUnit(
        label: part.name.label, identity: identity, bytes: part.rawBytes, work: NumberedPart(index: index, part: part))
    }
  }

  func run(_ unit: PlannedUnit<NumberedPart>, attempt: Attempt) throws -> CutCounts {
    let part = unit.work.part
    let files = try repeats.flatMap { try $0.outputs.map { try SegmentFile($0.path, directory: attempt.directory) } }
    let repeated = RepeatedSegments(files)
    let scan = SegmentScan(step, language: part.name.language)
    var counts = CutCounts(language: part.name.language)
    var list = CutListWriter()
    var evidence = try CompressedLines(attempt: attempt)
    // Of one document: whether each of its segments goes, and what is left.
    var goes: [Bool] = []
    var rest: [UInt8] = []
    try forEachRemainingBatch(part, directory: attempt.directory, attempt: attempt) { documents, batch in
      for (ordinal, document) in documents {
        goes.removeAll(keepingCapacity: true)
        try scan.forEach(document, of: batch) { text, range, digest in
          let here = UnitPosition.make(unit: unit.work.index, inside: counts.segments)
          counts.segments += 1
          let record = repeated.find(digest)
          if let record, record.first == here {
            counts.repeatedSegments += 1
            try note(text, range, record, document, batch, in: &evidence, &counts)
          }
          goes.append(record.map { !(step.keepFirst && $0.first == here) } ?? false)
        }
        guard goes.contains(true) else {
          counts.documents += 1
          continue
        }
        counts.removedSegments += goes.count(where: { $0 })
        let (cuts, isEnough) = batch.withBytes(document.text) { bytes in
          let text = bytes.assumingMemoryBound(to: UInt8.self)
          var next = 0
          let cuts = scan.segments.cuts(in: text) { _ in
            defer { next += 1 }
            return goes[next]
          }
          rest.removeAll(keepingCapacity: true)
          appendRest(of: text, without: cuts, to: &rest)
          let isBlank = rest.withUnsafeBufferPointer { scan.segments.isBlank($0) }
          return (cuts, !isBlank && rest.count >= step.minimumBytes)
        }
        if isEnough {
          counts.documents += 1
          counts.changed += 1
          counts.removedBytes += document.text.count - rest.count
          list.append(ordinal, cuts)
        } else {
          counts.removed += 1
          counts.removedBytes += document.text.count
          list.appendRemoved(ordinal)
          var line = EvidenceLine()
          batch.withBytes(document.id) { line.add("id", $0) }
          line.add("reason", DropReason.repeatedLines.rawValue)
          line.add("bytes", document.text.count)
          line.add("left", rest.count)
          try evidence.append(line.finished())
        }
      }
    }
    try attempt.write(list.finished(), as: RunDirectory.cuts(part.name))
    attempt.add(try evidence.finish(), as: RunDirectory.cutEvidence(part.name))
    return counts
  }

  /// The first of equal segments stands for all of them.
  private func note(
    _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ record: SegmentRecord, _ document: DocumentRecord,
    _ batch: DocumentBatch, in evidence: inout CompressedLines, _ counts: inout CutCounts
  ) throws {
    let shown = UnsafeRawBufferPointer(rebasing: text[characterPrefix(text, range, limit: Self.shownBytes)])
    var line = EvidenceLine()
    line.add("digest", Digest128(hashing: UnsafeRawBufferPointer(rebasing: text[range])).description)
    line.add("count", Int(record.count))
    batch.withBytes(document.id) { line.add("id", $0) }
    line.add("text", shown)
    try evidence.append(line.finished())
    if counts.mostRepeated.count == Self.shownSegments, let last = counts.mostRepeated.last,
      last.count > Int(record.count)
    {
      return
    }
    let segment = RepeatedSegment(count: Int(record.count), text: String(decoding: shown, as: UTF8.self))
    counts.mostRepeated.insert(segment, at: lowerBound(counts.mostRepeated.count) { counts.mostRepeated[$0] < segment })
    if counts.mostRepeated.count > Self.shownSegments { counts.mostRepeated.removeLast() }
  }
}
