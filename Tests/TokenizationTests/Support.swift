// Fixtures and repeatable randomness for the tests of this target.
import Foundation
import Testing
import Tokenization

func fixture(_ name: String) throws -> [UInt8] {
  let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/Tokenization/" + name)
  return [UInt8](try Data(contentsOf: url))
}

struct EncodingCase: Decodable {
  var text: String
  var ids: [UInt32]
  var idsAsText: [UInt32]?
}

func cases(_ name: String) throws -> [EncodingCase] {
  try JSONDecoder().decode([EncodingCase].self, from: Data(try fixture(name)))
}

func trainingTexts() throws -> [String] {
  try JSONDecoder().decode([String].self, from: Data(try fixture("training-texts.json")))
}

func pieces(of text: String, _ kind: PreTokenizerKind) -> [String] {
  var found: [String] = []
  let bytes = Array(text.utf8)
  PreTokenizer(kind: kind).forEachPiece(bytes.span) { found.append(String(decoding: $0, as: UTF8.self)) }
  return found
}

func encode(
  _ text: String, _ model: TokenizerModel, _ special: SpecialTokensInText = .parse, cacheBytes: Int = 1 << 20
) -> [UInt32] {
  var ids: [UInt32] = []
  BytePairEncoder(model: model, specialTokensInText: special, cacheBytes: cacheBytes)
    .encode(Array(text.utf8).span, into: &ids)
  return ids
}
