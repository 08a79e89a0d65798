// `xylem dedup decontaminate`: documents that share word n-grams with an evaluation set are taken out or marked, each with
// the n-gram and the evaluation record it was found in. One pass, the table of the evaluation set in memory.
import CorpusCore
import CorpusIO
import Deduplication
import Foundation
import Synchronization

public struct Decontaminating: Sendable {
  public var pass: InputPass
  /// Shards of the evaluation set: files or globs.
  public var against: [String]
  /// Fields of an evaluation record that are compared, each by itself.
  public var evaluationFields = ["text"]
  /// Words of an n-gram, 1 to 64.
  public var wordsPerGram = 13
  /// Share of an evaluation record's n-grams that a document must hold; 0 is one n-gram of it.
  public var minimumOverlap = 0.0
  /// Adds the member `contamination` to documents instead of removing them.
  public var marks = false
  /// Ceiling of the evaluation set's table.
  public var memoryBytes: Int
  public var format = KeptFormat()
  public var fileSystem: any FileSystem = LocalFileSystem()

  public init(pass: InputPass, against: [String], memoryBytes: Int) {
    self.pass = pass
    self.against = against
    self.memoryBytes = memoryBytes
  }

  public struct Summary: Codable, Sendable, Equatable {
    public var read = 0
    public var kept = 0
    public var removed = 0
    public var quarantined = 0
    /// Documents that were kept and marked.
    public var marked = 0
    public var evaluationRecords = 0
    /// Evaluation records with fewer words than an n-gram: nothing is compared with them.
    public var shortEvaluationRecords = 0
    public var ngrams = 0
    public var tableBytes = 0

    enum CodingKeys: String, CodingKey {
      case read, kept, removed, quarantined, marked, ngrams
      case evaluationRecords = "evaluation_records"
      case shortEvaluationRecords = "short_evaluation_records"
      case tableBytes = "table_bytes"
    }
  }

  /// Writes `output/kept/` and `output/removed.jsonl` (marked documents have their lines there too); `output` must not
  /// hold a result yet.
  public func run(output: String, observer: any RunObserver) throws -> Summary {
    guard (1...64).contains(wordsPerGram) else {
      throw PlainFailure(.usage, "n-grams of \(wordsPerGram) words: expected 1 to 64")
    }
    guard (0...1).contains(minimumOverlap) else {
      throw PlainFailure(.usage, "minimum overlap \(minimumOverlap): expected 0 to 1")
    }
    let result = try DeduplicatedOutput(
      output: output, format: format, evidence: ["removed.jsonl"], fileSystem: fileSystem)
    let scratch = try ScratchWork(output: output, fileSystem: fileSystem)
    let evaluation = try EvaluationSet(
      try listInput(against, fileSystem: fileSystem),
      options: EvaluationOptions(
        fields: evaluationFields, wordsPerGram: wordsPerGram, minimumOverlap: minimumOverlap),
      reading: pass.options, maximumBytes: memoryBytes, fileSystem: fileSystem)
    let units = try UnitPass(pass, work: scratch.directory)
    let lines = LineTable(units: units.units)
    // Evidence names lines of files, which are known when the units before are done: the output asks in their order.
    let pending = PendingEvidence(units: units.units.count)
    let ordered = OrderedOutput(limitBytes: max(memoryBytes / 4, 16 << 20)) { unit, chunk in
      guard chunk.lane == 1 else { return try result.write(chunk) }
      for bytes in pending.take(unit: unit, linesBefore: lines.before(unit: unit)) {
        try result.write(OutputChunk(lane: 1, bytes: bytes, rawBytes: bytes.count))
      }
    }
    let total = Mutex(Summary())
    let tally = try units.run(stage: "decontaminate", observer: observer, output: ordered) { task in
      let worker = DecontaminationWorker(self, evaluation: evaluation, units: units, unit: task.unit, output: ordered)
      for (index, source) in task.sources.enumerated() {
        try worker.pass(source, task: task) { lines.add($0, unit: task.unit, source: index) }
      }
      pending.put(worker.evidence, unit: task.unit)
      // An empty chunk behind the unit's text calls for its evidence.
      try worker.out.close()
      try ordered.append(OutputChunk(lane: 1, bytes: [], rawBytes: 0), unit: task.unit)
      total.withLock {
        $0.kept += worker.kept
        $0.removed += worker.removed
        $0.marked += worker.marked
      }
    }
    try units.check(tally, observer: observer)
    var summary = total.withLock { $0 }
    summary.read = tally.records
    summary.quarantined = tally.bad
    summary.evaluationRecords = evaluation.index.recordCount
    summary.shortEvaluationRecords = evaluation.index.shortRecords
    summary.ngrams = evaluation.index.gramCount
    summary.tableBytes = evaluation.index.byteCount
    if summary.shortEvaluationRecords > 0 {
      observer.message(
        "\(summary.shortEvaluationRecords) of \(summary.evaluationRecords) evaluation records have fewer than "
          + "\(wordsPerGram) words: nothing was compared with them")
    }
    try result.finish()
    return summary
  }
}

