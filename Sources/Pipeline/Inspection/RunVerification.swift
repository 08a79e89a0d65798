// Checks a run directory against its own manifests: every file there, whole and with the digest it was committed with;
// the ledger balanced; every dataset consistent. Names each fault by file.
import CorpusCore
import CorpusIO
import TokenDataset

/// What `verify` found.
public struct RunVerification: Codable, Sendable {
  public struct Fault: Codable, Sendable {
    public var path: String
    public var message: String
  }
  public var files = 0
  public var bytes = 0
  public var datasets = 0
  public var faults: [Fault] = []
  public var ok: Bool { faults.isEmpty }

  enum CodingKeys: String, CodingKey { case files, bytes, datasets, faults, ok }

  public init() {}

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    files = try container.decode(Int.self, forKey: .files)
    bytes = try container.decode(Int.self, forKey: .bytes)
    datasets = try container.decode(Int.self, forKey: .datasets)
    faults = try container.decode([Fault].self, forKey: .faults)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(files, forKey: .files)
    try container.encode(bytes, forKey: .bytes)
    try container.encode(datasets, forKey: .datasets)
    try container.encode(faults, forKey: .faults)
    try container.encode(ok, forKey: .ok)
  }
}

/// Verifies everything that is committed; an unfinished run is a fault as well, and so is every file that is missing,
/// unreadable, of another size or content than it was committed with, or that does not belong to this run.
public func verifyRun(_ directory: RunDirectory) throws -> RunVerification {
  let record = try runRecord(directory)
  var check = RunCheck(directory: directory)
  for stage in expectedStages(record.configuration) { check.verify(stage: stage) }
  check.verifyLedger(record.configuration)
  if !check.isComplete {
    check.fault(directory.root, "the run is not finished; the command that began it resumes")
  }
  return check.result
}

/// One verification as it goes through the stages.
private struct RunCheck {
  let directory: RunDirectory
  var result = RunVerification()
  var isComplete = true
  private var prepared: [PrepareCounts] = []
  private var deduplicated: DeduplicateCounts?
  private var cut: [CutCounts] = []

  init(directory: RunDirectory) { self.directory = directory }

  mutating func fault(_ path: String, _ message: String) { result.faults.append(.init(path: path, message: message)) }

  /// The value of a file of the run; nil and a fault when it cannot be had.
  private mutating func read<Value: Decodable>(_ type: Value.Type, _ path: String) -> Value? {
    do {
      return try decodeJSON(type, path: directory.absolute(path), fileSystem: directory.fileSystem)
    } catch {
      fault(path, "\(error)")
      return nil
    }
  }

  mutating func verify(stage: String) {
    let path = RunDirectory.plan(stage: stage)
    guard directory.fileSystem.exists(directory.absolute(path)) else {
      isComplete = false
      return
    }
    guard let plan = read(StagePlan.self, path) else { return }
    guard plan.units.count == plan.identities.count else {
      return fault(path, "\(plan.units.count) units and \(plan.identities.count) identities; expected one a unit")
    }
    for (unit, identity) in zip(plan.units, plan.identities) {
      let path = RunDirectory.manifest(stage: stage, unit: unit)
      let isThere: Bool
      do {
        isThere = try directory.fileSystem.isPresent(directory.absolute(path))
      } catch {
        // A disk that gives no answer does not say that nothing is there.
        fault(path, "\(error)")
        continue
      }
      guard isThere else {
        isComplete = false
        // In a run that has its ledger it was there.
        if directory.fileSystem.exists(directory.absolute(RunDirectory.ledgerFile)), stage == "prepare" {
          fault(path, "is missing, though the ledger was made from it; the command that began the run makes it again")
        }
        continue
      }
      guard let header = read(ManifestHeader.self, path) else { continue }
      guard header.identity == identity, header.stage == stage, header.unit == unit else {
        fault(
          path,
          "is of unit \(header.stage)/\(header.unit), identity \(header.identity); the plan has \(stage)/\(unit), "
            + "\(identity)")
        continue
      }
      if stage == "prepare", let manifest = read(UnitManifest<PrepareCounts>.self, path) {
        prepared.append(manifest.counts)
        if !manifest.counts.isBalanced { fault(path, "does not balance: read is not kept + removed + quarantined") }
      } else if stage == "deduplicate" {
        deduplicated = read(UnitManifest<DeduplicateCounts>.self, path)?.counts
      } else if stage == CutStage.name, let manifest = read(UnitManifest<CutCounts>.self, path) {
        cut.append(manifest.counts)
      }
      // Intermediate files are removed once the stage after them is committed.
      for output in header.outputs where !output.path.hasPrefix("work/") { verify(output) }
    }
  }

  private mutating func verify(_ output: FileSummary) {
    result.files += 1
    do {
      let found = try digestOfFile(directory.absolute(output.path), fileSystem: directory.fileSystem)
      result.bytes += found.bytes
      if found.bytes != output.bytes {
        fault(output.path, "\(found.bytes) bytes, committed with \(output.bytes)")
      } else if found.digest != output.digest {
        fault(output.path, "content changed: digest \(found.digest), committed with \(output.digest)")
      }
    } catch {
      fault(output.path, "\(error)")
    }
    if output.path.hasPrefix("dataset/"), output.path.hasSuffix(".idx") {
      result.datasets += 1
      let verification = verifyDataset(prefix: directory.absolute(String(output.path.dropLast(4))))
      for check in verification.checks where check.outcome == .failed {
        fault(output.path, [check.name, check.explanation, check.place].compactMap { $0 }.joined(separator: ": "))
      }
    }
  }

  /// The ledger must balance, and be what the manifests add up to.
  mutating func verifyLedger(_ configuration: PipelineConfiguration) {
    let path = RunDirectory.ledgerFile
    guard directory.fileSystem.exists(directory.absolute(path)) else {
      if isComplete {
        fault(path, "is missing, though all units are done; the command that began the run makes it again")
      }
      isComplete = false
      return
    }
    guard let ledger = read(Ledger.self, path) else { return }
    guard ledger.balanced else { return fault(path, "does not balance") }
    guard isComplete else { return }
    let expected = Ledger(prepared: prepared, deduplicated: deduplicated, cut: cut)
    if ledger != expected {
      fault(
        path,
        "is not what the manifests add up to: read \(ledger.read), kept \(ledger.kept); they say \(expected.read) and "
          + "\(expected.kept)")
    }
  }
}
