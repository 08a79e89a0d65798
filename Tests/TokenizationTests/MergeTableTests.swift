import CKernels
import TestSupport
import Testing

@testable import Tokenization

/// The perfect hash of pairs, and reading the merges it is made from.
@Suite struct MergeTableTests {
  @Test(arguments: [0, 1, 5, 300, 20_000]) func everyPairIsFoundWithItsLastRankAndNoOther(_ count: Int) throws {
    var generator = SplitMix64(state: UInt64(count) + 41)
    // Ids of bytes are the bytes; a merge of two earlier tokens makes the next id. Some pairs come twice.
    var merges: [Merge] = []
    for rank in 0..<count {
      let known = UInt32(256 + rank)
      if rank > 0, Int.random(in: 0..<20, using: &generator) == 0 {
        let again = merges[Int.random(in: 0..<rank, using: &generator)]
        merges.append((again.left, again.right, known))
      } else {
        merges.append((.random(in: 0..<known, using: &generator), .random(in: 0..<known, using: &generator), known))
      }
    }
    let table = try MergeTable(MergeSymbols(MergeList(merges), byteID: Array(0..<256)))
    var ranks: [UInt64: UInt32] = [:]
    for (rank, merge) in merges.enumerated() { ranks[UInt64(merge.left) << 32 | UInt64(merge.right)] = UInt32(rank) }
    for (pair, rank) in ranks {
      #expect(table.rank(UInt32(pair >> 32), UInt32(truncatingIfNeeded: pair)) == rank)
    }
    for _ in 0..<2000 {
      let left = UInt32.random(in: 0..<UInt32(256 + count), using: &generator)
      let right = UInt32.random(in: 0..<UInt32(256 + count), using: &generator)
      #expect(table.rank(left, right) == ranks[UInt64(left) << 32 | UInt64(right)] ?? MergeTable.noRank)
    }
    for first in 0..<UInt32(256) {
      for second in stride(from: first % 7, to: 256, by: 7) {
        #expect(table.bytePairRank[Int(first << 8 | second)] == table.rank(first, second))
      }
    }
    #expect(table.isOrdered)
  }

  /// A file may name pairs that all fall into one bucket; each size of the table then fails, and there are only so many.
  @Test func pairsThatCrowdTogetherAreRefused() throws {
    var generator = SplitMix64(state: 43)
    let count = 3000
    // Ten bits, for this count: five pairs a bucket.
    func bucket(_ left: UInt32, _ right: UInt32) -> UInt64 { xylem_pair_hash(UInt64(left) << 20 | UInt64(right)) >> 54 }
    func merges(crowded: Int) -> MergeList {
      var merges: [Merge] = []
      // Pairs of bytes that merge make symbols enough for the others.
      for rank in 0..<count - crowded { merges.append((UInt32(rank) / 256, UInt32(rank) % 256, UInt32(256 + rank))) }
      let known = UInt32(256 + merges.count)
      var pairs: [(left: UInt32, right: UInt32)] = []
      for left in 16..<known {
        for right in 0..<known where bucket(left, right) == 7 { pairs.append((left, right)) }
      }
      // In order they would be spread evenly, as multiples of the golden ratio are.
      pairs.shuffle(using: &generator)
      for pair in pairs.prefix(crowded) { merges.append((pair.left, pair.right, UInt32(256 + merges.count))) }
      return MergeList(merges)
    }
    #expect(throws: TokenizationFailure.self) {
      _ = try MergeTable(MergeSymbols(merges(crowded: 1000), byteID: Array(0..<256)))
    }
    // A few more than usual are placed.
    let some = merges(crowded: 30)
    let table = try MergeTable(MergeSymbols(some, byteID: Array(0..<256)))
    for (rank, merge) in some.enumerated() { #expect(table.rank(merge.left, merge.right) == UInt32(rank)) }
  }

  /// The same model whatever the order of the vocabulary and however its strings are escaped: the quick ways of reading
  /// merges apply to some of these files, to none of the others.
  @Test func mergesReadTheSameHoweverTheFileIsWritten() throws {
    let model = try PieceBatchTests.model(["中", "国", "a", "\"", "\\", "é", "的", "b"], size: 900)
    let bytes = try TokenizerFile.write(model)
    let plain = try TokenizerFile.read(bytes)
    let expected = model.mergeList.map { [$0.left, $0.right, $0.id] }
    #expect(plain.mergeList.map { [$0.left, $0.right, $0.id] } == expected)
    let text = String(decoding: bytes, as: UTF8.self)
    let written = [
      text.replacing("\"a", with: "\"\\u0061"), text.replacing("Ã", with: "\\u00c3", maxReplacements: 40),
      text.replacing(",\n        \"", with: " ,\n\"", maxReplacements: 50), text.replacing("\n", with: "\n\n"),
    ]
    for other in written {
      let found = try TokenizerFile.read(Array(other.utf8))
      #expect(found.mergeList.map { [$0.left, $0.right, $0.id] } == expected)
    }
    // Ids in the opposite order: no merge makes the token behind the last one.
    let largest = UInt32(model.vocabularySize - 1)
    let entries = (4...largest).map { id in (id: largest - (id - 4), bytes: model.tokenBytes(id)) }
    var vocabulary = String(text[..<(text.firstRange(of: "\"vocab\": {")?.upperBound ?? text.startIndex)])
    vocabulary += "\"<unk>\": 0, \"<s>\": 1, \"</s>\": 2, \"<pad>\": 3"
    for entry in entries {
      var quoted: [UInt8] = []
      TokenizerFile.appendQuoted(ByteAlphabet.spell(entry.bytes), to: &quoted)
      vocabulary += ", \(String(decoding: quoted, as: UTF8.self)): \(entry.id)"
    }
    vocabulary += text[(text.firstRange(of: "\n    },\n    \"merges\"")?.lowerBound ?? text.endIndex)...]
    let turned = try TokenizerFile.read(Array(vocabulary.utf8))
    func back(_ id: UInt32) -> UInt32 { id < 4 ? id : largest - (id - 4) }
    #expect(turned.mergeList.map { [back($0.left), back($0.right), back($0.id)] } == expected)
  }

  @Test func aMergeCutInsideOfACharacterIsRefused() throws {
    // Left and right end to end are the token, byte for byte, and neither is UTF-8.
    let vocabulary = (0..<256).map { byte -> String in
      var quoted: [UInt8] = []
      TokenizerFile.appendQuoted(ByteAlphabet.spell([UInt8(byte)]), to: &quoted)
      return "\(String(decoding: quoted, as: UTF8.self)): \(byte)"
    }
    func file(_ merge: [UInt8]) -> [UInt8] {
      Array(
        #"{"version":"1.0","added_tokens":[],"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"#.utf8)
        + Array(#""trim_offsets":true,"use_regex":true},"decoder":{"type":"ByteLevel"},"#.utf8)
        + Array(#""model":{"type":"BPE","vocab":{\#(vocabulary.joined(separator: ","))"#.utf8)
        + Array(#","ab":256,"aĠ":257},"merges":[["a","b"],["#.utf8) + merge
        + Array("]                                            ]}}".utf8)
    }
    #expect(try TokenizerFile.read(file(Array(#""a","Ġ""#.utf8))).mergeList.count == 2)
    let cut = Array("\"a".utf8) + [0xC4, 0x22, 0x2C, 0x22, 0xA0, 0x22]
    #expect(throws: TokenizationFailure.self) { try TokenizerFile.read(file(cut)) }
  }
}
