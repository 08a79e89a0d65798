import CKernels
import TestSupport
import Testing

@testable import Tokenization

/// The fast ways of encoding pieces against the plain ones.
@Suite struct PieceBatchTests {
  /// A tokenizer trained on texts of `letters`, so that it has merges of many lengths for them.
  static func model(_ letters: [String], size: Int = 700, seed: UInt64 = 3) throws -> TokenizerModel {
    var options = TrainerOptions()
    options.vocabularySize = size
    var trainer = try BytePairTrainer(options: options)
    var generator = SplitMix64(state: seed)
    let words = (0..<60).map { _ in text(letters, Int.random(in: 1...5, using: &generator), &generator) }
    for _ in 0..<4000 {
      let piece = Array(
        (0..<Int.random(in: 1...6, using: &generator)).map { _ in words.randomElement(using: &generator) ?? "" }
          .joined().utf8)
      piece.withUnsafeBufferPointer { trainer.add(piece: $0, count: UInt64.random(in: 1...9, using: &generator)) }
    }
    return try TokenizerModel(trainer.train { _ in }, preTokenizer: .bloom)
  }

  static func text(_ letters: [String], _ count: Int, _ generator: inout SplitMix64) -> String {
    (0..<count).map { _ in letters.randomElement(using: &generator) ?? "" }.joined()
  }

  static let alphabets: [[String]] = [
    ["a", "b"], ["-"], ["e", "t", "a", "o", "n", "s", "r"], ["中", "国", "的", "是", "不", "丁", "专"],
    ["क", "ि", "ा", "त", "र"], ["🙂", "🙃", "é", "x"], ["中", "文", "a", "1", "ー", "ア", "か"], ["ab", "abab", "ba"],
  ]

  static func symbols(_ piece: [UInt8], _ table: MergeTable) -> [UInt32] {
    NaiveBytePairEncoder.merge(piece.map { table.symbols.byteSymbols[Int($0)] }) { left, right in
      let rank = table.rank(left, right)
      return rank == MergeTable.noRank ? nil : (Int(rank), table.symbol(ofRank: rank))
    }
  }

  @Test(arguments: alphabets.indices) func everyLevelOfTheKernelEqualsThePlainTwin(_ index: Int) throws {
    let table = try Self.model(Self.alphabets[index]).merges
    var generator = SplitMix64(state: 11)
    for count in [1, 2, 15, 16, 17, 31, 32] {
      var bytes: [UInt8] = []
      var starts: [UInt32] = []
      var lengths: [UInt8] = []
      for _ in 0..<count {
        let length = Int.random(in: 1...64, using: &generator)
        var piece = Array(Self.text(Self.alphabets[index], 70, &generator).utf8.prefix(length))
        if Bool.random(using: &generator) {
          piece[Int.random(in: 0..<length, using: &generator)] = .random(in: 0...255, using: &generator)
        }
        starts.append(UInt32(bytes.count))
        lengths.append(UInt8(piece.count))
        bytes += piece
      }
      for level in [xylem_merge_portable, xylem_merge_avx2, xylem_merge_avx512] {
        var symbols = [UInt32](repeating: 0, count: 64 * count)
        var boundaries = [UInt64](repeating: 0, count: count)
        withUnsafePointer(to: table.kernelTable) {
          _ = xylem_merge_pieces_at_level(
            $0, bytes, starts, lengths, count, &symbols, &boundaries, Int32(level.rawValue))
        }
        for lane in 0..<count {
          let piece = Array(bytes[Int(starts[lane])..<Int(starts[lane]) + Int(lengths[lane])])
          let expected = Self.symbols(piece, table)
          #expect(Array(symbols[64 * lane..<64 * lane + boundaries[lane].nonzeroBitCount]) == expected)
          var places: UInt64 = 0
          var at = 0
          for symbol in expected {
            places |= 1 << UInt64(at)
            at += Int(table.lengths[Int(symbol)])
          }
          #expect(boundaries[lane] == places)
        }
      }
    }
  }

