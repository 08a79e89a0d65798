// Gopher's, C4's and FineWeb's values: by hand, and against the plain twin on random text.
import CorpusCore
import TestSupport
import Testing

@testable import TextProcessing

/// A text that breaks one limit.
struct LimitCase: Sendable {
  var reason: String
  var text: String
  var set: @Sendable (inout FilterThresholds) -> Void

  init(_ reason: String, _ text: String, _ set: @escaping @Sendable (inout FilterThresholds) -> Void) {
    self.reason = reason
    self.text = text
    self.set = set
  }
}

@Suite struct GopherFilterTests {
  @Test func `lines and paragraphs that occurred before are counted with their characters`() {
    // Lines: ab, cd, ab, (empty), ab, cd: 5 filled, 3 repeated with 6 characters of 15. Paragraphs: "ab\ncd\nab" once,
    // "ab\ncd" once.
    let values = measure("ab\ncd\nab\n\nab\ncd").values
    #expect(values[.duplicateLineRatio] == 3.0 / 5)
    #expect(values[.duplicateLineCharacterRatio] == 6.0 / 15)
    #expect(values[.lineDuplicationRatio] == 6.0 / 10)
    #expect(values[.duplicateParagraphRatio] == 0)
    // Two paragraphs of 5 characters that are equal, 12 characters in all.
    let twice = measure("ab\ncd\n\nab\ncd").values
    #expect(twice[.duplicateParagraphRatio] == 0.5 && twice[.duplicateParagraphCharacterRatio] == 5.0 / 12)
  }

  @Test func `the most frequent n-gram counts with its spaces, the duplicates without`() {
    // "a b a b c": 2-grams ab 2, ba 1, bc 1; 3 characters twice of 9.
    #expect(measure("a b a b c").values[.top2GramRatio] == 6.0 / 9)
    // No 3-gram twice: the first, "a b a", 5 of 9.
    #expect(measure("a b a b c").values[.top3GramRatio] == 5.0 / 9)
    // 10 words, the 5-gram abcde twice: 5 characters of 19.
    #expect(measure("a b c d e a b c d e").values[.duplicate5GramRatio] == 5.0 / 19)
    #expect(measure("a b c d e a b c d e").values[.duplicate6GramRatio] == 0)
  }

  @Test func `words are measured without the marks at their ends`() {
    // Words: Hello, wide, 42, worlds: 5 + 4 + 2 + 6 characters; 3 of 4 have a letter.
    let values = measure("(Hello, wide) 42 worlds! --").values
    #expect(values[.meanWordLength] == 17.0 / 4 && values[.alphabeticWordRatio] == 0.75)
    #expect(measure("the cat and the dog", stop: ["the", "and", "of"]).values[.distinctStopWords] == 2)
  }

  @Test func `symbols, bullets and ellipses are counted`() {
    let values = measure("# a\n- b c...\n\n \u{2022} d \u{2026}\ne").values
    // Five lines, one of them empty; five words.
    #expect(values[.hashRatio] == 1.0 / 5 && values[.ellipsisRatio] == 2.0 / 5)
    #expect(values[.bulletLineRatio] == 2.0 / 5 && values[.ellipsisLineRatio] == 2.0 / 5)
    #expect(values[.newlineRatio] == 4.0 / 5)
    #expect(measure("......").values[.ellipsisRatio] == 2)
  }

  @Test(arguments: [
    ("One. Two! Three", 3), ("Version 3.14 is out.", 1), ("He said \"no.\" Then left.", 2), ("", 0), ("a\nb\n", 2),
    ("पानी है। ठीक।", 2), ("你好。再见！", 2), ("Wait... what?! Yes.", 3), ("e.g.x", 1),
  ])
  func `sentences end where they should`(text: String, count: Int) {
    #expect(measure(text).values[.sentenceCount].rounded() == Double(count) || text.isEmpty)
  }

