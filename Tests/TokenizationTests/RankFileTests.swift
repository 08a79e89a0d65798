import Foundation
import TestSupport
import Testing

@testable import Tokenization

@Suite struct RankFileTests {
  private func file(_ tokens: [[UInt8]]) -> [UInt8] {
    Array(tokens.enumerated().map { "\(Data($1).base64EncodedString()) \($0)\n" }.joined().utf8)
  }

  private let bytes = (0..<256).map { [UInt8($0)] }

  /// tiktoken's algorithm as its authors describe it: the piece itself, or the least rank of two joined neighbours.
  private func naive(_ piece: [UInt8], _ ranks: [[UInt8]: Int]) -> [UInt32] {
    if let rank = ranks[piece] { return [UInt32(rank)] }
    var parts = piece.map { [$0] }
    while true {
      let best = parts.indices.dropLast()
        .compactMap { at in ranks[parts[at] + parts[at + 1]].map { (rank: $0, at: at) } }
        .min { ($0.rank, $0.at) < ($1.rank, $1.at) }
      guard let best else { return parts.compactMap { ranks[$0].map { UInt32($0) } } }
      parts[best.at] += parts.remove(at: best.at + 1)
    }
  }

  /// Random tokens in any order, so that merges make pairs of lower ranks; and by length, as training orders them.
  @Test(arguments: [true, false])
  func idsEqualTiktokensAlgorithm(_ isUpsideDown: Bool) throws {
    var generator = SplitMix64(state: isUpsideDown ? 1 : 2)
    var hadSharedRanks = false
    for _ in 0..<12 {
      var found = Set<[UInt8]>()
      for _ in 0..<60 {
        found.insert(
          (0..<Int.random(in: 2...6, using: &generator)).map { _ in UInt8.random(in: 97...99, using: &generator) })
      }
      var ordered = found.sorted { $0.lexicographicallyPrecedes($1) }.shuffled(using: &generator)
      if !isUpsideDown { ordered.sort { $0.count < $1.count } }
      let tokens = bytes + ordered
      let ranks = Dictionary(uniqueKeysWithValues: tokens.enumerated().map { ($1, $0) })
      let model = try TokenizerFile.read(file(tokens), preTokenizer: .gpt2)
      hadSharedRanks = hadSharedRanks || model.merges.symbols.hasSharedRanks
      #expect(model.ignoresMerges)
      for _ in 0..<12 {
        let piece = (0..<Int.random(in: 1...110, using: &generator)).map { _ in
          UInt8.random(in: 97...99, using: &generator)
        }
        let expected = naive(piece, ranks)
        for cacheBytes in [0, 1 << 16] {
          #expect(encode(String(decoding: piece, as: UTF8.self), model, cacheBytes: cacheBytes) == expected)
        }
      }
    }
    #expect(hadSharedRanks == isUpsideDown)
  }

  @Test func specialTokensAreGivenByTheCaller() throws {
    let model = try TokenizerFile.read(
      file(bytes), preTokenizer: .gpt2, specialTokens: [AddedToken(content: "<|end|>", id: 300)])
    #expect(encode("a<|end|>", model) == [97, 300])
    #expect(model.vocabularySize == 301 && model.id(of: "<|end|>") == 300 && model.id(of: "a") == 97)
    #expect(model.tokenBytes(256).isEmpty && model.tokenBytes(999).isEmpty)
    #expect(throws: TokenizationFailure.self) {
      try TokenizerFile.read(file(bytes), preTokenizer: .gpt2, specialTokens: [AddedToken(content: "x", id: 5)])
    }
  }

  @Test(arguments: [
    "QQ== 0\nQQ= 1\n", "QQ==\n", "QQ== x\n", "QQ== -1\n", " 0\n", "= 0\n", "QQ== 0 0\n", "Q=Q= 0\n",
    "QQ== 99999999999\n",
    "QQ== 4294967295\n", "QQ== 0\nQQ== 1\n", "QQ== 0\nQg== 0\n", "==== 0\n", "", "\n", "hello", "QQ== 0\n",
  ])
  func whatIsNoRankFileIsRefused(_ text: String) {
    #expect(throws: TokenizationFailure.self) { try TokenizerFile.read(Array(text.utf8), preTokenizer: .gpt2) }
  }

  @Test func theSplitMustBeNamed() {
    #expect(throws: TokenizationFailure.self) { try TokenizerFile.read(file(bytes)) }
  }

  @Test func trainedTokenizersGoToRanksAndBack() throws {
    let model = try TokenizerFile.read(fixture("gpt2-1000.json"))
    let ranks = try TokenizerFile.writeRanks(model)
    // The file has special tokens with the lowest ids, and no rank of theirs.
    let again = try TokenizerFile.read(ranks, preTokenizer: .gpt2, specialTokens: model.addedTokens)
    let back = try TokenizerFile.read(TokenizerFile.write(again))
    for example in try cases("gpt2-cases.json") {
      #expect(encode(example.text, again) == example.ids)
      #expect(encode(example.text, back) == example.ids)
    }
    #expect(try TokenizerFile.writeRanks(again) == ranks)
  }

  @Test func modelsThatRanksCannotExpressAreRefused() throws {
    let text = String(decoding: try fixture("gpt2-1000.json"), as: UTF8.self)
    for (old, new) in [
      ("\"lstrip\": false", "\"lstrip\": true"), ("\"add_prefix_space\": false", "\"add_prefix_space\": true"),
      ("\"content\": \"<s>\"", "\"content\": \"<unk>a\""),
    ] {
      let changed = text.replacing(old, with: new, maxReplacements: 1)
        .replacing("\"<s>\": 1", with: new.contains("<unk>a") ? "\"<unk>a\": 1" : "\"<s>\": 1")
      let model = try TokenizerFile.read(Array(changed.utf8))
      #expect(throws: TokenizationFailure.self) { try TokenizerFile.writeRanks(model) }
    }
  }
}
