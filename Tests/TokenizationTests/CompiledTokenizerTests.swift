import CorpusCore
import Testing

@testable import Tokenization

/// A compiled tokenizer gives what its tokenizer.json gives, and nothing that is damaged gets through.
@Suite struct CompiledTokenizerTests {
  /// With added tokens in the vocabulary and outside of it, a byte without a token, a merge that can never happen (one of
  /// its tokens is not of the byte alphabet) and a pair that occurs twice.
  private static let foreign: [UInt8] = {
    var vocabulary = (0..<255).map { byte in
      var quoted: [UInt8] = []
      TokenizerFile.appendQuoted(ByteAlphabet.spell([UInt8(byte)]), to: &quoted)
      return "\(String(decoding: quoted, as: UTF8.self)): \(byte)"
    }
    vocabulary += ["\"ab\": 300", "\"abc\": 400", "\"\u{4E2D}\": 258", "\"<s>\": 259", "\"a\u{4E2D}\": 401"]
    vocabulary.append("\"abcabcabcabcabcabc\": 402")
    vocabulary.append("\"abcabc\": 403")
    vocabulary.append("\"abcabcabcabc\": 404")
    let merges = """
      [["a", "b"], ["ab", "c"], ["a", "\u{4E2D}"], ["a", "b"], ["abc", "abc"], ["abcabc", "abcabc"],
      ["abcabcabcabc", "abcabc"]]
      """
    return Array(
      """
      {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [
      {"id": 259, "content": "<s>", "single_word": false, "lstrip": true, "rstrip": false, "normalized": false, "special": true},
      {"id": 263, "content": "</s>", "single_word": true, "lstrip": false, "rstrip": true, "normalized": true, "special": false}
      ], "normalizer": null,
      "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
      "post_processor": null, "decoder": {"type": "ByteLevel"},
      "model": {"type": "BPE", "dropout": null, "unk_token": "a", "fuse_unk": false, "byte_fallback": false,
      "ignore_merges": false, "vocab": {\(vocabulary.joined(separator: ",\n"))},
      "merges": \(merges)}}
      """.utf8)
  }()

  private static func files() throws -> [[UInt8]] {
    [try fixture("bloom-1000.json"), try fixture("gpt2-1000.json"), foreign]
  }

  private static let texts = [
    "", " ", "abcabcabcabcabcabcabc ab <s>c</s> a\u{4E2D}", "The weights, \u{E9}t\u{E9} 2024!\n\n",
    "\u{4E2D}\u{6587} हिन्दी العربية", String(repeating: "\u{4E2D}\u{6587}abc", count: 40), "\u{FFFD}\u{10FFFF}",
  ]

  /// The same bytes with a digest that is right.
  private func sealed(_ body: [UInt8]) -> [UInt8] {
    let digest = Digest128(hashing: body)
    return body + withUnsafeBytes(of: digest.low.littleEndian) { Array($0) }
      + withUnsafeBytes(of: digest.high.littleEndian) { Array($0) }
  }

  private func bodyOfCompiled(_ file: [UInt8]) throws -> [UInt8] {
    Array(try TokenizerFile.writeCompiled(try TokenizerFile.read(file)).dropLast(16))
  }

