import ArgumentParser
import CorpusCore
import Deduplication
import Pipeline

struct DedupExactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exact", abstract: "Documents with the same text, the same normalized text, or the same URL.",
    discussion: """
      Examples:
        xylem dedup exact 'shards/*.jsonl' --output unique --form normalized
        # New shards, against what the first command kept.
        xylem dedup exact 'new/*.jsonl' --output unique-new --form normalized \\
          --against unique
      """)

  enum Scope: String, ExpressibleByArgument, CaseIterable {
    case document
    case url
  }
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case text
    case roots
    case normalized
  }

  @OptionGroup var input: InputOptions
  @OptionGroup var verbosity: OutputOptions
  @OptionGroup var keptOptions: KeptOptions
  @Option(help: "Directory of the result.", completion: .directory) var output: String
  @Option(
    help: """
      What must be equal: text (byte for byte), roots (without white space, decimal digits and ASCII punctuation) or \
      normalized (roots, and case folded).
      """)
  var form = Form.text
  @Flag(help: "The same as --form roots.") var normalized = false
  @Option(help: "Compare documents, or host and path of their url or meta.url.") var scope = Scope.document
  @Option(help: "Compare records of one language, of one source, or all.") var within = RepetitionScope.all
  @OptionGroup var kept: KeepOptions
  @Option(
    help: "Output of an earlier `dedup exact`, whose documents count as kept; may be repeated.", completion: .file())
  var against: [String] = []
  @Option(help: "Ceiling of memory, such as 2G.") var memory = "4G"

  func run() throws {
    var job = ExactDeduplicating(pass: input.pass, memoryBytes: try parseSize(memory, option: "--memory"))
    switch (scope, normalized ? .roots : form) {
    case (.url, _): job.form = .url
    case (_, .text): job.form = .text
    case (_, .roots): job.form = .roots
    case (_, .normalized): job.form = .normalized
    }
    job.within = within
    job.keep = kept.rule
    job.sourcePriority = kept.sourcePriority
    job.qualityField = kept.qualityField
    job.against = against
    job.format = keptOptions.format
    let summary = try job.run(output: output, observer: verbosity.observer)
    if verbosity.json { return try sayJSON(summary) }
    say("read \(summary.read) = kept \(summary.kept) + removed \(summary.removed) + quarantined \(summary.quarantined)")
    if !against.isEmpty { say("of the removed, \(summary.removedAgainst) stand in an earlier run") }
    say("kept       \(output)/kept")
    say("removed    \(output)/removed.jsonl")
    say("digests    \(output)/digests.xydg")
  }
}
