import ArgumentParser
import CorpusCore
import CorpusIO
import Foundation
import Pipeline
import Tokenization

struct TokenizerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenizer",
    abstract: "Train a byte-level BPE tokenizer, encode with it, look into it.",
    discussion: """
      Examples:
        xylem tokenizer train 'shards/*.jsonl' --vocab-size 32000 \\
          --output tokenizer.json
        xylem tokenizer fertility 'shards/*.jsonl' --tokenizer tokenizer.json
        xylem tokenizer encode 'shards/*.jsonl' --tokenizer tokenizer.json \\
          --output data/text --append-eod
      """,
    subcommands: [Train.self, Encode.self, Decode.self, Inspect.self, Split.self, Fertility.self, Export.self])
}

/// Which tokenizer: a tokenizer.json, a compiled one, a .tiktoken file of ranks, or GPT-2's pair of vocab.json and
/// merges.txt.
struct TokenizerOptions: ParsableArguments {
  @Option(
    help: "tokenizer.json, a compiled tokenizer, a .tiktoken file, or a vocab.json together with --merges.",
    completion: .file())
  var tokenizer: String
  @Option(help: "merges.txt of a GPT-2 style tokenizer.", completion: .file()) var merges: String?
  @Option(
    help: ArgumentHelp(
      "For a .tiktoken file: how text is split (bloom, gpt2, cl100k, o200k, deepseek or a regular expression).",
      valueName: "split"))
  var preTokenizer: String?
  @Option(
    name: .customLong("special-token"),
    help: ArgumentHelp("For a .tiktoken file: a special token and its id; may be repeated.", valueName: "content=id"))
  var specialTokens: [String] = []

  func model() throws -> TokenizerModel {
    let kind = try preTokenizer.map { try preTokenizerKind(named: $0) }
    guard merges == nil || specialTokens.isEmpty else {
      throw ValidationError("--special-token: only for a .tiktoken file")
    }
    let tokens = try specialTokens.map { text in
      guard let equals = text.lastIndex(of: "="), equals != text.startIndex,
        let id = UInt32(text[text.index(after: equals)...])
      else { throw ValidationError("--special-token: expected content=id, found '\(text)'") }
      return AddedToken(content: String(text[..<equals]), id: id)
    }
    return try tokenizerModel(tokenizer, merges: merges, split: kind, specialTokens: tokens)
  }
}

/// The tokenizer of a file, or of the two files vocab.json and `merges`. `split` and `specialTokens` are for files that do
/// not name them.
func tokenizerModel(
  _ path: String, merges: String? = nil, split: PreTokenizerKind? = nil, specialTokens: [AddedToken] = []
) throws -> TokenizerModel {
  let fileSystem = LocalFileSystem()
  guard let merges else {
    return try loadTokenizer(path, split: split, specialTokens: specialTokens, fileSystem: fileSystem)
  }
  return try loadTokenizer(vocabulary: path, merges: merges, split: split ?? .gpt2, fileSystem: fileSystem)
}

extension SpecialTokensInText: ExpressibleByArgument {}

