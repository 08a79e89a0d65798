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

/// Verifies everything that is committed; an unfinished run is a fault as well.
public func verifyRun(_ directory: RunDirectory) throws -> RunVerification {
  let status = try runStatus(directory)
  var result = RunVerification()
  func fault(_ path: String, _ message: String) { result.faults.append(.init(path: path, message: message)) }
  if !status.finished { fault(directory.root, "the run is not finished; the command that began it resumes") }
  for stage in status.stages.map(\.stage) {
    guard let plan = try stagePlan(stage, directory: directory) else { continue }
    for unit in plan.units {
      let path = RunDirectory.manifest(stage: stage, unit: unit)
      guard try directory.fileSystem.isPresent(directory.absolute(path)) else { continue }
      let header: ManifestHeader
      do {
        header = try decodeJSON(
          ManifestHeader.self, path: directory.absolute(path), fileSystem: directory.fileSystem)
      } catch {
        fault(path, "\(error)")
        continue
      }
      // Intermediate files are removed once the stage after them is committed.
      for output in header.outputs where !output.path.hasPrefix("work/") {
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
    }
  }
  if let ledger = status.ledger, !ledger.balanced { fault(RunDirectory.ledgerFile, "does not balance") }
  return result
}
