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
    ("\"ignore_merges\": false", "\"ignore_merges\": true"), ("\"lstrip\": false", "\"lstrip\": true"),
    ("\"add_prefix_space\": false", "\"add_prefix_space\": true"), ("\"type\": \"BPE\"", "\"type\": \"Unigram\""),
    ("\"truncation\": null", "\"truncation\": {}"), ("\"content\": \"<s>\"", "\"content\": \"<x>\""),
  ])
  func partsThatWouldChangeIdsAreRefused(_ old: String, _ new: String) throws {
    let bytes = try changed(old, new)
    #expect {
      try TokenizerFile.read(bytes)
    } throws: { error in
      if case .unsupportedPart? = error as? TokenizationFailure { true } else { false }
    }
  }

  @Test func damagedFilesAreErrorsAndNeverCrash() throws {
    let bytes = try fixture("bloom-1000.json")
    for length in stride(from: 0, to: bytes.count - 2, by: 997) {
      #expect(throws: TokenizationFailure.self) { try TokenizerFile.read(Array(bytes[..<length])) }
    }
    var generator = SeededGenerator(state: 11)
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
