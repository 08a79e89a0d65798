// Every operation on the disk may fail: a run that met a failure says so, and the same run with a sound disk comes to the
// bytes of one that nothing disturbed (after SQLite's tests).
import CorpusCore
import CorpusIO
import Foundation
import TestSupport
import Testing

@testable import Pipeline

struct FaultTests {
  /// `XYLEM_EVERY_FAULT=1` tries every operation; otherwise one in so many, another residue for each kind of fault.
  static let stride = ProcessInfo.processInfo.environment["XYLEM_EVERY_FAULT"] != nil ? 1 : 37

  static func corpus(in scratch: ScratchDirectory) throws -> String {
    var lines = JSONLines()
    lines.add(id: "a", "The river carries sand and small stones down to the sea in spring.", lang: "en")
    lines.add(id: "b", "La rivière porte le sable et les petites pierres vers la mer.", lang: "fr")
    lines.add(id: "c", "The river carries sand and small stones down to the sea in spring.", lang: "en")
    lines.add(id: "d", "Le moulin ne tourne plus depuis que le canal est à sec.", lang: "fr")
    lines.add(id: "e", "Nobody in the village remembers who built the old bridge.", lang: "en")
    return try scratch.write(lines.bytes + Array("{broken\n".utf8), to: "in.jsonl")
  }

  static func configuration(_ input: String, output: String) -> PipelineConfiguration {
    var configuration = RunTesting.configuration([input], output: output, vocabulary: 300)
    configuration.workers = 1
    configuration.maximumBadRatio = 1
    // Small enough that sorters spill: their files may fail as well.
    configuration.memory = 4000
    return configuration
  }

  @Test(arguments: [FaultInjectingFileSystem.Fault.once, .fromThenOn])
  func `whatever operation fails, a rerun comes to the same bytes`(fault: FaultInjectingFileSystem.Fault) throws {
    let scratch = try ScratchDirectory()
    let input = try Self.corpus(in: scratch)
    let counter = FaultInjectingFileSystem(failingOperation: nil)
    let undisturbed = Self.configuration(input, output: scratch.file("undisturbed"))
    _ = try PipelineRun(configuration: undisturbed, fileSystem: counter).run()
    let expected = try RunTesting.snapshot(undisturbed.output)
    #expect(expected.count > 20)
    #expect(counter.operationCount > 100)

    var failed = 0
    for operation in Swift.stride(
      from: fault == .once ? 0 : Self.stride / 2, to: counter.operationCount, by: Self.stride)
    {
      let configuration = Self.configuration(input, output: scratch.file("run"))
      defer { try? RunTesting.disk.removeTree(configuration.output) }
      do {
        let disk = FaultInjectingFileSystem(failingOperation: operation, fault: fault)
        _ = try PipelineRun(configuration: configuration, fileSystem: disk).run()
      } catch {
        failed += 1
        #expect(error is any XylemFailure, "operation \(operation): \(error)")
        #expect("\(error)".contains("injected"), "operation \(operation): \(error)")
      }
      do {
        let result = try PipelineRun(configuration: configuration).run()
        #expect(result.ledger.balanced)
        let found = try RunTesting.snapshot(configuration.output)
        #expect(RunTesting.differences(expected, found) == [], "operation \(operation)")
        for left in ["work", "attempts"] {
          #expect(!RunTesting.disk.exists(configuration.output + "/" + left), "operation \(operation): \(left)")
        }
        // After a failure that let it clean up, a run leaves no attempt behind.
        if fault == .once {
          let left = RunTesting.files(under: configuration.output).filter { $0.contains(".attempt") }
          #expect(left == [], "operation \(operation)")
        }
      } catch {
        Issue.record("operation \(operation): the rerun failed: \(error)")
      }
    }
    #expect(failed > 0)
  }
}
