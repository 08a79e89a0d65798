// The plan of a run against the run: sizes, files and tokens of a corpus that is its own sample, and refusals.
import CorpusCore
import CorpusIO
import Foundation
import TestSupport
import Testing

@testable import Pipeline

struct RunPlannerTests {
  private func isNear(_ planned: Int, _ taken: Int, within share: Double) -> Bool {
    abs(Double(planned - taken)) <= Double(taken) * share
  }

  @Test func `a corpus within the sample is planned as it runs`() throws {
    let scratch = try ScratchDirectory()
    var configuration = RunTesting.configuration(RunTesting.sampleFiles, output: scratch.file("run"))
    configuration.partBytes = 1 << 28
    let plan = try planRun(configuration)
    let result = try PipelineRun(configuration: configuration).run()
    #expect(plan.obstacles.isEmpty)
    #expect(plan.stages.map(\.stage) == expectedStages(configuration))
    #expect(plan.documents == result.ledger.read)
    #expect(plan.documentsKept == result.ledger.kept)
    #expect(plan.tokens == result.tokens)
    let directory = RunDirectory(root: configuration.output)
    for stage in plan.stages {
      let units = try #require(try stagePlan(stage.stage, directory: directory)).units.count
      #expect(stage.units == units, "\(stage.stage)")
      #expect(stage.seconds > 0)
    }
    func bytes(_ ending: String) throws -> Int {
      try RunTesting.files(under: directory.absolute("dataset"), ending: ending).reduce(0) {
        $0 + (try RunTesting.disk.size(of: $1) ?? 0)
      }
    }
    #expect(isNear(plan.binBytes, try bytes(".bin"), within: 0.05))
    #expect(isNear(plan.idxBytes, try bytes(".idx"), within: 0.05))
    // The plan leaves nothing behind, and knows the files of a run but the report's three.
    let left = RunTesting.files(under: directory.root).filter { path in
      var isDirectory: ObjCBool = false
      return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
    }
    #expect(isNear(plan.finalFiles, left.count, within: 0.2), "\(plan.finalFiles) \(left.count)")
  }

  @Test func `a sample of a larger corpus is carried on in proportion`() throws {
    let scratch = try ScratchDirectory()
    var lines = JSONLines()
    for number in 0..<6000 {
      lines.add(id: "\(number)", "Line \(number) of a corpus that says \(number * 7919 % 1000) different things.")
    }
    let path = try scratch.write(lines.bytes, to: "large.jsonl")
    var configuration = RunTesting.plain([path], output: scratch.file("run"))
    configuration.deduplicateExact = DeduplicateExactConfiguration()
    configuration.unitBytes = 50_000
    var options = PlanOptions()
    options.sampleBytes = lines.bytes.count / 10
    options.rates = ["collect": 1000]
    let plan = try planRun(configuration, options: options)
    #expect(isNear(plan.documents, 6000, within: 0.05), "\(plan.documents)")
    #expect(isNear(plan.textBytes, lines.bytes.count, within: 0.01))
    let collect = try #require(plan.stages.first { $0.stage == "collect" })
    #expect(collect.seconds == Double(collect.bytesIn) / 1000)
    options.rates = ["colect": 1]
    let failure = try RunTesting.failure { _ = try planRun(configuration, options: options) }
    #expect(failure.kind == .usage)
  }

  @Test func `what cannot fit is refused with what would do`() throws {
    let scratch = try ScratchDirectory()
    var configuration = RunTesting.configuration(RunTesting.sampleFiles, output: scratch.file("run"))
    configuration.memory = 300 << 20
    configuration.workers = 64
    let plan = try planRun(configuration)
    let obstacle = try #require(plan.obstacles.first)
    #expect(obstacle.contains("memory") && obstacle.contains("--memory ") && obstacle.contains("--workers "))
    // The remedy it names is one: with that many workers the plan has no obstacle.
    let words = obstacle.split(whereSeparator: { !$0.isNumber && !$0.isLetter && $0 != "-" })
    let place = try #require(words.lastIndex(of: "--workers"))
    configuration.workers = Int(words[place + 1])
    #expect(try planRun(configuration).obstacles == [])
  }
}
