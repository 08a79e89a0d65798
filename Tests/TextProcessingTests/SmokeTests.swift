import Testing
@testable import TextProcessing

@Suite struct SmokeTests {
  @Test func `cleaning makes white space uniform`() {
    var out: [UInt8] = []
    var counts = NormalizationCounts()
    Normalizer().normalize(Array("\u{FEFF}a\u{A0} b\r\n".utf8).span, isCode: false, into: &out, counts: &counts)
    #expect(String(decoding: out, as: UTF8.self) == "a b")
  }
}
