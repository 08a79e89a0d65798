// The Slurm executor against a scheduler made of chance: elements die, run twice, stop half way; submissions time out; the
// driver is killed after any of them. What comes out equals a local run, and nothing is submitted twice.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

private struct DriverKilled: Error {}

/// Runs elements in this process when it is asked for the queue; what goes wrong follows from a seed.
private final class ChanceScheduler: BatchScheduler {
  struct State {
    var random: SplitMix64
    var accepted: [String] = []
    var waiting: [String: [(stage: String, units: String, isRestoring: Bool)]] = [:]
    var elements = 0
    var faults = 0
    /// Jobs that wait for arrays and go on with a detached run.
    var continuations: [DetachedRun.After] = []
  }
  let state: Mutex<State>
  let root: String
  let faultPercent: Int
  /// Units that no worker can do: elements that hold one do the others.
  let poison: Set<String>

  init(root: String, seed: UInt64, faultPercent: Int, poison: Set<String> = []) {
    state = Mutex(State(random: SplitMix64(state: seed)))
    self.root = root
    self.faultPercent = faultPercent
    self.poison = poison
  }

  private func chance() -> Bool {
    state.withLock { state in
      let isFault = Int.random(in: 0..<100, using: &state.random) < faultPercent
      if isFault { state.faults += 1 }
      return isFault
    }
  }

  func maximumArrayElements() throws -> Int { 3 }

  func submit(_ script: String) throws -> String {
    if chance() { throw SchedulerSilent(message: "sbatch: lost on the way there") }
    func field(after mark: String, upTo end: Character) -> String {
      guard let range = script.range(of: mark) else { return "" }
      return String(script[range.upperBound...].prefix { $0 != end })
    }
    let name = field(after: "--job-name=", upTo: "\n")
    if name.hasSuffix("-verify") {
      try acceptContinuation(name, field(after: "afterany:", upTo: "\n"), field(after: "'--after' '", upTo: "'"))
      if chance() { throw SchedulerSilent(message: "sbatch: lost on the way back") }
      if chance() { throw DriverKilled() }
      return String(state.withLock { $0.accepted.count })
    }
    let table = try RunTesting.lines(field(after: "+ 1))p\" '", upTo: "'"))
    let last = Int(field(after: "--array=0-", upTo: "\n")) ?? -1
    #expect(table.count == last + 1 && last < 3, "an array is as long as its table and no longer than allowed")
    let stage = field(after: "--stage ", upTo: " ")
    let number = state.withLock { state in
      state.accepted.append(name)
      state.elements += table.count
      state.waiting[name] = table.map {
        (stage, String(decoding: $0, as: UTF8.self), script.contains(" --restore "))
      }
      return state.accepted.count
    }
    if chance() { throw SchedulerSilent(message: "sbatch: lost on the way back") }
    if chance() { throw DriverKilled() }
    return String(number)
  }

  private func acceptContinuation(_ name: String, _ dependencies: String, _ after: String) throws {
    let after = try #require(DetachedRun.After(after))
    state.withLock { state in
      state.accepted.append(name)
      // All arrays of the round, and nothing else.
      let round = name.dropLast("0-verify".count)
      let expected = state.accepted.enumerated().filter { $0.element.hasPrefix(round) && $0.element != name }
        .map { String($0.offset + 1) }
      #expect(dependencies.split(separator: ":").map(String.init).sorted() == expected.sorted())
      state.continuations.append(after)
    }
  }

  /// Lets all elements run, and gives the job that waited for them.
  func runWaiting() throws -> DetachedRun.After {
    while state.withLock({ $0.waiting.values.contains { !$0.isEmpty } }) {
      _ = try? queue(names: state.withLock { $0.accepted })
    }
    let next = state.withLock { state in
      #expect(state.continuations.count == 1)
      return state.continuations.popLast()
    }
    return try #require(next)
  }

  func find(name: String) throws -> String? {
    state.withLock { $0.accepted.firstIndex(of: name).map { String($0 + 1) } }
  }