  private func number(_ bytes: [UInt8], _ index: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[8 + 4 * index + $1]) << (8 * $1) }
  }

  @Test(arguments: 0..<3)
  func aCompiledTokenizerIsItsTokenizerJSON(_ file: Int) throws {
    let plain = try TokenizerFile.read(try Self.files()[file])
    let bytes = try TokenizerFile.writeCompiled(plain)
    let compiled = try TokenizerFile.read(bytes)
    #expect(try TokenizerFile.writeCompiled(plain) == bytes)
    #expect(try TokenizerFile.writeCompiled(compiled) == bytes)
    #expect(try TokenizerFile.write(compiled) == TokenizerFile.write(plain))
    #expect(compiled.vocabularySize == plain.vocabularySize)
    #expect(compiled.addedTokens == plain.addedTokens)
    let corpus = try Self.texts + trainingTexts().prefix(50)
    for text in corpus {
      for special in [SpecialTokensInText.parse, .text] {
        #expect(encode(text, compiled, special) == encode(text, plain, special))
      }
    }
  }

  @Test func whatRanksGiveIsCompiledToo() throws {
    let ranks = try TokenizerFile.writeRanks(try TokenizerFile.read(fixture("gpt2-1000.json")))
    let plain = try TokenizerFile.read(
      ranks, preTokenizer: .gpt2, specialTokens: [AddedToken(content: "<|end|>", id: 2000)])
    let compiled = try TokenizerFile.read(try TokenizerFile.writeCompiled(plain))
    for text in Self.texts + ["a<|end|>b"] { #expect(encode(text, compiled) == encode(text, plain)) }
  }

  @Test func splitsAndSpecialTokensAreItsOwn() throws {
    let bytes = try TokenizerFile.writeCompiled(try TokenizerFile.read(fixture("gpt2-1000.json")))
    #expect(throws: TokenizationFailure.self) { try TokenizerFile.read(bytes, preTokenizer: .bloom) }
  }

  /// Other displacements cost time and change nothing: they are tried, and then searched for.
  @Test func aWrongPlacementChangesNothing() throws {
    let file = try fixture("bloom-1000.json")
    var body = try bodyOfCompiled(file)
    let start = 32 + 4 * number(body, 1) + 12 * number(body, 3)
    let count = 2 * number(body, 4)
    #expect(count > 0)
    for at in start..<start + count { body[at] = 1 }
    let plain = try TokenizerFile.read(file)
    let compiled = try TokenizerFile.read(sealed(body))
    for text in Self.texts { #expect(encode(text, compiled) == encode(text, plain)) }
    #expect(try TokenizerFile.writeCompiled(compiled).elementsEqual(TokenizerFile.writeCompiled(plain)))
  }

  @Test func whatIsCutOrChangedIsRefused() throws {
    let bytes = try TokenizerFile.writeCompiled(try TokenizerFile.read(Self.foreign))
    for count in stride(from: 8, to: bytes.count, by: 61) {
      #expect(throws: TokenizationFailure.self) { try TokenizerFile.read(Array(bytes[..<count])) }
    }
    for at in stride(from: 8, to: bytes.count, by: 7) {
      var changed = bytes
      changed[at] ^= 1 << UInt8(at % 8)
      #expect(throws: TokenizationFailure.self) { try TokenizerFile.read(changed) }
    }
    #expect(throws: TokenizationFailure.self) { try TokenizerFile.read(bytes + [0]) }
  }

  /// A digest can be made by anybody: merges have to make what they say.
  @Test func aMergeThatMakesAnotherTokenIsRefused() throws {
    for file in try Self.files() {
      let body = try bodyOfCompiled(file)
      let start = 32 + 4 * number(body, 1)
      for merge in 0..<min(number(body, 3), 40) {
        for part in 0..<3 {
          for change: UInt8 in [1, 2, 3] {
            var changed = body
            changed[start + 12 * merge + 4 * part] ^= change
            let model = try? TokenizerFile.read(sealed(changed))
            // A merge of a token that nothing makes may name another such token.
            guard let model else { continue }
            let found = model.mergeList[merge]
            let bytes = model.tokenBytes(found.id)
            #expect(
              bytes == model.tokenBytes(found.left) + model.tokenBytes(found.right)
                || model.table.spelling(found.id) == .literal)
          }
        }
      }
    }
  }

  /// Seeded, so that what fails once fails again.
  @Test func damagedFilesWithARightDigestAreRefusedOrWork() throws {
    var generator = SeededGenerator(state: 31)
    var accepted = 0
    for file in try Self.files() {
      let body = try bodyOfCompiled(file)
      let head = 32 + 4 * number(body, 1)
      for _ in 0..<400 {
        var damaged = body
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          // Half of the damage where sizes and lengths are.
          let end = Bool.random(using: &generator) ? head : damaged.count
          damaged[Int.random(in: 0..<end, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        }
        guard let model = try? TokenizerFile.read(sealed(damaged)) else { continue }
        accepted += 1
        for text in Self.texts {
          let ids = encode(text, model, cacheBytes: 0)
          #expect(ids.allSatisfy { Int($0) < model.vocabularySize })
          _ = TokenDecoder(model: model).decode(ids, skipSpecial: true)
        }
        _ = try? TokenizerFile.write(model)
      }
    }
    #expect(accepted > 0)
  }
}
