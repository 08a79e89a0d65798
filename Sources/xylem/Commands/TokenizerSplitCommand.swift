import ArgumentParser
import Foundation
import Pipeline
import Tokenization

extension TokenizerCommand {
  struct Split: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "split", abstract: "Print the pieces inside which tokens stay: one JSON array a document.",
      discussion: """
        Examples:
          xylem tokenizer split shard.jsonl --pre-tokenizer o200k
          xylem tokenizer split shard.jsonl --pre-tokenizer '\\w+|\\s+'
        """)

    @OptionGroup var input: InputOptions
    @Option(help: "bloom, gpt2, cl100k, o200k, deepseek, or a regular expression whose matches are pieces.")
    var preTokenizer = "bloom"
    @OptionGroup var progress: ProgressOptions

    func run() throws {
      let kind = try preTokenizerKind(named: preTokenizer)
      if kind.isSlow { warn("the split goes through the regular-expression library, which is the slow way") }
      try splitTexts(input.pass, kind: kind, observer: TerminalObserver()) { writeResult(Data($0)) }
    }
  }
}