  func queue(names: [String]) throws -> [QueuedElement] {
    if chance() { throw SchedulerSilent(message: "squeue: no answer") }
    if chance() { throw DriverKilled() }
    let next = state.withLock { state -> (stage: String, units: String, isRestoring: Bool)? in
      for name in names where state.waiting[name]?.isEmpty == false { return state.waiting[name]?.removeFirst() }
      return nil
    }
    guard let next else { return [] }
    var units = next.units
    if chance() { return [QueuedElement(job: "1_0", state: "COMPLETING", reason: "NodeFail")] }
    if chance() { units = String(units.prefix { $0.isNumber }) }
    let plan = try stagePlan(next.stage, directory: RunDirectory(root: root))
    let labels = plan?.units ?? []
    let doable = try UnitSelection(stage: next.stage, units: units).indexes(in: labels)
      .filter { !poison.contains(labels[$0]) }
    let copies = chance() ? 2 : 1
    if !doable.isEmpty {
      let selection = UnitSelection(
        stage: next.stage, units: UnitSelection.ranges(doable), isRestoring: next.isRestoring)
      runInParallel(copies, workers: copies) { [root] _ in
        do {
          _ = try PipelineRun.work(in: root, on: selection, workers: 1)
        } catch {
          Issue.record("\(selection.stage): \(error)")
        }
      }
    }
    return [QueuedElement(job: "1_1", state: "RUNNING", reason: "None")]
  }

  func wait(seconds: Double) {}
}

struct SlurmExecutorTests {
  private func slurm(
    _ configuration: PipelineConfiguration, _ scheduler: ChanceScheduler, detached: DetachedRun? = nil
  ) -> PipelineRun {
    let disk = LocalFileSystem()
    return PipelineRun(
      configuration: configuration,
      mode: .slurm(
        PipelineRun.slurm(
          configuration, detached: detached, scheduler: scheduler, observer: SilentObserver(), fileSystem: disk)),
      observer: SilentObserver(), fileSystem: disk)
  }

