import ArgumentParser
import CorpusIO
import Foundation
import Pipeline
import Tokenization

/// The formats that other libraries load.
enum TokenizerFormat: String, ExpressibleByArgument {
  /// A tokenizer.json for Hugging Face's tokenizers; in a folder, with what transformers wants beside it.
  case hf
  /// Ranks for OpenAI's tiktoken.
  case tiktoken
  /// What this program loads soonest.
  case compiled
}

extension TokenizerCommand {
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export", abstract: "Write a tokenizer in another format, with the same ids.",
      discussion: """
        A tokenizer that the format cannot express is refused. A compiled one is for
        this program: it loads in a third of the time, wherever --tokenizer is.

        Examples:
          xylem tokenizer export --tokenizer tokenizer.json --format tiktoken \\
            --output ranks.tiktoken
          xylem tokenizer export --tokenizer ranks.tiktoken \\
            --pre-tokenizer cl100k --format hf --output folder
          xylem tokenizer export --tokenizer tokenizer.json --format compiled \\
            --output tokenizer.xyt
        """)

    @OptionGroup var tokenizer: TokenizerOptions
    @Option(
      help: "hf: tokenizer.json; tiktoken: ranks, with special tokens left out and printed; compiled: see above.")
    var format: TokenizerFormat
    @Option(
      help: "Where it goes. For hf a path that ends in .json is the file, any other a folder for AutoTokenizer.")
    var output: String

    func run() throws {
      let model = try tokenizer.model()
      switch format {
      case .tiktoken:
        try writeNewFile(try TokenizerFile.writeRanks(model), to: output)
        say("\(output): ranks; split: \(model.preTokenizer.name)")
        for token in model.addedTokens { say("special  \(token.id)  \(token.content)") }
      case .compiled:
        let bytes = try TokenizerFile.writeCompiled(model)
        try writeNewFile(bytes, to: output)
        say("\(output): \(model.vocabularySize) entries, \(byteText(bytes.count))")
      case .hf:
        let text = try TokenizerFile.write(model)
        if output.hasSuffix(".json") { return try writeNewFile(text, to: output) }
        try writeNewFile(text, to: output + "/tokenizer.json")
        try writeNewFile(TokenizerFile.tokenizerConfig(model), to: output + "/tokenizer_config.json")
        try writeNewFile(TokenizerFile.specialTokensMap(model), to: output + "/special_tokens_map.json")
      }
    }
  }
}
