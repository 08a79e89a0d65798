// The rule of acceptance: same numbers as training and measuring by hand, whatever workers and memory.
import CorpusCore
import CorpusIO
import Foundation
import TestSupport
import Testing
import Tokenization

@testable import Pipeline

struct MonolingualComparisonTests {
  private func compare(
    _ paths: [String], _ model: TokenizerModel, vocabulary: Int? = nil, tolerance: Double = 10,
    memoryBytes: Int = 1 << 30, workers: Int = 2, unitBytes: Int = 8 << 20
  ) throws -> MonolingualVerdicts {
    try MonolingualComparison(
      pass: FertilityTesting.pass(paths, workers: workers, unitBytes: unitBytes),
      tokenizer: NamedTokenizer(name: "a", model: model), vocabularySize: vocabulary, tolerancePercent: tolerance,
      memoryBytes: memoryBytes
    ).run(observer: SilentObserver())
  }

  /// Two languages, one of which the tokenizer knows.
  private let english = "the cat sat on the mat and the dog ran to the door"
  private let swahili = "paka alikaa juu ya mkeka na mbwa alikimbia mlangoni"

  private func twoLanguages(in scratch: ScratchDirectory) throws -> [String] {
    var lines = JSONLines()
    for number in 0..<12 {
      lines.add(id: "e\(number)", english, lang: "en")
      lines.add(id: "s\(number)", swahili, lang: "sw")
    }
    return [try scratch.write(lines.bytes, to: "a.jsonl")]
  }

  @Test func `a language that the tokenizer never saw is over, and the failure ends with 65`() throws {
    let scratch = try ScratchDirectory()
    let paths = try twoLanguages(in: scratch)
    let found = try compare(paths, try FertilityTesting.model(english, vocabulary: 400), vocabulary: 400)
    let known = try #require(found.languages["en"])
    #expect(known.verdict == .within)
    #expect(known.trainedDocuments == 10)
    #expect(known.measuredDocuments == 2)
    #expect(known.tokens == known.words, "one piece a word, and no signs")
    #expect(known.monolingualTokensPerWord == 1)
    let unknown = try #require(found.languages["sw"])
    #expect(unknown.verdict == .over)
    #expect(unknown.monolingualTokensPerWord == 1)
    #expect(try #require(unknown.differencePercent) > 100)
    #expect(!found.isAccepted)
    let failure = try RunTesting.failure { try found.check() }
    #expect(failure.kind == .badData, "exit status 65")
    #expect(failure.description.contains("1 of 2 languages") && failure.description.contains("10%: sw"))
    let text = found.text(order: .worst, width: 80)
    #expect(text.contains("over by ") && text.contains("within"))
    #expect(text.contains("1 of 2 languages over"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    // With tolerance enough, the same numbers are accepted.
    let tolerant = try compare(
      paths, try FertilityTesting.model(english, vocabulary: 400), vocabulary: 400, tolerance: 10_000)
    #expect(tolerant.isAccepted)
    try tolerant.check()
  }

