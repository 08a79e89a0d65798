import ArgumentParser
import CorpusCore
import Pipeline

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a pipeline, or resume it: only what is missing is done.",
    discussion: """
      Example:  xylem run pipelines/roots.yaml --input 'shards/*.jsonl.zst' --output runs/first --workers 8
                xylem run pipelines/demo.yaml --set train_tokenizer.vocabulary_size=4000
      """)

  @OptionGroup var pipeline: PipelineOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let configuration = try pipeline.configuration()
    guard configuration.executor == .local else {
      throw PlainFailure(.configuration, "--executor slurm: not in this version; run with --executor local")
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

private struct RunSummary: Encodable {
  var output: String
  var ledger: Ledger
  var datasets: [String]
  var tokens: Int
}
