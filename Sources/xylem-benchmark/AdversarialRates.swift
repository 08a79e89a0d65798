// No piece is slow: one document without a place to cut against ordinary text, byte for byte.
import ArgumentParser
import Foundation

struct AdversarialRates: ParsableCommand {
  /// What the long document is made of. None has a place where a pre-tokenizer of the published kinds must cut, but for
  /// what the split itself says of digits and signs.
  enum Kind: String, CaseIterable, ExpressibleByArgument {
    case letters
    case oneLetter = "one-letter"
    case dashes, chinese, base64, spaces, emoji
  }

  static let configuration = CommandConfiguration(
    commandName: "adversarial", abstract: "One long document of one kind of characters against ordinary text.",
    discussion: "Kinds: \(Kind.allCases.map(\.rawValue).joined(separator: ", ")).")

  @Argument(help: ArgumentHelp("Shards of ordinary text: the average.", valueName: "input")) var input: [String]
  @Option(help: "tokenizer.json.") var tokenizer: String
  @Option(help: "What the document is made of.") var kind: Kind
  @Option(help: "Bytes of the document.") var bytes = 50_000_000
  @Option(help: "Rounds.") var rounds = 5

  private struct Result: Encodable {
    var bytes: Int
    var tokens: Int
    var document: [Seconds]
    var averageBytes: Int
    var average: [Seconds]
    var peakMemoryBytes: Int

    enum CodingKeys: String, CodingKey {
      case bytes, tokens, document, average
      case averageBytes = "average_bytes"
      case peakMemoryBytes = "peak_memory_bytes"
    }
  }

  func validate() throws {
    guard rounds > 0, bytes > 0 else { throw ValidationError("--rounds and --bytes: expected 1 or more") }
  }

  func run() throws {
    let model = try readTokenizer(tokenizer)
    let ordinary = try TextsInMemory(paths: input)
    var characters = Characters()
    let document = TextsInMemory(oneDocumentOf: bytes) { characters.append(kind, to: &$0) }
    var result = Result(
      bytes: document.bytes.count, tokens: 0, document: [], averageBytes: ordinary.bytes.count, average: [],
      peakMemoryBytes: 0)
    for _ in 0..<rounds {
      var encoder = TimedEncoder(model: model)
      result.average.append(encoder.pass(over: ordinary).seconds)
      var other = TimedEncoder(model: model)
      let pass = other.pass(over: document)
      result.document.append(pass.seconds)
      result.tokens = pass.tokens
    }
    result.peakMemoryBytes = peakMemoryBytes()
    try report(result)
  }
}

/// Characters of a kind, from a generator with a fixed seed: every run encodes the same document.
private struct Characters {
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// xorshift64* (Vigna 2016): enough to leave no pattern that a merge could follow.
  private mutating func below(_ bound: UInt64) -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return ((state &* 0x2545_F491_4F6C_DD1D) >> 33) % bound
  }

  mutating func append(_ kind: AdversarialRates.Kind, to bytes: inout [UInt8]) {
    switch kind {
    case .letters: bytes.append(UInt8(ascii: "a") + UInt8(below(26)))
    case .oneLetter: bytes.append(UInt8(ascii: "a"))
    case .dashes: bytes.append(UInt8(ascii: "-"))
    case .spaces: bytes.append(UInt8(ascii: " "))
    case .chinese: appendScalar(UInt32(0x4E00 + below(0x9FA6 - 0x4E00)), to: &bytes)
    case .emoji: appendScalar(UInt32(0x1F600 + below(80)), to: &bytes)
    case .base64: bytes.append(Self.base64[Int(below(64))])
    }
  }

  private static let base64 = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private func appendScalar(_ value: UInt32, to bytes: inout [UInt8]) {
    guard let scalar = Unicode.Scalar(value), let encoded = UTF8.encode(scalar) else { return }
    bytes.append(contentsOf: encoded)
  }
}
