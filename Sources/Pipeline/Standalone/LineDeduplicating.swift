// `xylem dedup lines`: lines or paragraphs that many documents share, removed from all of them (ROOTS's template lines).
//
//   pass 1   segment -> digest and position (24 bytes, sorted outside memory)
//   sort     groups seen often enough -> position of each removal (16 bytes, sorted)
//   pass 2   texts without their removed segments; every other byte of a record as it stood
import CorpusCore
import CorpusIO
import Deduplication
import Foundation
import Synchronization

public struct LineDeduplicating: Sendable {
  public var pass: InputPass
  public var unit = SegmentUnit.line
  /// Characters that a segment must have, white space around it left out.
  public var minimumLength = 15
  /// Occurrences from which a segment goes; 2 to 1,048,576.
  public var minimumCount = 10
  public var within = RepetitionScope.all
  /// The first occurrence stays.
  public var keepFirst = false
  /// Ceiling of what the sorters take; a few MB a worker come on top.
  public var memoryBytes: Int
  public var format = KeptFormat()
  public var fileSystem: any FileSystem = LocalFileSystem()

  public init(pass: InputPass, memoryBytes: Int) {
    self.pass = pass
    self.memoryBytes = memoryBytes
  }

  public struct Summary: Codable, Sendable, Equatable {
    public var read = 0
    public var kept = 0
    /// Documents of which nothing was left.
    public var removed = 0
    public var quarantined = 0
    /// Documents that lost something and were kept.
    public var changed = 0
    public var segments = 0
    public var removedSegments = 0
    /// Different segments among the removed.
    public var repeatedSegments = 0
    /// Bytes of text that went, line feeds included.
    public var removedBytes = 0

    enum CodingKeys: String, CodingKey {
      case read, kept, removed, quarantined, changed, segments
      case removedSegments = "removed_segments"
      case repeatedSegments = "repeated_segments"
      case removedBytes = "removed_bytes"
    }

    mutating func add(_ other: Summary) {
      kept += other.kept
      removed += other.removed
      changed += other.changed
      segments += other.segments
      removedSegments += other.removedSegments
      repeatedSegments += other.repeatedSegments
      removedBytes += other.removedBytes
    }
  }

  /// Writes `output/kept/`, `output/removed.jsonl` and `output/repeated.jsonl`; `output` must not hold a result yet.
  ///
  /// Disk while it runs: 24 bytes a segment, 16 a removed one.
  public func run(output: String, observer: any RunObserver) throws -> Summary {
    guard (2...1 << 20).contains(minimumCount) else {
      throw PlainFailure(.usage, "minimum count \(minimumCount): expected 2 to \(1 << 20)")
    }
    let result = try DeduplicatedOutput(
      output: output, format: format, evidence: ["removed.jsonl", "repeated.jsonl"], fileSystem: fileSystem)
    let scratch = try ScratchWork(output: output, fileSystem: fileSystem)
    let work = scratch.directory
    let units = try UnitPass(pass, work: work)
    let lines = LineTable(units: units.units)
    let segments = TextSegments(unit: unit, minimumLength: minimumLength)
    let sorter = SharedSorter(recordBytes: 24, memoryBytes: memoryBytes / 2, directory: work)
    let tally = try units.run(stage: "count", observer: observer) { task in
      var records: [UInt8] = []
      var ordinal = 0
      for (index, source) in task.sources.enumerated() {
        try task.reader.forEachBatch([source]) { batch in
          lines.add(batch, unit: task.unit, source: index)
          for document in batch.documents {
            let group = within.group(document, of: batch, shard: batch.shard)
            batch.withBytes(document.text) { text in
              segments.forEach(text.assumingMemoryBound(to: UInt8.self)) { range in
                let digest = segmentDigest(text, range, group: group)
                appendBigEndian(digest.high, to: &records)
                appendBigEndian(digest.low, to: &records)
                appendBigEndian(UnitPosition.make(unit: task.unit, inside: ordinal), to: &records)
                ordinal += 1
              }
            }
          }
          try sorter.add(records)
          records.removeAll(keepingCapacity: true)
        }
      }
    }
    try units.check(tally, observer: observer)
    let removals = try decide(sorter, work: work, units: units.units.count)
    var summary = Summary(read: tally.records, quarantined: tally.bad)
    let rewrite = LineRewriting(
      job: self, units: units, segments: segments, removals: removals, linesBefore: lines.allBefore())
    summary.add(try rewrite.run(into: result, memoryBytes: memoryBytes / 4, observer: observer))
    try result.finish()
    return summary
  }

