// `xylem tokenizer fertility`: numbers that a hand can count, the same for any workers, and a table that fits.
import CorpusCore
import Foundation
import TestSupport
import Testing
import Tokenization

@testable import Pipeline

/// Small tokenizers and what fertility says of small texts.
enum FertilityTesting {
  static func pass(_ paths: [String], workers: Int = 2, unitBytes: Int = 8 << 20) -> InputPass {
    var pass = InputPass(paths: paths)
    pass.workers = workers
    pass.unitBytes = unitBytes
    return pass
  }

  static func model(
    _ text: String, vocabulary: Int, kind: PreTokenizerKind = .bloom, specials: [String] = ["</s>"]
  ) throws -> TokenizerModel {
    var options = TrainerOptions()
    options.vocabularySize = vocabulary
    options.specialTokens = specials
    var trainer = try BytePairTrainer(options: options)
    let counter = PieceCounter(preTokenizer: kind)
    Array(text.utf8).withUnsafeBufferPointer { counter.count($0) }
    counter.drainSorted { trainer.add(piece: $0, count: $1) }
    return try TokenizerModel(try trainer.train { _ in }, preTokenizer: kind)
  }

  static func json(_ value: some Encodable) throws -> [String: Any] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return try #require(try JSONSerialization.jsonObject(with: encoder.encode(value)) as? [String: Any])
  }

  static func bytes(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return try encoder.encode(value)
  }
}

struct FertilityComparisonTests {
  private func measure(_ tokenizers: [NamedTokenizer], _ pass: InputPass) throws -> FertilityComparison {
    try FertilityMeasurement(pass: pass, tokenizers: tokenizers).measure(observer: SilentObserver())
  }

  /// Bytes alone, and one that knows `hello` and ` hello`.
  private func twoTokenizers() throws -> [NamedTokenizer] {
    [
      NamedTokenizer(name: "hello", model: try FertilityTesting.model("hello hello hello", vocabulary: 300)),
      NamedTokenizer(name: "bytes", model: try FertilityTesting.model("", vocabulary: 257)),
    ]
  }

  @Test func `numbers are those that a hand counts`() throws {
    let scratch = try ScratchDirectory()
    var lines = JSONLines()
    lines.add(id: "1", "hello hello, né", lang: "fr")
    lines.add(id: "2", "hello", lang: "FRA")
    lines.add(id: "3", "你好")
    let found = try measure(twoTokenizers(), FertilityTesting.pass([try scratch.write(lines.bytes, to: "a.jsonl")]))
    #expect(found.languages.keys.sorted() == ["fr", "und"])
    let french = try #require(found.languages["fr"])
    #expect(french.documents == 2)
    #expect(french.bytes == 21)
    #expect(french.characters == 20)
    #expect(french.words == 4)
    // hello| hello|,| |n|Ã|©, then hello.
    #expect(french.tokenizers[0].tokens == 8)
    #expect(french.tokenizers[0].tokensPerWord == 2)
    #expect(french.tokenizers[0].bytesPerToken == 2.625)
    #expect(french.tokenizers[0].charactersPerToken == 2.5)
    #expect(french.tokenizers[0].wholeWordShare == 0.75)
    #expect(french.tokenizers[0].singleByteShare == 0.625)
    #expect(french.tokenizers[0].differencePercent == 0)
    #expect(french.tokenizers[1].tokens == 21)
    #expect(french.tokenizers[1].wholeWordShare == 0)
    #expect(french.tokenizers[1].singleByteShare == 1)
    #expect(french.tokenizers[1].differencePercent == 162.5)
    let chinese = try #require(found.languages["und"])
    #expect(chinese.words == 2)
    #expect(chinese.tokenizers.map(\.tokensPerWord) == [3, 3])
    #expect(found.total.documents == 3)
    #expect(found.total.tokenizers.map(\.tokens) == [14, 27])
    #expect(found.ordered(by: .worst).map(\.language) == ["fr", "und"])
    #expect(found.ordered(by: .name).map(\.language) == ["fr", "und"])
  }

