// Options that several commands share, as typed; each command resolves them itself.
import ArgumentParser
import CorpusCore
import Foundation
import Pipeline

/// What a standalone command reads, and how.
struct InputOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("Shards: files, globs or - (.jsonl .jsonl.gz .jsonl.zst .txt).", valueName: "input"),
    completion: .file())
  var input: [String]

  @Option(help: "Field that holds the text of a record.")
  var textField = "text"

  @Option(help: "Field that identifies a record.")
  var idField = "id"

  @Option(help: "Threads that work at a time (default: all cores).")
  var workers: Int?

  @Option(help: "Share of records that may be unreadable before the command fails.")
  var maximumBadRatio = 0.001

  func validate() throws {
    if let workers, !(1...4096).contains(workers) {
      throw ValidationError("--workers: expected 1 to 4096, found \(workers)")
    }
    if !(0...1).contains(maximumBadRatio) {
      throw ValidationError("--maximum-bad-ratio: expected 0 to 1, found \(maximumBadRatio)")
    }
  }

  var pass: InputPass {
    var pass = InputPass(paths: input)
    pass.textField = textField
    pass.idField = idField
    pass.workers = workers ?? ProcessInfo.processInfo.activeProcessorCount
    pass.maximumBadRatio = maximumBadRatio
    return pass
  }
}

/// How much a command says on standard error.
struct ProgressOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Show no progress: as --log-level warning.")
  var quiet = false

  @Option(help: ArgumentHelp("error, warning, info (progress too) or debug (every unit too).", valueName: "level"))
  var logLevel: LogLevel?

  func validate() throws {
    if quiet, let logLevel, logLevel > .warning {
      throw ValidationError("--quiet shows no progress and --log-level \(logLevel.rawValue) does: choose one")
    }
    Log.level = logLevel ?? (quiet ? .warning : .info)
  }
}

/// What a command says, and in which form.
struct OutputOptions: ParsableArguments {
  @Flag(name: .customLong("json"), help: "Print the result as one JSON object.")
  var isJSON = false

  @Flag(help: "Print events, and the result as the last, as one JSON object a line (docs/formats/events.md).")
  var jsonEvents = false

  @OptionGroup var progress: ProgressOptions

  /// Results are JSON, alone or among events.
  var json: Bool { isJSON || jsonEvents }

  func validate() throws {
    if isJSON, jsonEvents { throw ValidationError("--json prints one object and --json-events many: choose one") }
    EventStream.isOn = jsonEvents
  }

  var observer: any RunObserver { jsonEvents ? EventObserver() : TerminalObserver() }
}

/// A pipeline file and what overrides it.
struct PipelineOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The pipeline file (YAML).", valueName: "pipeline.yaml"),
    completion: .file(extensions: ["yaml", "yml"]))
  var pipeline: String

  @Option(
    help: ArgumentHelp("Read this glob instead of the file's input; may be repeated.", valueName: "glob"),
    completion: .file())
  var input: [String] = []

  @Option(help: ArgumentHelp("Run directory, instead of the file's output.", valueName: "dir"), completion: .directory)
  var output: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Override a key: STEP.KEY=VALUE or KEY=VALUE; may be repeated.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(help: "Threads that work at a time (default: all cores).")
  var workers: Int?

  @Option(help: ArgumentHelp("Ceiling of memory, such as 8G.", valueName: "size"))
  var memory: String?

  @Option(help: "Where units run: local or slurm.", completion: .list(["local", "slurm"]))
  var executor: String?

  func configuration() throws -> PipelineConfiguration {
    try ConfigurationReader.read(
      path: pipeline, overrides: overrides, inputs: input, output: output, workers: workers, memory: memory,
      executor: executor)
  }
}

/// Bytes of a size such as 8G, or a fault of usage.
func parseSize(_ text: String, option: String) throws -> Int {
  guard let bytes = ByteSize.bytes(text), bytes > 0 else {
    throw ValidationError("\(option): expected a size such as 512M or 8G, found '\(text)'")
  }
  return bytes
}
