import Foundation
import Testing
import Tokenization

@Suite struct PreTokenizerKindTests {
  private func cut(_ text: String, _ pattern: String, _ behavior: SplitRule.Behavior, inverted: Bool = false) throws
    -> [String]
  {
    let rule = SplitRule(pattern: .regex(pattern), behavior: behavior, isInverted: inverted)
    return pieces(of: text, try PreTokenizerKind(rules: [rule]))
  }

  @Test func publishedKindsHaveNamesAndRulesThatLeadBackToThem() throws {
    for kind in [PreTokenizerKind.bloom, .gpt2, .cl100k, .o200k, .deepseek] {
      #expect(try PreTokenizerKind.named(kind.name) == kind)
      #expect(try PreTokenizerKind(rules: kind.rules) == kind)
      #expect(try JSONDecoder().decode(PreTokenizerKind.self, from: JSONEncoder().encode(kind)) == kind)
      #expect(!kind.isSlow)
    }
  }

  @Test func anyOtherNameIsOneIsolatedExpression() throws {
    let kind = try PreTokenizerKind.named("[0-9]+")
    #expect(kind == .rules([SplitRule(pattern: .regex("[0-9]+"))]) && kind.isSlow)
    #expect(pieces(of: "ab12c", kind) == ["ab", "12", "c"])
    #expect(try JSONDecoder().decode(PreTokenizerKind.self, from: JSONEncoder().encode(kind)) == kind)
  }

  @Test func behavioursCutAsHuggingFaceDoes() throws {
    #expect(try cut("abxxc", "x", .isolated) == ["ab", "x", "x", "c"])
    #expect(try cut("abxxc", "x", .contiguous) == ["ab", "xx", "c"])
    #expect(try cut("abxxc", "x", .mergedWithPrevious) == ["abx", "x", "c"])
    #expect(try cut("abxxc", "x", .mergedWithNext) == ["ab", "x", "xc"])
    #expect(try cut("abxxc", "x*", .isolated) == ["a", "b", "xx", "c"])
    #expect(try cut("abxxc", "x*", .mergedWithPrevious) == ["a", "bxx", "c"])
    #expect(try cut("abxxc", "x*", .mergedWithNext) == ["a", "b", "xxc"])
  }

  @Test func rulesApplyInOrderEachToThePiecesOfTheOneBefore() throws {
    let rules = [SplitRule(pattern: .literal("-.")), SplitRule(pattern: .regex("[ab]+"))]
    #expect(pieces(of: "ab-.ba-c", try PreTokenizerKind(rules: rules)) == ["ab", "-.", "ba", "-c"])
  }

  @Test func removedIsAcceptedOnlyWhereItRemovesNothing() throws {
    let covering = PreTokenizerKind.cl100k.rules[0].pattern
    let harmless = SplitRule(pattern: covering, behavior: .removed, isInverted: true)
    #expect(try PreTokenizerKind(rules: [harmless]) == .cl100k)
    for rule in [
      SplitRule(pattern: covering, behavior: .removed),
      SplitRule(pattern: .literal(" "), behavior: .removed),
      SplitRule(pattern: PreTokenizerKind.bloom.rules[0].pattern, behavior: .removed, isInverted: true),
    ] {
      #expect(throws: TokenizationFailure.self) { try PreTokenizerKind(rules: [rule]) }
    }
  }

  /// Oniguruma repeats `{1,3}+`; it takes fractions of Latin-1 for word characters outside of classes only.
  @Test func expressionsMeanWhatTheyMeanInOniguruma() throws {
    #expect(try cut("1234567a", #"\p{N}{1,3}+"#, .isolated) == ["1234567", "a"])
    #expect(try cut("aab", "a{,1}b", .isolated) == ["a", "ab"])
    #expect(try cut("zabcz", "[a[bc]]+", .isolated) == ["z", "abc", "z"])
    #expect(try cut("½a½", #"\w+"#, .isolated) == ["½a½"])
    #expect(try cut("½a½", #"[\w]+"#, .isolated) == ["½", "a", "½"])
    #expect(try cut("\u{180E} ", #"\s"#, .isolated) == ["\u{180E}", " "])
    #expect(try cut("1\u{16D40}1", #"\p{L}"#, .isolated) == ["1", "\u{16D40}", "1"])
    #expect(try cut("ſK", "(?i:sk)", .isolated) == ["ſK"])
  }

  @Test func expressionsThatEnginesReadDifferentlyAreRefused() {
    for pattern in [
      "", "^a", "a$", "[a&&b]", #"\bx"#, "(?<=a)b", "(a*)*", "(?i:st)", "(?i:é)", #"\p{Han}"#, "a{2}?", #"\R"#, #"\h"#,
      #"a\Kb"#, "[[:alpha:]]", "a**", "[a[^b]]", "[a", "(a", "a)", #"\1"#, "*a", "a{", "[]a]", #"\xE4"#, "[z-a]",
      "[a-c-e]", #"\"#, "(?<n>a)", "(?x: a)", "((a{1000}){1000}){1000}", String(repeating: "(", count: 10_000),
    ] {
      #expect(throws: TokenizationFailure.self, "\(pattern.prefix(20))") { try PreTokenizerKind.named(pattern) }
    }
  }

  @Test func aRefusalSaysWhyAndWhere() {
    #expect {
      try PreTokenizerKind.named("ab(?<=c)")
    } throws: { error in
      let text = "\(error)"
      return text.contains("look-behind") && text.contains("at character 2")
    }
  }

  @Test func aMatchThatTakesTooManyStepsIsAnErrorThatNamesThePlace() throws {
    let preTokenizer = PreTokenizer(kind: try .named("(?:a|aa)+[bc]"))
    let text = Array(("x" + String(repeating: "a", count: 60)).utf8)
    var joined: [UInt8] = []
    preTokenizer.forEachPiece(text.span) { joined.append(contentsOf: $0) }
    #expect(joined == text)
    #expect {
      try preTokenizer.checkFailures()
    } throws: { error in
      "\(error)".contains("match limit") && "\(error)".contains("of a text of 61 bytes")
    }
  }

  @Test func rulesNobodyCheckedAreReportedNotObeyed() {
    let preTokenizer = PreTokenizer(kind: .rules([SplitRule(pattern: .regex("(a"))]))
    #expect(throws: TokenizationFailure.self) { try preTokenizer.checkFailures() }
  }
}