  @Test func `deaths, duplicates, lost answers and killed drivers change no byte, and nothing is submitted twice`()
    throws
  {
    let scratch = try ScratchDirectory()
    let paths = Array(RunTesting.sampleFiles.prefix(3))
    let local = RunTesting.configuration(paths, output: scratch.file("local"))
    _ = try PipelineRun(configuration: local).run()
    let whole = try RunTesting.snapshot(local.output)
    var faults = 0
    for seed in 0..<4 as Range<UInt64> {
      var configuration = RunTesting.configuration(paths, output: scratch.file("slurm-\(seed)"))
      configuration.slurm = SlurmConfiguration()
      configuration.slurm?.unitsPerElement = 2
      configuration.slurm?.resubmissions = 30
      let scheduler = ChanceScheduler(root: configuration.output, seed: seed, faultPercent: seed == 0 ? 0 : 8)
      var kills = 0
      while kills < 200 {
        do {
          _ = try slurm(configuration, scheduler).run()
          break
        } catch is DriverKilled {
          kills += 1
        }
      }
      #expect(RunTesting.differences(whole, try RunTesting.snapshot(configuration.output)) == [], "seed \(seed)")
      let accepted = scheduler.state.withLock { $0.accepted }
      #expect(Set(accepted).count == accepted.count, "seed \(seed): submitted twice")
      let seen = scheduler.state.withLock { $0.faults }
      if seed == 0 { #expect(seen == 0 && kills == 0) }
      faults += seen
    }
    #expect(faults > 20, "the scheduler must have misbehaved")
  }

  @Test func `a detached run goes on by its own jobs to the bytes of a local one`() throws {
    let scratch = try ScratchDirectory()
    let paths = Array(RunTesting.sampleFiles.prefix(3))
    let local = RunTesting.configuration(paths, output: scratch.file("local"))
    _ = try PipelineRun(configuration: local).run()
    let whole = try RunTesting.snapshot(local.output)
    for seed in 0..<3 as Range<UInt64> {
      var configuration = RunTesting.configuration(paths, output: scratch.file("slurm-\(seed)"))
      configuration.slurm = SlurmConfiguration()
      configuration.slurm?.unitsPerElement = 2
      configuration.slurm?.resubmissions = 30
      let scheduler = ChanceScheduler(root: configuration.output, seed: seed, faultPercent: seed == 0 ? 0 : 8)
      var after: DetachedRun.After?
      var jobs = 0
      var isFinished = false
      while !isFinished, jobs < 300 {
        jobs += 1
        do {
          let detached = DetachedRun(arguments: ["run"], after: after)
          _ = try slurm(configuration, scheduler, detached: detached).run()
          isFinished = true
        } catch is RunDetached {
          after = try scheduler.runWaiting()
        } catch is DriverKilled {
          // The waiting job is queued again by Slurm, with the same command.
        }
      }
      #expect(isFinished)
      if seed == 0 { #expect(jobs == stageOrder.count + 1, "a job a stage, and the person who began") }
      #expect(RunTesting.differences(whole, try RunTesting.snapshot(configuration.output)) == [], "seed \(seed)")
      let accepted = scheduler.state.withLock { $0.accepted }
      #expect(Set(accepted).count == accepted.count, "seed \(seed): submitted twice")
    }
  }

  @Test func `a detached run submits what is missing so often and no more, and a person may begin again`() throws {
    let scratch = try ScratchDirectory()
    var configuration = RunTesting.configuration(Array(RunTesting.sampleFiles.prefix(2)), output: scratch.file("run"))
    configuration.slurm = SlurmConfiguration()
    _ = try PipelineRun.next(configuration)
    let plan = try #require(try stagePlan("prepare", directory: RunDirectory(root: configuration.output)))
    let sick = ChanceScheduler(root: configuration.output, seed: 1, faultPercent: 0, poison: [plan.units[1]])
    var after: DetachedRun.After?
    func goOn() throws -> RunDetached {
      let detached = DetachedRun(arguments: ["run"], after: after)
      do {
        _ = try slurm(configuration, sick, detached: detached).run()
      } catch let detached as RunDetached {
        return detached
      }
      throw CancellationError()
    }
    let first = try goOn()
    #expect(!first.wasRunning && first.units == plan.units.count && first.log.hasSuffix("/prepare.r0.verify.log"))
    let again = try goOn()
    #expect(again.wasRunning && again.jobs == first.jobs, "the same command finds the jobs in the queue")
    for round in 0..<2 {
      after = try sick.runWaiting()
      #expect(after == DetachedRun.After(stage: "prepare", round: round, resubmissions: round))
      #expect(try goOn().units == 1)
    }
    after = try sick.runWaiting()
    let failure = try RunTesting.failure { _ = try goOn() }
    #expect(failure.kind == .incomplete)
    #expect(failure.description.contains("1 of \(plan.units.count) units are not done after 2 resubmissions"))
    #expect(failure.description.contains("\(plan.units[1]): \(configuration.output)/slurm/logs/prepare.r2.a0.0.log"))
    #expect(sick.state.withLock { $0.continuations.isEmpty }, "the chain has ended")
    after = nil
    #expect(try goOn().jobs != first.jobs, "a person begins another")
    #expect(DetachedRun.After("prepare:1") == nil && DetachedRun.After("prepare:-1:0") == nil)
    #expect(DetachedRun.After("prepare:1:2")?.description == "prepare:1:2")
  }

  @Test func `a unit that nobody can do stops the run with its name and log, and the others are kept`() throws {
    let scratch = try ScratchDirectory()
    var configuration = RunTesting.configuration(Array(RunTesting.sampleFiles.prefix(2)), output: scratch.file("run"))
    configuration.slurm = SlurmConfiguration()
    configuration.slurm?.unitsPerElement = 2
    let next = try #require(try PipelineRun.next(configuration))
    let plan = try #require(try stagePlan("prepare", directory: RunDirectory(root: configuration.output)))
    let sick = ChanceScheduler(root: configuration.output, seed: 1, faultPercent: 0, poison: [plan.units[1]])
    let failure = try RunTesting.failure { _ = try slurm(configuration, sick).run() }
    #expect(failure.kind == .incomplete)
    #expect(failure.description.contains("1 of \(next.units) units are not done after 2 resubmissions"))
    #expect(failure.description.contains("\(plan.units[1]): \(configuration.output)/slurm/logs/prepare.r2.a0.0.log"))
    #expect(try PipelineRun.next(configuration)?.missing == "1")

    let healthy = ChanceScheduler(root: configuration.output, seed: 1, faultPercent: 0)
    _ = try slurm(configuration, healthy).run()
    #expect(healthy.state.withLock { $0.accepted.first }?.contains("-prepare-r3-a0") == true)
    #expect(try runStatus(RunDirectory(root: configuration.output)).finished)
  }
}
