import CorpusCore
import TestSupport
import Testing

@testable import TextProcessing

@Suite struct LanguageTests {
  @Test(arguments: [
    ("fr", "fr"), ("FR", "fr"), ("fra_Latn", "fr"), ("fr-CA", "fr"), ("French", "fr"), (" sw\n", "sw"), ("zh", "zhs"),
    ("zh-Hans", "zhs"), ("zh_TW", "zht"), ("cmn_Hant", "zht"), ("zhs", "zhs"), ("Python", "code-python"),
    ("C++", "code-cpp"), ("C#", "code-csharp"), ("code-rust", "code-rust"), ("ts", "ts"),
    ("TypeScript", "code-typescript"),
    ("ory_Orya", "or"), ("swh", "sw"), ("de", "de"), ("DE-at", "de"), ("yue_Hant", "yue"), ("nso", "nso"),
    ("tum", "tum"), ("Northern Sotho", "nso"),
  ])
  func `labels are mapped to our codes`(label: String, code: String) {
    #expect(canonicalLanguage(label: Array(label.utf8).span)?.code == code)
  }

  @Test(arguments: ["", " ", "und", "unknown", "n/a", "mul", "x", "klingon", "fr--", "français", "../etc", "12", "e n"])
  func `what is no label is nil`(label: String) {
    #expect(canonicalLanguage(label: Array(label.utf8).span) == nil)
  }

  @Test func `random labels never crash`() {
    var random = SplitMix64(state: 3)
    for _ in 0..<2000 {
      let label = (0..<Int.random(in: 0...80, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      _ = canonicalLanguage(label: label.span)
      _ = CLD2Identifier().identify(label.span)
    }
  }

  @Test func `the 40 languages that CLD2 knows are identified in the sample`() {
    let unknownToCLD2: Set<String> = ["bm", "fon", "ki", "tum", "tw", "rn"]
    var right = 0
    var total = 0
    var wrong: [String] = []
    for document in SampleText.documents where document.text.count >= 300 && !document.file.hasPrefix("code-") {
      if unknownToCLD2.contains(document.file) { continue }
      total += 1
      let guess = CLD2Identifier().identify(SampleText.clean(document).span)
      if guess.language?.code == document.file { right += 1 } else { wrong.append("\(document.id)=\(guess)") }
      #expect((0...1).contains(guess.confidence))
    }
    #expect(Double(right) / Double(total) > 0.95, "\(wrong)")
  }

  @Test func `numbers and nothing are undetermined`() {
    #expect(CLD2Identifier().identify(Array("12 34 56 | 78".utf8).span).language == nil)
    #expect(CLD2Identifier().identify([UInt8]().span).language == nil)
  }
}
