// A unit of work: what a stage is made of, what is committed, and what "done" means (docs/decisions/0001, 0002).
import CorpusCore
import CorpusIO
import Foundation

/// The version that goes into every unit's identity: raised whenever the bytes of any output change.
public let xylemVersion = "0.4.0"

/// One unit as a stage plans it.
public struct PlannedUnit<Work: Sendable>: Sendable {
  /// File name of its manifest: unique in the stage, safe as a path component.
  public let label: String
  /// Digest over stage, version, configuration and the identities of everything the unit reads.
  public let identity: Digest128
  /// Bytes it reads, for progress and balance.
  public let bytes: Int
  public let work: Work

  public init(label: String, identity: Digest128, bytes: Int, work: Work) {
    self.label = label
    self.identity = identity
    self.bytes = bytes
    self.work = work
  }
}

/// What a finished unit leaves: its presence means done, so it is written last. Holds nothing that differs between two
/// attempts at the same unit (no times, hosts or memory: those go to the journal).
public struct UnitManifest<Counts: Codable & Sendable>: Codable, Sendable {
  public var stage: String
  public var unit: String
  public var identity: Digest128
  public var version: String
  /// Paths are relative to the run directory.
  public var outputs: [FileSummary]
  public var counts: Counts
}

/// The part of a manifest that every reader understands, whatever the stage counts.
public struct ManifestHeader: Codable, Sendable {
  public var stage: String
  public var unit: String
  public var identity: Digest128
  public var version: String
  public var outputs: [FileSummary]
}

/// A stage: plans its units (pure), runs one at a time on any thread.
protocol Stage: Sendable {
  associatedtype Work: Sendable
  associatedtype Counts: Codable & Sendable
  /// Name of the stage: a directory of manifests and a key of the journal.
  static var name: String { get }
  func units() throws -> [PlannedUnit<Work>]
  /// Does one unit. Writes only through `attempt`; `counts` says what happened to every record.
  func run(_ unit: PlannedUnit<Work>, attempt: Attempt) throws -> Counts
  /// Takes in what unit number `index` counted, as its manifest is read, and leaves in it what has to stay in memory unit by
  /// unit. Any thread, any order, some units more than once.
  func absorb(_ counts: inout Counts, index: Int)
}

extension Stage {
  func absorb(_ counts: inout Counts, index: Int) {}
}

/// Derives identities: order and content of `parts` matter, lengths are framed.
func unitIdentity(stage: String, configuration: Digest128, parts: [String]) -> Digest128 {
  var bytes: [UInt8] = []
  for part in [stage, xylemVersion, configuration.description] + parts {
    bytes.append(contentsOf: String(part.utf8.count).utf8)
    bytes.append(58)
    bytes.append(contentsOf: part.utf8)
  }
  return Digest128(hashing: bytes)
}

/// One try at one unit: outputs are written under a name of its own and published create-once when all are whole.
final class Attempt {
  let directory: RunDirectory
  let progress: ProgressMeter
  let memoryBytes: Int
  private let attemptPath: String
  private var pending: [(temporary: FileSummary, final: String)] = []
  private var nextFile = 0

  init(directory: RunDirectory, stage: String, unit: String, progress: ProgressMeter, memoryBytes: Int)
    throws(CorpusIOFailure)
  {
    self.directory = directory
    self.progress = progress
    self.memoryBytes = memoryBytes
    let host = Self.host
    let nonce = String(UInt32.random(in: .min ... .max), radix: 36)
    let process = ProcessInfo.processInfo.processIdentifier
    attemptPath = directory.absolute("attempts/\(stage)-\(unit)-\(host)-\(process)-\(nonce)")
    try directory.fileSystem.makeDirectories(attemptPath)
  }

  /// A path inside the attempt, for an output file.
  func temporaryPath() -> String {
    nextFile += 1
    return attemptPath + "/" + String(nextFile)
  }

  /// The attempt's own directory, there and empty at first: for sorters that spill.
  var scratchDirectory: String { attemptPath }

