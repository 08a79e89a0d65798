// The step deduplicate_lines: what a run with it keeps is what `xylem dedup lines` leaves of what a run without it keeps;
// the bytes depend on nothing but input and configuration; the account balances; damaged cut lists are refused.
import CorpusCore
import CorpusIO
import Deduplication
import Foundation
import TestSupport
import Testing

@testable import Pipeline

struct RepeatedLinesTests {
  /// Documents in three languages with lines that many, some or few of them share, also within one document; some of
  /// nothing else, some with white space around or blank lines.
  private func corpus(in scratch: ScratchDirectory, documents: Int = 240) throws -> [String] {
    var generator = SplitMix64(state: 5)
    func random(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }
    let menu = [
      "Home | About | Contact us", "Accueil | À propos | Nous écrire", "Todos los derechos reservados, también mañana.",
    ]
    return try (0..<3).map { file in
      var lines = JSONLines()
      for number in 0..<documents {
        var text: [String] = []
        for _ in 0..<random(9) {
          switch random(6) {
          case 0, 1: text.append(["", "  "][random(2)] + menu[random(3)] + ["", " \t"][random(2)])
          case 2: text.append("Seen in some places, number \(random(30)) — 漢字")
          case 3: text.append(["", "   ", "short"][random(3)])
          default: text.append("A sentence of its own, \(file) \(number) \(random(1 << 30)), ends here.")
          }
        }
        var fields = [("id", "\(file)-\(number)"), ("text", text.joined(separator: "\n"))]
        fields.append(("lang", ["en", "fr", "es"][random(3)]))
        if random(3) > 0 { fields.append(("source", ["web", "books"][random(2)])) }
        lines.add(fields)
      }
      return try scratch.write(lines.bytes, to: "\(file).jsonl")
    }
  }

  private func configuration(_ paths: [String], output: String) -> PipelineConfiguration {
    var configuration = RunTesting.plain(paths, output: output)
    configuration.unitBytes = 16_384
    configuration.partBytes = 12_000
    configuration.identifyLanguage = IdentifyLanguageConfiguration()
    configuration.deduplicateExact = DeduplicateExactConfiguration()
    return configuration
  }

  /// Kept lines by language.
  private func exported(_ configuration: PipelineConfiguration, to output: String) throws -> [String: [[UInt8]]] {
    _ = try exportKept(RunTesting.runDirectory(configuration.output), output: output)
    var found: [String: [[UInt8]]] = [:]
    for path in RunTesting.files(under: output, ending: ".jsonl.zst") {
      let language = path.dropFirst(output.count + 1).prefix { $0 != "/" }
      found[String(language), default: []] += try RunTesting.lines(path)
    }
    return found
  }

  private static let steps: [DeduplicateLinesConfiguration] = [
    step(.line, .all, count: 10, keepFirst: false), step(.line, .language, count: 3, keepFirst: true),
    step(.line, .source, count: 4, keepFirst: false), step(.paragraph, .all, count: 2, keepFirst: true),
    step(.paragraph, .source, count: 2, keepFirst: false),
  ]

  private static func step(
    _ unit: SegmentUnit, _ within: RepetitionScope, count: Int, keepFirst: Bool
  ) -> DeduplicateLinesConfiguration {
    var step = DeduplicateLinesConfiguration()
    step.unit = unit
    step.within = within
    step.minimumLength = 6
    step.minimumCount = count
    step.keepFirst = keepFirst
    return step
  }

