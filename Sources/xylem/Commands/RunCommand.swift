import ArgumentParser
import CorpusCore
import Pipeline

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a pipeline, or resume it: only what is missing is done.",
    discussion: """
      Everything from shards to report. A run that was stopped goes on where it was when the same command is called again.

      Examples:
        # All of the BLOOM recipe over your shards, with eight threads.
        xylem run pipelines/roots.yaml --input 'shards/*.jsonl.zst' \\
          --output runs/first --workers 8 --memory 16G
        # The demo with another vocabulary and without near deduplication.
        xylem run pipelines/demo.yaml --output runs/small \\
          --set train_tokenizer.vocabulary_size=4000 --set deduplicate_near=off
      """)

  @OptionGroup var pipeline: PipelineOptions
  @OptionGroup var output: OutputOptions
  @Flag(
    help: """
      Do no unit: go on as far as committed units carry, print the stage that is next and its missing units (`STAGE \
      RANGES`, or an object with --json), and exit with 75; with 0 when the run is finished. For engines that call worker.
      """)
  var next = false
  @Flag(
    help: """
      With the Slurm executor: return after submitting. A job that waits for all others looks at what they did and goes \
      on, to the last stage; what is missing is submitted again, slurm.resubmissions times.
      """)
  var detach = false
  @Option(help: ArgumentHelp("The round that has ended, as jobs of a detached run pass it on.", visibility: .hidden))
  var after: String?

  func validate() throws {
    if after != nil && !detach { throw ValidationError("--after is for the jobs of a run with --detach") }
    if let after, DetachedRun.After(after) == nil {
      throw ValidationError("--after: expected STAGE:ROUND:RESUBMISSIONS, found '\(after)'")
    }
    if detach && next { throw ValidationError("--detach and --next exclude each other") }
  }

  func run() throws {
    let configuration = try pipeline.configuration()
    if detach, configuration.executor == .local {
      throw ValidationError("--detach: expected --executor slurm; a local run has nobody who goes on with it")
    }
    if next, let missing = try PipelineRun.next(configuration, observer: output.observer) {
      if output.json {
        try sayJSON(
          NextUnits(
            stage: missing.stage, units: missing.units, missing: missing.missing, restore: missing.isRestoring))
      } else {
        say("\(missing.stage) \(missing.missing)\(missing.isRestoring ? " --restore" : "")")
      }
      throw ExitCode(FailureKind.incomplete.exitStatus)
    }
    let detached = detach ? DetachedRun(arguments: argumentsToGoOn, after: after.flatMap { .init($0) }) : nil
    let result: RunResult
    do {
      result = try PipelineRun(configuration: configuration, detached: detached, observer: output.observer).run()
    } catch let detached as RunDetached {
      return try sayDetached(detached, directory: configuration.output)
    }
    if output.json {
      try sayJSON(
        RunSummary(
          output: result.directory, ledger: result.ledger, datasets: result.datasets, tokens: result.tokens))
      return
    }
    let ledger = result.ledger
    let removed = ledger.removed.values.reduce(0, +)
    say("read \(ledger.read) = kept \(ledger.kept) + removed \(removed) + quarantined \(ledger.quarantined)")
    if configuration.encode != nil {
      say("dataset    \(result.directory)/dataset  (\(result.datasets.count) languages, \(result.tokens) tokens)")
    }
    if configuration.trainTokenizer != nil { say("tokenizer  \(result.directory)/tokenizer/tokenizer.json") }
    if configuration.report != nil { say("report     \(result.directory)/report.html") }
  }
}

extension RunCommand {
  /// This command line, without the program and without `--after`.
  private var argumentsToGoOn: [String] {
    var arguments = Array(CommandLine.arguments.dropFirst())
    if let place = arguments.firstIndex(of: "--after") {
      arguments.removeSubrange(place..<min(place + 2, arguments.count))
    }
    return arguments
  }

  private func sayDetached(_ run: RunDetached, directory: String) throws {
    if output.json {
      return try sayJSON(
        DetachedSummary(
          output: directory, stage: run.stage, units: run.units, jobs: run.jobs, continuation: run.continuation,
          log: run.log, submittedBefore: run.wasRunning))
    }
    say(
      "stage \(run.stage): \(run.units) units \(run.wasRunning ? "had been submitted" : "submitted") as "
        + (run.jobs.count == 1 ? "job " : "jobs ") + run.jobs.joined(separator: ", "))
    say("job \(run.continuation) goes on when they have ended, and writes \(run.log)")
    say("xylem status \(directory) tells how far the run is")
  }
}

private struct DetachedSummary: Encodable {
  var output: String
  var stage: String
  var units: Int
  var jobs: [String]
  var continuation: String
  var log: String
  var submittedBefore: Bool

  enum CodingKeys: String, CodingKey {
    case output, stage, units, jobs, continuation, log
    case submittedBefore = "submitted_before"
  }
}

private struct NextUnits: Encodable {
  var stage: String
  var units: Int
  var missing: String
  var restore: Bool
}

private struct RunSummary: Encodable {
  var output: String
  var ledger: Ledger
  var datasets: [String]
  var tokens: Int
}
