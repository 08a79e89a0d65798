import CorpusCore
import Deduplication
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
}