  @Test(arguments: steps)
  func `a run with the step keeps what the command leaves of a run without it`(
    step: DeduplicateLinesConfiguration
  ) throws {
    let scratch = try ScratchDirectory()
    let paths = try corpus(in: scratch)
    var with = configuration(paths, output: scratch.file("with"))
    with.deduplicateLines = step
    let without = configuration(paths, output: scratch.file("without"))
    let result = try PipelineRun(configuration: with).run()
    _ = try PipelineRun(configuration: without).run()

    _ = try exported(without, to: scratch.file("plain"))
    var pass = InputPass(paths: RunTesting.files(under: scratch.file("plain"), ending: ".jsonl.zst"))
    pass.workers = 1
    var job = LineDeduplicating(pass: pass, memoryBytes: 1 << 20)
    job.unit = step.unit
    job.within = step.within
    job.minimumLength = step.minimumLength
    job.minimumCount = step.minimumCount
    job.keepFirst = step.keepFirst
    let summary = try job.run(output: scratch.file("command"), observer: SilentObserver())
    let expected = try RunTesting.files(under: scratch.file("command/kept"), ending: ".zst").flatMap(RunTesting.lines)
    let kept = try exported(with, to: scratch.file("kept"))
    #expect(kept.sorted { $0.key < $1.key }.flatMap(\.value) == expected)
    #expect(summary.removedSegments > 0)
    #expect(summary.changed > 0)
    #expect(kept.count == 3)
    // Texts and lines of the same group in several parts, merged in several ranges.
    #expect(RunTesting.files(under: with.output + "/cuts", ending: ".cuts").count > 5)
    #expect(RunTesting.files(under: with.output + "/manifests/repeats", ending: ".json").count > 1)

    let ledger = result.ledger
    #expect(ledger.balanced)
    #expect(ledger.kept == summary.kept)
    #expect(ledger.removed["repeated_lines", default: 0] == summary.removed)
    let losses = ledger.languages.values.compactMap(\.repeatedLines)
    #expect(losses.reduce(0) { $0 + $1.segments } == summary.removedSegments)
    #expect(losses.reduce(0) { $0 + $1.bytes } == summary.removedBytes)
    #expect(losses.reduce(0) { $0 + $1.changed } == summary.changed)
    let texts = try kept.values.joined().map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])["text"] as? String ?? ""
    }
    #expect(ledger.bytes["kept"] == texts.reduce(0) { $0 + $1.utf8.count })
    #expect(try verifyRun(RunTesting.runDirectory(with.output)).ok)
    #expect(!RunTesting.disk.exists(with.output + "/work/lines"))
    #expect(!RunTesting.disk.exists(with.output + "/work/repeats"))

    // The evidence names each repeated text once, and each document that went.
    let evidence = try RunTesting.files(under: with.output + "/cuts", ending: ".zst").flatMap(RunTesting.records)
    let removed = evidence.filter { $0["reason"] != nil }
    #expect(removed.count == summary.removed)
    let repeated = evidence.filter { $0["digest"] != nil }
    func key(_ record: [String: Any]) -> String {
      "\(record["digest"] ?? "") \(record["count"] ?? "") \(record["id"] ?? "")"
    }
    #expect(
      Set(repeated.map(key)) == Set(try RunTesting.records(scratch.file("command/repeated.jsonl")).map(key)))
    #expect(repeated.count == summary.repeatedSegments)
  }

  @Test func `workers and memory change no byte, and every later stage reads what is left`() throws {
    let scratch = try ScratchDirectory()
    let paths = try corpus(in: scratch, documents: 120)
    var snapshots: [[String: Digest128]] = []
    for (index, (workers, memory)) in [(1, 1 << 30), (2, 1 << 30), (3, 60_000)].enumerated() {
      var configuration = RunTesting.configuration(paths, output: scratch.file("\(index)"), vocabulary: 300)
      configuration.deduplicateLines = Self.steps[1]
      configuration.workers = workers
      configuration.memory = memory
      let ledger = try PipelineRun(configuration: configuration).run().ledger
      snapshots.append(try RunTesting.snapshot(configuration.output))
      let directory = RunTesting.runDirectory(configuration.output)
      let evidence = try decodeJSON(
        RunEvidence.self, path: directory.absolute(RunEvidence.file), fileSystem: directory.fileSystem)
      let counted = try RunTesting.counts(CountStage.self, of: configuration.output)
      #expect(ledger.bytes["kept"] == counted.reduce(0) { $0 + $1.bytes })
      #expect(ledger.bytes["kept"] == evidence.encoded.reduce(0) { $0 + $1.bytes })
    }
    #expect(snapshots[0].keys.contains { $0.hasPrefix("cuts/") })
    #expect(RunTesting.differences(snapshots[0], snapshots[1]) == [])
    #expect(RunTesting.differences(snapshots[0], snapshots[2]) == [])
  }

  @Test func `a document with too few bytes left goes, one that lost nothing stays`() throws {
    let scratch = try ScratchDirectory()
    var lines = JSONLines()
    for number in 0..<3 { lines.add(id: "\(number)", "A line that all of them have.\nkept\(number)", lang: "en") }
    lines.add(id: "tiny", "x", lang: "en")
    lines.add(id: "long", "A line that all of them have.\nAnd one that is long enough.", lang: "en")
    let path = try scratch.write(lines.bytes, to: "a.jsonl")
    var configuration = RunTesting.plain([path], output: scratch.file("run"))
    configuration.identifyLanguage = IdentifyLanguageConfiguration()
    configuration.deduplicateLines = Self.step(.line, .all, count: 3, keepFirst: false)
    configuration.deduplicateLines?.minimumBytes = 10
    let ledger = try PipelineRun(configuration: configuration).run().ledger
    #expect(ledger.removed == ["repeated_lines": 3])
    _ = try exportKept(RunTesting.runDirectory(configuration.output), output: scratch.file("out"))
    #expect(try RunTesting.ids(under: scratch.file("out")) == ["tiny", "long"])
  }

  @Test(arguments: [false, true]) func `programs keep their lines unless they are asked for`(programs: Bool) throws {
    let scratch = try ScratchDirectory()
    var lines = JSONLines()
    for number in 0..<3 { lines.add(id: "\(number)", "if err != nil {\n\treturn \(number)\n}", lang: "code-go") }
    let path = try scratch.write(lines.bytes, to: "a.jsonl")
    var configuration = RunTesting.plain([path], output: scratch.file("run"))
    configuration.identifyLanguage = IdentifyLanguageConfiguration()
    configuration.deduplicateLines = Self.step(.line, .all, count: 2, keepFirst: false)
    configuration.deduplicateLines?.programs = programs
    let ledger = try PipelineRun(configuration: configuration).run().ledger
    #expect(ledger.kept == 3)
    #expect(ledger.languages["code-go"]?.repeatedLines?.segments == (programs ? 3 : 0))
  }

  @Test func `a cut list that does not belong to its part is refused`() throws {
    let scratch = try ScratchDirectory()
    var lines = JSONLines()
    lines.add(id: "a", "A line that both of them have.\nété", lang: "fr")
    lines.add(id: "b", "A line that both of them have.\nautre", lang: "fr")
    lines.add(id: "c", "A line that both of them have.\nautre", lang: "fr")
    let path = try scratch.write(lines.bytes, to: "a.jsonl")
    var configuration = RunTesting.plain([path], output: scratch.file("run"))
    configuration.identifyLanguage = IdentifyLanguageConfiguration()
    configuration.deduplicateExact = DeduplicateExactConfiguration()
    configuration.deduplicateLines = Self.step(.line, .all, count: 2, keepFirst: false)
    _ = try PipelineRun(configuration: configuration).run()
    let file = configuration.output + "/cuts/fr-00000.cuts"
    let good = try readWholeFile(file, limit: 1 << 20, fileSystem: RunTesting.disk)
    var attempts = 0
    func export(_ bytes: [UInt8]) throws {
      attempts += 1
      try RunTesting.disk.remove(file)
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      _ = try exportKept(RunTesting.runDirectory(configuration.output), output: scratch.file("out\(attempts)"))
    }
    func list(_ build: (inout CutListWriter) -> Void) -> [UInt8] {
      var writer = CutListWriter()
      build(&writer)
      return writer.finished()
    }
    try export(good)
    #expect(
      try RunTesting.records(scratch.file("out1/fr/part-00000.jsonl.zst")).map { $0["text"] as? String } == [
        "été", "autre",
      ])
    let bad = [
      // Beyond the text; inside a character, at either end; a removed document; one beyond the part.
      list { $0.append(0, [30..<40]) }, list { $0.append(0, [32..<33]) }, list { $0.append(0, [31..<32]) },
      list { $0.append(2, [0..<1]) }, list { $0.appendRemoved(3) }, list { $0.append(1 << 40, [0..<1]) },
      Array(good.dropLast()), [],
    ]
    for bytes in bad {
      #expect(try RunTesting.failure { try export(bytes) }.kind == .badData, "\(bytes)")
    }
    try RunTesting.disk.remove(file)
    let missing = try RunTesting.failure {
      _ = try exportKept(RunTesting.runDirectory(configuration.output), output: scratch.file("none"))
    }
    #expect(missing.description.contains(file))
  }

  /// Runs of several parts as the stage `lines` writes them, merged with and without room in memory.
  @Test func `merged runs are those of the plain twin`() throws {
    let scratch = try ScratchDirectory()
    var random = SplitMix64(state: 9)
    for memory in [1 << 20, 300] {
      var naive: [UInt64: (first: UInt64, count: UInt64)] = [:]
      let sorter = ExternalSorter(
        recordBytes: SegmentRecord.byteCount, memoryBytes: memory, scratchDirectory: scratch.path,
        fileSystem: RunTesting.disk)
      for part in [2, 0, 3, 1] {
        for _ in 0..<200 {
          let key = UInt64.random(in: 0..<150, using: &random)
          let place = UnitPosition.make(unit: part, inside: Int.random(in: 0..<1000, using: &random))
          let count = UInt64.random(in: 1..<5, using: &random)
          let digest = Digest128(high: key &* 0x9E37_79B9_7F4A_7C15, low: key)
          try SegmentRecord(digest: digest, first: place, count: count).withBytes { try sorter.add($0) }
          let before = naive[key] ?? (.max, 0)
          naive[key] = (min(before.first, place), before.count + count)
        }
      }
      var merged: [UInt64] = []
      try mergeSegments(sorter) { record in
        merged.append(record.digest.low)
        #expect(naive[record.digest.low]?.first == record.first)
        #expect(naive[record.digest.low]?.count == record.count)
      }
      #expect(Set(merged) == Set(naive.keys))
      #expect(merged.count == naive.count)
    }
  }

  @Test func `ranges part the digests evenly and in order`() {
    for count in [1, 2, 3, 7, 1000] {
      let ranges = DigestRanges(count: count)
      #expect(ranges.index(of: Digest128(high: 0, low: 0)) == 0)
      #expect(ranges.index(of: Digest128(high: .max, low: .max)) == count - 1)
      let indexes = (0..<1000).map { ranges.index(of: Digest128(high: UInt64($0) << 54 | 1, low: 0)) }
      #expect(indexes == indexes.sorted())
    }
    var configuration = RunTesting.plain([], output: "")
    #expect(RepeatsStage.ranges(of: 0, runs: 0, configuration: configuration).count == 1)
    #expect(RepeatsStage.ranges(of: 320 << 20, runs: 5, configuration: configuration).count == 11)
    // No more slices of runs than can be opened.
    #expect(RepeatsStage.ranges(of: 1 << 50, runs: 160_000, configuration: configuration).count == 419)
    configuration.partBytes = 1 << 10
    #expect(RepeatsStage.ranges(of: 10 << 10, runs: 5, configuration: configuration).count == 11)
  }
}
