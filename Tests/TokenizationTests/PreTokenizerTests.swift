import CKernels
import TestSupport
import Testing

@testable import Tokenization

@Suite struct PreTokenizerTests {
  private static let alphabet = Array(
    ("  ab1'stre.,!?()|\n\t\u{85}\u{A0}\u{60C}\u{6D4}\u{964}\u{1680}\u{2003}\u{2026}\u{2028}\u{205F}\u{3000}\u{3002}"
      + "\u{FF0C}é中ا😀½'lLSDVEmMAZ\rſǅʰ/-$ー・ぁ゙\u{3040}\u{301}\u{903}٣Ⅷ\u{200D}\u{0}\u{378}𠀀").unicodeScalars)

  private static func randomText(_ generator: inout SplitMix64, length: Int) -> String {
    var view = String.UnicodeScalarView()
    for _ in 0..<length { view.append(alphabet.randomElement(using: &generator) ?? " ") }
    return String(view)
  }

  private func cut(_ text: String, _ preTokenizer: PreTokenizer) -> [String] {
    var found: [String] = []
    preTokenizer.forEachPiece(Array(text.utf8).span) { found.append(String(decoding: $0, as: UTF8.self)) }
    return found
  }

  @Test func bloomKeepsGapsAndGivesTheLastSpaceToTheWord() {
    #expect(pieces(of: "Hello.\nBut", .bloom) == ["Hello", ".\n", "But"])
    #expect(pieces(of: " (x) y", .bloom) == [" (", "x", ")", " y"])
    #expect(pieces(of: "a  b", .bloom) == ["a", " ", " b"])
    #expect(pieces(of: "", .bloom).isEmpty)
  }

  @Test func cl100kCutsDigitsByThreesAndKeepsLineEndsWithSigns() {
    #expect(pieces(of: "a1234 b!\n\n  c", .cl100k) == ["a", "123", "4", " b", "!\n\n", " ", " c"])
    #expect(pieces(of: "I'LL 'ſo\t\tx", .cl100k) == ["I", "'LL", " '", "ſo", "\t", "\tx"])
    #expect(pieces(of: "a\n \n  ", .cl100k) == ["a", "\n \n", "  "])
    #expect(pieces(of: "a\n \n  ", .tiktokenCL100K) == ["a", "\n \n  "])
  }

  @Test func o200kBreaksWordsBeforeUpperCaseAndKeepsContractions() {
    #expect(pieces(of: "camelCase don't's", .o200k) == ["camel", "Case", " don't", "'s"])
    #expect(pieces(of: "中AB 中ABc", .o200k) == ["中", "AB", " 中ABc"])
    #expect(pieces(of: "!\n//a", .o200k) == ["!\n//", "a"])
  }

  @Test func deepseekCutsChineseAndLeavesUnmatchedCharactersBetween() {
    #expect(pieces(of: "ab中文・x12345", .deepseek) == ["ab", "中文", "・", "x", "123", "45"])
    #expect(pieces(of: "\u{0}\u{0}a !b+c", .deepseek) == ["\u{0}", "\u{0}a", " !", "b", "+c"])
  }

  @Test func scannersAgreeWithTheirPlainTwinsOnRandomText() {
    var generator = SplitMix64(state: 7)
    for round in 0..<1500 {
      let text = Self.randomText(&generator, length: round % 150)
      #expect(pieces(of: text, .bloom) == NaivePreTokenizer.bloom(text))
      #expect(pieces(of: text, .gpt2) == NaivePreTokenizer.gpt2(text))
    }
    let long = Self.randomText(&generator, length: 5000)
    #expect(pieces(of: long, .bloom) == NaivePreTokenizer.bloom(long))
  }

