// Two copies of every unit at once, as a scheduler starts them when a node is slow to die: both have all their outputs
// written before either commits, and then one comes first, the other, or each in turn. One commits, the loser compares.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

/// Lets two copies through their link calls in a given order, after both have come to the one for the same name.
private final class Rendezvous: @unchecked Sendable {
  // Unchecked: all state is used with the lock held.
  enum Order: Sendable, CaseIterable { case firstCopyWins, secondCopyWins, inTurn }

  private let condition = NSCondition()
  private let order: Order
  private var arrived: [String: Int] = [:]
  private var passed: [String: Int] = [:]
  private var names = 0
  private(set) var lost: [String] = []

  init(_ order: Order) { self.order = order }

  /// Called before `copy` links `name`. Of each name, the loser goes when the winner has linked it, or will never.
  func wait(_ copy: Int, for name: String) {
    condition.lock()
    defer { condition.unlock() }
    arrived[name, default: 0] += 1
    if arrived[name] == 1 { names += 1 }
    condition.broadcast()
    while arrived[name, default: 0] < 2 {
      guard condition.wait(until: .now + 30) else { return }
    }
    let winner: Int
    switch order {
    case .firstCopyWins: winner = 0
    case .secondCopyWins: winner = 1
    case .inTurn: winner = name.utf8.reduce(0) { $0 &+ Int($1) } & 1
    }
    if copy == winner { return }
    while passed[name, default: 0] < 1 {
      guard condition.wait(until: .now + 30) else { return }
    }
  }

  /// Called when `copy` does whatever comes after the link of `name`.
  func pass(_ name: String) {
    condition.lock()
    passed[name, default: 0] += 1
    condition.broadcast()
    condition.unlock()
  }

  func lose(_ name: String) {
    condition.lock()
    lost.append(name)
    condition.unlock()
  }

  var linkedNames: Int { condition.withLock { names } }
  var lostNames: [String] { condition.withLock { lost } }
}

struct TwoCopiesTests {
  /// The file system of one copy: before a link it waits for the other, and what it opens right after is what it compares.
  private func disk(_ copy: Int, _ rendezvous: Rendezvous) -> FaultInjectingFileSystem {
    let linking = Mutex<String?>(nil)
    return FaultInjectingFileSystem { _, operation in
      if let name = linking.withLock({ $0 }) {
        linking.withLock { $0 = nil }
        rendezvous.pass(name)
        if operation.kind == .open, operation.path == name { rendezvous.lose(name) }
      }
      if operation.kind == .link {
        rendezvous.wait(copy, for: operation.path)
        linking.withLock { $0 = operation.path }
      }
      return .goOn
    }
  }

  @Test(arguments: Rendezvous.Order.allCases)
  fileprivate func `both copies end well, one commits and the other compares`(order: Rendezvous.Order) throws {
    let scratch = try ScratchDirectory()
    let paths = Array(RunTesting.sampleFiles.prefix(3))
    let local = RunTesting.configuration(paths, output: scratch.file("local"))
    _ = try PipelineRun(configuration: local).run()
    let configuration = RunTesting.configuration(paths, output: scratch.file("copies"))
    var units = 0
    var linked = 0
    while let next = try PipelineRun.next(configuration) {
      let rendezvous = Rendezvous(order)
      let failures = Mutex<[String]>([])
      runInParallel(2, workers: 2) { copy in
        do {
          let selection = UnitSelection(stage: next.stage, units: next.missing, isRestoring: next.isRestoring)
          let done = try PipelineRun.work(
            in: configuration.output, on: selection, workers: 1, fileSystem: disk(copy, rendezvous))
          failures.withLock { if done.done != next.units { $0.append("\(next.stage): \(done.done) units done") } }
        } catch {
          failures.withLock { $0.append("\(next.stage): \(error)") }
        }
      }
      #expect(failures.withLock { $0 } == [])
      // Every name, of data and of manifests, was wanted by both, and one of them found it taken.
      #expect(rendezvous.linkedNames >= 2 * next.units)
      #expect(Set(rendezvous.lostNames).count == rendezvous.linkedNames, "\(next.stage)")
      units += next.units
      linked += rendezvous.linkedNames
      try #require(units < 1000)
    }
    #expect(units > 15 && linked > 2 * units)
    #expect(
      RunTesting.differences(try RunTesting.snapshot(local.output), try RunTesting.snapshot(configuration.output)) == []
    )
    #expect(!RunTesting.disk.exists(configuration.output + "/attempts"))
  }

  @Test func `a copy that comes to other bytes is refused, and both files stay`() throws {
    let scratch = try ScratchDirectory()
    let input = try FaultTests.corpus(in: scratch)
    let configuration = try FaultTests.configuration(input, output: scratch.file("run"))
    let next = try #require(try PipelineRun.next(configuration))
    let plan = try #require(try stagePlan(next.stage, directory: RunTesting.runDirectory(configuration.output)))
    let taken = configuration.output + "/" + RunDirectory.preparedUnit(plan.units[0])
    try RunTesting.disk.makeDirectories(directoryName(of: taken))
    try scratch.write(Array("other bytes".utf8), to: "run/" + RunDirectory.preparedUnit(plan.units[0]))
    let failure = try RunTesting.failure {
      _ = try PipelineRun.work(
        in: configuration.output, on: UnitSelection(stage: next.stage, units: "0"), workers: 1)
    }
    #expect(failure.description.contains("two attempts disagree"))
    #expect(failure.description.contains(taken))
    #expect(try RunTesting.disk.size(of: taken) == 11, "what was there is left alone")
    #expect(try PipelineRun.next(configuration)?.missing.hasPrefix("0") == true, "and the unit is not done")
  }
}
