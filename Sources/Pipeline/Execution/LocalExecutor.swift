// Runs the units of a stage on this machine: skips what is committed, runs the rest, never decides anything by listing a
// directory. A worker of another engine is this executor with a selection of units.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization

struct LocalExecutor: Sendable {
  let directory: RunDirectory
  let workers: Int
  let memoryBytes: Int
  let journal: Journal
  let observer: any RunObserver
  var mode = ExecutionMode.here
  private var runner: UnitRunner { UnitRunner(directory: directory, journal: journal) }

  /// Whether every unit of the stage is committed.
  func isComplete<S: Stage>(_ stage: S) throws -> Bool {
    try stage.units().allSatisfy { try runner.finished($0, of: stage, withOutputs: false) != nil }
  }

  /// Manifests of all units, in the order of the plan. Throws `.incomplete` when some units failed.
  ///
  /// A unit is done when its manifest is there; `restoringOutputs` does it again when one of its outputs is not:
  /// intermediate files are cleared away, and a later unit may have to be redone from them.
  func run<S: Stage>(_ stage: S, restoringOutputs: Bool = false) throws -> [UnitManifest<S.Counts>] {
    let units = try stage.units()
    var selected: [Int]?
    var restoringOutputs = restoringOutputs
    if case .selected(let selection) = mode, selection.stage == S.name {
      selected = try selection.indexes(in: units.map(\.label))
      restoringOutputs = restoringOutputs || selection.isRestoring
    }
    let plan = StagePlan(
      stage: S.name, units: units.map(\.label), bytes: units.map(\.bytes), identities: units.map(\.identity))
    let planFile = RunDirectory.plan(stage: S.name)
    // Thousands of workers need not write and compare what the driver wrote.
    if try selected == nil || !directory.fileSystem.isPresent(directory.absolute(planFile)) {
      try writeOnce(try encodeJSON(plan), to: planFile, in: directory)
    }
    let wanted = selected ?? Array(units.indices)
    let meter = ProgressMeter(stage: S.name, units: wanted.count, bytes: wanted.reduce(0) { $0 + units[$1].bytes })
    let results = Mutex<[Int: UnitManifest<S.Counts>]>([:])
    let failures = Mutex<[(unit: String, failure: any Error)]>([])

    var missing: [Int] = []
    for index in wanted {
      let unit = units[index]
      if var manifest = try runner.finished(unit, of: stage, withOutputs: restoringOutputs) {
        stage.absorb(&manifest.counts, index: index)
        results.withLock { $0[index] = manifest }
        meter.skip(bytes: unit.bytes)
      } else {
        missing.append(index)
      }
    }
    if restoringOutputs, missing.isEmpty, selected == nil {
      return results.withLock { found in units.indices.compactMap { found[$0] } }
    }
    if selected == nil, !missing.isEmpty {
      try leaveToOthers(missing, of: units.count, stage: S.name, restoring: restoringOutputs)
    }
    observer.stageBegan(meter)
    let pending = missing
    let started = ContinuousClock.now
    let startedProcessor = processorSeconds()
    if case .slurm(let slurm) = mode, !pending.isEmpty {
      let restoring = restoringOutputs
      func found(_ index: Int) throws -> UnitManifest<S.Counts>? {
        try runner.finished(units[index], of: stage, withOutputs: restoring)
      }
      defer { observer.stageEnded(meter) }
      try slurm.perform(
        stage: S.name, labels: units.map(\.label), missing: pending, restoring: restoring, meter: meter,
        isDone: { try found($0) != nil })
      journal.append(
        .stage(
          name: S.name, units: pending.count, bytes: pending.reduce(0) { $0 + units[$1].bytes },
          seconds: (ContinuousClock.now - started).seconds, processorSeconds: nil, peakMemoryBytes: peakMemoryBytes(),
          workers: slurm.options.processors))
      let before = results.withLock { $0 }
      return try units.indices.map { index in
        if let manifest = before[index] { return manifest }
        if var manifest = try found(index) {
          stage.absorb(&manifest.counts, index: index)
          return manifest
        }
        throw PlainFailure(
          .incomplete,
          "stage \(S.name): \(units[index].label) was done a moment ago, and now "
            + "\(directory.absolute(RunDirectory.manifest(stage: S.name, unit: units[index].label))) is not there: "
            + "a file server behind the others, or a file removed; the same command resumes")
      }
    }
    let workersHere = max(1, min(workers, pending.count))
    runInParallel(pending.count, workers: workers) { position in
      guard !Interruption.isRequested, !Interruption.isDraining else { return }
      let index = pending[position]
      let unit = units[index]
      let began = ContinuousClock.now
      func tell(_ failure: String? = nil) {
        observer.unitEnded(
          UnitOutcome(
            stage: S.name, unit: unit.label, bytes: unit.bytes, seconds: (ContinuousClock.now - began).seconds,
            failure: failure))
      }
      do {
        var manifest = try runner.perform(unit, of: stage, progress: meter, memoryBytes: memoryBytes / workersHere)
        stage.absorb(&manifest.counts, index: index)
        results.withLock { $0[index] = manifest }
        meter.finish()
        tell()
      } catch is Interrupted {
      } catch {
        failures.withLock { $0.append((unit.label, error)) }
        tell("\(error)")
      }
    }
    let seconds = (ContinuousClock.now - started).seconds
    observer.stageEnded(meter)
    if Interruption.isRequested { throw RunInterrupted(signal: Interruption.requestedSignal) }
    let failed = failures.withLock { $0 }.sorted { $0.unit < $1.unit }
    if let first = failed.first {
      throw stageFailure(
        stage: S.name, failed: failed, first: first.failure, of: selected == nil ? units.count : pending.count)
    }
    let left = wanted.count - results.withLock { $0.count }
    if left > 0 {
      throw PlainFailure(
        .incomplete, "stage \(S.name): stopped by SIGUSR1 with \(left) units left; the same command resumes")
    }
    if let selected { throw SelectionDone(done: pending.count, units: selected.count) }
    if !pending.isEmpty {
      journal.append(
        .stage(
          name: S.name, units: pending.count, bytes: pending.reduce(0) { $0 + units[$1].bytes }, seconds: seconds,
          processorSeconds: processorSeconds() - startedProcessor, peakMemoryBytes: peakMemoryBytes(),
          workers: workersHere))
    }
    return results.withLock { found in units.indices.compactMap { found[$0] } }
  }

