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

  func run() throws {
    let configuration = try pipeline.configuration()
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
    let result = try PipelineRun(configuration: configuration, observer: output.observer).run()
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