extension TokenizerCommand {
  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "train", abstract: "Learn merges from text, identical to Hugging Face's BpeTrainer.",
      discussion: """
        A training that was stopped goes on where it was when the same command is called again.

        Examples:
          xylem tokenizer train 'shards/*.jsonl' --vocab-size 250680 \\
            --output tokenizer.json
          # GPT-2's split and special token.
          xylem tokenizer train english.jsonl --vocab-size 32000 \\
            --pre-tokenizer gpt2 --special-token '<|endoftext|>' --output gpt2.json
        """)

    @OptionGroup var input: InputOptions
    @OptionGroup var verbosity: OutputOptions
    @Option(help: "Entries of the vocabulary, special tokens and bytes included.") var vocabSize = 250_680
    @Option(help: "Where the tokenizer.json goes.", completion: .file()) var output: String
    @Option(
      help: "How text is split: bloom, gpt2, cl100k, o200k, deepseek or a regular expression.",
      completion: .list(["bloom", "gpt2", "cl100k", "o200k", "deepseek"]))
    var preTokenizer = "bloom"
    @Option(help: "Pairs seen less often are not merged.") var minFrequency: UInt64 = 0
    @Option(
      name: .customLong("special-token"),
      help: ArgumentHelp("Special token, may be repeated (default: <unk> <s> </s> <pad>).", valueName: "token"))
    var specialTokens: [String] = []
    @Option(
      help: "parse: special tokens spelled in text may be learned, as Hugging Face does; text: no merge may spell one.")
    var specialTokensInText = SpecialTokensInText.parse
    @Option(
      help: ArgumentHelp(
        "all: the 256 bytes; none: only bytes that occur; or characters, whose bytes are in besides those that occur.",
        valueName: "all|none|CHARS"))
    var initialAlphabet = "all"
    @Option(
      help: """
        Bytes of the alphabet at most; the rarest are dropped and vanish from the text (of equal ones, those of larger \
        code points).
        """)
    var limitAlphabet: Int?
    @Option(help: "Learned tokens are shorter than this many bytes (two are always allowed).") var maxTokenLength: Int?
    @Option(
      help: ArgumentHelp(
        "Leave out pieces seen less often (after weighting): fewer to hold in memory, other merges.",
        valueName: "n"))
    var minimumPieceCount: UInt64 = 0
    @Option(
      help: ArgumentHelp(
        "Weight languages (field lang) as if drawn with probability share^A; BLOOM took 0.3.",
        discussion: """
          Counts are multiplied, no text is drawn or copied. A multiplier is 16 times a language's weight over the least \
          one, rounded to the nearest integer, 1 at least.
          """, valueName: "a"))
    var samplingAlpha = 1.0
    @Option(
      help: ArgumentHelp("Weigh a language as if it had so much text at most. Repeatable.", valueName: "lang=bytes"))
    var cap: [String] = []
    @Option(
      help: ArgumentHelp("Weigh a language as if drawn whole, whatever its share. Repeatable.", valueName: "lang"))
    var keepWhole: [String] = []
    @Option(help: "Ceiling of memory, such as 8G. Counts beyond it are spilled to disk; merging must fit.")
    var memory = "8G"
    @Option(
      help: ArgumentHelp(
        "Where counts and merges are kept, so that a stopped training goes on from there (default: OUTPUT.training).",
        valueName: "dir"))
    var checkpoint: String?
    @Option(help: "Seconds between two writes of the checkpoint.") var checkpointInterval = 5.0

    func validate() throws {
      guard samplingAlpha > 0, samplingAlpha <= 1 else {
        throw ValidationError("--sampling-alpha: expected more than 0 and at most 1, found \(samplingAlpha)")
      }
      guard checkpointInterval >= 0 else {
        throw ValidationError("--checkpoint-interval: expected 0 or more, found \(checkpointInterval)")
      }
    }

    private func weights() throws -> LanguageWeights {
      var weights = LanguageWeights()
      weights.alpha = samplingAlpha
      weights.keepWhole = Set(keepWhole)
      for text in cap {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw ValidationError("--cap: expected LANG=BYTES, found '\(text)'") }
        weights.caps[parts[0]] = try parseSize(parts[1], option: "--cap \(parts[0])")
      }
      return weights
    }

    private func trainerOptions() -> TrainerOptions {
      var options = TrainerOptions()
      options.vocabularySize = vocabSize
      options.minimumFrequency = minFrequency
      if !specialTokens.isEmpty { options.specialTokens = specialTokens }
      options.protectSpecialTokens = specialTokensInText == .text
      options.maximumTokenLength = maxTokenLength
      options.alphabetLimit = limitAlphabet
      options.minimumPieceCount = minimumPieceCount
      options.initialAlphabet =
        switch initialAlphabet {
        case "all": .allBytes
        case "none": .none
        default: .bytes(Array(Set(initialAlphabet.utf8)).sorted())
        }
      return options
    }

    /// The trainer names its options as Swift does; here they have the names that were typed.
    private func inWordsOfOptions<Value>(_ body: () throws -> Value) throws -> Value {
      do {
        return try body()
      } catch TokenizationFailure.invalidOption(let name, let detail) {
        let options = [
          "vocabularySize": "--vocab-size", "specialTokens": "--special-token", "alphabetLimit": "--limit-alphabet",
          "maximumTokenLength": "--max-token-length",
        ]
        throw PlainFailure(.usage, "\(options[name] ?? name): \(detail)")
      }
    }

    func run() throws {
      let memoryBytes = try parseSize(memory, option: "--memory")
      guard !FileManager.default.fileExists(atPath: output) else {
        throw PlainFailure(.cannotCreate, "\(output): exists already; remove it or choose another --output")
      }
      let kind = try preTokenizerKind(named: preTokenizer)
      var training = TokenizerTraining(
        pass: input.pass, options: trainerOptions(), preTokenizer: kind, memoryBytes: memoryBytes,
        scratchDirectory: output + ".counts-\(ProcessInfo.processInfo.processIdentifier)")
      training.weights = try weights()
      training.checkpointDirectory = checkpoint ?? output + ".training"
      training.checkpointInterval = checkpointInterval
      let (model, summary) = try inWordsOfOptions { try training.train(observer: verbosity.observer) }
      try writeNewFile(TokenizerFile.write(model, preTokenizer: kind), to: output)
      try training.removeState()
      if summary.overflowed32Bits {
        warn("a pair count passed 2^31: exact here, where 32-bit counts would have wrapped")
      }
      if summary.vocabularySize < vocabSize {
        warn("only \(summary.vocabularySize) of \(vocabSize) entries: the text has no more pairs to merge")
      }
      if verbosity.json { return try sayJSON(summary) }
      say(
        "\(output): \(summary.vocabularySize) entries, \(summary.merges) merges, from \(summary.documents) documents, "
          + "\(byteText(summary.bytes)), \(summary.distinctPieces) distinct pieces"
          + (summary.minimumPieceCount > 1
            ? " less \(summary.droppedPieces) seen less than \(summary.minimumPieceCount) times" : ""))
    }
  }

  struct Encode: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "encode", abstract: "Encode shards into a Megatron dataset: PREFIX.bin and PREFIX.idx.",
      discussion: """
        Examples:
          xylem tokenizer encode 'shards/*.jsonl' --tokenizer tokenizer.json \\
            --output data/text --append-eod
        """)

    @OptionGroup var input: InputOptions
    @OptionGroup var verbosity: OutputOptions
    @OptionGroup var tokenizer: TokenizerOptions
    @Option(help: "Prefix of the .bin and .idx.", completion: .file()) var output: String
    @Flag(help: "End every document with the end-of-document token.") var appendEod = false
    @Option(help: "The end-of-document token (default: </s> or <|endoftext|>).") var eodToken: String?
    @Option(help: "parse: special tokens in text become their ids, as in Hugging Face; text: they are encoded as text.")
    var specialTokensInText = SpecialTokensInText.parse

    func run() throws {
      let model = try tokenizer.model()
      var end: UInt32?
      if appendEod {
        if let eodToken {
          end = try endOfDocumentID(eodToken, in: model)
        } else {
          guard let id = model.endOfDocumentID else {
            throw PlainFailure(
              .configuration,
              "--append-eod: the tokenizer has neither </s> nor <|endoftext|>; name one with --eod-token")
          }
          end = id
        }
      }
      let encoding = DatasetEncoding(
        pass: input.pass, model: model, endOfDocument: end, specialTokensInText: specialTokensInText)
      let summary = try encoding.encode(to: output, observer: verbosity.observer)
      if verbosity.json { return try sayJSON(summary) }
      say(
        "\(output).bin \(output).idx: \(summary.sequences) sequences of \(summary.documents) documents, "
          + "\(summary.tokens) tokens from \(byteText(summary.bytes))")
    }
  }

  struct Decode: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "decode", abstract: "Ids to text: ids as arguments, or from standard input, one sequence a line.",
      discussion: """
        Examples:
          xylem tokenizer decode --tokenizer tokenizer.json 2175 23714 73173
        """)

    @OptionGroup var tokenizer: TokenizerOptions
    @Argument(help: "Token ids; without any, lines of ids are read from standard input.") var ids: [UInt32] = []
    @Flag(help: "Leave special tokens out.") var skipSpecial = false

    func run() throws {
      let model = try tokenizer.model()
      let decoder = TokenDecoder(model: model)
      func write(_ ids: [UInt32], place: String) throws {
        if let bad = ids.first(where: { Int($0) >= model.vocabularySize }) {
          throw PlainFailure(
            .badData, "\(place): id \(bad) is not in the vocabulary of \(model.vocabularySize) entries")
        }
        writeResult(Data(decoder.decode(ids, skipSpecial: skipSpecial) + [10]))
      }
      guard ids.isEmpty else { return try write(ids, place: "arguments") }
      var number = 0
      while let line = readLine() {
        number += 1
        let words = line.split { $0 == " " || $0 == "," || $0 == "\t" }
        let found = words.compactMap { UInt32($0) }
        guard found.count == words.count else {
          throw PlainFailure(.badData, "standard input:\(number): expected token ids separated by spaces")
        }
        try write(found, place: "standard input:\(number)")
      }
    }
  }

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "inspect", abstract: "What a tokenizer is, and how it cuts a text.",
      discussion: """
        Examples:
          xylem tokenizer inspect --tokenizer tokenizer.json --text 'Hello world'
        """)

    @OptionGroup var tokenizer: TokenizerOptions
    @Option(help: "A text to encode and show token by token.") var text: String?
    @Flag(help: "Print the result as one JSON object.") var json = false

    private struct Shown: Encodable {
      var vocabularySize: Int
      var specialTokens: [String: UInt32]
      var preTokenizer: String
      var ignoresMerges: Bool
      var addsPrefixSpace: Bool
      var ids: [UInt32]?
      var tokens: [String]?

      enum CodingKeys: String, CodingKey {
        case ids, tokens
        case vocabularySize = "vocabulary_size"
        case specialTokens = "special_tokens"
        case preTokenizer = "pre_tokenizer"
        case ignoresMerges = "ignore_merges"
        case addsPrefixSpace = "add_prefix_space"
      }
    }

    func run() throws {
      let model = try tokenizer.model()
      let specials = Dictionary(model.specialTokens.map { ($0.content, $0.id) }, uniquingKeysWith: { $1 })
      var shown = Shown(
        vocabularySize: model.vocabularySize, specialTokens: specials, preTokenizer: model.preTokenizer.name,
        ignoresMerges: model.ignoresMerges, addsPrefixSpace: model.addsPrefixSpace)
      if let text {
        var ids: [UInt32] = []
        BytePairEncoder(model: model, specialTokensInText: .parse).encode(Array(text.utf8).span, into: &ids)
        shown.ids = ids
        shown.tokens = ids.map { String(decoding: model.tokenBytes($0), as: UTF8.self) }
      }
      if json { return try sayJSON(shown) }
      say("\(shown.vocabularySize) entries, pre-tokenizer \(shown.preTokenizer)")
      for (token, id) in specials.sorted(by: { $0.value < $1.value }) { say("special  \(id)  \(token)") }
      for (id, token) in zip(shown.ids ?? [], shown.tokens ?? []) { say("\(id)\t\(token.debugDescription)") }
    }
  }
}

/// Writes a file that must not be there yet, whole or not at all.
func writeNewFile(_ bytes: [UInt8], to path: String) throws {
  let fileSystem = LocalFileSystem()
  if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
    try fileSystem.makeDirectories(String(path[..<slash]))
  }
  let file = try OutputFile(
    path: path + ".attempt-\(ProcessInfo.processInfo.processIdentifier)", fileSystem: fileSystem)
  try file.write(bytes)
  try publish(try file.finish(), as: path, fileSystem: fileSystem)
}
