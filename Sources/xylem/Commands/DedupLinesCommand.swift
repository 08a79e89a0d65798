import ArgumentParser
import CorpusCore
import Deduplication
import Pipeline

struct DedupLinesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lines", abstract: "Lines or paragraphs that repeat from document to document.",
    discussion: """
      The defaults are those of ROOTS for template lines: at least 15 characters, at least 10 times, removed everywhere.

      Examples:
        xylem dedup lines 'shards/*.jsonl' --output cleaner --within source
      """)

  @OptionGroup var input: InputOptions
  @OptionGroup var verbosity: OutputOptions
  @OptionGroup var keptOptions: KeptOptions
  @Option(help: "Directory of the result.", completion: .directory) var output: String
  @Option(help: "What is compared: line, or paragraph (lines up to a blank one).") var unit = SegmentUnit.line
  @Option(help: "Characters that a line must have, white space around it left out.") var minimumLength = 15
  @Option(help: "Occurrences from which a line goes.") var minimumCount = 10
  @Option(help: "Count among records of one language, of one source, or all.") var within = RepetitionScope.all
  @Flag(help: "Keep the first occurrence.") var keepFirst = false
  @Option(help: "Ceiling of memory, such as 2G.") var memory = "4G"

  func validate() throws {
    guard (1...1 << 20).contains(minimumLength) else {
      throw ValidationError("--minimum-length: expected 1 to \(1 << 20), found \(minimumLength)")
    }
    guard (2...1 << 20).contains(minimumCount) else {
      throw ValidationError("--minimum-count: expected 2 to \(1 << 20), found \(minimumCount)")
    }
  }

  func run() throws {
    var job = LineDeduplicating(pass: input.pass, memoryBytes: try parseSize(memory, option: "--memory"))
    job.unit = unit
    job.minimumLength = minimumLength
    job.minimumCount = minimumCount
    job.within = within
    job.keepFirst = keepFirst
    job.format = keptOptions.format
    let summary = try job.run(output: output, observer: verbosity.observer)
    if verbosity.json { return try sayJSON(summary) }
    say("read \(summary.read) = kept \(summary.kept) + removed \(summary.removed) + quarantined \(summary.quarantined)")
    say(
      "changed \(summary.changed): \(summary.removedSegments) of \(summary.segments) \(unit)s went, "
        + "\(summary.repeatedSegments) different ones, \(summary.removedBytes) bytes")
    say("kept       \(output)/kept")
    say("removed    \(output)/removed.jsonl")
    say("lines      \(output)/repeated.jsonl")
  }
}

extension SegmentUnit: ExpressibleByArgument {}
extension RepetitionScope: ExpressibleByArgument {}
