import ArgumentParser
import CorpusCore
import Pipeline
import TextProcessing

struct LanguageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "language", abstract: "Train, ask and measure language identifiers and n-gram models.",
    discussion: """
      Examples:
        xylem language identify shard.jsonl.zst --model models/languages.model
      """,
    subcommands: [
      LanguageTrainCommand.self, LanguageIdentifyCommand.self, LanguageEvaluateCommand.self,
      LanguageTrainPerplexityCommand.self, LanguagePerplexityCommand.self,
    ])
}

struct LanguageTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learn a language model from records that state their language.",
    discussion: """
      Sources of a language weigh alike; a record's source is its id up to the first '/'.

      Examples:
        xylem language train 'corpus/*.jsonl.zst' --output languages.model
      """)

  @OptionGroup var input: InputOptions
  @OptionGroup var verbosity: OutputOptions

  @Option(help: ArgumentHelp("The model file; must not exist.", valueName: "file"))
  var output: String

  @Option(help: "Base-2 logarithm of the rows of the largest table.")
  var bits = 16

  @Option(help: ArgumentHelp("Text of a language that is used at most.", valueName: "size"))
  var languageBytes = "500K"

  func validate() throws {
    if !(4...20).contains(bits) { throw ValidationError("--bits: expected 4 to 20, found \(bits)") }
  }

  func run() throws {
    var trainer = LanguageModelTrainer()
    trainer.bits = bits
    trainer.languageBytes = min(try parseSize(languageBytes, option: "--language-bytes"), 64 << 20)
    let training = try LanguageTraining.run(
      input.pass, trainer: trainer, output: output, observer: verbosity.observer)
    if verbosity.json { return try sayJSON(training) }
    say("\(output): \(training.languages.count) languages, \(byteText(training.bytes)), digest \(training.digest)")
    if training.unused > 0 { say("\(training.unused) of \(training.records) records state none of the 46 languages") }
  }
}

/// Whom to ask.
struct IdentifierOptions: ParsableArguments {
  @Option(help: "Who tells a text's language: builtin, cld2 or fasttext.")
  var identifier = "builtin"

  @Option(
    help: ArgumentHelp("A file of `language train` for builtin, a fastText model for fasttext.", valueName: "file"))
  var model: String?

  func validate() throws {
    guard let choice = IdentifyLanguageConfiguration.Identifier(rawValue: identifier), choice != .record else {
      throw ValidationError("--identifier: expected builtin, cld2 or fasttext, found '\(identifier)'")
    }
  }

  func configuration() throws -> IdentifyLanguageConfiguration {
    try IdentifyLanguageConfiguration(identifier: .init(rawValue: identifier) ?? .builtin, model: model)
  }

  func makeIdentifier() throws -> any LanguageIdentifier {
    guard let made = try configuration().makeIdentifier() else {
      throw ValidationError("--identifier: \(identifier) identifies nothing")
    }
    return made
  }
}

struct LanguageIdentifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "identify", abstract: "Say the language of each record: id, language, confidence.",
    discussion: """
      Examples:
        xylem language identify shard.jsonl.zst --paragraphs \\
          --model models/languages.model
      """)

  @OptionGroup var input: InputOptions
  @OptionGroup var verbosity: OutputOptions
  @OptionGroup var whom: IdentifierOptions

  @Flag(help: "Ask about each line of at least 100 bytes instead of whole records.")
  var paragraphs = false

  func run() throws {
    let json = verbosity.json
    try identifyLanguages(
      input.pass, identifier: whom.makeIdentifier(), paragraphs: paragraphs, observer: verbosity.observer
    ) { answers in
      for answer in answers {
        if json {
          try sayJSONLine(answer)
        } else {
          let place = answer.paragraph.map { ":\($0)" } ?? ""
          say("\(answer.id)\(place)\t\(answer.language)\t\(Double(Int(answer.confidence * 1000)) / 1000)")
        }
      }
    }
  }
}

struct LanguageEvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Compare answers with the records' labels, by language and length.",
    discussion: """
      Examples:
        xylem language evaluate 'held-back/*.jsonl' --model languages.model
      """)

  @OptionGroup var input: InputOptions
  @OptionGroup var verbosity: OutputOptions
  @OptionGroup var whom: IdentifierOptions

  func run() throws {
    let result = try LanguageEvaluation.run(
      input.pass, identifier: whom.makeIdentifier(), observer: verbosity.observer)
    if verbosity.json { return try sayJSON(result) }
    let columns = LanguageEvaluation.lengths.map(String.init) + [LanguageEvaluation.document]
    var rows = [["language"] + columns + ["documents"]]
    let documents = result.scores[LanguageEvaluation.document] ?? [:]
    for language in documents.keys.sorted() {
      rows.append(
        [language] + columns.map { result.scores[$0]?[language].map { share($0.accuracy) } ?? "-" }
          + [String(documents[language]?.total ?? 0)])
    }
    rows.append(
      ["mean"] + columns.map { result.macro[$0].map(share) ?? "-" }
        + [String(documents.values.reduce(0) { $0 + $1.total })])
    rows.append(["precision"] + columns.map { result.precision[$0].map(share) ?? "-" } + [""])
    rows.append(["coverage"] + columns.map { result.coverage[$0].map(share) ?? "-" } + [""])
    say(table(rows))
    say("\(byteText(Int(result.megabytesPerSecond * 1e6)))/s of sampled text (2 KB of a document at most) a core")
    for confusion in result.confusions {
      say("\(confusion.language) called \(confusion.answer): \(confusion.count) documents, \(share(confusion.share))")
    }
  }

  private func share(_ value: Double) -> String {
    let thousandths = Int((value * 1000).rounded())
    return "\(thousandths / 1000).\(String(1000 + thousandths % 1000).suffix(3))"
  }
}
