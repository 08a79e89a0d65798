// One pass over some shards for the commands that need no run directory: units in plan order, several threads, results
// handed over in order.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization

/// What a standalone command reads.
public struct InputPass: Sendable {
  public var paths: [String]
  public var textField = "text"
  public var idField = "id"
  public var unitBytes = 8 << 20
  public var workers = ProcessInfo.processInfo.activeProcessorCount
  /// Share of records that may be unreadable before the command fails with `.badData`.
  public var maximumBadRatio = 0.001

  public init(paths: [String]) { self.paths = paths }

  var options: ReadOptions {
    var options = ReadOptions()
    options.textField = textField
    options.idField = idField
    options.hashesContent = false
    return options
  }

  /// Records that could not be read, of all.
  public struct Tally: Sendable, Codable {
    public var records = 0
    public var bad = 0
    public var first: String?
  }

  /// What to try where no record at all could be read.
  static func advice(_ tally: Tally) -> String {
    guard tally.bad == tally.records, let first = tally.first else { return "; mend them, or give a higher ratio" }
    return first.hasSuffix("is missing")
      ? "; name the field that holds the text with --text-field"
      : "; expected a JSON object a line (.jsonl, also .gz and .zst), or a .txt file"
  }

  /// The units of the input: whole shards, or ranges of large plain ones. `-` is standard input, a unit of its own.
  func units(fileSystem: any FileSystem) throws -> (sources: [[ShardSource]], bytes: Int) {
    var configuration = PipelineConfiguration.standalone
    configuration.unitBytes = unitBytes
    let named = paths.filter { $0 != "-" }
    let files = named.isEmpty ? [] : try listInput(named, fileSystem: fileSystem)
    var sources = planPrepare(files, configuration: configuration).map(\.work.sources)
    if paths.contains("-") { sources.append([ShardSource(path: "-", range: nil, size: 0)]) }
    guard !sources.isEmpty else { throw PlainFailure(.noInput, "no input given") }
    return (sources, files.reduce(0) { $0 + $1.size })
  }

  /// Runs `work` on each unit and `commit` on its results, one at a time, in plan order. At most `workers` results wait.
  func run<Result: Sendable>(
    stage: String, observer: any RunObserver, fileSystem: any FileSystem = LocalFileSystem(),
    work: @escaping @Sendable ([ShardSource], UnitReader) throws -> Result,
    commit: @escaping @Sendable (Result) throws -> Void
  ) throws -> Tally {
    let (units, bytes) = try units(fileSystem: fileSystem)
    let meter = ProgressMeter(stage: stage, units: units.count, bytes: bytes)
    observer.stageBegan(meter)
    defer { observer.stageEnded(meter) }
    let line = OrderedHandover()
    let tally = Mutex(Tally())
    let options = options
    runInParallel(units.count, workers: workers) { index in
      let reader = UnitReader(options: options, fileSystem: fileSystem, meter: meter)
      do {
        guard !line.isBroken else { return }
        let result = try work(units[index], reader)
        try line.inTurn(index) {
          try commit(result)
          tally.withLock { tally in
            tally.records += reader.tally.records
            tally.bad += reader.tally.bad
            tally.first = tally.first ?? reader.tally.first
          }
        }
        meter.finish()
      } catch {
        line.fail(error)
      }
    }
    if Interruption.isRequested { throw RunInterrupted(signal: Interruption.requestedSignal) }
    if let failure = line.failure { throw failure }
    let total = tally.withLock { $0 }
    if total.bad > 0 {
      let text = "\(total.bad) of \(total.records) records could not be read (first: \(total.first ?? ""))"
      guard Double(total.bad) <= maximumBadRatio * Double(total.records) else {
        throw PlainFailure(
          .badData, text + "; more than --maximum-bad-ratio \(maximumBadRatio) allows\(Self.advice(total))")
      }
      observer.message(text)
    }
    return total
  }
}

/// Reads the shards of one unit, counting what could not be read.
final class UnitReader {
  private let options: ReadOptions
  private let fileSystem: any FileSystem
  private let meter: ProgressMeter
  private(set) var tally = InputPass.Tally()

  init(options: ReadOptions, fileSystem: any FileSystem, meter: ProgressMeter) {
    self.options = options
    self.fileSystem = fileSystem
    self.meter = meter
  }

  func forEachBatch(_ sources: [ShardSource], _ body: (DocumentBatch) throws -> Void) throws {
    var batch = DocumentBatch()
    for source in sources {
      let reader = try ShardReader(source: source, options: options, fileSystem: fileSystem)
      var reported = 0
      while try reader.next(into: &batch) {
        if Interruption.isRequested { throw Interrupted() }
        tally.records += batch.documents.count + batch.rejected.count
        tally.bad += batch.rejected.count
        if let first = batch.rejected.first, tally.first == nil { tally.first = "\(first.location): \(first.reason)" }
        try body(batch)
        meter.add(
          bytes: reader.bytesRead - reported, documents: batch.documents.count, quarantined: batch.rejected.count)
        reported = reader.bytesRead
      }
    }
  }
}

/// Lets threads pass one after another in the order of their numbers.
private final class OrderedHandover: @unchecked Sendable {
  // All state is guarded by `condition`.
  private let condition = NSCondition()
  private var next = 0
  private var error: (any Error)?

  var isBroken: Bool { condition.withLock { error != nil } }
  var failure: (any Error)? { condition.withLock { error } }

  func inTurn(_ number: Int, _ body: () throws -> Void) throws {
    condition.lock()
    while next != number, error == nil { condition.wait() }
    let isBroken = error != nil
    condition.unlock()
    guard !isBroken else { return }
    try body()
    condition.lock()
    next += 1
    condition.broadcast()
    condition.unlock()
  }

  func fail(_ error: any Error) {
    condition.lock()
    if self.error == nil { self.error = error }
    condition.broadcast()
    condition.unlock()
  }
}
