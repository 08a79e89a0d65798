// fastText models: the answers of the program fasttext, and no trust in a model file.
import CorpusCore
import Foundation
import TestSupport
import Testing

@testable import TextProcessing

@Suite struct FastTextIdentifierTests {
  private static let folder = SampleText.root.appendingPathComponent("Tests/Fixtures/LanguageIdentification")

  private static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  private static func open(_ bytes: [UInt8]) throws -> FastTextIdentifier {
    try bytes.withUnsafeBytes { try FastTextIdentifier(bytes: $0) }
  }

  private struct Answer {
    var label: String
    var probability: Double
    var text: String
  }

  private static func answers(_ model: String) throws -> [Answer] {
    let lines = try String(contentsOf: folder.appendingPathComponent("answers.tsv"), encoding: .utf8)
    return lines.split(separator: "\n").compactMap { line -> Answer? in
      let fields = line.split(separator: "\t", maxSplits: 3).map(String.init)
      guard fields.count == 4, fields[0] == model, let probability = Double(fields[2]) else { return nil }
      return Answer(label: fields[1], probability: probability, text: fields[3])
    }
  }

  @Test(arguments: ["tiny.bin", "tiny.ftz"])
  func `labels and probabilities are those of the program`(model: String) throws {
    let identifier = try Self.open(try Self.bytes(model))
    #expect(identifier.labelCounts.named == 6 && identifier.labelCounts.all == 6)
    let codes = [
      "__label__en": ["en"], "__label__fra_Latn": ["fr"], "__label__hin_Deva": ["hi"], "__label__swh_Latn": ["sw"],
      "__label__cmn_Hant": ["zht"], "__label__zh": ["zhs", "zht"],
    ]
    let answers = try Self.answers(model)
    #expect(answers.count > 20)
    for answer in answers {
      let guess = identifier.identify(Array(answer.text.utf8).span)
      #expect(codes[answer.label]?.contains(guess.language?.code ?? "") == true, "\(answer)")
      // The program prints six digits.
      #expect(abs(guess.confidence - answer.probability) < 1e-5 * max(1, answer.probability), "\(answer)")
    }
  }

  @Test func `Chinese without a script in its label is told apart by its characters`() throws {
    let identifier = try Self.open(try Self.bytes("tiny.bin"))
    let chinese = try Self.answers("tiny.bin").filter { $0.label == "__label__zh" }
    #expect(chinese.count >= 3)
    for answer in chinese {
      let isTraditional = answer.text.contains { "親愛裡過這還個幾們".contains($0) }
      let guess = identifier.identify(Array(answer.text.utf8).span)
      #expect(guess.language?.code == (isTraditional ? "zht" : "zhs"), "\(answer.text)")
    }
  }

  @Test func `lines are one text, and nothing has no language`() throws {
    let identifier = try Self.open(try Self.bytes("tiny.bin"))
    let text = try #require(try Self.answers("tiny.bin").first).text
    let lines = text.replacingOccurrences(of: " ", with: "\n")
    #expect(identifier.identify(Array(lines.utf8).span) == identifier.identify(Array(text.utf8).span))
    // Characters of more than one byte at the end of the sample.
    let long = Array(String(repeating: "हिन्दी ", count: 1000).utf8)
    #expect(identifier.identify(long.span).language?.code == "hi")
    #expect(identifier.identify([UInt8]().span).confidence <= 1)
  }

  @Test(arguments: ["tiny.bin", "tiny.ftz"])
  func `a part of a model is no model`(model: String) throws {
    let bytes = try Self.bytes(model)
    for count in stride(from: 0, to: bytes.count, by: 97) {
      #expect(throws: FastTextModelFailure.self, "\(count) bytes") { try Self.open(Array(bytes[..<count])) }
    }
    #expect(throws: FastTextModelFailure.self) { try Self.open(bytes + [0]) }
    let failure = #expect(throws: FastTextModelFailure.self) { try Self.open(Array("no model".utf8)) }
    #expect(failure?.description.contains("no file of fastText") == true)
  }

  @Test(arguments: ["tiny.bin", "tiny.ftz"])
  func `a model with wrong numbers is refused or answers, and never crashes`(model: String) throws {
    let bytes = try Self.bytes(model)
    let texts = try Self.answers(model).map { Array($0.text.utf8) }
    var random = SplitMix64(state: 17)
    var refused = 0
    let interesting: [UInt8] = [0, 1, 2, 0x7F, 0x80, 0xFF]
    for round in 0..<1500 {
      var broken = bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        // The first rounds change the header and the matrices' sizes, where nearly every number matters.
        let limit = round < 700 ? 100 : broken.count
        let place = Int.random(in: 0..<limit, using: &random)
        broken[place] =
          Bool.random(using: &random)
          ? interesting[Int.random(in: 0..<interesting.count, using: &random)]
          : UInt8.random(in: 0...255, using: &random)
      }
      do {
        let identifier = try Self.open(broken)
        for text in texts.prefix(4) {
          let confidence = identifier.identify(text.span).confidence
          #expect(confidence >= 0 && confidence <= 1)
        }
      } catch {
        refused += 1
      }
    }
    #expect(refused > 300)
  }
}
