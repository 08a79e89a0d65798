// `xylem dedup passages`: stretches of text that stand somewhere before are cut out, the first occurrence stays.
//
//   pass 1   texts into one scratch file; chosen grams -> hash and place (16 bytes, sorted outside memory)
//   sort     places of equal grams, compared by bytes in the mapped file -> stretches to cut (20 bytes, sorted)
//   pass 2   texts without their stretches; every other byte of a record as it stood
import CorpusCore
import CorpusIO
import Deduplication
import Foundation
import Synchronization

public struct PassageRemoval: Sendable {
  public var pass: InputPass
  /// Bytes that must repeat, 16 to 4,096.
  public var window = 50
  public var within = RepetitionScope.all
  /// Ceiling of what the sorters take; a few MB a worker come on top. The texts are read through a map of a scratch file.
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
    public var passages = 0
    public var textBytes = 0
    public var removedBytes = 0

    enum CodingKeys: String, CodingKey {
      case read, kept, removed, quarantined, changed, passages
      case textBytes = "text_bytes"
      case removedBytes = "removed_bytes"
    }

    mutating func add(_ other: Summary) {
      kept += other.kept
      removed += other.removed
      changed += other.changed
      passages += other.passages
      textBytes += other.textBytes
      removedBytes += other.removedBytes
    }
  }

  /// Why a document went of which nothing is left.
  static let reason = DropReason(rawValue: "repeated_passages")

  /// Writes `output/kept/`, `output/removed.jsonl` and `output/passages.jsonl`; `output` must not hold a result yet.
  ///
  /// Disk while it runs: the texts, 16 bytes for every 13th byte of them (window 50), and 20 for each place in a repeat.
  public func run(output: String, observer: any RunObserver) throws -> Summary {
    guard WindowSampler.windows.contains(window) else {
      throw PlainFailure(.usage, "window of \(window) bytes: expected \(WindowSampler.windows)")
    }
    let result = try DeduplicatedOutput(
      output: output, format: format, evidence: ["removed.jsonl", "passages.jsonl"], fileSystem: fileSystem)
    let scratch = try ScratchWork(output: output, fileSystem: fileSystem)
    let work = scratch.directory
    let units = try UnitPass(pass, work: work)
    let lines = LineTable(units: units.units)
    let sampler = WindowSampler(window: window)
    let sorter = SharedSorter(recordBytes: 16, memoryBytes: memoryBytes / 2, directory: work)
    let store = try TextStore(directory: work, units: units.units.count, limitBytes: memoryBytes / 4)
    let tally = try units.run(stage: "sample", observer: observer, output: store.ordered) { task in
      var sampler = sampler
      var texts = store.writer(unit: task.unit)
      var records: [UInt8] = []
      for (index, source) in task.sources.enumerated() {
        try task.reader.forEachBatch([source]) { batch in
          lines.add(batch, unit: task.unit, source: index)
          for document in batch.documents {
            let group = mixedGroup(within.group(document, of: batch, shard: batch.shard))
            try batch.withBytes(document.text) { text in
              let start = try texts.append(text, source: index, line: document.line)
              sampler.forEachChosen(text.assumingMemoryBound(to: UInt8.self)) { place, hash in
                appendBigEndian(hash ^ group, to: &records)
                appendBigEndian(UnitPosition.make(unit: task.unit, inside: start + place), to: &records)
              }
            }
          }
          try sorter.add(records)
          records.removeAll(keepingCapacity: true)
        }
      }
      try texts.finish()
    }
    try units.check(tally, observer: observer)
    let texts = try store.sealed()
    let passages = try find(sorter, texts: texts, sampler: sampler, work: work, units: units.units.count)
    var summary = Summary(read: tally.records, quarantined: tally.bad)
    let rewrite = PassageRewriting(
      job: self, units: units, texts: texts, passages: passages, linesBefore: lines.allBefore())
    summary.add(try rewrite.run(into: result, memoryBytes: memoryBytes / 4, observer: observer))
    try result.finish()
    return summary
  }

  private func mixedGroup(_ group: UInt64) -> UInt64 { group &* 0x9E37_79B9_7F4A_7C15 }

  /// Goes through the places of equal grams; hands out what repeats in the order of the input.
  private func find(
    _ sorter: SharedSorter, texts: TextStore.Sealed, sampler: WindowSampler, work: RunDirectory, units: Int
  ) throws -> UnitRecords {
    // Position 8, position of the earlier occurrence 8, length 4.
    let found = SharedSorter(recordBytes: 20, memoryBytes: memoryBytes / 4, directory: work)
    var matcher = PassageMatcher(sampler: sampler)
    var block: [UInt8] = []
    var gram: UInt64 = 0
    try texts.withBytes { store in
      try sorter.forEachSorted { record in
        let hash = loadBigEndian(record, at: 0)
        let position = loadBigEndian(record, at: 8)
        if hash != gram { matcher.reset() }
        gram = hash
        try matcher.take(texts.offset(of: position), in: store) { passage in
          let place = texts.offset(of: position)
          appendBigEndian(position - UInt64(place - passage.start), to: &block)
          appendBigEndian(UInt64(passage.earlier), to: &block)
          appendBigEndian(UInt32(passage.count), to: &block)
          if block.count >= 20 << 12 {
            try found.add(block)
            block.removeAll(keepingCapacity: true)
          }
        }
      }
    }
    try found.add(block)
    return try UnitRecords(sorted: found, name: "passages", units: units, directory: work)
  }
}

