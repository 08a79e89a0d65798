// A run of one stage on a simulated cluster: the executor, the units and the commit are the program's own; the disk, the
// clock and the scheduler are not.
import CorpusCore
import CorpusIO
import Foundation
import TestSupport

@testable import Pipeline

/// Units of a few made-up records, each kept, removed or quarantined.
struct SimulatedStage: Stage {
  static let name = "prepare"
  let planned: [PlannedUnit<Int>]

  init(units: Int) {
    planned = (0..<units).map { index in
      let digits = String(index)
      let label = "u" + String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
      return PlannedUnit(label: label, identity: Digest128(hashing: label), bytes: 1, work: index)
    }
  }

  func units() -> [PlannedUnit<Int>] { planned }

  static func bytes(of unit: Int) -> [UInt8] {
    var random = SplitMix64(state: UInt64(unit))
    return (0..<(8 + unit % 24)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  static func counts(of unit: Int) -> PrepareCounts {
    var counts = PrepareCounts()
    var language = LanguageCounts()
    language.read = 3 + unit % 5
    language.removed = ["duplicate": unit % 2]
    language.kept = language.read - unit % 2
    counts.languages = ["fr": language]
    counts.quarantined = unit % 3 == 0 ? 1 : 0
    counts.read = language.read + counts.quarantined
    return counts
  }

  func run(_ unit: PlannedUnit<Int>, attempt: Attempt) throws -> PrepareCounts {
    try attempt.write(Self.bytes(of: unit.work), as: RunDirectory.preparedUnit(unit.label))
    return Self.counts(of: unit.work)
  }
}

/// Tells the cluster's operator what the driver says.
private final class OperatorsConsole: RunObserver {
  private let cluster: VirtualCluster
  init(_ cluster: VirtualCluster) { self.cluster = cluster }
  func stageBegan(_ meter: ProgressMeter) {}
  func stageEnded(_ meter: ProgressMeter) {}
  func message(_ text: String) { cluster.read(message: text) }
}

struct Simulation {
  var units: Int
  var nodes: Int
  var unitsPerElement: Int
  var arraySize: Int
  var timeLimit: Double?
  var chances = SimulatedChances()
  var seed: UInt64

  struct Outcome {
    /// Whatever should not be; empty when all is well.
    var problems: [String] = []
    var tally: VirtualCluster.Tally
    var trace: UInt64
    var virtualSeconds: Double
    var drivers: Int
    var usage: InMemoryFileSystem.Usage
  }

  /// Small ones differ in everything.
  static func small(seed: UInt64) -> Simulation {
    var random = SplitMix64(state: seed &* 0x1234_5677)
    var simulation = Simulation(
      units: Int.random(in: 1...60, using: &random), nodes: Int.random(in: 1...12, using: &random),
      unitsPerElement: Int.random(in: 1...9, using: &random), arraySize: Int.random(in: 1...7, using: &random),
      timeLimit: nil, seed: seed)
    if Bool.random(using: &random) { simulation.timeLimit = Double.random(in: 200..<1500, using: &random) }
    let intensity = Int.random(in: 1...8, using: &random)
    simulation.chances.deathsInUnit *= 3 * intensity
    simulation.chances.pausesInUnit *= 5 * intensity
    simulation.chances.diskErrors *= 3 * intensity
    simulation.chances.stragglers *= intensity
    simulation.chances.incidents = min(700, 60 * intensity)
    return simulation
  }

  func run() throws -> Outcome {
    let disk = InMemoryFileSystem.Disk()
    let stage = SimulatedStage(units: units)
    let cluster = VirtualCluster(
      root: "/run", disk: disk, stage: stage, nodes: nodes, arraySize: arraySize, timeLimit: timeLimit,
      chances: chances, seed: seed)
    try InMemoryFileSystem(clientOf: disk).makeDirectories("/run")
    var random = SplitMix64(state: ~seed)
    var drivers = 0
    var manifests: [UnitManifest<PrepareCounts>]?
    var problems: [String] = []
    while manifests == nil, drivers < 300 {
      drivers += 1
      cluster.isDriverDead = false
      // A driver dies at one of its file operations, or at one of its questions, or not.
      let mortal = drivers < 250 && Bool.random(using: &random)
      let lifetime = mortal ? Int.random(in: 1..<(20 * units + 100), using: &random) : Int.max
      let client = InMemoryFileSystem(clientOf: disk)
      let fileSystem = FaultInjectingFileSystem(over: client) { number, _ in
        if number >= lifetime { cluster.isDriverDead = true }
        return cluster.isDriverDead ? .refuse(EIO) : .goOn
      }
      do {
        manifests = try driver(fileSystem, cluster).run(stage)
      } catch {
        if cluster.isDriverDead {
          client.crash(keepingPercent: Int.random(in: 0..<100, using: &random))
        } else if (error as? any XylemFailure)?.kind != .incomplete {
          problems.append("driver \(drivers): \(error)")
          break
        }
      }
    }
    let client = InMemoryFileSystem(clientOf: disk)
    if let manifests {
      problems += try faults(manifests, stage: stage, disk: disk, cluster: cluster, drivers: drivers)
      // Copies that were given up may end after the driver did: they find everything done, and change nothing.
      cluster.runOut()
      try client.removeTree("/run/attempts")
      problems += try faults(manifests, stage: stage, disk: disk, cluster: cluster, drivers: drivers).map {
        "late: " + $0
      }
    } else if problems.isEmpty {
      problems.append("not done after \(drivers) drivers")
    }
    return Outcome(
      problems: problems, tally: cluster.tally, trace: cluster.trace, virtualSeconds: cluster.now, drivers: drivers,
      usage: disk.usage)
  }

  private func driver(_ fileSystem: any FileSystem, _ cluster: VirtualCluster) -> LocalExecutor {
    let directory = RunDirectory(root: "/run", fileSystem: fileSystem)
    var options = SlurmConfiguration()
    options.unitsPerElement = unitsPerElement
    options.resubmissions = 20
    let console = OperatorsConsole(cluster)
    let slurm = SlurmExecutor(
      options: options, directory: directory, digest: Digest128(hashing: "simulation"), memoryBytes: 0,
      executable: "xylem", workingDirectory: "/", scheduler: cluster, observer: console)
    return LocalExecutor(
      directory: directory, workers: 1, memoryBytes: 0, journal: Journal(directory: directory), observer: console,
      mode: .slurm(slurm))
  }

  private func faults(
    _ manifests: [UnitManifest<PrepareCounts>], stage: SimulatedStage, disk: InMemoryFileSystem.Disk,
    cluster: VirtualCluster, drivers: Int
  ) throws -> [String] {
    var problems: [String] = []
    let client = InMemoryFileSystem(clientOf: disk)
    // Nothing is lost, nothing is doubled, nothing is another's.
    if manifests.map(\.unit) != stage.planned.map(\.label) { problems.append("the manifests are not one a unit") }
    for unit in stage.planned {
      let bytes = try readWholeFile("/run/" + RunDirectory.preparedUnit(unit.label), limit: 1 << 20, fileSystem: client)
      if bytes != SimulatedStage.bytes(of: unit.work) { problems.append("\(unit.label): other bytes") }
    }
    if !disk.namesLinkedTwice.isEmpty { problems.append("committed twice: \(disk.namesLinkedTwice.prefix(3))") }
    if Set(cluster.tally.submissions).count != cluster.tally.submissions.count { problems.append("submitted twice") }
    // The ledger.
    let ledger = Ledger(prepared: manifests.map(\.counts), deduplicated: nil)
    let read = stage.planned.reduce(0) { $0 + SimulatedStage.counts(of: $1.work).read }
    if !ledger.balanced || ledger.read != read { problems.append("ledger: read \(ledger.read) of \(read), \(ledger)") }
    // Files: a data file and a manifest a unit; what the driver wrote; an attempt with two files for whoever is at work,
    // died at it, or met an error of the disk, perhaps when it cleared up.
    var permanent = 0
    for name in disk.fileNames {
      let isUnit = name.hasPrefix("/run/manifests/prepare/") || name.hasPrefix("/run/work/prepare/")
      if isUnit { permanent += 1 }
      let isOther =
        name.hasPrefix("/run/attempts/") || name.hasPrefix("/run/slurm/")
        || name.hasPrefix("/run/manifests/prepare.plan.json") || name == "/run/journal.jsonl"
      if !isUnit && !isOther { problems.append("\(name): nobody's file") }
    }
    if permanent != 2 * units { problems.append("\(permanent) files for \(units) units") }
    let arrays = cluster.tally.submissions.count
    let attempts = cluster.tally.mostRunning + cluster.tally.deaths + cluster.tally.diskErrors
    let budget = 2 * units + 4 * arrays + 3 * attempts + 3 * drivers + 10
    if disk.usage.peakNames > budget { problems.append("\(disk.usage.peakNames) names, budget \(budget)") }
    for (directory, most) in [
      ("/run/attempts", attempts), ("/run/manifests/prepare", units), ("/run/work/prepare", units),
      ("/run/slurm", 4 * arrays + 3 * drivers + 10),
    ] where disk.usage.peakEntries[directory, default: 0] > most {
      problems.append("\(directory): \(disk.usage.peakEntries[directory] ?? 0) entries, budget \(most)")
    }
    return problems
  }
}
