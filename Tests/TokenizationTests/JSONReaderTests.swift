import Testing

@testable import Tokenization

@Suite struct JSONReaderTests {
  private func read(_ text: String) throws -> JSONValue { try read(Array(text.utf8)) }

  private func read(_ bytes: [UInt8]) throws -> JSONValue {
    try bytes.withUnsafeBufferPointer { (buffer) throws(TokenizationFailure) in try JSONReader.read(buffer) }
  }

  @Test func stringsAreUnescaped() throws {
    #expect(try read(#" "a\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE42é" "#).isString("a\"\\/\u{8}\u{C}\n\r\t\u{e9}🙂é"))
  }

  @Test(arguments: [
    "", " ", "nul", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "01", "-", "1.", ".5", "+1", "1e", "1e999", "[1", "\"a",
    "\"\u{1}\"", #""\x""#, #""\u12G4""#, #""\uD800""#, #""\uD800\u0041""#, #""\uDC00""#, "[] []", "{\"a\":1,\"a\":2}",
    "{\"\\u0061\":1,\"a\":2}",
  ])
  func whatIsNoJSONIsRefused(_ text: String) {
    #expect(throws: TokenizationFailure.self) { try read(text) }
  }

  @Test func stringsThatAreNotUTF8AreRefused() {
    for bytes in [[0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] as [[UInt8]] {
      #expect(throws: TokenizationFailure.self) { try read(bytes) }
    }
  }

  @Test func nestingHasABound() throws {
    let deepest = JSONReader.deepestNesting
    _ = try read(String(repeating: "[", count: deepest) + String(repeating: "]", count: deepest))
    #expect(throws: TokenizationFailure.self) {
      try read(String(repeating: "[", count: deepest + 1) + String(repeating: "]", count: deepest + 1))
    }
    #expect(throws: TokenizationFailure.self) { try read(String(repeating: "{\"a\":", count: 100_000)) }
  }

  @Test func errorsNameTheByte() {
    #expect(throws: TokenizationFailure.malformedFile("expected a value at byte 4")) { try read("[1, x]") }
  }
}