/// The second pass.
private struct PassageRewriting: Sendable {
  let job: PassageRemoval
  let units: UnitPass
  let texts: TextStore.Sealed
  let passages: UnitRecords
  let linesBefore: [Int]

  func run(
    into result: DeduplicatedOutput, memoryBytes: Int, observer: any RunObserver
  ) throws -> PassageRemoval.Summary {
    let output = OrderedOutput(limitBytes: memoryBytes) { _, chunk in try result.write(chunk) }
    let total = Mutex(PassageRemoval.Summary())
    _ = try units.run(stage: "rewrite", observer: observer, output: output) { task in
      let unit = UnitRewriter(self, task: task, passages: try passages.cursor(unit: task.unit), output: output)
      for source in task.sources { try unit.rewrite(source) }
      try unit.out.close()
      total.withLock { $0.add(unit.summary) }
    }
    return total.withLock { $0 }
  }

  private final class UnitRewriter {
    let plan: PassageRewriting
    let task: UnitTask
    let passages: UnitRecords.Cursor
    let out: UnitOutput
    let rewriter: RecordRewriter
    let cutter = PassageCutter()
    let segments = TextSegments(unit: .line, minimumLength: 1)
    var summary = PassageRemoval.Summary()
    private var offset = 0
    private var text: [UInt8] = []
    private var line: [UInt8] = []

    init(_ plan: PassageRewriting, task: UnitTask, passages: UnitRecords.Cursor, output: OrderedOutput) {
      self.plan = plan
      self.task = task
      self.passages = passages
      out = UnitOutput(unit: task.unit, lanes: 2, format: plan.job.format, output: output)
      rewriter = RecordRewriter(textField: plan.job.pass.textField, idField: plan.job.pass.idField)
    }

    func rewrite(_ source: ShardSource) throws {
      try plan.units.forEachDocument(of: source, reader: task.reader) { document, batch, raw in
        let start = offset + TextStore.headerBytes
        offset = start + document.text.count + TextStore.trailerBytes
        summary.textBytes += document.text.count
        let found = try takePassages(from: start, to: start + document.text.count)
        guard !found.isEmpty else {
          summary.kept += 1
          if let raw { return try out.keep(raw) }
          text = Array(batch.bytes[document.text])
          return try keep(document, batch, raw)
        }
        try cut(found, from: document, batch, raw, shard: plan.units.shardName(source))
      }
    }

    /// Ranges of the text that repeat, and where they stand before.
    private func takePassages(from start: Int, to end: Int) throws -> [(range: Range<Int>, earlier: Int)] {
      var found: [(range: Range<Int>, earlier: Int)] = []
      while passages.position < UnitPosition.make(unit: task.unit, inside: end) {
        let low = UnitPosition.inside(passages.position) - start
        let count = Int(passages.number(at: 12) & 0xFFFF_FFFF)
        found.append((low..<low + count, Int(passages.number(at: 8))))
        try passages.advance()
      }
      return found
    }

    private func cut(
      _ found: [(range: Range<Int>, earlier: Int)], from document: DocumentRecord, _ batch: DocumentBatch,
      _ raw: UnsafeRawBufferPointer?, shard: String
    ) throws {
      let isBlank = try batch.withBytes(document.text) { bytes in
        let whole = bytes.assumingMemoryBound(to: UInt8.self)
        let cuts = cutter.cuts(found.map(\.range), in: whole)
        var next = 0
        for cut in cuts {
          // The first stretch that reaches into the cut says where its bytes stand before.
          while next + 1 < found.count, found[next].range.upperBound <= cut.lowerBound { next += 1 }
          try note(cut, earlier: found[next].earlier, document, batch, shard: shard)
          summary.removedBytes += cut.count
        }
        summary.passages += cuts.count
        text.removeAll(keepingCapacity: true)
        appendRest(of: whole, without: cuts, to: &text)
        return text.withUnsafeBufferPointer { segments.isBlank($0) }
      }
      if isBlank {
        summary.removed += 1
        summary.removedBytes += text.count
        return try out.note(
          emptiedDocument(
            document, batch, shard: shard, line: plan.linesBefore[task.unit] + document.line,
            reason: PassageRemoval.reason), lane: 1)
      }
      summary.kept += 1
      summary.changed += 1
      try keep(document, batch, raw)
    }

    private func keep(_ document: DocumentRecord, _ batch: DocumentBatch, _ raw: UnsafeRawBufferPointer?) throws {
      batch.withBytes(document.id) { rewriter.replacingText(of: raw, by: text, id: $0, into: &line) }
      try out.keep(line)
    }

    private func note(
      _ cut: Range<Int>, earlier: Int, _ document: DocumentRecord, _ batch: DocumentBatch, shard: String
    ) throws {
      var line = EvidenceLine()
      batch.withBytes(document.id) { line.add("id", $0) }
      line.add("shard", shard)
      line.add("line", plan.linesBefore[task.unit] + document.line)
      line.add("start", cut.lowerBound)
      line.add("bytes", cut.count)
      let place = plan.texts.document(at: earlier)
      line.add("first_shard", plan.units.shardName(plan.units.units[place.unit][place.source]))
      line.add("first_line", plan.linesBefore[place.unit] + place.line)
      try out.note(line.finished(), lane: 2)
    }
  }
}
