import ArgumentParser
import Pipeline
import TextProcessing

struct LanguageTrainPerplexityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-perplexity",
    abstract: "Learn a small model of characters for each language: what perplexity is measured under.",
    discussion: """
      Writes <code>.arpa.zst for every language of the records. A language file that says `perplexity_model: <that file>`
      measures perplexity under it; `tune` proposes `maximum_perplexity`.

      Examples:
        xylem language train-perplexity 'good/*.jsonl.zst' --output models
      """)

  @OptionGroup var input: InputOptions
  @OptionGroup var verbosity: OutputOptions

  @Option(help: ArgumentHelp("Directory for the models.", valueName: "dir"))
  var output: String

  @Option(help: "Characters of the longest n-grams, 2 to 5.")
  var order = 5

  @Option(help: "N-grams of a model at most; the most frequent stay.")
  var ngrams = 200_000

  @Option(help: ArgumentHelp("Text of a language that is used at most.", valueName: "size"))
  var languageBytes = "2M"

  func validate() throws {
    if !(2...5).contains(order) { throw ValidationError("--order: expected 2 to 5, found \(order)") }
    if !(1000...10_000_000).contains(ngrams) {
      throw ValidationError("--ngrams: expected 1000 to 10000000, found \(ngrams)")
    }
  }

  func run() throws {
    var trainer = CharacterModelTrainer()
    trainer.order = order
    trainer.maximumNGrams = ngrams
    let training = try PerplexityTraining.run(
      input.pass, trainer: trainer,
      languageBytes: min(try parseSize(languageBytes, option: "--language-bytes"), 256 << 20),
      directory: output, observer: verbosity.observer)
    if verbosity.json { return try sayJSON(training) }
    for model in training.models {
      say("\(model.path): \(byteText(model.bytes)) from \(byteText(model.textBytes)) of text")
    }
    if training.unused > 0 { say("\(training.unused) of \(training.records) records state no language") }
  }
}

struct LanguagePerplexityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perplexity",
    abstract:
      "Say the perplexity of each record under an n-gram model: id, log10 of its probability, tokens, perplexity.",
    discussion: """
      Examples:
        xylem language perplexity shard.jsonl.zst --model models/fr.arpa.zst
      """)

  @OptionGroup var input: InputOptions
  @OptionGroup var verbosity: OutputOptions

  @Option(help: ArgumentHelp("A model in ARPA form: plain, gzip or zstd.", valueName: "file"))
  var model: String

  func run() throws {
    let json = verbosity.json
    try scorePerplexity(input.pass, model: readNGramModel(path: model), observer: verbosity.observer) { answers in
      for answer in answers {
        if json {
          try sayJSONLine(answer)
        } else {
          say("\(answer.id)\t\(answer.log10)\t\(answer.tokens)\t\(answer.perplexity)")
        }
      }
    }
  }
}