  /// What lets the kernel merge a pair of bytes at once: no merge of a lower rank takes one of them away.
  @Test(arguments: alphabets.indices) func bytePairsKnowTheLowestMergeOnEachSide(_ index: Int) throws {
    let model = try Self.model(Self.alphabets[index])
    let table = model.merges
    let none = UInt32(XYLEM_NO_RANK)
    var before = [UInt32](repeating: none, count: 1 << 16)
    var behind = before
    for rank in model.mergeList.indices {
      guard let (left, right) = table.parts(ofRank: rank) else { continue }
      var (leftBytes, rightBytes): ([UInt8], [UInt8]) = ([], [])
      table.appendBytes(of: UInt32(left), to: &leftBytes)
      table.appendBytes(of: UInt32(right), to: &rightBytes)
      let (last, first) = (Int(leftBytes[leftBytes.count - 1]), Int(rightBytes[0]))
      if rightBytes.count == 1 { before[last << 8 | first] = min(before[last << 8 | first], UInt32(rank)) }
      if leftBytes.count == 1 { behind[last << 8 | first] = min(behind[last << 8 | first], UInt32(rank)) }
    }
    #expect(table.isOrdered && before.contains { $0 != none } && behind.contains { $0 != none })
    for pair in 0..<(1 << 16) {
      let entry = table.kernelTable.byte_pairs[pair]
      let rank = table.bytePairRank[pair]
      let isRight =
        xylem_pair_rank(entry) == (rank == MergeTable.noRank ? none : rank)
        && xylem_pair_before(entry) == before[pair] && xylem_pair_behind(entry) == behind[pair]
      if !isRight { Issue.record("bytes \(pair >> 8) \(pair & 255)") }
    }
  }

  /// What lets it merge the first two bytes of a character with the third.
  @Test(arguments: alphabets.indices) func charactersKnowTheLowestMergeThatCouldPartThem(_ index: Int) throws {
    let model = try Self.model(Self.alphabets[index], size: 1200)
    let table = model.merges
    let none = UInt32(XYLEM_NO_RANK)
    var ranks = [UInt32](repeating: none, count: 1 << 16)
    var limits = [UInt32](repeating: none, count: 1024 * 66)
    for rank in model.mergeList.indices {
      guard let (left, right) = table.parts(ofRank: rank) else { continue }
      var (leftBytes, rightBytes): ([UInt8], [UInt8]) = ([], [])
      table.appendBytes(of: UInt32(left), to: &leftBytes)
      table.appendBytes(of: UInt32(right), to: &rightBytes)
      func begins(_ bytes: [UInt8]) -> Bool {
        bytes.count == 2 && (0xE0...0xEF).contains(bytes[0]) && (0x80...0xBF).contains(bytes[1])
      }
      func number(_ bytes: [UInt8]) -> Int { Int(bytes[0] - 0xE0) * 64 + Int(bytes[1] - 0x80) }
      if begins(leftBytes), rightBytes.count == 1, (0x80...0xBF).contains(rightBytes[0]) {
        ranks[number(leftBytes) * 64 + Int(rightBytes[0] - 0x80)] = UInt32(rank)
      }
      if begins(rightBytes) {
        let last = leftBytes[leftBytes.count - 1]
        let place = number(rightBytes) * 66 + ((0x80...0xBF).contains(last) ? Int(last - 0x80) : 64)
        limits[place] = min(limits[place], UInt32(rank))
      }
    }
    #expect(ranks.contains { $0 != none } == ["中", "क"].contains { Self.alphabets[index].contains($0) })
    #expect((0..<ranks.count).allSatisfy { table.kernelTable.character_ranks[$0] == ranks[$0] })
    #expect((0..<limits.count).allSatisfy { table.kernelTable.character_limits[$0] == limits[$0] })
  }

