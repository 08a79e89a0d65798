import ArgumentParser
import CorpusCore
import Deduplication
import Pipeline

struct DedupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dedup",
    abstract: "Remove what repeats: kept/*.jsonl.zst, and removed.jsonl with the evidence.",
    discussion: """
      Examples:
        # Documents whose text is that of another one.
        xylem dedup exact 'shards/*.jsonl' --output unique
        # Documents that are nearly another one.
        xylem dedup near 'unique/kept/*.jsonl.zst' --output deduplicated
      """,
    subcommands: [
      DedupExactCommand.self, Near.self, DedupLinesCommand.self, DedupPassagesCommand.self,
      DecontaminateCommand.self,
    ])

  struct Near: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "near", abstract: "Documents that are nearly another one: MinHash proposes, exact Jaccard decides.",
      discussion: """
        Examples:
          xylem dedup near 'shards/*.jsonl' --output deduplicated --threshold 0.8
          # New shards, against what the first command kept.
          xylem dedup near 'new/*.jsonl' --output deduplicated-new \\
            --against deduplicated
        """)

    @OptionGroup var input: InputOptions
    @OptionGroup var verbosity: OutputOptions
    @OptionGroup var keptOptions: KeptOptions
    @OptionGroup var kept: KeepOptions
    @Option(help: "Directory of the result.", completion: .directory) var output: String
    @Option(help: "Words a shingle.") var shingle = 5
    @Option(help: "Where a word ends: marks_break (behind its combining marks) or marks_inside.")
    var words = WordRule.marksBreak
    @Option(help: "Bands of the signature.") var bands = 16
    @Option(help: "Rows a band.") var rows = 8
    @Option(help: "Similarity (Jaccard of shingles) from which a document goes.") var threshold = 0.8
    @Option(help: "Seed of the hash functions.") var seed: UInt64 = 1
    @Option(help: "Compare records of one language, of one source, or all.") var within = RepetitionScope.all
    @Flag(inversion: .prefixedNo, help: "Decide by exact similarity; without it, by the estimate of the sketch.")
    var verify = true
    @Option(
      help: """
        Output of an earlier `dedup near`, or a run directory, whose documents count as kept; may be repeated. Such pairs \
        are decided by the sketch.
        """)
    var against: [String] = []
    @Option(help: "Ceiling of memory, such as 2G.") var memory = "4G"

    func run() throws {
      var options = NearDuplicateOptions()
      options.shingle = shingle
      options.words = words
      options.bands = bands
      options.rows = rows
      options.threshold = threshold
      options.seed = seed
      options.verify = verify
      do {
        options = try options.validated()
      } catch {
        throw ValidationError(error.description)
      }
      var job = NearDeduplicating(pass: input.pass, memoryBytes: try parseSize(memory, option: "--memory"))
      job.options = options
      job.within = within
      job.keep = kept.rule
      job.sourcePriority = kept.sourcePriority
      job.qualityField = kept.qualityField
      job.against = against
      job.format = keptOptions.format
      let summary = try job.run(output: output, observer: verbosity.observer)
      if verbosity.json { return try sayJSON(summary) }
      say(
        "read \(summary.read) = kept \(summary.kept) + removed \(summary.removed) + quarantined \(summary.quarantined)")
      if !against.isEmpty { say("of the removed, \(summary.removedAgainst) stand in an earlier run") }
      say("kept          \(output)/kept")
      say("removed       \(output)/removed.jsonl")
      say("clusters      \(output)/clusters.jsonl")
      say("fingerprints  \(output)/fingerprints.xynf")
    }
  }
}

extension WordRule: ExpressibleByArgument {}
