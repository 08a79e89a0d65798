import ArgumentParser
import CorpusCore
import Deduplication
import Pipeline

struct DedupPassagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "passages", abstract: "Stretches of text that stand somewhere before.",
    discussion: """
      Every run of --window bytes that an earlier text holds is cut out, whole characters only; the first one stays.

      Examples:
        xylem dedup passages 'shards/fr-*.jsonl' --output cleaner --window 100
      """)

  @OptionGroup var input: InputOptions
  @OptionGroup var verbosity: OutputOptions
  @OptionGroup var keptOptions: KeptOptions
  @Option(help: "Directory of the result.", completion: .directory) var output: String
  @Option(help: "Bytes that must repeat, 16 to 4096.") var window = 50
  @Option(help: "Look among records of one language, of one source, or all.") var within = RepetitionScope.all
  @Option(help: "Ceiling of memory, such as 2G.") var memory = "4G"

  func validate() throws {
    guard WindowSampler.windows.contains(window) else {
      throw ValidationError("--window: expected 16 to 4096, found \(window)")
    }
  }

  func run() throws {
    var job = PassageRemoval(pass: input.pass, memoryBytes: try parseSize(memory, option: "--memory"))
    job.window = window
    job.within = within
    job.format = keptOptions.format
    let summary = try job.run(output: output, observer: verbosity.observer)
    if verbosity.json { return try sayJSON(summary) }
    say("read \(summary.read) = kept \(summary.kept) + removed \(summary.removed) + quarantined \(summary.quarantined)")
    say(
      "changed \(summary.changed): \(summary.passages) passages went, "
        + "\(summary.removedBytes) of \(summary.textBytes) bytes")
    say("kept       \(output)/kept")
    say("removed    \(output)/removed.jsonl")
    say("passages   \(output)/passages.jsonl")
  }
}
