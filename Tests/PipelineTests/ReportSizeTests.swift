// A report of 10^9 documents is as small as one of 10^4, and the same in whatever order its parts were merged.
import CorpusCore
import Foundation
import TextProcessing
import Testing

@testable import Pipeline

@Suite struct ReportSizeTests {
  /// Few, so that few units fill every list.
  private static let codes = ["ar", "bn", "fr", "sw", "vi", "zhs"]

  /// What unit `number` counts: two languages, with lines, words and hosts that no other unit has beside some that all have.
  private static func unit(_ number: Int, documents: Int) -> PrepareCounts {
    var counts = PrepareCounts()
    counts.portrait.filters = FilterTallies()
    var profiler = CorpusProfiler()
    var scratch = FilterScratch()
    let table = LanguageTable(files: [], presets: [.roots, .gopher], overrides: ["minimum_bytes": 4000])
    for code in [codes[number % codes.count], codes[(number * 7 + 1) % codes.count]] {
      guard let language = Language(code: code) else { continue }
      let own = (0..<30).map { "line \($0) of unit \(number) in \(code) says \(number * 31 + $0) things\n" }
      let text = Array((own + own + ["what every unit has to say again and again\n"]).joined().utf8)
      for document in 0..<3 {
        let part = Array(text.prefix(900 + 700 * document + number % 50))
        profiler.add(
          part.span, language: language, address: Array("https://host\(number * 3 + document).example/".utf8),
          source: Array("source \(number % 5)".utf8))
        let chain = FilterChain(settings: table.settings(for: language))
        let (values, drop) = chain.evaluate(part.span, languageConfidence: nil, scratch: &scratch, extent: .active)
        counts.portrait.filters?.add(values, drop: drop, language: language, chain: chain)
      }
      var tally = LanguageCounts()
      tally.read = documents
      tally.kept = documents - documents / 3
      tally.removed = ["minimum_bytes": documents / 3]
      tally.bytesRead = 2000 * documents
      tally.bytesKept = 1500 * documents
      tally.lengthHistogram = (0..<40).map { $0 > 5 && $0 < 30 ? documents / 24 : 0 }
      counts.languages[code, default: LanguageCounts()].add(tally)
      counts.portrait.examples += ["kept", "minimum_bytes", "maximum_word_repetition_ratio"].map {
        Example(
          language: code, reason: $0, id: "\(number)/\(code)", value: 1, threshold: 2,
          text: String(repeating: "text of unit \(number) ", count: 20))
      }
    }
    counts.portrait.profile = profiler.finish(.unit)
    counts.quarantined = 2
    counts.quarantine = (0..<2).map {
      QuarantineExample(shard: "shard-\(number).jsonl", line: $0 + 1, offset: $0, reason: "expected an object")
    }
    counts.read = counts.kept + counts.removed + counts.quarantined
    counts.redactions = ["email": documents]
    return counts
  }

  private static func merged(_ units: [PrepareCounts], order: [Int]) -> TextPortrait {
    var merging = TextPortrait.merging
    for number in order { merging.add(units[number].portrait, number: number) }
    return merging.result ?? TextPortrait()
  }

  private static func report(units count: Int, documents: Int) throws -> (data: ReportData, evidence: Int) {
    let units = (0..<count).map { unit($0, documents: documents) }
    var duplicates = DeduplicateCounts()
    // Every size up to some, as many as there are documents for.
    for size in 2..<(count * 4) { duplicates.clusterSizes[size] = 1 }
    duplicates.pairs = (0..<40).map {
      DuplicatePair(
        language: "fr", reason: "near_duplicate", similarity: 0.9, keptID: "a\($0)", removedID: "b\($0)",
        keptText: String(repeating: "mot ", count: 100), removedText: String(repeating: "mots ", count: 100))
    }
    let encoded = (0..<count * 2).map { number in
      var counts = EncodeCounts()
      counts.language = codes[number % codes.count]
      counts.documents = documents
      counts.tokens = 400 * documents
      counts.words = 300 * documents
      counts.bytes = 1500 * documents
      return counts
    }
    let cut = (0..<count * 2).map { number in
      var counts = CutCounts()
      counts.language = codes[number % codes.count]
      counts.removedSegments = documents
      counts.mostRepeated = (0..<20).map { RepeatedSegment(count: number + $0, text: "line \($0) of part \(number)") }
      return counts
    }
    let totals = PrepareTotals()
    for (number, unit) in units.enumerated() {
      var counts = unit
      totals.absorb(&counts, index: number)
    }
    let evidence = RunEvidence(
      prepared: totals.counts, portrait: merged(units, order: Array(units.indices)), deduplicated: duplicates, cut: cut,
      trained: nil, encoded: encoded, assembled: [], ledger: Ledger(prepared: units, deduplicated: nil))
    let configuration = RunTesting.configuration(["x"], output: "y")
    let record = RunRecord(
      name: "large", version: xylemVersion, configurationDigest: configuration.digest, configuration: configuration,
      inputs: [])
    return (reportData(evidence, record: record, journal: []), try encodeJSON(evidence).count)
  }

