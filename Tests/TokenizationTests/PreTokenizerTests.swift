import CKernels
import TestSupport
import Testing
import Tokenization

@Suite struct PreTokenizerTests {
  private static let alphabet = Array(
    "  ab1'stre.,!?()|\n\t\u{85}\u{A0}\u{60C}\u{6D4}\u{964}\u{1680}\u{2003}\u{2026}\u{2028}\u{205F}\u{3000}\u{3002}\u{FF0C}é中ا😀½"
      .unicodeScalars)

  private func randomText(_ generator: inout SeededGenerator, length: Int) -> String {
    var view = String.UnicodeScalarView()
    for _ in 0..<length { view.append(Self.alphabet.randomElement(using: &generator) ?? " ") }
    return String(view)
  }

  @Test func bloomKeepsGapsAndGivesTheLastSpaceToTheWord() {
    #expect(pieces(of: "Hello.\nBut", .bloom) == ["Hello", ".\n", "But"])
    #expect(pieces(of: " (x) y", .bloom) == [" (", "x", ")", " y"])
    #expect(pieces(of: "a  b", .bloom) == ["a", " ", " b"])
    #expect(pieces(of: "", .bloom).isEmpty)
  }

  @Test func scannersAgreeWithTheirPlainTwinsOnRandomText() {
    var generator = SeededGenerator(state: 7)
    for round in 0..<1500 {
      let text = randomText(&generator, length: round % 150)
      #expect(pieces(of: text, .bloom) == NaivePreTokenizer.bloom(text))
      #expect(pieces(of: text, .gpt2) == NaivePreTokenizer.gpt2(text))
    }
    let long = randomText(&generator, length: 5000)
    #expect(pieces(of: long, .bloom) == NaivePreTokenizer.bloom(long))
  }

  @Test func allKernelLevelsGiveTheSameBoundariesForAnyBytes() {
    var generator = SeededGenerator(state: 8)
    let leads: [UInt8] = [
      0xC2, 0x85, 0xA0, 0xD8, 0x8C, 0xE0, 0xA5, 0xA4, 0xE2, 0x80, 0x8A, 0xE3, 0x82, 0xEF, 0xBC, 0x20, 0x41,
    ]
    for length in 1..<400 {
      let bytes = (0..<length).map { _ in leads.randomElement(using: &generator) ?? 0 }
      let wordCount = (length + 63) / 64
      var results: [[UInt64]] = []
      for level: Int32 in 0...2 {
        var words = [UInt64](repeating: 0, count: wordCount)
        _ = xylem_bloom_boundaries_at_level(bytes, length, 0, &words, wordCount, level)
        // Word by word: the state a call takes over must be what the call before ended with.
        var single = words
        for k in 0..<wordCount {
          _ = withUnsafeMutablePointer(to: &single[k]) {
            xylem_bloom_boundaries_at_level(bytes, length, k * 64, $0, 1, level)
          }
        }
        #expect(single == words)
        results.append(words)
      }
      #expect(results[0] == results[1] && results[0] == results[2])
    }
  }

  @Test func piecesOfArbitraryBytesAreTheBytes() {
    var generator = SeededGenerator(state: 9)
    for kind in [PreTokenizerKind.bloom, .gpt2] {
      let bytes = (0..<3000).map { _ in UInt8.random(in: 0...255, using: &generator) }
      var joined: [UInt8] = []
      PreTokenizer(kind: kind).forEachPiece(bytes.span) { joined.append(contentsOf: $0) }
      #expect(joined == bytes)
    }
  }

  @Test func otherSplitsAreRefusedByName() {
    #expect(throws: TokenizationFailure.self) { try PreTokenizerKind.named("cl100k") }
  }
}