  /// Goes through the groups of equal segments; hands out positions of the removed ones in the order of the input.
  private func decide(_ sorter: SharedSorter, work: RunDirectory, units: Int) throws -> UnitRecords {
    let removals = SharedSorter(recordBytes: 16, memoryBytes: memoryBytes / 4, directory: work)
    var block: [UInt8] = []
    // The first positions of a group, until it is large enough; at most minimumCount of them. The first one's record
    // waits for the end of the group, because it tells the count.
    var early: [UInt64] = []
    var count = 0
    var digest = Digest128(high: 0, low: 0)
    func emit(_ position: UInt64, _ mark: UInt64) throws {
      appendBigEndian(position, to: &block)
      appendBigEndian(mark, to: &block)
      if block.count >= 1 << 16 {
        try removals.add(block)
        block.removeAll(keepingCapacity: true)
      }
    }
    func endGroup() throws {
      if count >= minimumCount, let first = early.first { try emit(first, UInt64(count)) }
      early.removeAll(keepingCapacity: true)
      count = 0
    }
    try sorter.forEachSorted { record in
      let next = Digest128(high: loadBigEndian(record, at: 0), low: loadBigEndian(record, at: 8))
      let position = loadBigEndian(record, at: 16)
      if next != digest { try endGroup() }
      digest = next
      count += 1
      if count <= minimumCount { early.append(position) } else { try emit(position, 0) }
      if count == minimumCount { for other in early.dropFirst() { try emit(other, 0) } }
    }
    try endGroup()
    try removals.add(block)
    return try UnitRecords(sorted: removals, name: "removals", units: units, directory: work)
  }
}

/// What equal segments of one group have in common.
func segmentDigest(_ text: UnsafeRawBufferPointer, _ range: Range<Int>, group: UInt64) -> Digest128 {
  Digest128(hashing: UnsafeRawBufferPointer(rebasing: text[range])).within(group: group)
}

/// The second pass.
private struct LineRewriting: Sendable {
  let job: LineDeduplicating
  let units: UnitPass
  let segments: TextSegments
  let removals: UnitRecords
  let linesBefore: [Int]

  func run(
    into result: DeduplicatedOutput, memoryBytes: Int, observer: any RunObserver
  ) throws -> LineDeduplicating.Summary {
    let output = OrderedOutput(limitBytes: memoryBytes) { _, chunk in try result.write(chunk) }
    let total = Mutex(LineDeduplicating.Summary())
    _ = try units.run(stage: "rewrite", observer: observer, output: output) { task in
      let unit = UnitRewriter(self, task: task, removed: try removals.cursor(unit: task.unit), output: output)
      for source in task.sources { try unit.rewrite(source) }
      try unit.out.close()
      total.withLock { $0.add(unit.summary) }
    }
    return total.withLock { $0 }
  }

  private final class UnitRewriter {
    let plan: LineRewriting
    let task: UnitTask
    let removed: UnitRecords.Cursor
    let out: UnitOutput
    let rewriter: RecordRewriter
    var summary = LineDeduplicating.Summary()
    private var ordinal = 0
    private var text: [UInt8] = []
    private var line: [UInt8] = []

    init(_ plan: LineRewriting, task: UnitTask, removed: UnitRecords.Cursor, output: OrderedOutput) {
      self.plan = plan
      self.task = task
      self.removed = removed
      out = UnitOutput(unit: task.unit, lanes: 2, format: plan.job.format, output: output)
      rewriter = RecordRewriter(textField: plan.job.pass.textField, idField: plan.job.pass.idField)
    }