  @Test(arguments: [PreTokenizerKind.bloom, .gpt2, .cl100k, .o200k, .deepseek])
  func `numbers are those of training and measuring by hand`(kind: PreTokenizerKind) throws {
    let scratch = try ScratchDirectory()
    let path = "\(RunTesting.samples)/zhs.jsonl"
    let lines = try RunTesting.lines(path).filter { String(decoding: $0, as: UTF8.self).contains(#""lang""#) }
    var parts: [Bool: [UInt8]] = [:]
    for (index, line) in lines.enumerated() {
      parts[MonolingualComparison.isMeasured(index), default: []] += line + [10]
    }
    let whole = try scratch.write(lines.flatMap { $0 + [10] }, to: "whole.jsonl")
    let trained = try scratch.write(try #require(parts[false]), to: "trained.jsonl")
    let measured = try scratch.write(try #require(parts[true]), to: "measured.jsonl")
    let model = try FertilityTesting.model("hello", vocabulary: 700, kind: kind)
    var options = TrainerOptions()
    options.vocabularySize = 700
    options.specialTokens = ["</s>"]
    options.protectSpecialTokens = true
    let alone = try TokenizerTraining(
      pass: FertilityTesting.pass([trained]), options: options, preTokenizer: kind, memoryBytes: 1 << 30,
      scratchDirectory: scratch.file("counts")
    ).train(observer: SilentObserver()).model
    let byHand = try FertilityMeasurement(
      pass: FertilityTesting.pass([measured]),
      tokenizers: [
        NamedTokenizer(name: "a", model: model),
        NamedTokenizer(name: "b", model: try TokenizerModel(alone, preTokenizer: kind)),
      ]
    ).measure(observer: SilentObserver()).total
    let row = try #require(try compare([whole], model, vocabulary: 700).languages["zhs"])
    #expect(row.tokens == byHand.tokenizers[0].tokens)
    #expect(row.monolingualTokens == byHand.tokenizers[1].tokens)
    #expect(row.monolingualTokens < row.tokens)
    #expect(row.words == byHand.words)
    #expect(row.measuredDocuments == byHand.documents)
    #expect(row.monolingualVocabularySize == alone.vocabulary.count)
  }

  @Test func `results do not depend on workers, units or memory`() throws {
    let model = try FertilityTesting.model(english, vocabulary: 400)
    var files: [String] = []
    for code in ["ca", "en", "es", "fr", "ig", "rw", "sw", "yo", "zu", "code-lua"] {
      files.append("\(RunTesting.samples)/\(code).jsonl")
    }
    var found: Set<Data> = []
    for (workers, unitBytes, memoryBytes) in [(1, 8 << 20, 1 << 30), (3, 3000, 1 << 30), (2, 5000, 1 << 21)] {
      let verdicts = try compare(
        files, model, vocabulary: 300, memoryBytes: memoryBytes, workers: workers, unitBytes: unitBytes)
      #expect(verdicts.languages.count > 9)
      found.insert(try FertilityTesting.bytes(verdicts))
    }
    #expect(found.count == 1)
  }

  @Test func `a language that alone is too large for the memory is refused by name`() throws {
    let model = try FertilityTesting.model(english, vocabulary: 400)
    let failure = try RunTesting.failure {
      _ = try compare(["\(RunTesting.samples)/en.jsonl"], model, vocabulary: 300, memoryBytes: 1000)
    }
    #expect(failure.kind == .configuration)
    #expect(failure.description.contains("--memory"))
  }

  @Test func `one document a language gives no verdict, and that is no pass`() throws {
    let scratch = try ScratchDirectory()
    var lines = JSONLines()
    lines.add(id: "1", english, lang: "en")
    lines.add(id: "2", swahili, lang: "sw")
    lines.add(id: "3", "unlabelled")
    let found = try compare(
      [try scratch.write(lines.bytes, to: "a.jsonl")], try FertilityTesting.model(english, vocabulary: 400))
    #expect(found.languages(.notMeasured) == ["en", "sw", "und"])
    #expect(!found.isAccepted)
    #expect(try RunTesting.failure { try found.check() }.kind == .badData)
    #expect(found.text(order: .name, width: 80).contains("Not measured"))
  }

  @Test func `unlabelled records are a language of their own, and empty documents give no verdict`() throws {
    let scratch = try ScratchDirectory()
    var lines = JSONLines()
    for number in 0..<4 { lines.add(id: "u\(number)", english) }
    for number in 0..<4 { lines.add(id: "f\(number)", "", lang: "fr") }
    let found = try compare(
      [try scratch.write(lines.bytes, to: "a.jsonl")], try FertilityTesting.model(english, vocabulary: 400))
    #expect(found.languages["und"]?.verdict == .within)
    #expect(found.languages["und"]?.measuredDocuments == 1)
    #expect(found.languages["fr"]?.verdict == .notMeasured)
    #expect(found.isAccepted)
    try found.check()
  }

  @Test func `empty input is no pass, and standard input is refused`() throws {
    let scratch = try ScratchDirectory()
    let model = try FertilityTesting.model(english, vocabulary: 400)
    let found = try compare([try scratch.write([], to: "a.jsonl")], model)
    #expect(try RunTesting.failure { try found.check() }.kind == .badData)
    #expect(try RunTesting.failure { _ = try compare(["-"], model) }.kind == .usage)
  }

  @Test func `a vocabulary that cannot hold the bytes is refused before reading`() throws {
    let model = try FertilityTesting.model(english, vocabulary: 400)
    #expect(throws: TokenizationFailure.self) { _ = try compare(["/nowhere.jsonl"], model, vocabulary: 10) }
  }

  @Test func `JSON has every key`() throws {
    let scratch = try ScratchDirectory()
    var lines = JSONLines()
    lines.add(id: "1", english, lang: "en")
    lines.add(id: "2", english, lang: "en")
    lines.add(id: "3", swahili, lang: "sw")
    let found = try compare(
      [try scratch.write(lines.bytes, to: "a.jsonl")], try FertilityTesting.model(english, vocabulary: 400))
    let object = try FertilityTesting.json(found)
    #expect(
      object.keys.sorted() == [
        "accepted", "languages", "monolingual_vocabulary_size", "not_measured", "over", "split_rule",
        "tokenizer", "tolerance_percent", "within", "word_rule",
      ])
    #expect(object["within"] as? [String] == ["en"])
    #expect(object["not_measured"] as? [String] == ["sw"])
    let languages = try #require(object["languages"] as? [String: [String: Any]])
    for row in languages.values {
      #expect(
        row.keys.sorted() == [
          "difference_percent", "documents", "measured_bytes", "measured_documents", "monolingual_tokens",
          "monolingual_tokens_per_word", "monolingual_vocabulary_size", "tokens", "tokens_per_word", "trained_bytes",
          "trained_documents", "verdict", "words",
        ])
    }
    #expect(languages["sw"]?["verdict"] as? String == "not_measured")
  }
}