  /// A group around the first expression makes it one that no scanner is known for.
  @Test func scannersAgreeWithTheirExpressionsOnRandomText() throws {
    for kind in [PreTokenizerKind.gpt2, .cl100k, .o200k, .deepseek, .bloom, .tiktokenCL100K] {
      var rules = kind.rules
      guard case .regex(let text) = rules[0].pattern else { continue }
      rules[0].pattern = .regex("(?:\(text))")
      let slow = try PreTokenizerKind(rules: rules)
      #expect(slow.isSlow && !kind.isSlow)
      let (scanner, twin) = (PreTokenizer(kind: kind), PreTokenizer(kind: slow))
      var generator = SplitMix64(state: 11)
      for round in 0..<1200 {
        let text = Self.randomText(&generator, length: round == 0 ? 6000 : round % 90)
        #expect(cut(text, scanner) == cut(text, twin))
      }
      try twin.checkFailures()
    }
  }

  @Test func endsAreThoseOfThePiecesPlusTheBase() {
    var generator = SplitMix64(state: 12)
    for kind in PreTokenizerKind.published + [.tiktokenCL100K] {
      let preTokenizer = PreTokenizer(kind: kind)
      for length in [0, 1, 63, 64, 65, 3000, 9000] {
        let text = Array(Self.randomText(&generator, length: length).utf8)
        var wanted: [UInt32] = []
        var end: UInt32 = 1000
        preTokenizer.forEachPiece(text.span) { piece in
          end += UInt32(piece.count)
          wanted.append(end)
        }
        var ends = RawArray<UInt32>()
        text.withUnsafeBufferPointer { preTokenizer.appendEnds(of: $0, base: 1000, to: &ends) }
        #expect((0..<ends.count).map { ends[$0] } == wanted)
      }
    }
  }

  @Test func theFastScanAndItsPortableTwinWriteTheSameForAnyBytes() {
    var generator = SplitMix64(state: 13)
    for automaton in [GPT4Split.cl100k, GPT4oSplit.automaton, DeepSeekSplit.automaton] {
      for round in 0..<300 {
        let text: [UInt8] =
          round % 3 == 0
          ? (0..<round).map { _ in UInt8.random(in: 0...255, using: &generator) }
          : Array(Self.randomText(&generator, length: round).utf8)
        let results = [true, false].map { portably in
          var ends = [UInt32](repeating: 0, count: text.count + 200)
          var position = xylem_split_position()
          var found = 0
          for from in stride(from: 0, to: text.count, by: 128) {
            ends.withUnsafeMutableBufferPointer { room in
              guard let base = room.baseAddress else { return }
              found += automaton.scan(
                text, text.count, from: from, to: min(from + 128, text.count), base: 7, &position, base + found,
                portably: portably)
            }
          }
          return Array(ends[..<found])
        }
        #expect(results[0] == results[1])
        #expect(zip(results[0], results[0].dropFirst()).allSatisfy { $0 < $1 })
      }
    }
  }

