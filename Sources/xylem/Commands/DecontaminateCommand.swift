import ArgumentParser
import CorpusCore
import Pipeline

struct DecontaminateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decontaminate", abstract: "Documents that share word n-grams with an evaluation set.",
    discussion: """
      Examples:
        xylem dedup decontaminate 'shards/*.jsonl' --against 'eval/*.jsonl' \\
          --output clean
        # Keep them, and say in each record what it shares.
        xylem dedup decontaminate 'shards/*.jsonl' --against eval.jsonl \\
          --output marked --mark
      """)

  @OptionGroup var input: InputOptions
  @OptionGroup var verbosity: OutputOptions
  @OptionGroup var keptOptions: KeptOptions
  @Option(help: "Directory of the result.", completion: .directory) var output: String
  @Option(help: "Shards of the evaluation set: files or globs; may be repeated.", completion: .file()) var against:
    [String]
  @Option(help: "Field of an evaluation record that is compared (default: the text field); may be repeated.")
  var evaluationField: [String] = []
  @Option(help: "Words of an n-gram, 1 to 64.") var ngram = 13
  @Option(help: "Share of an evaluation record's n-grams that a document must hold; 0 is one of them.")
  var minimumOverlap = 0.0
  @Flag(help: "Add the field contamination instead of removing documents.") var mark = false
  @Option(help: "Ceiling of memory, such as 2G.") var memory = "4G"

  func validate() throws {
    guard (1...64).contains(ngram) else { throw ValidationError("--ngram: expected 1 to 64, found \(ngram)") }
    guard (0...1).contains(minimumOverlap) else {
      throw ValidationError("--minimum-overlap: expected 0 to 1, found \(minimumOverlap)")
    }
  }

  func run() throws {
    var job = Decontaminating(
      pass: input.pass, against: against, memoryBytes: try parseSize(memory, option: "--memory"))
    job.evaluationFields = evaluationField.isEmpty ? [input.textField] : evaluationField
    job.wordsPerGram = ngram
    job.minimumOverlap = minimumOverlap
    job.marks = mark
    job.format = keptOptions.format
    let summary = try job.run(output: output, observer: verbosity.observer)
    if verbosity.json { return try sayJSON(summary) }
    say("read \(summary.read) = kept \(summary.kept) + removed \(summary.removed) + quarantined \(summary.quarantined)")
    if mark { say("marked \(summary.marked) of the kept") }
    say(
      "against \(summary.ngrams) n-grams of \(summary.evaluationRecords) evaluation records "
        + "(\(summary.tableBytes) bytes)")
    say("kept       \(output)/kept")
    say("\(mark ? "marked " : "removed")    \(output)/removed.jsonl")
  }
}
