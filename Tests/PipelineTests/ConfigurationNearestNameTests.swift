import Testing

@testable import Pipeline

@Suite struct ConfigurationNearestNameTests {
  static let names = ["minimum_bytes", "maximum_bytes", "vocabulary_size", "form", "bands", "rows"]

  @Test(arguments: [
    ("minimum_byte", "minimum_bytes"), ("maximun_bytes", "maximum_bytes"), ("vocabulary_sise", "vocabulary_size"),
    ("vocab_size", "vocabulary_size"), ("vocabulary", "vocabulary_size"), ("min_bytes", "minimum_bytes"),
    ("max_bytes", "maximum_bytes"), ("from", "form"), ("band", "bands"), ("Rows", "rows"),
    ("minimum-bytes", "minimum_bytes"),
  ])
  func misspeltAndShortenedNamesAreRecognized(name: String, expected: String) {
    #expect(NearestName.nearest(to: name, among: Self.names) == expected)
  }

  @Test(arguments: ["", "x", "zebra_crossing", "qqqq", String(repeating: "a", count: 400)])
  func whatIsNearToNothingGetsNoAdvice(name: String) {
    #expect(NearestName.nearest(to: name, among: Self.names) == nil)
  }

  @Test(arguments: [
    ("fre", "fr"), ("zsh", "zhs"), ("eng", "en"), ("code-pyton", "code-python"), ("en", "en"),
  ])
  func codesOfLanguagesAreRecognized(name: String, expected: String) {
    let codes = ["ar", "en", "es", "fr", "zhs", "code-c", "code-python"]
    #expect(NearestName.nearest(to: name, among: codes) == expected)
  }

  @Test(arguments: ["xr", "rf", "gopher", "foo", "deu", "q"])
  func aShortCodeIsNotTakenForAnother(name: String) {
    #expect(NearestName.nearest(to: name, among: ["ar", "en", "es", "fr", "zhs", "code-c"]) == nil)
  }

  @Test(arguments: ["foo", "zip", "depth", "jobs", "verbose", "color"])
  func wordsThatHaveAsManyEditsAsOthersAreNotGuessed(name: String) {
    let options = ["input", "output", "set", "workers", "memory", "executor", "json", "quiet", "next", "version"]
    #expect(NearestName.nearest(to: name, among: options) == nil)
  }

  @Test func editsCountSwapsOfNeighboursOnce() {
    #expect(NearestName.editCount(Array("abcd"), Array("abdc")) == 1)
    #expect(NearestName.editCount(Array("abcd"), Array("")) == 4)
    #expect(NearestName.editCount(Array(""), Array("abc")) == 3)
    #expect(NearestName.editCount(Array("kitten"), Array("sitting")) == 3)
    #expect(NearestName.editCount(Array("ca"), Array("abc")) == 3)
  }
}
