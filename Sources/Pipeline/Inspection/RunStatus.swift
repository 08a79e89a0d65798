// Where a run stands, from its plans and manifests alone: works while it runs, after it died, on any machine.
import CorpusCore
import CorpusIO

/// The state of a run directory.
public struct RunStatus: Codable, Sendable {
  public struct StageStatus: Codable, Sendable {
    public var stage: String
    public var units: Int
    public var done: Int
    public var bytes: Int
    public var bytesDone: Int

    enum CodingKeys: String, CodingKey {
      case stage, units, done, bytes
      case bytesDone = "bytes_done"
    }
  }
  public var name: String
  public var version: String
  public var finished: Bool
  public var stages: [StageStatus]
  public var ledger: Ledger?
}

/// The stages in the order in which they run.
let stageOrder = [
  "prepare", "collect", "deduplicate", "lines", "repeats", "cut", "count", "train", "encode", "assemble",
]

/// Reads the status of the run in `directory`.
public func runStatus(_ directory: RunDirectory) throws -> RunStatus {
  let record = try runRecord(directory)
  var stages: [RunStatus.StageStatus] = []
  for stage in stageOrder {
    guard let plan = try stagePlan(stage, directory: directory) else { continue }
    var status = RunStatus.StageStatus(
      stage: stage, units: plan.units.count, done: 0, bytes: plan.bytes.reduce(0, +), bytesDone: 0)
    for (unit, bytes) in zip(plan.units, plan.bytes) {
      let path = directory.absolute(RunDirectory.manifest(stage: stage, unit: unit))
      if try directory.fileSystem.isPresent(path) {
        status.done += 1
        status.bytesDone += bytes
      }
    }
    stages.append(status)
  }
  let ledgerPath = directory.absolute(RunDirectory.ledgerFile)
  let ledger =
    try directory.fileSystem.isPresent(ledgerPath)
    ? decodeJSON(Ledger.self, path: ledgerPath, fileSystem: directory.fileSystem) : nil
  let last = expectedStages(record.configuration).last ?? "collect"
  let isFinished =
    ledger != nil && stages.allSatisfy { $0.done == $0.units } && stages.contains { $0.stage == last }
  return RunStatus(
    name: record.name, version: record.version, finished: isFinished, stages: stages, ledger: ledger)
}

func runRecord(_ directory: RunDirectory) throws -> RunRecord {
  let path = directory.absolute(RunDirectory.runFile)
  guard try directory.fileSystem.isPresent(path) else {
    throw PlainFailure(.noInput, "\(directory.root): not a run directory (\(RunDirectory.runFile) is missing)")
  }
  return try decodeJSON(RunRecord.self, path: path, fileSystem: directory.fileSystem)
}

func stagePlan(_ stage: String, directory: RunDirectory) throws -> StagePlan? {
  let path = directory.absolute(RunDirectory.plan(stage: stage))
  guard try directory.fileSystem.isPresent(path) else { return nil }
  return try decodeJSON(StagePlan.self, path: path, fileSystem: directory.fileSystem)
}

/// The stages that a configuration asks for.
func expectedStages(_ configuration: PipelineConfiguration) -> [String] {
  var stages = ["prepare", "collect"]
  if configuration.deduplicates { stages.append("deduplicate") }
  if configuration.deduplicateLines != nil { stages += ["lines", "repeats", "cut"] }
  if configuration.trainTokenizer != nil, configuration.encode?.tokenizer == nil { stages += ["count", "train"] }
  if configuration.encode != nil { stages += ["encode", "assemble"] }
  return stages
}
