// Units done by `xylem worker`: the same bytes as a run in one process, whoever does which unit and however often.
import CorpusCore
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

struct WorkerTests {
  @Test func `what killed processes left beside plans and records is cleared away`() throws {
    let scratch = try ScratchDirectory()
    let configuration = try RunTesting.filtered(RunTesting.sampleFiles, output: scratch.file("run"))
    try FileManager.default.createDirectory(
      atPath: scratch.file("run/manifests"), withIntermediateDirectories: true)
    let gone = Process()
    gone.executableURL = URL(fileURLWithPath: "/bin/true")
    try gone.run()
    gone.waitUntilExit()
    func left(_ name: String, by process: Int32) throws -> String {
      try scratch.write([123], to: "run/\(name).attempt-\(Attempt.host)-\(process)-7")
    }
    let dead = try ["run.json", "manifests/prepare.plan.json"].map { try left($0, by: gone.processIdentifier) }
    let alive = try left("manifests/train.plan.json", by: ProcessInfo.processInfo.processIdentifier)
    let other = try scratch.write([123], to: "run/manifests/mine.attempt-7")
    _ = try PipelineRun(configuration: configuration).run()
    for path in dead { #expect(!FileManager.default.fileExists(atPath: path), "\(path)") }
    for path in [alive, other] { #expect(FileManager.default.fileExists(atPath: path), "\(path)") }
  }

  @Test func `two workers with the same units at once give the bytes of a local run`() throws {
    let scratch = try ScratchDirectory()
    let local = try RunTesting.filtered(RunTesting.sampleFiles, output: scratch.file("local"))
    _ = try PipelineRun(configuration: local).run()

    let configuration = try RunTesting.filtered(RunTesting.sampleFiles, output: scratch.file("workers"))
    var stages: [String] = []
    while let next = try PipelineRun.next(configuration) {
      stages.append(next.stage)
      try #require(stages.count <= stageOrder.count, "no stage may come twice: \(stages)")
      let failures = Mutex<[String]>([])
      runInParallel(2, workers: 2) { _ in
        do {
          let selection = UnitSelection(stage: next.stage, units: next.missing, isRestoring: next.isRestoring)
          _ = try PipelineRun.work(in: configuration.output, on: selection, workers: 2)
        } catch {
          failures.withLock { $0.append("\(error)") }
        }
      }
      #expect(failures.withLock { $0 } == [], "\(next.stage)")
    }
    #expect(stages == stageOrder)
    #expect(
      RunTesting.differences(try RunTesting.snapshot(local.output), try RunTesting.snapshot(configuration.output)) == []
    )
    #expect(!RunTesting.disk.exists(configuration.output + "/work"))
    #expect(try verifyRun(RunDirectory(root: configuration.output)).ok)
  }

  @Test func `a worker does the units it was asked for and no other`() throws {
    let scratch = try ScratchDirectory()
    let configuration = RunTesting.configuration(RunTesting.sampleFiles, output: scratch.file("run"))
    let next = try #require(try PipelineRun.next(configuration))
    #expect(next.stage == "prepare" && next.units > 3 && next.missing == "0-\(next.units - 1)")
    let plan = try #require(try stagePlan("prepare", directory: RunDirectory(root: configuration.output)))
    let units = "0,\(plan.units[2])"
    let first = try PipelineRun.work(in: configuration.output, on: UnitSelection(stage: "prepare", units: units))
    #expect(first.done == 2 && first.units == 2)
    let again = try PipelineRun.work(in: configuration.output, on: UnitSelection(stage: "prepare", units: units))
    #expect(again.done == 0 && again.units == 2)
    #expect(try PipelineRun.next(configuration)?.missing == "1,3-\(next.units - 1)")
  }

  @Test func `a worker restores what a lost manifest of a later stage needs`() throws {
    let scratch = try ScratchDirectory()
    let configuration = RunTesting.configuration(RunTesting.sampleFiles, output: scratch.file("run"))
    _ = try PipelineRun(configuration: configuration).run()
    let whole = try RunTesting.snapshot(configuration.output)
    let lost = try #require(RunTesting.files(under: configuration.output + "/manifests/train", ending: ".json").first)
    try RunTesting.disk.remove(lost)
    var stages: [String] = []
    while let next = try PipelineRun.next(configuration) {
      stages.append(next.stage + (next.isRestoring ? " again" : ""))
      try #require(stages.count <= 7)
      _ = try PipelineRun.work(
        in: configuration.output,
        on: UnitSelection(stage: next.stage, units: next.missing, isRestoring: next.isRestoring))
    }
    #expect(stages == ["count again", "train"])
    #expect(RunTesting.differences(whole, try RunTesting.snapshot(configuration.output)) == [])
  }

  @Test func `what a worker cannot do is refused, with what it could`() throws {
    let scratch = try ScratchDirectory()
    let configuration = RunTesting.configuration(RunTesting.sampleFiles, output: scratch.file("run"))
    _ = try PipelineRun.next(configuration)
    func failure(_ stage: String, _ units: String) throws -> any XylemFailure {
      try RunTesting.failure {
        _ = try PipelineRun.work(in: configuration.output, on: UnitSelection(stage: stage, units: units))
      }
    }
    let early = try failure("collect", "0")
    #expect(early.kind == .incomplete && early.description.contains("stage collect cannot begin"))
    #expect(try failure("prepared", "0").kind == .usage)
    #expect(try failure("prepare", "100000").description.contains("numbered from 0 to"))
    #expect(
      try RunTesting.failure {
        _ = try PipelineRun.work(
          in: scratch.file("nowhere"), on: UnitSelection(stage: "prepare", units: "0"))
      }.kind == .noInput)
  }

  @Test func `a worker refuses language files that changed since the run began`() throws {
    let scratch = try ScratchDirectory()
    var configuration = RunTesting.configuration([RunTesting.sampleFiles[0]], output: scratch.file("run"))
    let languages = scratch.file("languages")
    try FileManager.default.copyItem(
      atPath: ConfigurationTesting.repository + "/pipelines/languages", toPath: languages)
    configuration.languages = languages
    configuration.languageFilesDigest = languageFilesDigest(try readLanguageFiles(directory: languages))
    _ = try PipelineRun.next(configuration)
    try FileManager.default.removeItem(atPath: languages + "/ca.yaml")
    let failure = try RunTesting.failure {
      _ = try PipelineRun.work(in: configuration.output, on: UnitSelection(stage: "prepare", units: "0"))
    }
    #expect(failure.kind == .configuration && failure.description.contains("changed since"))
  }

  @Test func `units are named by index, range or label`() throws {
    let labels = ["00000-abc", "00001-def", "fr-00000", "fr-00001"]
    func indexes(_ units: String) throws -> [Int] { try UnitSelection(stage: "s", units: units).indexes(in: labels) }
    #expect(try indexes("0-2,1") == [0, 1, 2])
    #expect(try indexes("fr-00001 0") == [0, 3])
    #expect(try indexes("3") == [3])
    for wrong in ["", "4", "2-1", "-1", "1-", "a", "0-99", "0-1-2", "99999999999999999999"] {
      #expect(try RunTesting.failure { _ = try indexes(wrong) }.kind == .usage, "\(wrong)")
    }
    #expect(UnitSelection.ranges([0, 1, 2, 5, 7, 8]) == "0-2,5,7-8")
    #expect(UnitSelection.ranges([]) == "")
  }
}
