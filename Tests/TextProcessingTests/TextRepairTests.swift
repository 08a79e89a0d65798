import TestSupport
import Testing

@testable import TextProcessing

private func repaired(
  _ text: String, entities: Bool = false, mojibake: Bool = false, run: Int = 0
) -> (text: String, counts: NormalizationCounts) {
  var output: [UInt8] = []
  var counts = NormalizationCounts()
  let options = NormalizationOptions(decodeEntities: entities, repairMojibake: mojibake, maximumRun: run)
  Normalizer(options: options).normalize(Array(text.utf8).span, isCode: false, into: &output, counts: &counts)
  return (String(decoding: output, as: UTF8.self), counts)
}

@Suite struct TextRepairTests {
  @Test(arguments: [
    ("a &amp; b", "a & b"), ("&lt;p&gt;", "<p>"), ("&#233;&#xE9;&eacute;", "ééé"), ("&amp;lt;", "<"),
    ("&#38;amp;", "&"),
    ("&&#35;233;", "é"), ("&euro;5&nbsp;x", "€5 x"), ("&#128;", "€"), ("&apos;", "'"), ("R&D; x", "R&D; x"),
    ("&amp", "&amp"),
    ("&#0;&#xD800;&#1114112;", "&#0;&#xD800;&#1114112;"), ("&notanentity;", "&notanentity;"), ("e&#769;", "é"),
    ("a&#8203;b", "ab"), ("&am&#8203;p;", "&"),
  ])
  func `character references become characters`(text: String, expected: String) {
    #expect(repaired(text, entities: true).text == expected)
    #expect(repaired(text).text == text.precomposedText)
  }

  @Test func `mojibake is repaired where the whole text says so`() {
    let (text, counts) = repaired("CafÃ© Ã\u{A0} la crÃ¨me â€” voilÃ\u{A0}", mojibake: true)
    #expect(text == "Café à la crème — voilà" && counts.mojibakeRepaired == 5)
    // One sequence may be what was meant, and so may anything beside real letters.
    #expect(repaired("CAFÉ™ only", mojibake: true).text == "CAFÉ™ only")
    #expect(repaired("Ã© Ã© déjà", mojibake: true).text == "Ã© Ã© déjà")
    #expect(repaired("Ã© 好 Ã©", mojibake: true).text == "Ã© 好 Ã©")
    // Twice broken, twice repaired.
    #expect(repaired("ÃƒÂ© ÃƒÂ¨", mojibake: true).text == "é è")
  }

  @Test func `long runs of marks are cut, letters and digits are not`() {
    let (text, counts) = repaired("a===========b!!!!! 0000000 zzzzzz ……………", run: 3)
    #expect(text == "a===b!!! 0000000 zzzzzz ………" && counts.runCharactersRemoved == 8 + 2 + 2)
    #expect(repaired("a==b", run: 1).text == "a==b")
  }

  @Test func `every kind of invisible character is counted`() {
    let counts = repaired("\u{FEFF}a\u{AD}b\u{200B}c\u{202A}d\u{E0041}").counts
    #expect(counts.byteOrderMarksRemoved == 1 && counts.softHyphensRemoved == 1 && counts.zeroWidthRemoved == 1)
    #expect(counts.bidirectionalRemoved == 1 && counts.invisibleRemoved == 5)
  }

  @Test func `all steps together are a fixed point on random text and on the samples`() {
    var random = SplitMix64(state: 29)
    let parts = [
      "&", "#", "amp;", "lt;", "38;", "x26;", "Ã", "©", "â€", "\u{200B}", "\u{AD}", "=", "==", "é", "e\u{301}", " ",
      "\n",
      "\r", "\u{0}", "好", "क्\u{200D}ष", "\u{FEFF}", "nbsp;", ";", "a", "\u{2000}", "\u{0344}",
    ]
    var texts = (0..<2000).map { _ in
      (0..<Int.random(in: 0...40, using: &random)).map { _ in parts[Int.random(in: 0..<parts.count, using: &random)] }
        .joined()
    }
    texts += SampleText.documents.filter { !$0.file.hasPrefix("code-") }.map {
      String(decoding: $0.text, as: UTF8.self)
    }
    for text in texts {
      let once = repaired(text, entities: true, mojibake: true, run: 3).text
      let twice = repaired(once, entities: true, mojibake: true, run: 3)
      #expect(Array(twice.text.utf8) == Array(once.utf8), "\(text.debugDescription)")
      #expect(twice.counts.changedDocuments == 0)
    }
  }

  @Test func `any bytes in, valid UTF-8 out`() {
    var random = SplitMix64(state: 31)
    let options = NormalizationOptions(decodeEntities: true, repairMojibake: true, maximumRun: 4)
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
        Bool.random(using: &random)
          ? UInt8.random(in: 0...255, using: &random)
          : [0x26, 0x23, 0x3B, 0xC3, 0xA9, 0x3D].randomElement(using: &random) ?? 0
      }
      let made = normalized(bytes, options: options)
      #expect(String(validating: made, as: UTF8.self) != nil)
    }
  }
}

extension String {
  /// As the default steps leave it: these texts hold nothing else to clean.
  fileprivate var precomposedText: String { normalized(self) }
}