  @Test func `a space put before the text moves no word`() throws {
    let plain = try FertilityTesting.model("hello hello hello", vocabulary: 300)
    let lengths = TokenLengths(plain)
    var ids: [UInt32] = []
    BytePairEncoder(model: plain, specialTokensInText: .text).encode(Array("hello hello".utf8).span, into: &ids)
    var sum = FertilityTally.Tokens()
    ids.withUnsafeBufferPointer { lengths.count($0, words: [0..<5, 6..<11], size: 11, into: &sum) }
    #expect(sum.wholeWords == 2)
    // Ids that spell another text judge no word.
    ids.withUnsafeBufferPointer { lengths.count($0, words: [0..<5, 6..<11], size: 10, into: &sum) }
    #expect(sum.judgedWords == 2)
    #expect(sum.tokens == 4)
  }

  @Test func `results do not depend on workers or on the cut of units`() throws {
    let tokenizers = try twoTokenizers()
    var found: Set<Data> = []
    for (workers, unitBytes) in [(1, 8 << 20), (3, 1000), (2, 5000)] {
      let pass = FertilityTesting.pass(RunTesting.sampleFiles, workers: workers, unitBytes: unitBytes)
      found.insert(try FertilityTesting.bytes(try measure(tokenizers, pass)))
    }
    #expect(found.count == 1)
  }

  @Test func `JSON has every key, and null where nothing was counted`() throws {
    let scratch = try ScratchDirectory()
    var lines = JSONLines()
    lines.add(id: "1", "", lang: "en")
    let found = try measure(twoTokenizers(), FertilityTesting.pass([try scratch.write(lines.bytes, to: "a.jsonl")]))
    let object = try FertilityTesting.json(found)
    #expect(object.keys.sorted() == ["languages", "tokenizers", "total", "word_rule"])
    let names = try #require(object["tokenizers"] as? [[String: Any]])
    #expect(names.map { $0.keys.sorted() } == Array(repeating: ["name", "pre_tokenizer", "vocabulary_size"], count: 2))
    let row = try #require((object["languages"] as? [String: Any])?["en"] as? [String: Any])
    #expect(row.keys.sorted() == ["bytes", "characters", "documents", "tokenizers", "words"])
    let measures = try #require(row["tokenizers"] as? [[String: Any]])
    for measure in measures {
      #expect(
        measure.keys.sorted() == [
          "bytes_per_token", "characters_per_token", "difference_percent", "single_byte_share", "tokens",
          "tokens_per_word", "whole_word_share",
        ])
      #expect(measure["tokens_per_word"] is NSNull)
    }
  }

  @Test func `no documents are said to be none`() throws {
    let scratch = try ScratchDirectory()
    let found = try measure(twoTokenizers(), FertilityTesting.pass([try scratch.write([], to: "a.jsonl")]))
    #expect(found.languages.isEmpty)
    #expect(found.total.documents == 0)
    #expect(found.text(order: .worst, width: 80) == "no documents")
  }

  @Test(arguments: [60, 80, 100, 120], [1, 2, 4]) func `tables fit the terminal and are right-aligned`(
    width: Int, count: Int
  ) throws {
    let tokenizers = try twoTokenizers()
    let pass = FertilityTesting.pass(RunTesting.sampleFiles)
    let found = try measure((0..<count).map { tokenizers[$0 % 2] }, pass)
    let text = found.text(order: .worst, width: width)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= max(width, 80) }, "\(text)")
    #expect(text.split(separator: "\n").allSatisfy { $0.last != " " })
    for table in text.components(separatedBy: "\n\n").filter({ $0.contains("\nca ") }) {
      let lines = table.split(separator: "\n")
      let header = try #require(lines.firstIndex { $0.hasPrefix("language") })
      // Every row ends where its header ends.
      #expect(Set(lines[header...].map(\.count)).count == 1, "\(table)")
      #expect(lines.last?.hasPrefix("all ") == true)
    }
  }
}
