import TestSupport
import Testing

@testable import TextProcessing

@Suite struct NumberScannerTests {
  private func phones(_ text: String) -> String { redacted(text, kinds: [.phone]) }
  private func ids(_ text: String) -> String { redacted(text, kinds: [.id]) }

  @Test(arguments: [
    ("Call +1 202 555 0143 now", "Call PI:PHONE now"), ("(202) 555-0143", "PI:PHONE"), ("202-555-0143.", "PI:PHONE."),
    ("Tel: 020 7946 0018", "Tel: PI:PHONE"), ("电话：010-5555-0199", "电话：PI:PHONE"),
    ("+250 788 123 456,", "PI:PHONE,"), ("फोन 98765 43210 पर", "फोन PI:PHONE पर"),
  ])
  func `phone numbers are replaced`(text: String, expected: String) { #expect(phones(text) == expected) }

  @Test(arguments: [
    "born 1999-12-31", "on 31.12.1999 and 31/12/1999", "1990-1995", "pages 120-135", "version 10.2.15.3",
    "$1,234,567", "3.14159265358979", "0x202-555-0143x", "tel aviv 1948", "a1234567890123", "19991231", "1 000 000 000",
    "ISBN 978-3-16-148410-0", "call me maybe",
  ])
  func `dates, prices and versions are no phone numbers`(text: String) { #expect(phones(text) == text) }

  @Test(arguments: [
    ("card 4111 1111 1111 1111.", "card PI:ID."), ("4111111111111111", "PI:ID"), ("3782 822463 10005", "PI:ID"),
    ("SSN 078-05-1120", "SSN PI:ID"), ("IBAN GB82 WEST 1234 5698 7654 32", "IBAN PI:ID"),
    ("DE89370400440532013000 and", "PI:ID and"),
  ])
  func `identity numbers are replaced`(text: String, expected: String) { #expect(ids(text) == expected) }

  @Test(arguments: [
    "4111 1111 1111 1112", "000-12-3456", "666-12-3456", "GB82 WEST 1234 5698 7654 33", "1234567890123456",
    "12-34-5678",
    "x4111111111111111",
  ])
  func `numbers without a right checksum stay`(text: String) { #expect(ids(text) == text) }

  @Test func `they are off unless asked for, and counted without their values`() {
    let text = "+1 202 555 0143 and 4111 1111 1111 1111"
    #expect(redacted(text, kinds: RedactionKind.standard) == text)
    var output: [UInt8] = []
    var counts = RedactionCounts()
    #expect(Redactor(kinds: [.phone, .id]).redact(Array(text.utf8).span, into: &output, counts: &counts))
    #expect(counts.phone == 1 && counts.id == 1 && counts.total == 2 && counts.documents == 1)
    #expect(String(decoding: output, as: UTF8.self) == "PI:PHONE and PI:ID")
  }

  @Test func `random text never goes out of bounds and what is replaced stays replaced`() {
    var random = SplitMix64(state: 23)
    let parts = Array("0123456789+()-./ GBDEtel\n").map(String.init)
    for _ in 0..<500 {
      let text = (0..<Int.random(in: 0...80, using: &random)).map { _ in
        parts[Int.random(in: 0..<parts.count, using: &random)]
      }.joined()
      let once = redacted(text)
      #expect(once.utf8.allSatisfy { $0 < 0x80 })
    }
  }
}
