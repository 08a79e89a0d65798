import TestSupport
import Testing

@testable import Tokenization

/// Foreign bytes: a file that was damaged in any way is refused, or gives a model that works. Seeded, so that what fails
/// once fails again.
@Suite struct TokenizerFileFuzzTests {
  private func use(_ model: TokenizerModel) {
    let text = "a <s>b</s> Ġthe\u{e9}\u{3000}12"
    let ids = encode(text, model, cacheBytes: 0)
    #expect(ids.allSatisfy { Int($0) < model.vocabularySize })
    _ = TokenDecoder(model: model).decode(ids, skipSpecial: true)
    _ = model.id(of: "the")
    _ = model.endOfDocumentID
    _ = try? TokenizerFile.write(model)
    _ = try? TokenizerFile.writeRanks(model)
  }

  private func damaged(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    let fragments = [
      "4294967296", "99999999999999999999", "-1", "1.5", "1e9", "1048575", "\"\\ud800\"", "null", "[]", "{}", "\"\"",
      "true", "\u{0}", "\"a\":1,", ",", "\"", "\\", "\\u0120", " ", "\u{4E2D}", "=", "[[[[[[[[", "{\"a\":{\"a\":",
    ]
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      guard !bytes.isEmpty else { return bytes }
      let at = Int.random(in: 0..<bytes.count, using: &generator)
      let length = min(Int.random(in: 1...12, using: &generator), bytes.count - at)
      switch Int.random(in: 0..<7, using: &generator) {
      case 0: bytes.removeSubrange(at...)
      case 1: bytes[at] = UInt8.random(in: 0...255, using: &generator)
      case 2: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 3: bytes.removeSubrange(at..<at + length)
      case 4: bytes.insert(contentsOf: bytes[at..<at + length], at: at)
      case 5: bytes.insert(contentsOf: (fragments.randomElement(using: &generator) ?? "").utf8, at: at)
      default:
        // Whole lines change places or come twice.
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        let line = lines[Int.random(in: 0..<lines.count, using: &generator)]
        bytes.insert(contentsOf: line + [0x0A], at: bytes[..<at].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0)
      }
    }
    return bytes
  }

  /// A small file with every part: 256 bytes, merges of both kinds, added tokens.
  private func smallFile(_ isSpaced: Bool) throws -> [UInt8] {
    var vocabulary = (0..<256).map { "\(quoted(ByteAlphabet.spell([UInt8($0)]))): \($0)" }
    vocabulary += ["\"ab\": 256", "\"abc\": 257", "\"\u{4E2D}\": 258", "\"<s>\": 259"]
    let merges = isSpaced ? "[\"a b\", \"ab c\"]" : "[[\"a\", \"b\"], [\"ab\", \"c\"]]"
    return Array(
      """
      {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [
      {"id": 259, "content": "<s>", "single_word": false, "lstrip": true, "rstrip": false, "normalized": false, "special": true},
      {"id": 260, "content": "</s>", "single_word": true, "lstrip": false, "rstrip": true, "normalized": true, "special": false}
      ], "normalizer": {"type": "Sequence", "normalizers": []},
      "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
      "post_processor": {"type": "TemplateProcessing"}, "decoder": {"type": "ByteLevel"},
      "model": {"type": "BPE", "dropout": null, "unk_token": null, "fuse_unk": false, "byte_fallback": false,
      "ignore_merges": true, "vocab": {\(vocabulary.joined(separator: ",\n"))},
      "merges": \(merges)}}
      """.utf8)
  }

  private func quoted(_ text: [UInt8]) -> String {
    var out: [UInt8] = []
    TokenizerFile.appendQuoted(text, to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  @Test(arguments: [true, false])
  func damagedTokenizerJSONIsRefusedOrWorks(_ isSpaced: Bool) throws {
    let bytes = try smallFile(isSpaced)
    use(try TokenizerFile.read(bytes))
    var generator = SplitMix64(state: isSpaced ? 21 : 22)
    var accepted = 0
    for _ in 0..<1500 {
      guard let model = try? TokenizerFile.read(damaged(bytes, &generator)) else { continue }
      accepted += 1
      use(model)
    }
    #expect(accepted > 0)
  }

  @Test func damagedTrainedFilesAreRefusedOrWork() throws {
    let bytes = try fixture("bloom-1000.json")
    var generator = SplitMix64(state: 23)
    for _ in 0..<80 {
      if let model = try? TokenizerFile.read(damaged(bytes, &generator)) { use(model) }
    }
  }

  @Test func damagedRanksAreRefusedOrWork() throws {
    let bytes = try TokenizerFile.writeRanks(try TokenizerFile.read(fixture("gpt2-1000.json")))
    var generator = SplitMix64(state: 24)
    for _ in 0..<150 {
      if let model = try? TokenizerFile.read(damaged(bytes, &generator), preTokenizer: .gpt2) { use(model) }
    }
  }

  @Test func damagedVocabularyAndMergesAreRefusedOrWork() {
    let vocabulary = Array(
      "{\((0..<256).map { "\(quoted(ByteAlphabet.spell([UInt8($0)]))):\($0)" }.joined(separator: ",")),\"ab\":256}".utf8
    )
    let merges = Array("#version: 0.2\na b\n".utf8)
    var generator = SplitMix64(state: 25)
    for round in 0..<600 {
      let isVocabulary = round % 2 == 0
      let model = try? TokenizerFile.read(
        vocabulary: isVocabulary ? damaged(vocabulary, &generator) : vocabulary,
        merges: isVocabulary ? merges : damaged(merges, &generator))
      if let model { use(model) }
    }
  }

  /// One entry may not make a table of four billion.
  @Test func hugeIdsCostNoMemory() {
    for id in ["4294967295", "1048575", "18446744073709551616"] {
      #expect(throws: TokenizationFailure.self) {
        try TokenizerFile.read(Array("{\"model\": {\"vocab\": {\"a\": \(id)}, \"merges\": []}}".utf8))
      }
    }
  }

  @Test func aTokenThatMayNotBeSplitCheaplyIsRefused() {
    // Deriving merges costs the square of a token's length.
    let long = [UInt8](repeating: 0x41, count: 1 << 17)
    let text = String(decoding: long, as: UTF8.self) + " 0\n"
    #expect(throws: TokenizationFailure.self) { try TokenizerFile.read(Array(text.utf8), preTokenizer: .gpt2) }
  }
}