  @Test func `a language adds its own sentence ends`() {
    var settings = LanguageSettings(code: "x", sentenceEnds: "\u{00B7}")
    settings.thresholds.minimumTerminatedLineRatio = 1
    var scratch = FilterScratch()
    let text = Array("ab\u{00B7}\ncd\u{00B7}".utf8)
    let (values, drop) = FilterChain(settings: settings).evaluate(
      text.span, languageConfidence: nil, scratch: &scratch, extent: .all)
    #expect(values[.terminatedLineRatio] == 1 && drop == nil && values[.sentenceCount] == 2)
  }

  @Test func `a sentence end may be a letter`() {
    for (ends, text) in [("z", "az bz c"), ("\u{B7}", "a\u{B7} b\u{B7} c")] {
      var scratch = FilterScratch()
      let chain = FilterChain(settings: LanguageSettings(code: "x", sentenceEnds: ends))
      let values = chain.evaluate(
        Array(text.utf8).span, languageConfidence: nil, scratch: &scratch, extent: .all
      ).values
      #expect(values[.sentenceCount] == 3 && values[.terminatedLineRatio] == 0, "\(ends)")
    }
  }

  @Test func `lines of FineWeb and code`() {
    let long = String(repeating: "x", count: 31)
    let values = measure("Short.\n\(long)\n\n{ lorem IPSUM }").values
    #expect(values[.terminatedLineRatio] == 1.0 / 3 && values[.shortLineRatio] == 2.0 / 3)
    #expect(values[.curlyBrackets] == 1 && values[.loremIpsum] == 1)
    // 4 lines of 6 + 31 + 0 + 15 characters.
    #expect(values[.meanLineLength] == 52.0 / 4 && values[.characterCount] == 55)
    // Tokens aa, bbbb: mean 3, deviation 1. Alphanumerics 6 of 7.
    #expect(measure("aa bbbb").values[.tokenLengthDeviation] == 1)
    #expect(measure("aa bbbb").values[.alphanumericRatio] == 6.0 / 7)
  }

  @Test func `random text gives what the plain twin gives`() {
    var random = SplitMix64(state: 17)
    let parts = ["a", "b", "cd", "é", "好", " ", " ", "\n", "\n\n", ".", "...", "-", "#", "\u{2022}", "\u{2026}"]
    for _ in 0..<400 {
      var text = ""
      for _ in 0..<Int.random(in: 1...120, using: &random) {
        text += parts[Int.random(in: 0..<parts.count, using: &random)]
      }
      let values = measure(text).values
      let characters = text.unicodeScalars.count
      func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
      let filled = NaiveRepetition.lines(text).filter { $0.contains { $0 != " " } }
      let lines = NaiveRepetition.duplicates(filled)
      #expect(values[.duplicateLineRatio] == ratio(lines.elements, filled.count))
      #expect(values[.duplicateLineCharacterRatio] == ratio(lines.characters, characters))
      let paragraphs = NaiveRepetition.paragraphs(text)
      let repeated = NaiveRepetition.duplicates(paragraphs)
      #expect(values[.duplicateParagraphRatio] == ratio(repeated.elements, paragraphs.count))
      #expect(values[.duplicateParagraphCharacterRatio] == ratio(repeated.characters, characters))
      let wordly: (Character) -> Bool = { $0.isLetter || $0.isNumber }
      let words = text.split { $0 == " " || $0 == "\n" }.compactMap { token -> String? in
        guard let first = token.firstIndex(where: wordly), let last = token.lastIndex(where: wordly) else { return nil }
        return String(token[first...last])
      }
      #expect(values[.wordCount] == Double(words.count))
      #expect(values[.top2GramRatio] == ratio(NaiveRepetition.topGram(words, 2), characters))
      #expect(values[.top3GramRatio] == ratio(NaiveRepetition.topGram(words, 3), characters))
      #expect(values[.top4GramRatio] == ratio(NaiveRepetition.topGram(words, 4), characters))
      #expect(values[.duplicate5GramRatio] == ratio(NaiveRepetition.duplicateGrams(words, 5), characters))
      #expect(values[.duplicate7GramRatio] == ratio(NaiveRepetition.duplicateGrams(words, 7), characters))
      #expect(values[.duplicate10GramRatio] == ratio(NaiveRepetition.duplicateGrams(words, 10), characters))
    }
  }

