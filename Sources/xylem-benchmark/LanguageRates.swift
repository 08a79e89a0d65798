// No language is slow: the rate of each file against that of a chosen one, over equally many bytes.
import ArgumentParser
import Foundation

struct LanguageRates: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "languages", abstract: "The encoding rate of each file against another's, over equally many bytes.",
    discussion: """
      Every measurement has an encoder of its own with an empty cache, and the reference is cut to the size of the file
      it stands beside: a short text pays more for its cold cache. The two take turns within a round.
      """)

  @Argument(help: ArgumentHelp("One shard a language.", valueName: "input")) var input: [String]
  @Option(help: "tokenizer.json.") var tokenizer: String
  @Option(help: "The shard that the others are compared with, such as English's.") var reference: String
  @Option(help: "Bytes of text taken of each shard at most.") var limit = 4_000_000
  @Option(help: "Rounds.") var rounds = 5

  private struct Result: Encodable {
    var input: String
    var bytes: Int
    var tokens: Int
    var seconds: [Seconds]
    var reference: [Seconds]
  }

  func validate() throws {
    guard rounds > 0, limit > 0 else { throw ValidationError("--rounds and --limit: expected 1 or more") }
  }

  func run() throws {
    let model = try readTokenizer(tokenizer)
    let whole = try TextsInMemory(paths: [reference], limit: limit)
    var results: [Result] = []
    for path in input {
      let texts = try TextsInMemory(paths: [path], limit: whole.bytes.count)
      let beside = whole.prefix(texts.bytes.count)
      var result = Result(input: path, bytes: texts.bytes.count, tokens: 0, seconds: [], reference: [])
      func measure(_ texts: TextsInMemory) -> EncodingPass {
        var encoder = TimedEncoder(model: model)
        return encoder.pass(over: texts)
      }
      for round in 0..<rounds {
        // A B, then B A: a drift of the machine falls on both.
        let first = measure(round % 2 == 0 ? texts : beside)
        let second = measure(round % 2 == 0 ? beside : texts)
        result.seconds.append(round % 2 == 0 ? first.seconds : second.seconds)
        result.reference.append(round % 2 == 0 ? second.seconds : first.seconds)
        result.tokens = round % 2 == 0 ? first.tokens : second.tokens
      }
      results.append(result)
    }
    try report(results)
  }
}
