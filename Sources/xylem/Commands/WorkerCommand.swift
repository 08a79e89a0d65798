// `xylem worker`: some units of one stage of a run that was begun elsewhere. What schedulers and other engines call.
import ArgumentParser
import CorpusCore
import Pipeline

struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Do some units of a stage of a run; any number of workers may, the same units even.",
    discussion: """
      SIGUSR1 commits the units that have begun, begins no other and exits with 75. SIGTERM abandons them and exits with 143.

      Examples:
        # Which units are missing? Prints 'prepare 0-41' and exits with 75.
        xylem run pipelines/demo.yaml --output runs/a --next
        # Do some of them here; another machine may do the others meanwhile.
        xylem worker --run runs/a --stage prepare --units 0-20
      """)

  @Option(name: .customLong("run"), help: ArgumentHelp("The run directory.", valueName: "dir"), completion: .directory)
  var directory: String

  @Option(
    help: "The stage; those before it must be done.",
    completion: .list([
      "prepare", "collect", "deduplicate", "lines", "repeats", "cut", "count", "train", "encode", "assemble",
    ]))
  var stage: String

  @Option(help: "Indexes, ranges or labels, with commas: 0-9,12,fr-00003; may be repeated.")
  var units: [String]

  @Flag(help: "Do units again whose outputs were cleared away, though they are committed.")
  var restore = false

  @Option(help: "Threads that work at a time (default: as the run was begun with).")
  var workers: Int?

  @Option(help: ArgumentHelp("Ceiling of memory of this process, such as 8G.", valueName: "size"))
  var memory: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let workers, !(1...4096).contains(workers) {
      throw ValidationError("--workers: expected 1 to 4096, found \(workers)")
    }
  }

  func run() throws {
    let done = try PipelineRun.work(
      in: directory, on: UnitSelection(stage: stage, units: units.joined(separator: ","), isRestoring: restore),
      workers: workers, memory: try memory.map { try parseSize($0, option: "--memory") }, observer: output.observer)
    if output.json {
      try sayJSON(WorkerSummary(stage: stage, units: done.units, done: done.done))
    } else {
      say("\(stage): \(done.units) units committed, \(done.done) of them now")
    }
  }
}

private struct WorkerSummary: Encodable {
  var stage: String
  var units: Int
  var done: Int
}