  @Test(arguments: [
    LimitCase("too_few_characters", "ab") { $0.minimumCharacters = 3 },
    LimitCase("too_many_characters", "abcd") { $0.maximumCharacters = 3 },
    LimitCase("long_mean_line", "abcd") { $0.maximumMeanLineLength = 3 },
    LimitCase("few_alphanumerics", "a----") { $0.minimumAlphanumericRatio = 0.25 },
    LimitCase("uniform_tokens", "ab cd") { $0.minimumTokenLengthDeviation = 1 },
    LimitCase("short_words", "a b c") { $0.minimumMeanWordLength = 3 },
    LimitCase("long_words", "abcdefghijkl") { $0.maximumMeanWordLength = 10 },
    LimitCase("few_alphabetic_words", "1 2 a") { $0.minimumAlphabeticWordRatio = 0.8 },
    LimitCase("few_distinct_stop_words", "the the") { $0.minimumDistinctStopWords = 2 },
    LimitCase("hashes", "# # a") { $0.maximumHashRatio = 0.1 },
    LimitCase("ellipses", "a... b") { $0.maximumEllipsisRatio = 0.1 },
    LimitCase("bullet_lines", "- a\n- b") { $0.maximumBulletLineRatio = 0.9 },
    LimitCase("ellipsis_lines", "a...\nb") { $0.maximumEllipsisLineRatio = 0.3 },
    LimitCase("duplicate_lines", "a\na") { $0.maximumDuplicateLineRatio = 0.3 },
    LimitCase("duplicate_line_characters", "a\na") { $0.maximumDuplicateLineCharacterRatio = 0.2 },
    LimitCase("duplicate_paragraphs", "a\n\na") { $0.maximumDuplicateParagraphRatio = 0.3 },
    LimitCase("duplicate_paragraph_characters", "a\n\na") { $0.maximumDuplicateParagraphCharacterRatio = 0.2 },
    LimitCase("top_grams", "a b a b") { $0.maximumTop2GramRatio = 0.2 },
    LimitCase("duplicate_grams", "a b c d e a b c d e") { $0.maximumDuplicate5GramRatio = 0.15 },
    LimitCase("too_few_sentences", "One. Two.") { $0.minimumSentenceCount = 3 },
    LimitCase("curly_brackets", "if (x) {") { $0.maximumCurlyBrackets = 0 },
    LimitCase("lorem_ipsum", "Lorem ipsum dolor") { $0.maximumLoremIpsum = 0 },
    LimitCase("unterminated_lines", "a\nb") { $0.minimumTerminatedLineRatio = 0.12 },
    LimitCase("many_short_lines", "a\nb") { $0.maximumShortLineRatio = 0.67 },
    LimitCase("line_duplication", "a\na") { $0.maximumLineDuplicationRatio = 0.01 },
    LimitCase("many_newlines", "a\nb") { $0.maximumNewlineRatio = 0.3 },
  ])
  func `each limit has its reason, and none without it`(
    limit: LimitCase
  ) {
    let (reason, text, set) = (limit.reason, limit.text, limit.set)
    #expect(measure(text, stop: ["the", "of"], set).drop?.reason.rawValue == reason)
    #expect(measure(text, stop: ["the", "of"]).drop == nil)
    // A script without spaces and the empty text are judged without fault.
    _ = measure("我们今天去图书馆看书。", segmentation: .icu, set)
    #expect(measure("", set).drop?.reason == .empty)
  }
}
