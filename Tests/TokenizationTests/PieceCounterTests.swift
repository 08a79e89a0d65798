import TestSupport
import Testing
import Tokenization

@Suite struct PieceCounterTests {
  private func counted(_ texts: [String]) -> PieceCounter {
    let counter = PieceCounter(preTokenizer: .bloom)
    for text in texts { Array(text.utf8).withUnsafeBufferPointer { counter.count($0) } }
    return counter
  }

  private func drained(_ counter: PieceCounter) -> [(bytes: [UInt8], count: UInt64)] {
    var result: [(bytes: [UInt8], count: UInt64)] = []
    counter.drainSorted { result.append((Array($0), $1)) }
    return result
  }

  @Test func countsEqualADictionaryAndComeOutInOrder() throws {
    let texts = try trainingTexts()
    var expected: [[UInt8]: UInt64] = [:]
    for piece in texts.flatMap(NaivePreTokenizer.bloom) { expected[Array(piece.utf8), default: 0] += 1 }
    let counter = counted(texts)
    #expect(counter.distinctCount == expected.count)
    #expect(counter.totalBytes == texts.reduce(0) { $0 + $1.utf8.count })
    let result = drained(counter)
    #expect(Dictionary(uniqueKeysWithValues: result.map { ($0.bytes, $0.count) }) == expected)
    #expect(zip(result, result.dropFirst()).allSatisfy { $0.bytes.lexicographicallyPrecedes($1.bytes) })
    #expect(counter.distinctCount == 0)
  }

  @Test func piecesOfAnyLengthAreCountedAlikeWhereverTheyStand() {
    // Around 8, 15 and 16 bytes a piece is kept in other ways; at the end of a text it is read byte by byte.
    var generator = SplitMix64(state: 9)
    var expected: [[UInt8]: UInt64] = [:]
    let first = PieceCounter(preTokenizer: .bloom)
    let second = PieceCounter(preTokenizer: .bloom)
    for round in 0..<3000 {
      let length = Int.random(in: 1...20, using: &generator)
      let piece = (0..<length).map { _ in UInt8.random(in: 97...98, using: &generator) }
      expected[piece, default: 0] += round % 2 == 0 ? 1 : 3
      piece.withUnsafeBufferPointer { (round % 2 == 0 ? first : second).count($0) }
    }
    first.absorb(second, weight: 3)
    #expect(second.distinctCount == 0)
    var found: [[UInt8]: UInt64] = [:]
    first.forEachPiece { found[Array($0)] = $1 }
    #expect(found == expected)
    let sorted = drained(first)
    #expect(sorted.count == expected.count)
    #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0.bytes.lexicographicallyPrecedes($1.bytes) })
  }

  @Test func nulBytesDoNotConfuseTheOrder() {
    let result = drained(counted(["a\u{0}.a.a\u{0}\u{0}"]))
    #expect(result.map(\.bytes) == [[46], [97], [97, 0], [97, 0, 0]])
  }

  @Test func mergedRunsAddUpWithTheirWeights() throws {
    func run(_ texts: [String]) -> [UInt8] {
      var writer = PieceCountRunWriter()
      counted(texts).drainSorted { writer.append($0, $1) }
      return writer.takeBlock()
    }
    let first = run(["a b a", "c"])
    let second = run(["b b", "d"])
    var rest = second[...]
    let oneByteAtATime = PieceCountRunReader(weight: 3) {
      rest.popFirst().map { [$0] } ?? []
    }
    var merged: [String: UInt64] = [:]
    try mergeRuns([PieceCountRunReader(first), oneByteAtATime]) { merged[String(decoding: $0, as: UTF8.self)] = $1 }
    #expect(merged == ["a": 1, " a": 1, " b": 4, "c": 1, "b": 3, "d": 3])
  }

  @Test(arguments: [[1], [1, 97], [2, 97, 98, 0x80], [1, 98, 1, 1, 97, 1], [0xFF, 0xFF, 0xFF, 0xFF, 0x7F]])
  func damagedRunsAreErrors(_ bytes: [UInt8]) {
    let reader = PieceCountRunReader(bytes)
    #expect(throws: TokenizationFailure.self) { while try reader.next() {} }
  }
}
