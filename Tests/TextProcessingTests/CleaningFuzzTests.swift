// Mutation fuzzing of what prepare does to a text: any bytes in, valid UTF-8 out, the same a second time, and no crash.
// Some thousand mutants of the samples by default; XYLEM_FUZZ_SECONDS=600 swift test --filter CleaningFuzz goes on longer.
import Foundation
import TestSupport
import Testing

@testable import TextProcessing

@Suite struct CleaningFuzzTests {
  private struct Mutator {
    var random: SplitMix64
    let seeds: [[UInt8]]
    /// What is apt to lie on an edge of some rule.
    let morsels: [[UInt8]] = [
      "&amp;", "&#8203;", ";", "\u{200D}", "\u{200C}", "\u{FEFF}", "\u{202E}", "a@b.co", "192.0.2.77", "2001:db8::1",
      "+1 202 555 0143", "GB82 WEST 1234", "4111 1111 1111 1111", "{", "[12]", "lorem ipsum", "...", "\u{2026}", "\n\n",
      "\u{0301}", "\u{0344}", "Ã©", "===", "https://x.y/@z", "ghp_0123456789abcdefghij", "\r", "\u{0}", "\u{2028}", "क्ष",
      "好。",
    ].map { Array($0.utf8) }

    mutating func next() -> [UInt8] {
      var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
      if bytes.count > 2000 {
        let start = Int.random(in: 0..<(bytes.count - 1000), using: &random)
        bytes = Array(bytes[start..<(start + 1000)])
      }
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 1 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 2 where place < bytes.count:
          bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...8, using: &random)))
        case 3 where place < bytes.count:
          let piece = bytes[place..<min(bytes.count, place + Int.random(in: 1...40, using: &random))]
          bytes.insert(
            contentsOf: Array(repeating: Array(piece), count: Int.random(in: 1...6, using: &random)).joined(), at: place
          )
        default: bytes.insert(contentsOf: morsels[Int.random(in: 0..<morsels.count, using: &random)], at: place)
        }
      }
      return bytes
    }
  }

  @Test func `mutants of the samples come out as valid UTF-8, and the same a second time`() {
    let seconds = ProcessInfo.processInfo.environment["XYLEM_FUZZ_SECONDS"].flatMap(Double.init)
    let end = seconds.map { Date().addingTimeInterval($0) }
    let seed = seconds == nil ? 41 : UInt64(Date().timeIntervalSince1970)
    var mutator = Mutator(random: SplitMix64(state: seed), seeds: SampleText.documents.map(\.text))
    let all = NormalizationOptions(decodeEntities: true, repairMojibake: true, maximumRun: 3)
    let kinds = Set(RedactionKind.allCases)
    let settings = ["en", "zhs", "hi", "ar", "code-c"].map { code in
      var settings = SampleText.settings(code)
      settings.thresholds = .resolved(
        presets: FilterPreset.allCases, isCode: code.hasPrefix("code"), filters: settings.thresholds,
        own: FilterThresholds(), overrides: FilterThresholds())
      settings.thresholds.removeCodeLines = 1
      settings.thresholds.removeMenuLines = 1
      return settings
    }
    let chains = settings.map(FilterChain.init(settings:))
    let rules = settings.compactMap(LineRules.init(settings:))
    var scratch = FilterScratch()
    var mutants = 0
    while end.map({ Date() < $0 }) ?? (mutants < 3000) {
      let bytes = mutator.next()
      let options = mutants % 2 == 0 ? all : NormalizationOptions(form: mutants % 4 == 1 ? .nfkc : .none)
      let isCode = mutants % 5 == 4
      var made = normalized(bytes, isCode: isCode, options: options)
      #expect(String(validating: made, as: UTF8.self) != nil, "seed \(seed), mutant \(mutants): not UTF-8")
      #expect(
        normalized(made, isCode: isCode, options: options) == made, "seed \(seed), mutant \(mutants): not settled")
      var ruled: [UInt8] = []
      var lineCounts = LineRuleCounts()
      if rules[mutants % rules.count].apply(made.span, into: &ruled, counts: &lineCounts) { made = ruled }
      let chain = chains[mutants % chains.count]
      let (values, drop) = chain.evaluate(made.span, languageConfidence: 0.5, scratch: &scratch, extent: .all)
      let again = chain.evaluate(made.span, languageConfidence: 0.5, scratch: &scratch, extent: .untilDrop)
      #expect(again.drop == drop, "seed \(seed), mutant \(mutants): two verdicts")
      for value in FilterValue.allCases where !values[value].isNaN {
        #expect(values[value].isFinite && values[value] >= 0, "seed \(seed), mutant \(mutants): \(value.name)")
      }
      var redacted: [UInt8] = []
      var counts = RedactionCounts()
      if Redactor(kinds: kinds).redact(made.span, isCode: isCode, into: &redacted, counts: &counts) {
        #expect(counts.total > 0)
        made = redacted
      }
      #expect(
        String(validating: made, as: UTF8.self) != nil, "seed \(seed), mutant \(mutants): not UTF-8 when redacted")
      // The raw bytes too: nobody promises the redactor or a chain that their text was cleaned.
      redacted.removeAll(keepingCapacity: true)
      _ = Redactor(kinds: kinds).redact(bytes.span, isCode: isCode, into: &redacted, counts: &counts)
      _ = chain.evaluate(bytes.span, languageConfidence: nil, scratch: &scratch, extent: .all)
      mutants += 1
    }
    #expect(mutants > 100)
    if seconds != nil { print("\(mutants) mutants from seed \(seed)") }
  }
}
