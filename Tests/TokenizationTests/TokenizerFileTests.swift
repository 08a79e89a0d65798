import Foundation
import TestSupport
import Testing

@testable import Tokenization

@Suite struct TokenizerFileTests {
  private func changed(_ old: String, _ new: String) throws -> [UInt8] {
    let text = String(decoding: try fixture("gpt2-1000.json"), as: UTF8.self)
    #expect(text.contains(old))
    return Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
  }

  @Test(arguments: [
    ("\"normalizer\": null", "\"normalizer\": {\"type\": \"NFC\"}"), ("\"dropout\": null", "\"dropout\": 0.1"),
    ("\"type\": \"BPE\"", "\"type\": \"Unigram\""), ("\"truncation\": null", "\"truncation\": {}"),
    ("\"padding\": null", "\"padding\": {}"), ("\"content\": \"<s>\"", "\"content\": \"<x>\""),
    ("\"version\": \"1.0\"", "\"version\": \"2.0\""), ("\"id\": 1,", "\"id\": 7,"),
    ("\"post_processor\": {\n    \"type\": \"ByteLevel\"", "\"post_processor\": {\n    \"type\": \"Other\""),
    ("\"decoder\": {\n    \"type\": \"ByteLevel\"", "\"decoder\": {\n    \"type\": \"WordPiece\""),
    ("\"pre_tokenizer\": {\n    \"type\": \"ByteLevel\"", "\"pre_tokenizer\": {\n    \"type\": \"Whitespace\""),
    ("\"end_of_word_suffix\": null", "\"end_of_word_suffix\": \"</w>\""),
  ])
  func partsThatWouldChangeIdsAreRefused(_ old: String, _ new: String) throws {
    let bytes = try changed(old, new)
    #expect {
      try TokenizerFile.read(bytes)
    } throws: { error in
      if case .unsupportedPart? = error as? TokenizationFailure { true } else { false }
    }
  }

  @Test(arguments: [
    ("\"normalizer\": null", "\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": []}"),
    ("\"truncation\": null", "\"unknown\": [{\"a\": 1.5e3}, true]"), ("\"dropout\": null", "\"dropout\": 0.0"),
    ("\"unk_token\": null", "\"unk_token\": \"<unk>\""), ("\"byte_fallback\": false", "\"byte_fallback\": true"),
    (
      "\"post_processor\": {\n    \"type\": \"ByteLevel\"", "\"post_processor\": {\n    \"type\": \"RobertaProcessing\""
    ),
    ("\"end_of_word_suffix\": null", "\"end_of_word_suffix\": \"\""), ("\"version\": \"1.0\",", ""),
  ])
  func partsWithoutEffectAreAccepted(_ old: String, _ new: String) throws {
    let model = try TokenizerFile.read(try changed(old, new))
    for example in try cases("gpt2-cases.json").prefix(20) { #expect(encode(example.text, model) == example.ids) }
  }

  @Test func tokensQuotedOnceAreWrittenAsOneByOne() {
    let special = ["a\"\\\u{1}\n", "é", ""].map { Array($0.utf8) }
    let bytes = (0..<256).map { [UInt8($0)] } + (0..<256).map { [UInt8($0), UInt8(255 - $0), 34, 92] }
    let model = TrainedModel(
      vocabulary: special + bytes, merges: [], specialTokens: special.map { String(decoding: $0, as: UTF8.self) })
    let tokens = QuotedTokens(model)
    #expect(tokens.count == model.vocabulary.count)
    for id in 0..<tokens.count {
      var expected: [UInt8] = []
      let text = id < special.count ? special[id] : ByteAlphabet.spell(model.vocabulary[id])
      TokenizerFile.appendQuoted(text, to: &expected)
      let written = Array(tokens[id])
      #expect(written == expected)
    }
  }

  @Test func orderOfMembersDoesNotMatter() throws {
    let bytes = try fixture("gpt2-1000.json")
    let root = try JSONSerialization.jsonObject(with: Data(bytes))
    // Sorted keys put `merges` before `vocab`.
    let sorted = try JSONSerialization.data(withJSONObject: root, options: [.sortedKeys])
    let model = try TokenizerFile.read([UInt8](sorted))
    for example in try cases("gpt2-cases.json") { #expect(encode(example.text, model) == example.ids) }
  }

  @Test func ignoredMergesGiveWholePieces() throws {
    let text = String(decoding: try fixture("gpt2-1000.json"), as: UTF8.self)
    let last = try #require(text.range(of: "\"merges\": ["))
    let without = text[..<last.lowerBound] + "\"merges\": []\n  }\n}"
    let model = try TokenizerFile.read(
      Array(String(without).replacing("\"ignore_merges\": false", with: "\"ignore_merges\": true").utf8))
    #expect(model.ignoresMerges)
    for cacheBytes in [0, 1 << 16] {
      #expect(encode(" the", model, cacheBytes: cacheBytes) == [try #require(model.id(of: " the"))])
      #expect(encode(" thezz", model, cacheBytes: cacheBytes).count == 6)
    }
  }

  @Test func decodingInvertsEncodingForAllBytes() throws {
    let model = try TokenizerFile.read(fixture("bloom-1000.json"))
    let decoder = TokenDecoder(model: model)
    let encoder = BytePairEncoder(model: model, specialTokensInText: .parse)
    var generator = SplitMix64(state: 12)
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
        Bool.random(using: &generator) ? UInt8.random(in: 0...255, using: &generator) : UInt8(ascii: " ")
      }
      var ids: [UInt32] = []
      encoder.encode(text.span, into: &ids)
      #expect(decoder.decode(ids, skipSpecial: false) == text)
    }
  }

  @Test func writtenModelsAreTheFilesTheyCameFrom() throws {
    for name in ["bloom-1000.json", "gpt2-1000.json"] {
      let bytes = try fixture(name)
      #expect(try TokenizerFile.write(TokenizerFile.read(bytes)) == bytes)
    }
  }

  @Test func damagedFilesAreErrorsAndNeverCrash() throws {
    let bytes = try fixture("bloom-1000.json")
    for length in stride(from: 0, to: bytes.count - 2, by: 997) {
      #expect(throws: TokenizationFailure.self) { try TokenizerFile.read(Array(bytes[..<length])) }
    }
    var generator = SplitMix64(state: 11)
    for _ in 0..<60 {
      var damaged = bytes
      for _ in 0..<3 {
        damaged[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      _ = try? TokenizerFile.read(damaged)
    }
    #expect(throws: TokenizationFailure.self) {
      try TokenizerFile.read(Array(String(repeating: "[", count: 100_000).utf8))
    }
  }

  @Test func vocabularyAndMergesReadLikeTokenizerJSON() throws {
    let vocabulary = ByteAlphabet.sortedBytes.enumerated().map { index, byte in
      var quoted: [UInt8] = []
      TokenizerFile.appendQuoted(ByteAlphabet.spell([byte]), to: &quoted)
      return String(decoding: quoted, as: UTF8.self) + ":\(index)"
    }
    let json = "{\(vocabulary.joined(separator: ",")),\"ab\":256,\"<|endoftext|>\":257}"
    let merges = "#version: 0.2\na b\n"
    let model = try TokenizerFile.read(vocabulary: Array(json.utf8), merges: Array(merges.utf8))
    #expect(encode("ab<|endoftext|>", model) == [256, 257])
    #expect(throws: TokenizationFailure.self) {
      try TokenizerFile.read(vocabulary: Array(json.utf8), merges: Array("a c\n".utf8))
    }
  }

  @Test func companionsNameTheRoles() throws {
    let model = TrainedModel(vocabulary: [], merges: [], specialTokens: ["<unk>", "<s>", "</s>", "<pad>"])
    let config = String(decoding: TokenizerFile.tokenizerConfig(model, preTokenizer: .bloom), as: UTF8.self)
    #expect(config.contains("\"eos_token\": \"</s>\"") && config.contains("\"padding_side\": \"left\""))
    #expect(TokenizerFile.specialTokensMap(model).last == 0x0A)
  }
}
