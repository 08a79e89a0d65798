// Encoding alone: no reading, no writing, one thread. The figure that stands beside rivals that only encode.
import ArgumentParser
import CorpusIO
import Foundation
import Tokenization

struct EncodeOnly: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode-only", abstract: "Encode texts that are in memory, several times with one encoder.",
    discussion: "The first pass is cold (empty cache), the others are warm.")

  @Argument(help: ArgumentHelp("Shards.", valueName: "input")) var input: [String]
  @Option(help: "tokenizer.json.") var tokenizer: String
  @Option(help: "Passes over the texts.") var passes = 2
  @Option(help: "parse or text: what becomes of special tokens in text.") var specialTokensInText = "parse"
  @Option(help: "Write the ids here: for each document their number, then the ids, 32-bit little-endian.")
  var ids: String?

  private struct Result: Encodable {
    var loading: Seconds
    var passes: [EncodingPass]
    var bytes: Int
    var documents: Int
    var peakMemoryBytes: Int

    enum CodingKeys: String, CodingKey {
      case loading, passes, bytes, documents
      case peakMemoryBytes = "peak_memory_bytes"
    }
  }

  func validate() throws {
    guard passes > 0 else { throw ValidationError("--passes: expected 1 or more, found \(passes)") }
    guard SpecialTokensInText(rawValue: specialTokensInText) != nil else {
      throw ValidationError("--special-tokens-in-text: expected parse or text, found '\(specialTokensInText)'")
    }
  }

  func run() throws {
    let policy = SpecialTokensInText(rawValue: specialTokensInText) ?? .parse
    let (model, loading) = try timed { try readTokenizer(tokenizer) }
    let texts = try TextsInMemory(paths: input)
    var encoder = TimedEncoder(model: model, specialTokensInText: policy)
    let timings = (0..<passes).map { _ in encoder.pass(over: texts) }
    if let ids { try writeIDs(to: ids, of: texts, with: &encoder) }
    try report(
      Result(
        loading: loading, passes: timings, bytes: texts.bytes.count, documents: texts.documents.count,
        peakMemoryBytes: peakMemoryBytes()))
  }

  private func writeIDs(to path: String, of texts: TextsInMemory, with encoder: inout TimedEncoder) throws {
    var bytes = Data()
    encoder.forEachDocument(of: texts) { ids in
      withUnsafeBytes(of: UInt32(truncatingIfNeeded: ids.count).littleEndian) { bytes.append(contentsOf: $0) }
      ids.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
    try bytes.write(to: URL(fileURLWithPath: path))
  }
}