  @Test func allKernelLevelsGiveTheSameBoundariesForAnyBytes() {
    var generator = SplitMix64(state: 8)
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

  @Test func allKernelLevelsOfGPT2sSplitGiveTheSameBoundariesForAnyBytes() {
    var generator = SplitMix64(state: 15)
    var classes = GPT2Split.classes
    for length in 1..<600 {
      let bytes: [UInt8] =
        length % 4 == 0
        ? (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        : Array(Self.randomText(&generator, length: length).utf8.prefix(length))
      let wordCount = (bytes.count + 63) / 64
      var results: [[UInt64]] = []
      for level: Int32 in 0...2 {
        var words = [UInt64](repeating: 0, count: wordCount)
        _ = xylem_gpt2_boundaries_at_level(&classes, bytes, bytes.count, 0, &words, wordCount, level)
        results.append(words)
        // Word by word: what a call makes of the bytes before must be what the call before ended with.
        guard String(validating: bytes, as: UTF8.self) != nil else { continue }
        var single = words
        for k in 0..<wordCount {
          _ = withUnsafeMutablePointer(to: &single[k]) {
            xylem_gpt2_boundaries_at_level(&classes, bytes, bytes.count, k * 64, $0, 1, level)
          }
        }
        #expect(single == words)
      }
      #expect(results[0] == results[1] && results[0] == results[2])
    }
  }

  /// Contractions, white space and characters of several bytes across the border of two blocks, at every place.
  @Test func gpt2sSplitSeesAcrossBlocks() {
    let middles = [
      "'re", "'s", "'lls", " 'll", "'ve't", "\n'd", "!'s", "\u{3000}a", " \u{3000} ", "\u{A0}", "\u{85}1", "  ", "中'm",
    ]
    for middle in middles {
      for start in 55..<66 {
        for ending in ["", "x", " ", "\u{3000}\u{3000}", "é"] {
          let text = String(repeating: "b", count: start) + middle + ending
          #expect(pieces(of: text, .gpt2) == NaivePreTokenizer.gpt2(text), "\(start) \(middle) \(ending)")
        }
      }
    }
  }

  @Test func positionsOfBitsAreAllSetBits() {
    var generator = SplitMix64(state: 14)
    for round in 0..<200 {
      let words = (0..<5).map { _ -> UInt64 in
        let some = generator.next()
        return round % 3 == 0 ? some : round % 3 == 1 ? some & generator.next() & generator.next() : .max
      }
      var room = [UInt32](repeating: 0, count: 400)
      let found = xylem_bit_positions(words, words.count, 9, &room)
      #expect(Array(room[..<found]) == (0..<320).filter { words[$0 / 64] >> ($0 % 64) & 1 == 1 }.map { UInt32($0 + 9) })
    }
  }

  @Test func piecesOfArbitraryBytesAreTheBytes() throws {
    var generator = SplitMix64(state: 9)
    for kind in PreTokenizerKind.published + [try .named("[a-z]+|\\s+")] {
      let bytes = (0..<3000).map { _ in UInt8.random(in: 0...255, using: &generator) }
      var joined: [UInt8] = []
      PreTokenizer(kind: kind).forEachPiece(bytes.span) { joined.append(contentsOf: $0) }
      #expect(joined == bytes)
    }
  }

  /// U+1C8A, U+10D4A and U+16D40 came with Unicode 16, after Debian's ICU 72.
  @Test func categoriesAreThoseOfHuggingFacesTables() {
    func kind(_ value: UInt32) -> UInt8 {
      let classes = CharacterKindTable.shared.classes
      return classes.kinds[Int(classes.pages[Int(value >> 6)]) + Int(value & 63)]
    }
    let expected: [(UInt32, CharacterKind)] = [
      (0x41, .upperASCII), (0x20, .blank), (0xD, .lineEnd), (0x1C, .other), (0x85, .space), (0xBD, .number),
      (0x17F, .longS), (0x1C5, .uppercase), (0x2B0, .uncased), (0x301, .mark), (0x1C8A, .lowercase),
      (0x10D4A, .uncased), (0x10D50, .uppercase), (0x16D40, .uncased), (0x10D40, .number), (0x378, .other),
      (0x3040, .hanKanaOther), (0x3099, .hanKanaMark), (0x30FB, .hanKanaSign), (0x9FA5, .hanKana), (0x9FA6, .uncased),
      (0x3007, .number), (0x20AC, .sign), (0x10FFFF, .other), (0x1FFFFF, .other),
    ]
    for (value, wanted) in expected { #expect(kind(value) == wanted.rawValue, "U+\(String(value, radix: 16))") }
    // Its plain twin: one code point after the other.
    let wrong = UnicodeCategories.ranges.reduce(0) { count, range in
      (range.first...range.last).reduce(count) {
        $0 + (kind($1) == CharacterKind($1, range.category).rawValue ? 0 : 1)
      }
    }
    #expect(wrong == 0)
    #expect(CodePointSet.category("L").ranges.reduce(0) { $0 + $1.count } == 141_028)
    #expect(CodePointSet.category("N").ranges.reduce(0) { $0 + $1.count } == 1911)
    #expect(CodePointSet.whiteSpace.ranges.reduce(0) { $0 + $1.count } == 25)
  }
}
