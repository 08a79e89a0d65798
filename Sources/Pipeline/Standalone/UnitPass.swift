// Several passes over the same input, unit by unit: planned once, so that every pass meets the same units and a position
// (unit, place in the unit) found by one pass names the same bytes in the next.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization

/// The units of an input and how they are read.
struct UnitPass: Sendable {
  let units: [[ShardSource]]
  let options: ReadOptions
  let fileSystem: any FileSystem
  let workers: Int
  private let bytes: Int
  private let maximumBadRatio: Double
  private let spool: String

  /// Standard input is copied into `work` first: it can be read once only.
  init(_ pass: InputPass, work: RunDirectory) throws {
    fileSystem = work.fileSystem
    options = pass.options
    workers = pass.workers
    maximumBadRatio = pass.maximumBadRatio
    spool = work.absolute("stdin.jsonl")
    guard !pass.paths.isEmpty else { throw PlainFailure(.noInput, "no input given") }
    var files = try listInput(pass.paths.filter { $0 != "-" }, fileSystem: fileSystem)
    // Behind the files, whatever the name of the copy: the order of the input must not depend on the output's place.
    if pass.paths.contains("-") {
      try spoolStandardInput(to: spool, fileSystem: fileSystem)
      files += try listInput([spool], fileSystem: fileSystem)
    }
    var configuration = PipelineConfiguration.standalone
    configuration.unitBytes = pass.unitBytes
    units = planPrepare(files, configuration: configuration).map(\.work.sources)
    bytes = files.reduce(0) { $0 + $1.size }
    guard units.count < UnitPosition.maximumUnits else {
      throw PlainFailure(
        .configuration, "\(units.count) units of input; at most \(UnitPosition.maximumUnits) can be told apart")
    }
  }

  /// The name of a shard for people: the one that was given.
  func shardName(_ source: ShardSource) -> String { source.path == spool ? "-" : source.path }

  /// Calls `work` for each unit on some threads; `finished` is called when it returned. Throws what the first unit threw,
  /// and `.badData` when more records could not be read than the input tolerates.
  func run(
    stage: String, observer: any RunObserver, output: OrderedOutput? = nil,
    work: @escaping @Sendable (UnitTask) throws -> Void
  ) throws -> InputPass.Tally {
    let meter = ProgressMeter(stage: stage, units: units.count, bytes: bytes)
    observer.stageBegan(meter)
    defer { observer.stageEnded(meter) }
    let tallies = Mutex([InputPass.Tally](repeating: InputPass.Tally(), count: units.count))
    let failures = Mutex<[(unit: Int, failure: any Error)]>([])
    runInParallel(units.count, workers: workers) { unit in
      guard failures.withLock({ $0.isEmpty }) else { return }
      let reader = UnitReader(options: options, fileSystem: fileSystem, meter: meter)
      do {
        if Interruption.isRequested { throw Interrupted() }
        try work(UnitTask(unit: unit, sources: units[unit], reader: reader, meter: meter))
        try output?.finish(unit)
        tallies.withLock { $0[unit] = reader.tally }
        meter.finish()
      } catch {
        failures.withLock { $0.append((unit, error)) }
        output?.abandon()
      }
    }
    if Interruption.isRequested { throw RunInterrupted(signal: Interruption.requestedSignal) }
    // A unit that gave up because another failed says only that.
    let failed = failures.withLock { $0 }.filter { !($0.failure is Interrupted) }
    if let first = failed.min(by: { $0.unit < $1.unit }) { throw first.failure }
    var total = InputPass.Tally()
    for tally in tallies.withLock({ $0 }) {
      total.records += tally.records
      total.bad += tally.bad
      total.first = total.first ?? tally.first
    }
    return total
  }

  /// Refuses an input with too many records that could not be read, and tells of a few.
  func check(_ tally: InputPass.Tally, observer: any RunObserver) throws {
    guard tally.bad > 0 else { return }
    let text = "\(tally.bad) of \(tally.records) records could not be read (first: \(tally.first ?? ""))"
    guard Double(tally.bad) <= maximumBadRatio * Double(tally.records) else {
      throw PlainFailure(
        .badData, text + "; more than --maximum-bad-ratio \(maximumBadRatio) allows\(InputPass.advice(tally))")
    }
    observer.message(text)
  }