    func rewrite(_ source: ShardSource) throws {
      try plan.units.forEachDocument(of: source, reader: task.reader) { document, batch, raw in
        let before = summary.removedSegments
        let kept = try batch.withBytes(document.text) { bytes in
          let text = bytes.assumingMemoryBound(to: UInt8.self)
          // Most documents lose nothing, and are copied.
          let first = ordinal
          plan.segments.forEach(text) { _ in ordinal += 1 }
          summary.segments += ordinal - first
          let hasRemovals = removed.position < UnitPosition.make(unit: task.unit, inside: ordinal)
          guard hasRemovals else { return true }
          ordinal = first
          var made: [UInt8] = []
          swap(&made, &self.text)
          defer { swap(&made, &self.text) }
          let cuts = try plan.segments.cuts(in: text) { try isRemoved(bytes, $0, document, batch, source) }
          made.removeAll(keepingCapacity: true)
          appendRest(of: text, without: cuts, to: &made)
          let isBlank = made.withUnsafeBufferPointer { plan.segments.isBlank($0) }
          summary.removedBytes += text.count - (isBlank ? 0 : made.count)
          return !isBlank || summary.removedSegments == before
        }
        try finish(document, batch, raw, source, isKept: kept, isChanged: summary.removedSegments > before)
      }
    }

    private func isRemoved(
      _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ document: DocumentRecord, _ batch: DocumentBatch,
      _ source: ShardSource
    ) throws -> Bool {
      let position = UnitPosition.make(unit: task.unit, inside: ordinal)
      ordinal += 1
      guard removed.position == position else { return false }
      let count = removed.number(at: 8)
      try removed.advance()
      // A count says: the first of its group, which stands for it in the evidence.
      if count > 0 {
        summary.repeatedSegments += 1
        try note(text, range, count: Int(count), document, batch, source)
        if plan.job.keepFirst { return false }
      }
      summary.removedSegments += 1
      return true
    }

    private func note(
      _ text: UnsafeRawBufferPointer, _ range: Range<Int>, count: Int, _ document: DocumentRecord,
      _ batch: DocumentBatch, _ source: ShardSource
    ) throws {
      var line = EvidenceLine()
      line.add("digest", Digest128(hashing: UnsafeRawBufferPointer(rebasing: text[range])).description)
      line.add("count", count)
      batch.withBytes(document.id) { line.add("id", $0) }
      line.add("shard", plan.units.shardName(source))
      line.add("line", plan.linesBefore[task.unit] + document.line)
      line.add("text", UnsafeRawBufferPointer(rebasing: text[characterPrefix(text, range, limit: shownBytes)]))
      try out.note(line.finished(), lane: 2)
    }

    private func finish(
      _ document: DocumentRecord, _ batch: DocumentBatch, _ raw: UnsafeRawBufferPointer?, _ source: ShardSource,
      isKept: Bool, isChanged: Bool
    ) throws {
      guard isKept else {
        summary.removed += 1
        return try out.note(
          emptiedDocument(
            document, batch, shard: plan.units.shardName(source), line: plan.linesBefore[task.unit] + document.line,
            reason: .repeatedLines), lane: 1)
      }
      summary.kept += 1
      if isChanged { summary.changed += 1 }
      if let raw, !isChanged { return try out.keep(raw) }
      if !isChanged { text = Array(batch.bytes[document.text]) }
      batch.withBytes(document.id) { rewriter.replacingText(of: raw, by: text, id: $0, into: &line) }
      try out.keep(line)
    }
  }
}

/// Bytes of a segment that evidence shows.
private let shownBytes = 200

/// The part of `range` up to `limit` bytes that ends with a whole character.
func characterPrefix(_ text: UnsafeRawBufferPointer, _ range: Range<Int>, limit: Int) -> Range<Int> {
  guard range.count > limit else { return range }
  var end = range.lowerBound + limit
  while end > range.lowerBound, text[end] & 0xC0 == 0x80 { end -= 1 }
  return range.lowerBound..<end
}

/// The evidence of a document of which nothing is left: no other document stands for it.
func emptiedDocument(
  _ document: DocumentRecord, _ batch: DocumentBatch, shard: String, line number: Int, reason: DropReason
) -> [UInt8] {
  var line = EvidenceLine()
  batch.withBytes(document.id) { line.add("id", $0) }
  line.add("shard", shard)
  line.add("line", number)
  line.add("reason", reason.rawValue)
  line.add("representative", "")
  line.add("similarity", 0.0)
  return line.finished()
}