  /// Registers a finished file for publication as `final` (relative to the run directory).
  func add(_ file: FileSummary, as final: String) {
    pending.append((file, final))
  }

  /// Opens an output of the unit; hand the summary of `finish()` to `add`.
  func createOutput() throws(CorpusIOFailure) -> OutputFile {
    try OutputFile(path: temporaryPath(), fileSystem: directory.fileSystem)
  }

  /// Writes a small output in one piece.
  func write(_ bytes: [UInt8], as final: String) throws(CorpusIOFailure) {
    let file = try createOutput()
    try file.write(bytes)
    add(try file.finish(), as: final)
  }

  /// Publishes the data files, then the manifest; a crash between the two leaves files that the next attempt finds equal.
  func commit<Counts>(_ unit: (stage: String, label: String, identity: Digest128), counts: Counts) throws
    -> UnitManifest<Counts>
  {
    var outputs: [FileSummary] = []
    for (temporary, final) in pending {
      try publishInDirectory(temporary, as: final)
      outputs.append(FileSummary(path: final, bytes: temporary.bytes, digest: temporary.digest))
    }
    let manifest = UnitManifest(
      stage: unit.stage, unit: unit.label, identity: unit.identity, version: xylemVersion, outputs: outputs,
      counts: counts)
    let file = try createOutput()
    try file.write(try encodeJSON(manifest))
    let summary = try file.finish()
    try publishInDirectory(summary, as: RunDirectory.manifest(stage: unit.stage, unit: unit.label))
    discard()
    return manifest
  }

  private func publishInDirectory(_ file: FileSummary, as final: String) throws {
    let path = directory.absolute(final)
    try directory.fileSystem.makeDirectories(directoryName(of: path))
    try publish(file, as: path, fileSystem: directory.fileSystem)
  }

  static let host = ProcessInfo.processInfo.hostName.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }

  /// Clears away what killed processes of this machine left, and the directory when nothing is in it. Housekeeping alone:
  /// nothing is decided by what is found, and other machines' attempts are left to them.
  static func removeAbandoned(in directory: RunDirectory) {
    let attempts = directory.absolute("attempts")
    // The small files of `replaceFile` stand where they are to be.
    let folders = [(attempts, false), (directory.root, true), (directory.absolute("manifests"), true)]
    for (folder, isMixed) in folders {
      for name in (try? directory.fileSystem.names(in: folder)) ?? [] where !isMixed || name.contains(".attempt-") {
        if isOfDeadProcess(name) { try? directory.fileSystem.removeTree(folder + "/" + name) }
      }
    }
    directory.fileSystem.removeEmptyDirectory(attempts)
  }

  /// Whether a name ends with this machine, a process that is no more, and a nonce.
  private static func isOfDeadProcess(_ name: String) -> Bool {
    let parts = name.split(separator: "-")
    guard parts.count >= 4, parts[parts.count - 3] == host, let process = pid_t(parts[parts.count - 2]), process > 0
    else { return false }
    return kill(process, 0) != 0 && errno == ESRCH
  }

  /// Removes whatever the attempt left; failure to do so harms nothing.
  func discard() {
    try? directory.fileSystem.removeTree(attemptPath)
  }
}

/// JSON as manifests hold it: sorted keys, a newline at the end.
func encodeJSON<Value: Encodable>(_ value: Value, pretty: Bool = false) throws -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting =
    pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
  return Array(try encoder.encode(value)) + [10]
}

/// Decodes a file of the run directory; a file that does not decode is named in the failure.
func decodeJSON<Value: Decodable>(_ type: Value.Type, path: String, fileSystem: any FileSystem) throws -> Value {
  let bytes = try readWholeFile(path, limit: 1 << 30, fileSystem: fileSystem)
  do {
    return try JSONDecoder().decode(type, from: Data(bytes))
  } catch {
    throw PlainFailure(
      .badData, "\(path): not what this version of xylem writes (\(error)); remove it and run again to redo that unit")
  }
}