  @Test func `a report over a billion documents is as small as one over ten thousand`() throws {
    let small = try Self.report(units: 48, documents: 105)
    let large = try Self.report(units: 160, documents: 3_200_000)
    #expect((10_000...11_000).contains(small.data.ledger.read))
    #expect(large.data.ledger.read > 1_000_000_000)
    let sizes = try [small.data, large.data].map {
      [try ReportRenderer.html($0).count, ReportRenderer.json($0).count, ReportRenderer.csv($0).count]
    }
    for (kind, (before, after)) in zip(["html", "json", "csv"], zip(sizes[0], sizes[1])) {
      #expect(after < before * 5 / 4, "\(kind): \(before) and \(after) bytes")
      #expect(after < 2_000_000, "\(kind): \(after) bytes")
    }
    // What it is drawn from fills the places that its lists have, and no more: 768 entries a language and 2,048 hosts.
    #expect(large.evidence < (6 * 768 + 2048) * 120, "\(small.evidence) and \(large.evidence) bytes")
  }

  @Test func `portraits merged in any order have the same bytes`() throws {
    let units = (0..<45).map { Self.unit($0, documents: 10) }
    let expected = try Self.merged(units, order: Array(units.indices)).bytes
    for order in [units.indices.reversed(), units.indices.shuffled(), units.indices.shuffled()] {
      #expect(try Self.merged(units, order: order).bytes == expected)
    }
  }

  @Test func `errors stay what lists say of them when very many units were merged`() throws {
    let units = (0..<300).map { Self.unit($0, documents: 10) }
    let profile = Self.merged(units, order: Array(units.indices)).profile
    // Of the units' own lists, with places for 24 lines and 40 phrases, the sum errs most (Agarwal et al.).
    for (code, language) in profile?.languages ?? [:] {
      #expect(language.lines.entries.count <= 256, "\(code)")
      #expect(language.lines.undercount * 25 <= language.lines.total, "\(code)")
      #expect(language.phrases.undercount * 41 <= language.phrases.total, "\(code)")
    }
    #expect(profile?.hosts.total == 1800)
    #expect((profile?.hosts.entries.count ?? 0) <= 2048)
  }

  @Test func `a unit's part of a manifest holds no text, and its portrait comes back as it was`() throws {
    let unit = Self.unit(3, documents: 10)
    let manifest = try encodeJSON(unit)
    #expect(!String(decoding: manifest, as: UTF8.self).contains("of unit 3"))
    let bytes = try unit.portrait.bytes
    #expect(try TextPortrait(bytes, at: "x").bytes == bytes)
    #expect(throws: PlainFailure.self) { try TextPortrait(Array("{\"examples\":1}".utf8), at: "x") }
  }

  @Test func `examples are spread over languages, then over what each has more of`() {
    func example(_ reason: String, _ language: String, _ id: Int) -> Example {
      Example(language: language, reason: reason, id: String(id), value: nil, threshold: nil, text: "")
    }
    let seen =
      (0..<4).map { example("kept", "fr", $0) } + (4..<6).map { example("kept", "sw", $0) }
      + (6..<9).map { example("short", "fr", $0) }
    #expect(TextPortrait.chosen(seen, count: 3).map(\.id) == ["0", "1", "4", "6", "7", "8"])
    #expect(TextPortrait.chosen(seen, count: 5).map(\.id) == ["0", "1", "2", "4", "5", "6", "7", "8"])
    #expect(TextPortrait.chosen(seen, count: 0).isEmpty)
  }

  @Test func `sizes of clusters stay few`() {
    let counts = Dictionary(uniqueKeysWithValues: (2...100_000).map { ($0, 3) })
    let sizes = clusterSizes(counts)
    #expect(sizes.count < 800)
    #expect(sizes.reduce(0) { $0 + $1.clusters } == 3 * 99_999)
    #expect(sizes.last?.size == 100_000)
    #expect(sizes.prefix(126).map(\.size) == Array(2...127))
    #expect(clusterSizes([:]).isEmpty)
  }
}