  /// Ends this process's part in the run where units are missing that it is not to do itself.
  private func leaveToOthers(_ missing: [Int], of count: Int, stage: String, restoring: Bool) throws {
    switch mode {
    case .here, .slurm: return
    case .planning:
      throw UnitsMissing(
        stage: stage, units: count, missing: UnitSelection.ranges(missing), isRestoring: restoring)
    case .selected(let selection):
      throw PlainFailure(
        .incomplete,
        "stage \(selection.stage) cannot begin: \(missing.count) of \(count) units of stage \(stage) are not done "
          + "(\(UnitSelection.ranges(Array(missing.prefix(20)))))")
    }
  }

  private func stageFailure(
    stage: String, failed: [(unit: String, failure: any Error)], first: any Error, of count: Int
  ) -> any Error {
    let lines = failed.prefix(10).map { "  \($0.unit): \($0.failure)" }.joined(separator: "\n")
    let more =
      failed.count > 10 ? "\n  and \(failed.count - 10) more, in \(directory.absolute(RunDirectory.journalFile))" : ""
    if failed.count == count, let known = first as? any XylemFailure {
      return PlainFailure(known.kind, "stage \(stage): no unit could be done\n" + lines + more)
    }
    return PlainFailure(
      .incomplete,
      "stage \(stage): \(failed.count) of \(count) units failed; the others are kept, and the same command resumes\n"
        + lines + more)
  }
}

/// A run that was asked to stop. What is committed stays; the same command goes on from there.
public struct RunInterrupted: Error, CustomStringConvertible {
  public let signal: Int32
  public init(signal: Int32) { self.signal = signal }
  public var description: String { "stopped by signal \(signal); the same command resumes" }
}

/// What a stage was going to do, for `status`.
public struct StagePlan: Codable, Sendable {
  public var stage: String
  public var units: [String]
  public var bytes: [Int]
  public var identities: [Digest128]
}

/// Publishes a small file create-once: a second writer with the same bytes is welcome, one with others is refused.
func writeOnce(_ bytes: [UInt8], to relative: String, in directory: RunDirectory) throws {
  let path = directory.absolute(relative)
  if try directory.fileSystem.isPresent(path),
    try readWholeFile(path, limit: 1 << 30, fileSystem: directory.fileSystem) == bytes
  {
    return
  }
  try replaceFile(bytes, at: relative, in: directory)
}

/// Replaces a small file atomically.
func replaceFile(_ bytes: [UInt8], at relative: String, in directory: RunDirectory) throws {
  let path = directory.absolute(relative)
  if let slash = path.lastIndex(of: "/") { try directory.fileSystem.makeDirectories(String(path[..<slash])) }
  let process = ProcessInfo.processInfo.processIdentifier
  // As directories of attempts are named, so that what a kill leaves is known for what it is.
  let temporary = path + ".attempt-\(Attempt.host)-\(process)-\(UInt32.random(in: .min ... .max))"
  do {
    let file = try OutputFile(path: temporary, fileSystem: directory.fileSystem)
    try file.write(bytes)
    _ = try file.finish()
    try directory.fileSystem.rename(temporary, to: path)
  } catch {
    try? directory.fileSystem.remove(temporary)
    throw error
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
