import TestSupport
import Testing

@testable import Tokenization

@Suite struct BytePairTrainerTests {
  private func train(
    _ pieces: [([UInt8], Int)], _ change: (inout TrainerOptions) -> Void
  ) throws -> TrainedModel {
    var options = TrainerOptions()
    change(&options)
    var trainer = try BytePairTrainer(options: options)
    for (bytes, count) in pieces { bytes.withUnsafeBufferPointer { trainer.add(piece: $0, count: UInt64(count)) } }
    return try trainer.train { _ in }
  }

  private func spelled(_ model: TrainedModel) -> [String] {
    model.merges.map { left, right in
      [left, right].map { String(decoding: model.vocabulary[Int($0)], as: UTF8.self) }.joined(separator: " ")
    }
  }

  @Test(arguments: [PreTokenizerKind.bloom, .gpt2])
  func theTrainedFileIsByteIdenticalToHuggingFaces(_ kind: PreTokenizerKind) throws {
    let counter = PieceCounter(preTokenizer: PreTokenizer(kind: kind))
    for text in try trainingTexts() { Array(text.utf8).withUnsafeBufferPointer { counter.count($0) } }
    var options = TrainerOptions()
    options.vocabularySize = 1000
    var trainer = try BytePairTrainer(options: options)
    counter.drainSorted { trainer.add(piece: $0, count: $1) }
    let model = try trainer.train { _ in }
    #expect(try TokenizerFile.write(model, preTokenizer: kind) == fixture("\(kind.name)-1000.json"))
    #expect(!model.overflowed32Bits)
  }

  @Test func mergesEqualThePlainTwinOnRepetitiveText() throws {
    var generator = SeededGenerator(state: 3)
    for _ in 0..<40 {
      let pieces = (0..<30).map { _ in
        (
          (0..<Int.random(in: 1...24, using: &generator)).map { _ in UInt8.random(in: 97...99, using: &generator) },
          Int.random(in: 1...9, using: &generator)
        )
      }
      let model = try train(pieces) { $0.vocabularySize = 260 + 40 }
      let expected = NaiveBytePairTrainer.train(
        pieces.map { (bytes: $0.0, count: $0.1) }, alphabet: ByteAlphabet.sortedBytes, firstID: 4, merges: 40)
      #expect(model.merges.map { model.vocabulary[Int($0.0)] } == expected.map(\.left))
      #expect(model.merges.map { model.vocabulary[Int($0.1)] } == expected.map(\.right))
    }
  }

  @Test func aMergeThatSpellsASpecialTokenReusesItsIdUnlessProtected() throws {
    let pieces = [(Array("<s>".utf8), 5), (Array("xy".utf8), 1)]
    let free = try train(pieces) { $0.vocabularySize = 300 }
    #expect(free.merges.count == 3 && free.vocabulary.count == 262)
    let kept = try train(pieces) {
      $0.vocabularySize = 300
      $0.protectSpecialTokens = true
    }
    #expect(kept.merges.count == 2 && kept.vocabulary.count == 262)
  }

  @Test func countsBeyond32BitsAreExactAndReported() throws {
    let pieces = [(Array("ab".utf8), 1 << 40), (Array("cd".utf8), (1 << 40) + 1)]
    let model = try train(pieces) { $0.vocabularySize = 262 }
    #expect(spelled(model) == ["c d", "a b"])
    #expect(model.overflowed32Bits)
    #expect(throws: TokenizationFailure.self) { try train([(Array("ab".utf8), 1 << 62)]) { _ in } }
  }

  @Test(arguments: [(1, 2), (3, 2), (5, 4)])
  func learnedTokensAreShorterThanTheLimitSave(_ limit: Int, _ longest: Int) throws {
    let model = try train([(Array("abcdefgh".utf8), 9)]) { $0.maximumTokenLength = limit }
    #expect(model.vocabulary[260...].map(\.count).max() == longest)
  }

  @Test func vocabulariesTooSmallForTheBytesAreRefused() {
    #expect(throws: TokenizationFailure.self) { try train([]) { $0.vocabularySize = 259 } }
    #expect(throws: TokenizationFailure.self) { try train([]) { $0.vocabularySize = 1 << 20 } }
  }
}
