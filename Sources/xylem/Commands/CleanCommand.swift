import ArgumentParser
import Pipeline

struct CleanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean",
    abstract: "The prepare stage alone: normalize, identify, filter, redact.",
    discussion: """
      Leaves a run directory with prepared/, removed/, values/ and quarantine/.

      Examples:
        xylem clean 'shards/*.jsonl' --output cleaned \\
          --languages pipelines/languages
        # What would each filter take? Shows examples, writes nothing.
        xylem clean 'shards/*.jsonl' --languages pipelines/languages \\
          --sample 2000 --explain
      """)

  @OptionGroup var input: InputOptions
  @OptionGroup var verbosity: OutputOptions
  @Option(help: "Run directory of the result; not with --explain.") var output: String?
  @OptionGroup var rules: CleaningRuleOptions
  @OptionGroup var whom: IdentifierOptions
  @Flag(help: "Clean nothing: show what each filter would take out of a sample, with examples and histograms.")
  var explain = false
  @Option(help: "Documents that --explain looks at, spread over the input.") var sample = 1000

  func validate() throws {
    if explain == (output != nil) {
      throw ValidationError(explain ? "--explain writes nothing: leave --output out" : "--output is missing")
    }
    try rules.validate(sample: sample)
  }

  func run() throws {
    let configuration = try cleaningConfiguration(
      input.pass, output: output ?? "", languages: rules.languages, presets: rules.presets,
      identify: try whom.configuration())
    if explain {
      let explanation = try CleaningExplanation.explain(
        input.pass, configuration: configuration, sample: sample, observer: verbosity.observer)
      if verbosity.json { return try sayJSON(explanation) }
      return ExplanationText(explanation).print()
    }
    let result = try PipelineRun(configuration: configuration, observer: verbosity.observer).run()
    if verbosity.json { return try sayJSON(result.ledger) }
    let ledger = result.ledger
    say(
      "read \(ledger.read) = kept \(ledger.kept) + removed \(ledger.removed.values.reduce(0, +)) + quarantined "
        + "\(ledger.quarantined)")
    for (reason, count) in ledger.removed.sorted(by: { $0.key < $1.key }) { say("  \(reason): \(count)") }
    say("text       \(result.directory)/prepared")
  }
}

/// Which filters judge, for the commands that clean or look at cleaning.
struct CleaningRuleOptions: ParsableArguments {
  @Option(
    help: "Directory of language files (thresholds, stop words); without it only the steps that need none run.",
    completion: .directory)
  var languages: String?
  @Option(
    help: "Filter rules: roots, gopher, c4, fineweb, code, or several with commas (needs --languages).",
    completion: .list(["roots", "gopher", "c4", "fineweb", "code"]))
  var preset = "roots"

  var presets: [String] { preset.split(separator: ",").map(String.init) }

  func validate(sample: Int) throws {
    for name in presets where FilterConfiguration.Preset(rawValue: name) == nil {
      let names = FilterConfiguration.Preset.allCases.map(\.rawValue)
      throw ValidationError(
        "--preset: expected roots, gopher, c4, fineweb, code or none, found '\(name)'"
          + Suggestions.advice(for: name, among: names))
    }
    if presets.isEmpty || (presets.contains("none") && presets.count > 1) {
      throw ValidationError("--preset: expected at least one, and none alone")
    }
    if !(1...1_000_000).contains(sample) {
      throw ValidationError("--sample: expected 1 to 1000000, found \(sample)")
    }
  }
}

/// The explanation for people.
private struct ExplanationText {
  private let explanation: CleaningExplanation

  init(_ explanation: CleaningExplanation) { self.explanation = explanation }

  func print() {
    say("\(explanation.sampled) documents of \(explanation.documents) looked at")
    for language in explanation.languages {
      say("")
      say(
        "\(language.language): \(language.removedDocuments) of \(language.documents) documents and "
          + "\(byteText(language.removedBytes)) of \(byteText(language.bytes)) would go"
          + (language.emptyDocuments > 0 ? ", \(language.emptyDocuments) empty" : ""))
      for filter in language.filters { print(filter, of: language.documents) }
    }
  }

  private func print(_ filter: CleaningExplanation.FilterRow, of documents: Int) {
    var limits: [String] = []
    if filter.minimum == nil, filter.maximum == nil { limits.append("no limit") }
    if let minimum = filter.minimum { limits.append("at least \(short(minimum))") }
    if let maximum = filter.maximum { limits.append("at most \(short(maximum))") }
    let share = Double(filter.documents) / Double(max(1, documents)) * 100
    say(
      "  \(filter.value), \(limits.joined(separator: ", ")): \(filter.documents) documents (\(short(share)) %), "
        + "\(byteText(filter.bytes)); \(filter.first) for this first, \(filter.only) for this alone")
    let drawing = filter.histogram.drawing(limits: [filter.minimum, filter.maximum].compactMap { $0 })
    if drawing.count == 2 {
      say("    \(drawing[0])  \(short(filter.histogram.low)) to \(short(filter.histogram.high))")
      say("    \(drawing[1])")
    }
    guard filter.documents > 0 else { return }
    for example in filter.removed { say("    - \(short(example.value))  \(line(example))") }
    for example in filter.kept { say("    + \(short(example.value))  \(line(example))") }
  }

  private func line(_ example: CleaningExplanation.SampleExample) -> String {
    "\(example.id)  \(String(example.text.prefix(100)))"
  }

  /// Three decimals at most.
  private func short(_ value: Double) -> String {
    let rounded = (value * 1000).rounded() / 1000
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : String(rounded)
  }
}