  @Test(arguments: alphabets.indices) func longPiecesEqualTheHeapsResult(_ index: Int) throws {
    let table = try Self.model(Self.alphabets[index], size: 1200).merges
    #expect(table.isOrdered)
    var generator = SplitMix64(state: 12)
    var merger = PieceMerger(table: table)
    var long = LongPieceEncoder(table: table)
    for length in [65, 66, 80, 107, 108, 109, 128, 200, 1000, 1452, 5000, 9000, 20_000] {
      for repeats in [1, 3, 40] {
        // Runs of one letter, of several, and of a longer stretch again and again.
        let unit = Self.text(Self.alphabets[index], max(1, length / repeats / 3), &generator)
        let piece = Array(String(repeating: unit, count: 3 * repeats).utf8.prefix(length))
        var expected = RawArray<UInt32>()
        var found = RawArray<UInt32>()
        piece.withUnsafeBufferPointer {
          merger.merge($0, into: &expected)
          long.encode($0, into: &found)
        }
        #expect(
          Array(UnsafeBufferPointer(start: found.base, count: found.count))
            == Array(UnsafeBufferPointer(start: expected.base, count: expected.count)))
      }
    }
  }

  @Test(arguments: alphabets.indices) func cutsCachesAndBatchesChangeNoId(_ index: Int) throws {
    let model = try Self.model(Self.alphabets[index], size: 900)
    var generator = SplitMix64(state: 13)
    var bytes: [UInt8] = []
    var texts: [Range<Int>] = []
    for length in [0, 1, 5, 40, 300, 2000, 0, 7, 7, 7, 60_000, 3] {
      let start = bytes.count
      for character in Self.text(Self.alphabets[index], length, &generator).unicodeScalars {
        bytes += Array(String(character).utf8)
        if Int.random(in: 0..<9, using: &generator) == 0 {
          bytes += Array([" ", ". ", "</s>", "\n"].randomElement(using: &generator)?.utf8 ?? "".utf8)
        }
      }
      texts.append(start..<bytes.count)
      bytes += Array("between".utf8)
    }
    let splitter = PreTokenizer(kind: .bloom)
    var expected: [[UInt32]] = []
    for text in texts {
      var ids: [UInt32] = []
      bytes[text].withUnsafeBufferPointer { text in
        splitter.forEachPiece(text) { piece in
          ids += Self.symbols(Array(piece), model.merges).map { model.merges.ids[Int($0)] }
        }
      }
      expected.append(ids.isEmpty ? [] : ids + [2])
    }
    for cacheBytes in [0, 1 << 12, 1 << 20] {
      // `</s>` as text: the splitter above knows no special tokens.
      let encoder = BytePairEncoder(model: model, specialTokensInText: .text, cacheBytes: cacheBytes)
      for _ in 0..<2 {
        var block = TokenBlock()
        bytes.withUnsafeBufferPointer { encoder.encode(texts, of: $0, endOfDocument: 2, into: &block) }
        #expect(block.lengths == expected.map(\.count))
        #expect(block.withTokens { Array($0) } == expected.flatMap { $0 })
      }
    }
  }

  /// Pieces of all lengths at which they are treated in another way, some again and again, in one batch and in many.
  @Test(arguments: alphabets.indices) func repetitionsAndWindowsInABatchChangeNoId(_ index: Int) throws {
    let model = try Self.model(Self.alphabets[index], size: 900)
    var generator = SplitMix64(state: 14)
    let lengths = [1, 2, 15, 16, 46, 47, 64, 65, 66, 107, 108, 109, 152, 153, 371, 372, 373, 600]
    var pieces = lengths.flatMap { length in
      (0..<6).map { _ in Array(Self.text(Self.alphabets[index], length, &generator).utf8.prefix(length)) }
    }
    // More windows than wait in one batch.
    pieces += (0..<200).map { _ in Array(Self.text(Self.alphabets[index], 372, &generator).utf8.prefix(372)) }
    let expected = pieces.map { Self.symbols($0, model.merges).map { model.merges.ids[Int($0)] } }
    for cacheBytes in [0, 64 << 20] {
      var batch = PieceBatch(model: model, cacheBytes: cacheBytes)
      for count in [1, 30, PieceBatch.capacity, 700] {
        let chosen = (0..<count).map { _ in Int.random(in: pieces.indices, using: &generator) }
        var bytes: [UInt8] = []
        var starts: [UInt32] = []
        var ends: [UInt32] = []
        for index in chosen {
          starts.append(UInt32(bytes.count))
          bytes += pieces[index]
          ends.append(UInt32(bytes.count))
        }
        batch.encode(bytes, length: bytes.count, starts: starts, ends: ends, count: count)
        var ids = RawArray<UInt32>()
        batch.emit(from: 0, to: count, into: &ids)
        #expect(Array(ids.elements) == chosen.flatMap { expected[$0] })
      }
      #expect(batch.missCount < batch.lookupCount / 2, "repetitions are merged once a batch")
    }
  }
}
