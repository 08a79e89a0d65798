import CorpusCore
import Deduplication
import TestSupport
import Testing

@Suite struct ExactDigesterTests {
  static func digest(_ text: String, normalized: Bool, foldsCase: Bool = false) -> Digest128 {
    var digester = ExactDigester(normalized: normalized, foldsCase: foldsCase)
    return text.withBytes { digester.digest(of: $0) }
  }

  @Test func plainDigestsAreThoseOfTheBytes() {
    for text in ["", "a", "Größe 12"] { #expect(Self.digest(text, normalized: false) == Digest128(hashing: text)) }
  }

  @Test func theRootsFormLeavesOutSpaceDigitsAndASCIIPunctuation() {
    let form = Digest128(hashing: "Helloworldनमस्ते。—")
    let spellings = [
      "Hello, world! 12 नमस्ते 34 。—", "Hello\tworld\u{A0}\u{3000}\n\u{85}\u{1C}नमस्ते१२。—",
      "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~Helloworldनमस्ते。—٣",
    ]
    for text in spellings { #expect(Self.digest(text, normalized: true) == form) }
    #expect(Self.digest("hello world नमस्ते。—", normalized: true) != form)
    #expect(Self.digest("½", normalized: true) != Self.digest("", normalized: true))
  }

  @Test func caseFoldsWhenAsked() {
    #expect(
      Self.digest("Die STRASSE", normalized: true, foldsCase: true)
        == Self.digest("die Straße!", normalized: true, foldsCase: true))
    #expect(Self.digest("A", normalized: true) != Self.digest("a", normalized: true))
  }

  @Test func textsThatTheFormEmptiesAreDigestedAsTheyAre() {
    #expect(Self.digest("1 + 1 = 2", normalized: true) != Self.digest("2 + 2 = 4", normalized: true))
    #expect(Self.digest("1 + 1 = 2", normalized: true) == Self.digest("1 + 1 = 2", normalized: true))
  }

  @Test func oneDigesterKeepsNothingFromTextToText() {
    var digester = ExactDigester(scope: .normalized)
    let first = "a b".withBytes { digester.digest(of: $0) }
    _ = "something longer".withBytes { digester.digest(of: $0) }
    #expect("ab".withBytes { digester.digest(of: $0) } == first)
  }

  /// The plain twin: character by character, by the properties that Swift's own library knows.
  @Test func theFormIsWhatCharactersSayOneByOne() {
    var random = SplitMix64(state: 11)
    let pool: [String] = [
      "a", "Z", "q", " ", "7", ".", "\u{1C}", "\n", "\u{1}", "\u{7F}", "é", "ß", "я", "語", "한", "न", "ा", "१",
      "٣", "\u{A0}", "\u{3000}", "。", "\u{2003}", "𝟘", "😀", "\u{10FFFF}",
    ]
    var digester = ExactDigester(normalized: true)
    for length in 0..<400 {
      var text: [UInt8] = []
      var form: [UInt8] = []
      // Of three texts one is long and nearly all ASCII, and one nearly all of characters whose lead byte tells that they
      // stay, so that runs are taken at once.
      let isPlain = length % 3 < 2
      let plainParts = length % 3 == 0 ? Self.asciiParts : Self.stayingParts
      for _ in 0..<(isPlain ? length : length % 80) {
        if random.next() % (isPlain ? 200 : 16) == 0 {
          // A byte that begins or continues nothing; what stands behind it is no continuation.
          text += [0xFF]
          form += [0xFF]
          continue
        }
        let choices = isPlain && random.next() % 100 > 0 ? plainParts : pool.count
        let part = pool[Int(random.next() % UInt64(choices))]
        text += part.utf8
        if !Self.isLeftOut(part) { form += part.utf8 }
      }
      let expected = Digest128(hashing: form.isEmpty ? text : form)
      #expect(digester.digest(of: text.span) == expected, "\(text)")
    }
  }

  /// So many of the pool's first are ASCII.
  private static let asciiParts = 10
  /// And so many are ASCII, begin with a byte that no character begins with that is left out, or begin with E0.
  private static let stayingParts = 18

  private static func isLeftOut(_ character: String) -> Bool {
    character.unicodeScalars.allSatisfy { scalar in
      let isASCIIPunctuation = (0x21...0x7E).contains(scalar.value) && !scalar.properties.isAlphabetic
      return scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value) || isASCIIPunctuation
        || scalar.properties.generalCategory == .decimalNumber
    }
  }
}
