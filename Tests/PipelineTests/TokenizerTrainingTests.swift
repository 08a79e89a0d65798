// Training that was stopped goes on to the same tokenizer; memory is a ceiling; weights multiply counts.
import CorpusCore
import CorpusIO
import Foundation
import TestSupport
import Testing
import Tokenization

@testable import Pipeline

struct TokenizerTrainingTests {
  private func training(
    _ scratch: ScratchDirectory, memoryBytes: Int = 1 << 30, _ change: (inout TrainerOptions) -> Void = { _ in }
  ) -> TokenizerTraining {
    var pass = InputPass(paths: RunTesting.sampleFiles)
    pass.workers = 2
    var options = TrainerOptions()
    options.vocabularySize = 400
    change(&options)
    var training = TokenizerTraining(
      pass: pass, options: options, preTokenizer: .bloom, memoryBytes: memoryBytes,
      scratchDirectory: scratch.path + "/counts")
    training.checkpointDirectory = scratch.path + "/state"
    training.checkpointInterval = 0
    return training
  }

  private func file(_ model: TrainedModel) -> [UInt8] { TokenizerFile.write(model, preTokenizer: .bloom) }

  private let key = Digest128(hashing: "a training")

  @Test func `counts are kept, and a training with them gives the same tokenizer`() throws {
    let scratch = try ScratchDirectory()
    let first = try training(scratch).train(observer: SilentObserver())
    #expect(RunTesting.files(under: scratch.file("state")).count >= 3)
    let second = try training(scratch).train(observer: SilentObserver())
    #expect(file(first.model) == file(second.model))
    #expect(first.summary.documents == second.summary.documents)
    #expect(first.summary.distinctPieces == second.summary.distinctPieces)
    // Damaged counts are counted again.
    try Data("nonsense".utf8).write(to: URL(fileURLWithPath: scratch.file("state/counts")))
    #expect(try file(training(scratch).train(observer: SilentObserver()).model) == file(first.model))
    // Another option starts anew.
    let other = try training(scratch) { $0.maximumTokenLength = 3 }.train(observer: SilentObserver())
    #expect(file(other.model) != file(first.model))
    try training(scratch) { $0.maximumTokenLength = 3 }.removeState()
    #expect(!FileManager.default.fileExists(atPath: scratch.file("state")))
  }

  @Test func `a log of merges is read as far as it is whole`() throws {
    let scratch = try ScratchDirectory()
    let merges = (0..<50).map { LearnedMerge(left: $0, right: $0 + 7, overflowed32Bits: $0 > 40) }
    let directory = scratch.file("log")
    let checkpoint = try TrainingCheckpoint(directory: directory, key: key)
    try checkpoint.append(Array(merges[..<20]), after: 0)
    try checkpoint.append(Array(merges[20...]), after: 0)
    #expect(try TrainingCheckpoint(directory: directory, key: key).merges() == merges)

    let path = URL(fileURLWithPath: directory + "/merges")
    let whole = try Data(contentsOf: path)
    try whole.dropLast(5).write(to: path)
    let torn = try TrainingCheckpoint(directory: directory, key: key)
    #expect(try torn.merges() == Array(merges.dropLast()))
    try torn.append([merges[49]], after: 49)
    #expect(try Data(contentsOf: path) == whole)

    var damaged = whole
    damaged[12 * 30] ^= 1
    try damaged.write(to: path)
    #expect(try TrainingCheckpoint(directory: directory, key: key).merges() == Array(merges[..<30]))
    let other = try TrainingCheckpoint(directory: directory, key: Digest128(hashing: "another"))
    #expect(try other.merges().isEmpty)
  }

  @Test func `a directory that holds something else is left alone`() throws {
    let scratch = try ScratchDirectory()
    _ = try scratch.write(Array("precious".utf8), to: "mine.txt")
    let failure = try RunTesting.failure { _ = try TrainingCheckpoint(directory: scratch.path, key: key) }
    #expect(failure.kind == .cannotCreate)
    #expect(FileManager.default.fileExists(atPath: scratch.file("mine.txt")))
  }

  @Test func `memory that merging would pass is refused with what would fit`() throws {
    let scratch = try ScratchDirectory()
    let failure = try RunTesting.failure {
      _ = try training(scratch, memoryBytes: 60 << 20).train(observer: SilentObserver())
    }
    #expect(failure.kind == .configuration)
    #expect(failure.description.contains("--memory"), "\(failure)")
  }

  @Test func `multipliers follow alpha, caps and what is kept whole`() {
    let bytes = ["en": 8000, "sw": 1000, "yo": 1000]
    var weights = LanguageWeights()
    #expect(weights.multipliers(bytes: bytes) == ["en": 1, "sw": 1, "yo": 1])
    weights.alpha = 0.5
    // (0.8 / 0.1)^0.5 = 2.83: the two small ones count 2.83 times as much.
    #expect(weights.multipliers(bytes: bytes) == ["en": 16, "sw": 45, "yo": 45])
    #expect(weights.multipliers(bytes: bytes) == samplingMultipliers(bytes: bytes, alpha: 0.5))
    weights.keepWhole = ["en"]
    #expect(weights.multipliers(bytes: bytes) == ["en": 16, "sw": 16, "yo": 16])
    weights.caps = ["sw": 250]
    #expect(weights.multipliers(bytes: bytes) == ["en": 64, "sw": 16, "yo": 64])
  }

  @Test func `weighted training equals training on text repeated as often`() throws {
    let scratch = try ScratchDirectory()
    let texts = ["the cat sat on the mat", "paka alikaa juu ya mkeka wa paka"]
    var plain = JSONLines()
    plain.add(id: "1", texts[0], lang: "en")
    plain.add(id: "2", texts[1], lang: "sw")
    var repeated = JSONLines()
    for index in 0..<16 { repeated.add(id: "e\(index)", texts[0], lang: "en") }
    for index in 0..<4 { repeated.add(id: "s\(index)", texts[1], lang: "sw") }
    func model(_ lines: JSONLines, _ name: String, _ weights: LanguageWeights) throws -> TrainedModel {
      let path = try scratch.write(lines.bytes, to: name)
      var options = TrainerOptions()
      options.vocabularySize = 290
      var training = TokenizerTraining(
        pass: InputPass(paths: [path]), options: options, preTokenizer: .bloom, memoryBytes: 1 << 30,
        scratchDirectory: scratch.path + "/counts")
      training.weights = weights
      return try training.train(observer: SilentObserver()).model
    }
    var weights = LanguageWeights()
    weights.caps = ["sw": 8]  // a quarter of its 32 bytes: multipliers 64 and 16
    let weighted = try model(plain, "plain.jsonl", weights)
    #expect(try file(weighted) == file(model(repeated, "repeated.jsonl", LanguageWeights())))
  }
}
