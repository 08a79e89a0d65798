import ArgumentParser
import Pipeline

struct CleanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean",
    abstract: "The prepare stage alone: normalize, identify, filter, redact.",
    discussion: "Example:  xylem clean 'shards/*.jsonl' --output cleaned --languages pipelines/languages")

  @OptionGroup var input: InputOptions
  @OptionGroup var verbosity: OutputOptions
  @Option(help: "Run directory of the result.") var output: String
  @Option(help: "Directory of language files (thresholds, stop words); without it only the steps that need none run.")
  var languages: String?

  func run() throws {
    let result = try PipelineRun(
      configuration: try cleaningConfiguration(input.pass, output: output, languages: languages),
      observer: verbosity.observer
    ).run()
    if verbosity.json { return try sayJSON(result.ledger) }
    let ledger = result.ledger
    say(
      "read \(ledger.read) = kept \(ledger.kept) + removed \(ledger.removed.values.reduce(0, +)) + quarantined "
        + "\(ledger.quarantined)")
    for (reason, count) in ledger.removed.sorted(by: { $0.key < $1.key }) { say("  \(reason): \(count)") }
    say("text       \(result.directory)/prepared")
  }
}
