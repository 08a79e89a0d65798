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
    var generator = SplitMix64(state: 3)
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

  @Test(arguments: [1, 2, 3])
  func mergesEqualThePlainTwinInLongPieces(_ letters: Int) throws {
    // Runs of one letter and of `abab`, with more places of a pair than are taken at a time.
    var generator = SplitMix64(state: UInt64(letters))
    let pieces = (0..<6).map { _ in
      let unit = (0..<letters).map { _ in UInt8(97 + Int.random(in: 0..<letters, using: &generator)) }
      let runs = (0..<12).flatMap { _ in
        (0..<Int.random(in: 1...60, using: &generator)).flatMap { _ in unit }
          + [UInt8(97 + Int.random(in: 0..<letters, using: &generator))]
      }
      return (runs, Int.random(in: 1...3, using: &generator))
    }
    let model = try train(pieces) { $0.vocabularySize = 260 + 40 }
    let expected = NaiveBytePairTrainer.train(
      pieces.map { (bytes: $0.0, count: $0.1) }, alphabet: ByteAlphabet.sortedBytes, firstID: 4, merges: 40)
    #expect(bytes(model) == expected.map { [$0.left, $0.right] })
  }

  /// Pieces over a few letters whose counts span six powers of ten: training passes through several thresholds.
  private func skewedPieces(_ generator: inout SplitMix64, letters: Int) -> [([UInt8], Int)] {
    var pieces: [[UInt8]: Int] = [:]
    for _ in 0..<120 {
      let bytes = (0..<Int.random(in: 1...30, using: &generator)).map { _ in
        UInt8(97 + Int.random(in: 0..<letters, using: &generator))
      }
      pieces[bytes] = 1 << Int.random(in: 0...20, using: &generator)
    }
    return pieces.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
  }

  private func bytes(_ model: TrainedModel) -> [[[UInt8]]] {
    model.merges.map { [model.vocabulary[Int($0.0)], model.vocabulary[Int($0.1)]] }
  }

  @Test(arguments: [2, 3, 6], [Int?.none, 4, 7])
  func mergesEqualThePlainTwinAcrossThresholds(_ letters: Int, _ longest: Int?) throws {
    var generator = SplitMix64(state: UInt64(letters * 10 + (longest ?? 0)))
    for minimum in [0, 5] {
      let pieces = skewedPieces(&generator, letters: letters)
      let model = try train(pieces) {
        $0.vocabularySize = 260 + 200
        $0.maximumTokenLength = longest
        $0.minimumFrequency = UInt64(minimum)
      }
      let expected = NaiveBytePairTrainer.train(
        pieces.map { (bytes: $0.0, count: $0.1) }, alphabet: ByteAlphabet.sortedBytes, firstID: 4, merges: 200,
        maximumLength: longest ?? .max, minimumFrequency: max(minimum, 1))
      #expect(bytes(model) == expected.map { [$0.left, $0.right] })
    }
  }

  @Test func specialTokensSpelledInSeveralWaysAreLearnedAsByThePlainTwin() throws {
    // Twelve "special tokens" of the letters of the text: merges spell them again and again, by different routes.
    var generator = SplitMix64(state: 77)
    for _ in 0..<30 {
      let specials = Set(
        (0..<12).map { _ in
          String(
            (0..<Int.random(in: 1...4, using: &generator)).map { _ in "abc".randomElement(using: &generator) ?? "a" })
        }
      ).sorted()
      let pieces = skewedPieces(&generator, letters: 3)
      let model = try train(pieces) {
        $0.specialTokens = specials
        $0.vocabularySize = 256 + specials.count + 120
      }
      let expected = NaiveBytePairTrainer.train(
        pieces.map { (bytes: $0.0, count: $0.1) }, alphabet: ByteAlphabet.sortedBytes, firstID: specials.count,
        merges: model.merges.count, specials: specials.map { Array($0.utf8) })
      // Where the twin counts from nothing, Hugging Face's counts of merged pairs stay: only as far as neither matters.
      let same = zip(bytes(model), expected).prefix { $0 == [$1.left, $1.right] }.count
      #expect(same >= min(40, expected.count))
    }
  }

  @Test(arguments: [0, 2, 3, 5])
  func aLimitedAlphabetKeepsTheMostFrequentBytes(_ limit: Int) throws {
    // b and d occur equally often: the larger goes first.
    let pieces = [(Array("abab".utf8), 9), (Array("cacacc".utf8), 20), (Array("adda".utf8), 9)]
    let model = try train(pieces) {
      $0.initialAlphabet = .none
      $0.alphabetLimit = limit
      $0.vocabularySize = 300
    }
    let kept = Array(Array("cabd".utf8).prefix(limit)).sorted()
    #expect(model.vocabulary[4..<4 + kept.count].map { $0 } == kept.map { [$0] })
    let expected = NaiveBytePairTrainer.train(
      pieces.map { (bytes: $0.0, count: $0.1) }, alphabet: kept, firstID: 4, merges: 300)
    #expect(bytes(model) == expected.map { [$0.left, $0.right] })
  }

  @Test func anInitialAlphabetIsKeptWhetherItOccursOrNot() throws {
    let model = try train([(Array("ab".utf8), 1)]) {
      $0.initialAlphabet = .bytes(Array("xyz".utf8))
      $0.alphabetLimit = 4
      $0.vocabularySize = 300
    }
    #expect(model.vocabulary[4...].map { String(decoding: $0, as: UTF8.self) } == ["a", "x", "y", "z"])
  }

  @Test func rarePiecesAreLeftOutOnRequestOnly() throws {
    let pieces = [(Array("ab".utf8), 2), (Array("cd".utf8), 1)]
    #expect(spelled(try train(pieces) { $0.minimumPieceCount = 2 }) == ["a b"])
    #expect(spelled(try train(pieces) { _ in }) == ["a b", "c d"])
  }

  @Test func trainingGoesOnFromAnyOfItsMerges() throws {
    var generator = SplitMix64(state: 5)
    let pieces = skewedPieces(&generator, letters: 4)
    var options = TrainerOptions()
    options.vocabularySize = 500
    options.specialTokens = ["ab", "cda", "<s>"]
    func resumed(_ known: [LearnedMerge]) throws -> (model: TrainedModel?, learned: [LearnedMerge]) {
      var trainer = try BytePairTrainer(options: options)
      for (bytes, count) in pieces { bytes.withUnsafeBufferPointer { trainer.add(piece: $0, count: UInt64(count)) } }
      var learned: [LearnedMerge] = []
      let model = try trainer.train(resuming: known) { _, merges in
        learned += merges
        return true
      }
      return (model, learned)
    }
    let (whole, learned) = try resumed([])
    let model = try #require(whole)
    #expect(learned.map(\.left) == model.merges.map(\.0))
    for known in stride(from: 0, through: learned.count, by: 13) {
      let again = try #require(try resumed(Array(learned.prefix(known))).model)
      #expect(bytes(again) == bytes(model))
      #expect(again.vocabulary == model.vocabulary)
    }
    let foreign = LearnedMerge(left: 250, right: 251, overflowed32Bits: false)
    #expect(throws: TokenizationFailure.self) { try resumed([foreign]) }
    #expect(throws: TokenizationFailure.self) {
      try resumed([LearnedMerge(left: 1 << 20, right: 3, overflowed32Bits: false)])
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