  /// The documents of one source with their lines as they stand: `body(document, batch, line)`. The shard is read twice,
  /// side by side; `line` is nil where a record is no JSON line (`.txt`).
  func forEachDocument(
    of source: ShardSource, reader: UnitReader,
    _ body: (DocumentRecord, DocumentBatch, UnsafeRawBufferPointer?) throws -> Void
  ) throws {
    let lines =
      source.isPlainText ? nil : try RawLineReader(source: source, options: options, fileSystem: fileSystem)
    try reader.forEachBatch([source]) { batch in
      for document in batch.documents {
        var raw: UnsafeRawBufferPointer?
        if let lines {
          repeat {
            guard let line = try lines.next() else {
              throw shardChanged(source)
            }
            raw = line.byteOffset == document.byteOffset ? line.bytes : nil
          } while raw == nil
        }
        try body(document, batch, raw)
      }
    }
  }
}

/// What a thread gets to do: one unit.
struct UnitTask {
  let unit: Int
  let sources: [ShardSource]
  let reader: UnitReader
  let meter: ProgressMeter
}

func shardChanged(_ source: ShardSource) -> PlainFailure {
  PlainFailure(.inputOutput, "\(source.path): changed while it was read; run again when nobody writes it")
}

/// A place in the input: the unit's number above, a number or an offset inside the unit below. Ordered like the input.
enum UnitPosition {
  static let insideBits: UInt64 = 40
  static let maximumUnits = 1 << 23

  static func make(unit: Int, inside: Int) -> UInt64 { UInt64(unit) << insideBits | UInt64(inside) }
  static func unit(_ position: UInt64) -> Int { Int(position >> insideBits) }
  static func inside(_ position: UInt64) -> Int { Int(position & (1 << insideBits - 1)) }
}

/// Lines of files that were cut into units. A unit counts from the beginning of its byte range; when the units before it
/// are done, numbers become those of the file.
final class LineTable: Sendable {
  private let units: [[ShardSource]]
  private let counts: Mutex<[[Int]]>

  init(units: [[ShardSource]]) {
    self.units = units
    counts = Mutex(units.map { [Int](repeating: 0, count: $0.count) })
  }

  func add(_ batch: DocumentBatch, unit: Int, source: Int) {
    let lines = batch.documents.count + batch.rejected.count + batch.blankLineCount
    counts.withLock { $0[unit][source] += lines }
  }

  /// Lines of the file before the range that the unit read: for units that are done up to this one. Ranges of a file are
  /// units of their own, one after another. O(units before it that read the same file).
  func before(unit: Int) -> Int {
    guard let path = rangePath(unit) else { return 0 }
    return counts.withLock { counts in
      var lines = 0
      var other = unit - 1
      while other >= 0, rangePath(other) == path {
        lines += counts[other][0]
        other -= 1
      }
      return lines
    }
  }

  /// Lines before each unit, when all are done. O(units).
  func allBefore() -> [Int] {
    counts.withLock { counts in
      var before = [Int](repeating: 0, count: units.count)
      for unit in units.indices.dropFirst() where rangePath(unit) != nil && rangePath(unit) == rangePath(unit - 1) {
        before[unit] = before[unit - 1] + counts[unit - 1][0]
      }
      return before
    }
  }

  private func rangePath(_ unit: Int) -> String? {
    guard units[unit].count == 1, units[unit][0].range != nil else { return nil }
    return units[unit][0].path
  }
}

/// Copies standard input, which can be read once only, into a file.
func spoolStandardInput(to path: String, fileSystem: any FileSystem) throws {
  let file = try OutputFile(path: path, fileSystem: fileSystem)
  let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
  defer { block.deallocate() }
  while true {
    let count = try fileSystem.read(0, into: block, path: "standard input")
    if count == 0 { break }
    try file.write(UnsafeRawBufferPointer(rebasing: block[..<count]))
  }
  _ = try file.finish()
}

/// A directory for scratch files inside `output`, gone when the owner is.
final class ScratchWork {
  let directory: RunDirectory

  init(output: String, fileSystem: any FileSystem) throws {
    directory = RunDirectory(
      root: RunDirectory(root: output, fileSystem: fileSystem)
        .absolute(".work-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0 ... .max))"),
      fileSystem: fileSystem)
    try fileSystem.makeDirectories(directory.root)
  }

  deinit { try? directory.fileSystem.removeTree(directory.root) }
}