/// Evidence whose lines wait for their numbers.
private final class PendingEvidence: Sendable {
  struct Line: Sendable {
    var head: [UInt8]
    /// In the unit's range.
    var line: Int
    var tail: [UInt8]
  }
  private let units: Mutex<[[Line]]>

  init(units: Int) { self.units = Mutex(Array(repeating: [], count: units)) }

  func put(_ lines: [Line], unit: Int) { units.withLock { $0[unit] = lines } }

  func take(unit: Int, linesBefore: Int) -> [[UInt8]] {
    let lines = units.withLock { units in
      defer { units[unit] = [] }
      return units[unit]
    }
    return lines.map { $0.head + Array(String(linesBefore + $0.line).utf8) + $0.tail }
  }
}

/// Goes through the documents of one unit. One thread uses it.
private final class DecontaminationWorker {
  private let job: Decontaminating
  private var check: ContaminationCheck
  private let units: UnitPass
  private let rewriter: RecordRewriter
  let out: UnitOutput
  private(set) var evidence: [PendingEvidence.Line] = []
  private(set) var kept = 0
  private(set) var removed = 0
  private(set) var marked = 0
  private var line: [UInt8] = []

  init(_ job: Decontaminating, evaluation: EvaluationSet, units: UnitPass, unit: Int, output: OrderedOutput) {
    self.job = job
    check = ContaminationCheck(evaluation)
    self.units = units
    rewriter = RecordRewriter(textField: job.pass.textField, idField: job.pass.idField)
    out = UnitOutput(unit: unit, lanes: 1, format: job.format, output: output)
  }

  func pass(_ source: ShardSource, task: UnitTask, count: (DocumentBatch) -> Void) throws {
    let lines =
      source.isPlainText
      ? nil : try RawLineReader(source: source, options: units.options, fileSystem: units.fileSystem)
    try task.reader.forEachBatch([source]) { batch in
      count(batch)
      for document in batch.documents {
        var raw: UnsafeRawBufferPointer?
        while let lines, raw == nil {
          guard let next = try lines.next() else { throw shardChanged(source) }
          if next.byteOffset == document.byteOffset { raw = next.bytes }
        }
        try take(document, of: batch, raw: raw, source: source)
      }
    }
  }

  private func take(
    _ document: DocumentRecord, of batch: DocumentBatch, raw: UnsafeRawBufferPointer?, source: ShardSource
  ) throws {
    let contamination = batch.withBytes(document.text) {
      check.contamination(of: $0.assumingMemoryBound(to: UInt8.self))
    }
    if let contamination { note(contamination, document, batch, source) }
    guard contamination == nil || job.marks else {
      removed += 1
      return
    }
    kept += 1
    guard let raw else {
      let text = Array(batch.bytes[document.text])
      batch.withBytes(document.id) { rewriter.replacingText(of: nil, by: text, id: $0, into: &line) }
      guard let contamination else { return try out.keep(line) }
      marked += 1
      let record = line
      record.withUnsafeBytes { rewriter.adding(check.member(contamination), to: $0, into: &line) }
      return try out.keep(line)
    }
    guard let contamination else { return try out.keep(raw) }
    marked += 1
    rewriter.adding(check.member(contamination), to: raw, into: &line)
    try out.keep(line)
  }

  private func note(
    _ contamination: Contamination, _ document: DocumentRecord, _ batch: DocumentBatch, _ source: ShardSource
  ) {
    var head = EvidenceLine()
    batch.withBytes(document.id) { head.add("id", $0) }
    head.add("shard", units.shardName(source))
    var tail = EvidenceLine()
    tail.add("reason", Contamination.reason.rawValue)
    tail.add("representative", check.evaluation.name(contamination.record))
    tail.add("similarity", contamination.overlap)
    tail.add("place", check.evaluation.records[contamination.record].place)
    contamination.gram.withUnsafeBytes { tail.add("ngram", $0) }
    tail.add("matches", contamination.matches)
    evidence.append(
      PendingEvidence.Line(
        head: head.bytes + Array(",\"line\":".utf8), line: document.line,
        tail: [UInt8(ascii: ",")] + tail.finished().dropFirst()))
  }
}
