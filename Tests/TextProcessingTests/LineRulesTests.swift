import TestSupport
import Testing

@testable import TextProcessing

private func cleaned(
  _ text: String, segmentation: WordSegmentation = .whitespace, _ change: (inout FilterThresholds) -> Void
) -> (text: String, counts: LineRuleCounts) {
  var settings = LanguageSettings(code: "x", wordSegmentation: segmentation)
  change(&settings.thresholds)
  var output: [UInt8] = []
  var counts = LineRuleCounts()
  guard let rules = LineRules(settings: settings),
    rules.apply(Array(text.utf8).span, into: &output, counts: &counts)
  else { return (text, counts) }
  return (String(decoding: output, as: UTF8.self), counts)
}

@Suite struct LineRulesTests {
  @Test func `lines without a sentence's end go, quotations stay, ellipses go`() {
    let (text, counts) = cleaned("Home\nThis stays.\nSo does \"this\"\nMore...\nपानी है।") {
      $0.removeUnterminatedLines = 1
    }
    #expect(text == "This stays.\nSo does \"this\"\nपानी है।" && counts.unterminated == 2 && counts.documents == 1)
  }

  @Test func `short lines, long words, javascript and policies go`() {
    let (text, counts) = cleaned(
      "a b\nthree words here\nplease enable JavaScript now\nOur Privacy Policy is here\nx abcdefgh y"
    ) {
      $0.minimumLineWords = 3
      $0.maximumLineWordLength = 7
      $0.removeJavascriptLines = 1
      $0.removePolicyLines = 1
    }
    #expect(text == "three words here")
    #expect(counts.fewWords == 1 && counts.longWords == 2 && counts.policy == 1 && counts.javascript == 0)
    #expect(cleaned("enable Javascript\nb") { $0.removeJavascriptLines = 1 }.counts.javascript == 1)
  }

  @Test func `letters are words where words are not spaced`() {
    #expect(cleaned("你好\n我们今天", segmentation: .icu) { $0.minimumLineWords = 3 }.text == "我们今天")
  }

  @Test func `citation marks go and their line stays`() {
    let (text, counts) = cleaned("It is so.[12] Or not[edit][]. [12a] [x]") { $0.removeCitations = 1 }
    #expect(text == "It is so. Or not. [12a] [x]" && counts.citations == 3)
  }

  @Test func `code and menus go`() {
    let (text, counts) = cleaned("text\nif (a) { b }\n<!--[if IE]>\nHome | About us | Contact\nOne thing | another.") {
      $0.removeCodeLines = 1
      $0.removeMenuLines = 1
    }
    #expect(text == "text\nOne thing | another." && counts.code == 2 && counts.menu == 1)
  }

  @Test func `empty lines stay between what stays`() {
    #expect(
      cleaned("Yes.\n\n\nYes.\nno\n\nYes.\n\nno") { $0.removeUnterminatedLines = 1 }.text == "Yes.\n\n\nYes.\n\nYes.")
    #expect(cleaned("no\n\nYes.") { $0.removeUnterminatedLines = 1 }.text == "Yes.")
    #expect(cleaned("no") { $0.removeUnterminatedLines = 1 }.text.isEmpty)
  }

  @Test func `without a rule there are no rules`() {
    #expect(LineRules(settings: LanguageSettings(code: "x")) == nil)
  }

  @Test func `what was cleaned once does not change again`() {
    var random = SplitMix64(state: 3)
    let parts = ["word", " ", "\n", ".", "{", " | ", "\u{201D}", "javascript", "...", "好", "\n\n"]
    for _ in 0..<300 {
      let text = (0..<Int.random(in: 0...60, using: &random)).map { _ in
        parts[Int.random(in: 0..<parts.count, using: &random)]
      }
      .joined()
      let rules: (inout FilterThresholds) -> Void = {
        $0.removeUnterminatedLines = 1
        $0.minimumLineWords = 2
        $0.removeJavascriptLines = 1
        $0.removeCodeLines = 1
        $0.removeMenuLines = 1
      }
      let once = cleaned(text, rules).text
      #expect(cleaned(once, rules).text == once)
    }
  }
}
