// N-gram models: hand-worked scores, the plain twin on random models and texts, and everything a file may have wrong.
import Foundation
import TestSupport
import Testing

@testable import TextProcessing

@Suite struct NGramModelTests {
  private static let tiny = """
    a comment
    \\data\\
    ngram 1=5
    ngram 2=3
    ngram 3=1

    \\1-grams:
    -2 <unk>
    -99 <s>\t-0.5
    -1 </s>
    -0.5 a\t-0.25
    -0.75 b\t-0.125

    \\2-grams:
    -0.25 <s> a\t-0.0625
    -0.5 a b
    -0.375 b </s>

    \\3-grams:
    -0.1 <s> a b

    \\end\\
    """

  static func model(_ text: String) throws -> NGramModel {
    var reader = ARPAReader()
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      try reader.take(Array(line.utf8).span)
    }
    return try reader.finish()
  }

  private func log10(_ text: String, _ model: NGramModel) -> Double { model.score(text).log10 }

  @Test func `scores of a tiny model are those worked out by hand`() throws {
    let model = try Self.model(Self.tiny)
    // <s> a, <s> a b, b </s> under the context a b, which has no weight.
    #expect(abs(log10("a b", model) - (-0.25 - 0.1 - 0.375)) < 1e-6)
    // <s>: -0.5, b: -0.75; then b: -0.125, b: -0.75; b </s>.
    #expect(abs(log10("b b", model) - (-1.25 - 0.875 - 0.375)) < 1e-6)
    // An unknown word; what follows it has no context.
    #expect(abs(log10("x a", model) - (-0.5 - 2 - 0.5 - 0.25 - 1)) < 1e-6)
    // <s> a: weight of the context <s> a and of a.
    #expect(abs(log10("a a", model) - (-0.25 - 0.0625 - 0.25 - 0.5 - 0.25 - 1)) < 1e-6)
    let score = model.score("a b\n\n  \nb b\n")
    #expect(score.tokens == 6 && abs(score.log10 - (-0.725 - 2.5)) < 1e-6)
    #expect(abs(score.perplexity - pow(10, 3.225 / 6)) < 1e-5)
    #expect(model.score("").perplexity == 0 && model.score(" \n").tokens == 0)
  }

  @Test func `a file without <unk> gives unknown tokens 10^-100, and perplexity stays finite`() throws {
    let model = try Self.model(
      Self.tiny.replacingOccurrences(of: "-2 <unk>\n", with: "").replacingOccurrences(
        of: "ngram 1=5", with: "ngram 1=4"))
    #expect(abs(log10("x", model) - (-0.5 - 100 - 1)) < 1e-5)
    #expect(model.score("x x x x x").perplexity == 1e30)
  }

  @Test func `a header says what the tokens are`() throws {
    let text = Self.tiny.replacingOccurrences(of: "a comment", with: "# xylem: characters folded")
    let model = try Self.model(text)
    #expect(model.units == NGramUnits(areCharacters: true, areFolded: true))
    #expect(abs(log10("AB", model) - log10("a b", try Self.model(Self.tiny))) < 1e-6)
    // White space is a token of its own, here an unknown one.
    #expect(model.score(" a  b ").tokens == 4)
    #expect(throws: ARPAFailure.self) {
      try Self.model(Self.tiny.replacingOccurrences(of: "a comment", with: "# xylem: syllables"))
    }
  }

  @Test func `whatever is wrong with a file is said with its line`() throws {
    let faults: [(from: String, to: String, says: String)] = [
      ("ngram 2=3", "ngram 2=4", "announces 4"), ("ngram 2=3", "ngram 2=2", "more 2-grams"),
      ("ngram 2=3", "ngram 3=3", "expected ngram 2"), ("ngram 2=3", "ngram 2=-3", "a model may have"),
      ("ngram 2=3", "ngram 2=99999999999999999999", "expected ngram 2"), ("ngram 2=3", "ngram 2=90000000", "prune"),
      ("-0.5 a b", "-0.5 a c", "not among the 1-grams"), ("-0.5 a b", "0.5 a b", "above 1"),
      ("-0.5 a b", "-0.5 a", "2 tokens"), ("-0.5 a b", "-0.5 a b -1 -1", "2 tokens"),
      ("-0.5 a b", "nan a b", "expected a number"), ("-0.5 a b", "-1e99 a b", "expected a number"),
      ("-0.5 a b", "-0.5- a b", "expected a number"), ("-0.5 a b", "-0.25 <s> a", "was there before"),
      ("-0.1 <s> a b", "-0.1 a a b", "no 2-gram"), ("\\3-grams:", "\\4-grams:", "expected \\3-grams:"),
      ("\\end\\", "", "cut short"), ("-99 <s>\t-0.5", "-99 c", "<s> is not among"), ("-2 <unk>", "-2 a", "twice"),
      ("\\data\\", "data", "cut short"),
    ]
    for fault in faults {
      let failure = #expect(throws: ARPAFailure.self, "\(fault.to)") {
        try Self.model(Self.tiny.replacingOccurrences(of: fault.from, with: fault.to))
      }
      #expect(failure?.description.contains(fault.says) ?? false, "\(fault.to): \(failure?.description ?? "")")
    }
    var reader = ARPAReader()
    let long = [UInt8](repeating: 97, count: ARPAReader.maximumLineBytes + 1)
    #expect(throws: ARPAFailure.self) { try reader.take(long.span) }
    let six = "\\data\\\n" + (1...6).map { "ngram \($0)=1" }.joined(separator: "\n")
    #expect(throws: ARPAFailure.self) { try Self.model(six) }
  }

  /// Back-off as it is defined: by recursion over dictionaries of words.
  private struct Plain {
    var weights: [[String]: (probability: Double, backoff: Double)]

    func log10(_ word: String, after context: [String]) -> Double {
      if let found = weights[context + [word]] { return found.probability }
      guard !context.isEmpty else { return weights[["<unk>"]]?.probability ?? -100 }
      return (weights[context]?.backoff ?? 0) + log10(word, after: Array(context.dropFirst()))
    }

    func log10(_ sentence: [String], order: Int) -> Double {
      var words = ["<s>"]
      var sum = 0.0
      for word in sentence.map({ weights[[$0]] == nil ? "<unk>" : $0 }) + ["</s>"] {
        sum += log10(word, after: Array(words.suffix(order - 1)))
        words.append(word)
      }
      return sum
    }
  }

  @Test func `random models and sentences agree with the plain twin`() throws {
    var random = SplitMix64(state: 7)
    for order in 1...5 {
      var plain = Plain(weights: [:])
      var levels: [[[String]]] = [["<unk>", "<s>", "</s>", "a", "b", "c", "é"].map { [$0] }]
      for length in 1..<order {
        levels.append(
          levels[length - 1].filter { $0.last != "</s>" }.flatMap { gram in
            ["</s>", "a", "b", "c", "é", "<unk>"].filter { _ in Int.random(in: 0..<3, using: &random) == 0 }.map {
              gram + [$0]
            }
          })
      }
      var text = "\\data\\\n" + levels.enumerated().map { "ngram \($0 + 1)=\($1.count)\n" }.joined()
      for (index, grams) in levels.enumerated() {
        text += "\\\(index + 1)-grams:\n"
        for gram in grams {
          let probability = -Double(Int.random(in: 0...4000, using: &random)) / 1024
          let backoff = index + 1 < order ? Double(Int.random(in: -1000...200, using: &random)) / 1024 : 0
          plain.weights[gram] = (probability, backoff)
          text += "\(probability)\t\(gram.joined(separator: " "))" + (index + 1 < order ? "\t\(backoff)" : "") + "\n"
        }
      }
      let model = try Self.model(text + "\\end\\\n")
      for _ in 0..<300 {
        let sentence = (0..<Int.random(in: 1...12, using: &random)).map { _ in
          ["a", "b", "c", "é", "d"].randomElement(using: &random) ?? "a"
        }
        let score = model.score(sentence.joined(separator: " "))
        #expect(abs(score.log10 - plain.log10(sentence, order: order)) < 1e-4, "order \(order): \(sentence)")
        #expect(score.tokens == sentence.count + 1)
      }
    }
  }
}
