import Foundation
import TestSupport
import Testing

@testable import Tokenization

@Suite struct AddedTokenScannerTests {
  private struct FileCase: Decodable {
    var tokenizer: String
    var examples: [EncodingCase]
  }

  private func segments(
    _ text: String, _ tokens: [AddedToken], _ policy: SpecialTokensInText = .parse
  ) -> (found: [String], met: Int) {
    var found: [String] = []
    var bytes = Array(text.utf8)
    let met = bytes.withUnsafeMutableBufferPointer { memory in
      let text = UnsafeBufferPointer(memory)
      return AddedTokenScanner(tokens).forEachSegment(text, policy) { segment in
        switch segment {
        case .text(let range): found.append(String(decoding: text[range], as: UTF8.self))
        case .token(let id): found.append("#\(id)")
        }
      }
    }
    return (found, met)
  }

  @Test func idsEqualHuggingFacesForEveryMixOfFlags() throws {
    let cases = try JSONDecoder().decode([FileCase].self, from: Data(try fixture("added-tokens.json")))
    #expect(cases.count == 12)
    for file in cases {
      let model = try TokenizerFile.read(Array(file.tokenizer.utf8))
      for example in file.examples {
        #expect(encode(example.text, model) == example.ids)
        #expect(encode(example.text, model, .text) == example.idsAsText)
      }
    }
  }

  @Test func theLeftmostAndOfThoseTheLongestIsFound() {
    let tokens = ["ab", "abcd", "bc", "d"].enumerated().map { AddedToken(content: $1, id: UInt32($0)) }
    #expect(segments("xabcdabcabe", tokens).found == ["x", "#1", "#0", "c", "#0", "e"])
    #expect(segments("", tokens).found.isEmpty)
    #expect(segments("xyz", []).found == ["xyz"])
  }

  @Test func blanksGoToTheTokenThatStripsThem() {
    let tokens = [
      AddedToken(content: "<l>", id: 1, stripsLeft: true), AddedToken(content: "<r>", id: 2, stripsRight: true),
      AddedToken(content: "<w>", id: 3, isSingleWord: true),
    ]
    #expect(segments("a \u{3000}<l> b", tokens).found == ["a", "#1", " b"])
    #expect(segments("a <r>\t\u{85}b", tokens).found == ["a ", "#2", "b"])
    #expect(segments("a<w> <w>, <w>\u{93C}", tokens).found == ["a<w> ", "#3", ", <w>\u{93C}"])
  }

  @Test func normalizedTokensAreSoughtInWhatTheOthersLeave() {
    let tokens = [
      AddedToken(content: "<a", id: 1, isNormalized: true), AddedToken(content: "a>", id: 2),
      AddedToken(content: "x", id: 3, isSpecial: false, isNormalized: true),
    ]
    #expect(segments("<a>x<a", tokens).found == ["<", "#2", "#3", "#1"])
    let asText = segments("<a>x<a", tokens, .text)
    #expect(asText.found == ["<a>", "#3", "<a"] && asText.met == 3)
  }

  /// Few first bytes are looked for with `memchr`, many byte by byte: both against every position and every token.
  @Test(arguments: [1, 3, 4, 5, 12])
  func findsWhatTheNaiveSearchFinds(_ letters: Int) {
    var generator = SplitMix64(state: UInt64(letters))
    let alphabet = Array("abcdefghijklmnop".utf8)
    for _ in 0..<60 {
      var contents = Set<[UInt8]>()
      for _ in 0..<20 {
        contents.insert(
          (0..<Int.random(in: 1...5, using: &generator)).map { at in
            alphabet[Int.random(in: 0..<(at == 0 ? letters : 3), using: &generator)]
          })
      }
      let sorted = contents.sorted { $0.lexicographicallyPrecedes($1) }
      let tokens = sorted.enumerated().map { AddedToken(content: String(decoding: $1, as: UTF8.self), id: UInt32($0)) }
      let text = (0..<200).map { _ in alphabet[Int.random(in: 0..<16, using: &generator) % (letters + 4)] }
      var expected: [String] = []
      var rest: [UInt8] = []
      var at = 0
      while at < text.count {
        let here = sorted.indices.filter { text[at...].starts(with: sorted[$0]) }
          .max { sorted[$0].count < sorted[$1].count }
        if let here {
          if !rest.isEmpty { expected.append(String(decoding: rest, as: UTF8.self)) }
          rest = []
          expected.append("#\(here)")
          at += sorted[here].count
        } else {
          rest.append(text[at])
          at += 1
        }
      }
      if !rest.isEmpty { expected.append(String(decoding: rest, as: UTF8.self)) }
      #expect(segments(String(decoding: text, as: UTF8.self), tokens).found == expected)
    }
  }

  @Test func brokenBytesBesideTokensAreSafe() {
    let tokens = [AddedToken(content: "<s>", id: 1, isSingleWord: true, stripsLeft: true, stripsRight: true)]
    var generator = SplitMix64(state: 4)
    for _ in 0..<500 {
      let noise = (0..<8).map { _ in UInt8.random(in: 0x70...0xFF, using: &generator) }
      let text = Array(noise[..<4]) + Array("<s>".utf8) + Array(noise[4...])
      text.withUnsafeBufferPointer { bytes in
        var covered = 0
        AddedTokenScanner(tokens).forEachSegment(bytes, .parse) { segment in
          if case .text(let range) = segment { covered += range.count }
        }
        #expect(covered <= bytes.count)
      }
    }
  }
}
