// Runs the units of a stage on this machine: skips what is committed, runs the rest, never decides anything by listing a
// directory. Other executors will share `Stage`, `Attempt` and the manifests.
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

  /// Whether every unit of the stage is committed.
  func isComplete<S: Stage>(_ stage: S) throws -> Bool {
    try stage.units().allSatisfy { unit in
      let manifest: UnitManifest<S.Counts>? = try committed(
        stage: S.name, unit: unit.label, identity: unit.identity)
      return manifest != nil
    }
  }

  /// Manifests of all units, in the order of the plan. Throws `.incomplete` when some units failed.
  ///
  /// A unit is done when its manifest is there; `restoringOutputs` does it again when one of its outputs is not:
  /// intermediate files are cleared away, and a later unit may have to be redone from them.
  func run<S: Stage>(_ stage: S, restoringOutputs: Bool = false) throws -> [UnitManifest<S.Counts>] {
    let units = try stage.units()
    let plan = StagePlan(
      stage: S.name, units: units.map(\.label), bytes: units.map(\.bytes), identities: units.map(\.identity))
    try writeOnce(try encodeJSON(plan), to: RunDirectory.plan(stage: S.name), in: directory)
    let meter = ProgressMeter(stage: S.name, units: units.count, bytes: units.reduce(0) { $0 + $1.bytes })
    let results = Mutex<[Int: UnitManifest<S.Counts>]>([:])
    let failures = Mutex<[(unit: String, failure: any Error)]>([])

    var missing: [Int] = []
    for (index, unit) in units.enumerated() {
      if let manifest: UnitManifest<S.Counts> = try committed(stage: S.name, unit: unit.label, identity: unit.identity),
        !restoringOutputs || manifest.outputs.allSatisfy({ directory.fileSystem.exists(directory.absolute($0.path)) })
      {
        results.withLock { $0[index] = manifest }
        meter.skip(bytes: unit.bytes)
      } else {
        missing.append(index)
      }
    }
    if restoringOutputs, missing.isEmpty { return results.withLock { found in units.indices.compactMap { found[$0] } } }
    observer.stageBegan(meter)
    let pending = missing
    let started = ContinuousClock.now
    let workersHere = max(1, min(workers, pending.count))
    runInParallel(pending.count, workers: workers) { position in
      guard !Interruption.isRequested else { return }
      let index = pending[position]
      let unit = units[index]
      do {
        let began = ContinuousClock.now
        let attempt = try Attempt(
          directory: directory, stage: S.name, unit: unit.label, progress: meter,
          memoryBytes: memoryBytes / workersHere)
        do {
          let counts = try stage.run(unit, attempt: attempt)
          let manifest = try attempt.commit((S.name, unit.label, unit.identity), counts: counts)
          results.withLock { $0[index] = manifest }
          meter.finish()
          journal.append(
            .unit(stage: S.name, unit: unit.label, bytes: unit.bytes, seconds: (ContinuousClock.now - began).seconds))
        } catch {
          attempt.discard()
          throw error
        }
      } catch is Interrupted {
      } catch {
        // Another process may have done this unit meanwhile, and cleared away what it was made of.
        if let manifest: UnitManifest<S.Counts> = try? committed(
          stage: S.name, unit: unit.label, identity: unit.identity)
        {
          results.withLock { $0[index] = manifest }
          meter.finish()
          return
        }
        failures.withLock { $0.append((unit.label, error)) }
        journal.append(.failure(stage: S.name, unit: unit.label, message: "\(error)"))
      }
    }
    let seconds = (ContinuousClock.now - started).seconds
    observer.stageEnded(meter)
    if Interruption.isRequested { throw RunInterrupted(signal: Interruption.requestedSignal) }
    let failed = failures.withLock { $0 }.sorted { $0.unit < $1.unit }
    if let first = failed.first {
      throw stageFailure(stage: S.name, failed: failed, first: first.failure, of: units.count)
    }
    if !pending.isEmpty {
      journal.append(
        .stage(
          name: S.name, units: pending.count, bytes: pending.reduce(0) { $0 + units[$1].bytes }, seconds: seconds,
          peakMemoryBytes: peakMemoryBytes(), workers: workersHere))
    }
    return results.withLock { found in units.indices.compactMap { found[$0] } }
  }

  /// The manifest of a unit that is done. One with another identity belongs to other input or another configuration.
  private func committed<Counts>(stage: String, unit: String, identity: Digest128) throws -> UnitManifest<Counts>? {
    let path = directory.absolute(RunDirectory.manifest(stage: stage, unit: unit))
    guard directory.fileSystem.exists(path) else { return nil }
    let manifest = try decodeJSON(UnitManifest<Counts>.self, path: path, fileSystem: directory.fileSystem)
    guard manifest.identity == identity else {
      throw PlainFailure(
        .configuration,
        "\(path): belongs to other input, configuration or version (identity \(manifest.identity), now \(identity)); "
          + "use another --output, or remove \(directory.root)")
    }
    return manifest
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
  if directory.fileSystem.exists(path),
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
  let temporary = path + ".attempt-\(process)-\(UInt32.random(in: .min ... .max))"
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
