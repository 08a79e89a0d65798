import ArgumentParser
import Pipeline

struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Proposes filter thresholds from a sample and writes language files.",
    discussion: """
      A minimum becomes the --percentile of its value over the documents that break no other limit, a maximum the same from \
      above, rounded outward to two significant digits. Look at the outcome with clean --explain before you believe it.

      Examples:
        xylem tune 'shards/*.jsonl.zst' --languages pipelines/languages \\
          --output my-languages
      """)

  @OptionGroup var input: InputOptions
  @OptionGroup var verbosity: OutputOptions
  @Option(help: "Directory for the language files.", completion: .directory) var output: String
  @OptionGroup var rules: CleaningRuleOptions
  @OptionGroup var whom: IdentifierOptions
  @Option(help: "Documents that are looked at, spread over the input.") var sample = 20_000
  @Option(help: "Share of good documents, in percent, that a limit may cost.") var percentile = 2.0

  func validate() throws {
    try rules.validate(sample: sample)
    if !(percentile > 0 && percentile < 50) {
      throw ValidationError("--percentile: expected more than 0 and less than 50, found \(percentile)")
    }
  }

  func run() throws {
    let configuration = try cleaningConfiguration(
      input.pass, output: output, languages: rules.languages, presets: rules.presets,
      identify: try whom.configuration())
    let tuning = ThresholdTuning(percentile: percentile, sample: sample)
    let tuned = try tuning.run(input.pass, configuration: configuration, observer: verbosity.observer)
    let written = try tuning.write(tuned, configuration: configuration, to: output)
    if verbosity.json { return try sayJSON(tuned) }
    var rows = [["threshold", "before", "now", "removes"]]
    let few = tuned.filter(\.thresholds.isEmpty)
    if !few.isEmpty {
      warn(
        "\(few.count) languages keep their limits, for want of \(ThresholdTuning.minimumDocuments) documents: "
          + few.map { "\($0.language) (\($0.documents))" }.sorted().joined(separator: ", "))
    }
    for language in tuned where !language.thresholds.isEmpty {
      for threshold in language.thresholds {
        rows.append([
          "\(language.language) \(threshold.key)", threshold.before.map { "\($0)" } ?? "-", "\(threshold.value)",
          "\((threshold.removed * 1000).rounded() / 10) %",
        ])
      }
    }
    if rows.count > 1 { say(table(rows)) }
    say("\(written.count) files in \(output)")
  }
}
