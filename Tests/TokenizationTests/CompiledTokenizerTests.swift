import CorpusCore
import TestSupport
import Testing

@testable import Tokenization

/// A compiled tokenizer gives what its tokenizer.json gives, and nothing that is damaged gets through.
@Suite struct CompiledTokenizerTests {
  /// With added tokens in the vocabulary and outside of it, one of which a merge makes, a byte without a token, a merge that
  /// can never happen (one of its tokens is not of the byte alphabet), a pair that occurs twice and merges before those that
  /// make their parts.
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
    vocabulary += ["\"bc\": 405", "\"bcab\": 406", "\"bcabbc\": 407", "\"</s>\": 408", "\"s>\": 409", "\"</\": 410"]
    let merges = """
      [["a", "b"], ["ab", "c"], ["a", "\u{4E2D}"], ["a", "b"], ["abc", "abc"], ["abcabc", "abcabc"],
      ["abcabcabcabc", "abcabc"], ["bcab", "bc"], ["bc", "ab"], ["b", "c"], ["s", ">"], ["<", "/"], ["</", "s>"]]
      """
    return Array(
      """
      {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [
      {"id": 259, "content": "<s>", "single_word": false, "lstrip": true, "rstrip": false, "normalized": false, "special": true},
      {"id": 408, "content": "</s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
      {"id": 269, "content": "<o>", "single_word": true, "lstrip": false, "rstrip": true, "normalized": true, "special": false}
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
    "", " ", "abcabcabcabcabcabcabc ab <s>c</s> a\u{4E2D} bcabbc <o>", "The weights, \u{E9}t\u{E9} 2024!\n\n",
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

  /// Where its merges begin, and where what stands behind all rows of eight bytes: displacements.
  private let mergesAt = 48
  private func placementAt(_ body: [UInt8]) -> Int { mergesAt + 8 * (3...6).reduce(0) { $0 + number(body, $1) } }

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
    let start = placementAt(body)
    let count = 2 * number(body, 8)
    #expect(count > 0)
    for at in start..<start + count { body[at] = 1 }
    let plain = try TokenizerFile.read(file)
    let compiled = try TokenizerFile.read(sealed(body))
    for text in Self.texts { #expect(encode(text, compiled) == encode(text, plain)) }
    #expect(try TokenizerFile.writeCompiled(compiled).elementsEqual(TokenizerFile.writeCompiled(plain)))
  }

  @Test func whatIsCutOrChangedIsRefused() throws {
    let bytes = try TokenizerFile.writeCompiled(try TokenizerFile.read(Self.foreign))
    for count in stride(from: 7, to: bytes.count, by: 61) {
      #expect(throws: TokenizationFailure.self) { try TokenizerFile.read(Array(bytes[..<count])) }
    }
    for at in stride(from: 8, to: bytes.count, by: 7) {
      var changed = bytes
      changed[at] ^= 1 << UInt8(at % 8)
      #expect(throws: TokenizationFailure.self) { try TokenizerFile.read(changed) }
    }
    #expect(throws: TokenizationFailure.self) { try TokenizerFile.read(bytes + [0]) }
  }

  /// A digest can be made by anybody: whatever a merge is said to join, it makes the bytes of both.
  @Test func aChangedMergeMakesWhatItJoinsOrIsRefused() throws {
    var (accepted, refused) = (0, 0)
    for file in try Self.files() {
      let body = try bodyOfCompiled(file)
      for merge in 0..<min(number(body, 3), 40) {
        for part in 0..<2 {
          for (place, change) in [(0, UInt8(1)), (0, 2), (1, 3), (3, 255)] {
            var changed = body
            changed[mergesAt + 8 * merge + 4 * part + place] ^= change
            guard let model = try? TokenizerFile.read(sealed(changed)) else {
              refused += 1
              continue
            }
            accepted += 1
            let found = model.mergeList[merge]
            // Two merges of one token, and what the file has the bytes of, are the first's and the file's.
            let isListed = model.addedTokens.contains { $0.id == found.id } || found.id >= 400
            #expect(
              model.tokenBytes(found.id) == model.tokenBytes(found.left) + model.tokenBytes(found.right) || isListed
                || model.mergeList.count { $0.id == found.id } > 1)
          }
        }
      }
    }
    #expect(accepted > 0 && refused > 0)
  }

  /// Every table of a file that names what is not there.
  @Test func whatNamesNothingIsRefused() throws {
    let body = try bodyOfCompiled(Self.foreign)
    let places = (3...6).map { number(body, $0) }
    let (merges, runs, idle) = (places[0], places[1], places[2])
    let runsAt = mergesAt + 8 * merges
    let idleAt = runsAt + 8 * runs
    let listedAt = idleAt + 8 * idle
    #expect(merges == 13 && runs > 1 && idle == 1)
    func refuses(_ at: Int, _ byte: UInt8) {
      var changed = body
      changed[at] = byte
      #expect(throws: TokenizationFailure.self) { try TokenizerFile.read(sealed(changed)) }
    }
    // A symbol that no merge makes, an idle merge that is none, an id beyond the largest, a run that begins elsewhere, a
    // token that is spelled in no way or is longer than all bytes.
    refuses(mergesAt + 3, 1)
    for at in mergesAt + 16..<mergesAt + 24 where at != mergesAt + 16 { refuses(at, 0x7F) }
    refuses(runsAt + 6, 1)
    refuses(runsAt, 1)
    refuses(idleAt + 2, 1)
    refuses(listedAt + 2, 1)
    refuses(listedAt + 4, 0)
    refuses(listedAt + 6, 1)
    // The reserved number, and another version.
    refuses(8 + 4 * 9, 1)
    refuses(7, UInt8(ascii: "1"))
  }

  /// Encoding does not ask for the tokens that merges make, and many threads may ask for them at once.
  @Test func tokensAreMadeOnDemand() async throws {
    let plain = try TokenizerFile.read(fixture("bloom-1000.json"))
    let compiled = try TokenizerFile.read(try TokenizerFile.writeCompiled(plain))
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          (0..<UInt32(plain.vocabularySize + 2)).allSatisfy { compiled.tokenBytes($0) == plain.tokenBytes($0) }
        }
      }
      for await isEqual in group { #expect(isEqual) }
    }
    for id in 0..<UInt32(plain.vocabularySize) {
      let bytes = plain.tokenBytes(id)
      bytes.withUnsafeBufferPointer { #expect(compiled.wholePieceID($0) == plain.wholePieceID($0)) }
    }
  }

  /// Seeded, so that what fails once fails again.
  @Test func damagedFilesWithARightDigestAreRefusedOrWork() throws {
    var generator = SplitMix64(state: 31)
    var accepted = 0
    for file in try Self.files() {
      let body = try bodyOfCompiled(file)
      let head = placementAt(body)
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
