import ArgumentParser
import CorpusCore
import CorpusIO
import Foundation
import Pipeline
import Tokenization

extension FertilityOrder: ExpressibleByArgument {}

extension TokenizerCommand {
  struct Fertility: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "fertility", abstract: "Tokens per word and bytes per token, by language; compares tokenizers.",
      discussion: """
        \(fertilityWordRule)

        Several tokenizers are shown side by side, with the difference to the first. --against-monolingual trains a \
        tokenizer on each language alone and ends with 65 when one needs more than --tolerance percent fewer tokens: of \
        each ten documents of a language the second is measured, the others train.

        Examples:
          xylem tokenizer fertility 'shards/*.jsonl' --tokenizer a.json \\
            --tokenizer b.json
          xylem tokenizer fertility 'shards/*.jsonl' --tokenizer a.json \\
            --against-monolingual
        """)

    @OptionGroup var input: InputOptions
    @OptionGroup var verbosity: OutputOptions
    @Option(
      name: .customLong("tokenizer"),
      help: ArgumentHelp(
        "tokenizer.json, a compiled tokenizer, a .tiktoken file, or a vocab.json with --merges; may be repeated.",
        valueName: "file"))
    var tokenizers: [String]
    @Option(help: "merges.txt of the one tokenizer.", completion: .file()) var merges: String?
    @Option(
      help: ArgumentHelp("How the text of .tiktoken files is split: a name or an expression.", valueName: "split"))
    var preTokenizer: String?
    @Option(help: "worst: languages with the largest difference, or most tokens a word, first; name: by code.")
    var sort = FertilityOrder.worst
    @Flag(help: "Compare with a tokenizer trained on each language alone.") var againstMonolingual = false
    @Option(help: "Most entries of a monolingual vocabulary (default: 50000, at most the tokenizer's own).")
    var monolingualVocabulary: Int?
    @Option(help: "Percent more tokens than the monolingual tokenizer's that are accepted.") var tolerance = 10.0
    @Option(help: "Ceiling of memory of --against-monolingual, such as 8G.") var memory = "8G"

    func validate() throws {
      guard !tokenizers.isEmpty else { throw ValidationError("--tokenizer: name one, or several") }
      guard tolerance >= 0, tolerance <= 10_000 else {
        throw ValidationError("--tolerance: expected 0 to 10000 percent, found \(tolerance)")
      }
      if merges != nil, tokenizers.count > 1 { throw ValidationError("--merges: only with one --tokenizer") }
      if againstMonolingual, tokenizers.count > 1 {
        throw ValidationError("--against-monolingual: judges one --tokenizer at a time")
      }
    }

    func run() throws {
      let memoryBytes = try parseSize(memory, option: "--memory")
      let names = displayNames(tokenizers)
      let named = try zip(tokenizers, names).map { NamedTokenizer(name: $1, model: try model($0)) }
      if againstMonolingual, let tokenizer = named.first {
        let verdicts = try MonolingualComparison(
          pass: input.pass, tokenizer: tokenizer, vocabularySize: monolingualVocabulary, tolerancePercent: tolerance,
          memoryBytes: memoryBytes
        ).run(observer: verbosity.observer)
        if verbosity.json { try sayJSON(verdicts) } else { say(verdicts.text(order: sort, width: terminalWidth())) }
        return try verdicts.check()
      }
      let found = try FertilityMeasurement(pass: input.pass, tokenizers: named).measure(observer: verbosity.observer)
      if verbosity.json { return try sayJSON(found) }
      say(found.text(order: sort, width: terminalWidth()))
    }

    private func model(_ path: String) throws -> TokenizerModel {
      let kind = try preTokenizer.map { try preTokenizerKind(named: $0) }
      // Files that say themselves how text is split refuse to be told.
      let saysNothing = merges != nil || path.hasSuffix(".tiktoken")
      return try tokenizerModel(path, merges: merges, split: saysNothing ? kind : nil)
    }

    /// File names where they differ, paths where they do not.
    private func displayNames(_ paths: [String]) -> [String] {
      let last = paths.map { URL(fileURLWithPath: $0).lastPathComponent }
      return Set(last).count == last.count ? last : paths
    }
  }
}

/// Characters of a line of the terminal, 60 at least; 100 where results go elsewhere.
func terminalWidth() -> Int {
  var size = winsize()
  guard isatty(1) == 1, ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
  return max(60, Int(size.ws_col))
}
