// A process that really dies, by SIGKILL, before every change it makes to the disk: the rerun comes to the bytes of an
// undisturbed run. Which changes there are is taken from a run that is watched, so that a new one cannot be forgotten.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

struct CommitKillTests {
  /// A death: before operation `number`, or with half of it done when it is a write.
  private struct Moment {
    var number: Int
    var isHalfway: Bool
    /// The stage whose unit is being done; nil between stages.
    var stage: String?
    var operation: DiskOperation
  }

  /// `XYLEM_EVERY_FAULT=1` dies everywhere; otherwise in a run that has come to its last stage, at every step of a unit
  /// with two data files, and now and then at what comes after.
  private static let isThorough = ProcessInfo.processInfo.environment["XYLEM_EVERY_FAULT"] != nil

  private func moments(of operations: [DiskOperation]) -> [Moment] {
    var stage: String?
    var seen: Set<String> = []
    var isFirst = false
    var moments: [Moment] = []
    for (number, operation) in operations.enumerated() where operation.kind.isChange {
      let attempt = operation.path.range(of: "/attempts/").map { operation.path[$0.upperBound...] }
      if operation.kind == .makeDirectories, let attempt {
        let name = String(attempt.prefix { $0 != "-" })
        isFirst = seen.insert(name).inserted
        stage = name
      }
      // The units of a stage go the same way: one of each will do.
      if stage == nil || isFirst {
        moments.append(Moment(number: number, isHalfway: false, stage: stage, operation: operation))
        if operation.kind == .write {
          moments.append(Moment(number: number, isHalfway: true, stage: stage, operation: operation))
        }
      }
      if operation.kind == .removeTree, attempt != nil { stage = nil }
    }
    return moments
  }

  @Test func `a death before any change to the disk costs nothing but time`() async throws {
    let scratch = try ScratchDirectory()
    let input = try FaultTests.corpus(in: scratch)
    let base = try FaultTests.configuration(input, output: scratch.file("base"))
    if !Self.isThorough {
      while let next = try PipelineRun.next(base), next.stage != "assemble" {
        _ = try PipelineRun.work(in: base.output, on: UnitSelection(stage: next.stage, units: next.missing))
      }
    }
    func begin(_ name: String) throws -> PipelineConfiguration {
      let configuration = try FaultTests.configuration(input, output: scratch.file(name))
      if !Self.isThorough { try FileManager.default.copyItem(atPath: base.output, toPath: configuration.output) }
      return configuration
    }
    let undisturbed = try begin("undisturbed")
    let operations = Mutex<[DiskOperation]>([])
    let watched = FaultInjectingFileSystem { _, operation in
      operations.withLock { $0.append(operation) }
      return .goOn
    }
    _ = try PipelineRun(configuration: undisturbed, fileSystem: watched).run()
    let expected = try RunTesting.snapshot(undisturbed.output)
    let all = moments(of: operations.withLock { $0 })
    #expect(Set(all.compactMap(\.stage)) == (Self.isThorough ? Set(expectedStages(undisturbed)) : ["assemble"]))
    let commit = Set(all.filter { $0.stage == "assemble" }.map(\.operation.kind))
    #expect(
      commit.isSuperset(
        of: [
          .makeDirectories, .create, .write, .synchronize, .link, .synchronizeDirectory, .remove, .removeTree,
        ]))

    let chosen = Self.isThorough ? all : all.enumerated().filter { $1.stage != nil || $0 % 7 == 0 }.map { $1 }
    #expect(chosen.count > 20)
    for moment in chosen {
      let configuration = try begin("run")
      defer { try? RunTesting.disk.removeTree(configuration.output) }
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [
          input = input as String, output = configuration.output as String, moment = moment.number as Int,
          isHalfway = moment.isHalfway as Bool
        ] in
        let disk = FaultInjectingFileSystem { number, _ in number == moment ? .die(halfway: isHalfway) : .goOn }
        _ = try PipelineRun(configuration: try FaultTests.configuration(input, output: output), fileSystem: disk).run()
      }
      let place = "\(moment.stage ?? "between stages"): before \(moment.operation), halfway \(moment.isHalfway)"
      do {
        // What has its final name is whole, before anybody resumes.
        if RunTesting.disk.exists(configuration.output + "/" + RunDirectory.runFile) {
          let faults = try verifyRun(RunTesting.runDirectory(configuration.output)).faults
            .filter { $0.path != configuration.output }
          #expect(faults.map(\.message) == [], "\(place)")
        }
        let result = try PipelineRun(configuration: configuration).run()
        #expect(result.ledger.balanced, "\(place)")
        #expect(RunTesting.differences(expected, try RunTesting.snapshot(configuration.output)) == [], "\(place)")
        #expect(!RunTesting.disk.exists(configuration.output + "/attempts"), "\(place)")
      } catch {
        Issue.record("\(place): the rerun failed: \(error)")
      }
    }
  }
}
