// Among which documents duplicates are looked for, equal URLs, and earlier runs: as steps of a pipeline and as commands.
import CorpusCore
import CorpusIO
import Deduplication
import Foundation
import TestSupport
import Testing

@testable import Pipeline

@Suite struct DuplicateScopeTests {
  /// Documents in families: members differ in a word or two, and their languages, sources and URLs mix.
  private static func corpus(_ count: Int = 120) -> [[(String, String)]] {
    var random = SplitMix64(state: 11)
    return (0..<count).map { number in
      let family = random.below(count / 6)
      let changed = random.below(3)
      let words = (0..<60).map { "f\(family)w\($0 < changed ? $0 + 1000 * (1 + random.below(2)) : $0)" }
      var fields = [
        ("id", "d\(number)"), ("text", words.joined(separator: " ")), ("lang", ["fr", "en", "sw"][random.below(3)]),
        ("source", ["web", "books"][random.below(2)]),
      ]
      if random.below(4) > 0 { fields.append(("url", "https://e\(random.below(20)).org/\(random.below(4))")) }
      return fields
    }
  }

  private struct SplitMix64 {
    var state: UInt64
    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
  }

  private static func shard(_ documents: [[(String, String)]]) -> [UInt8] {
    var lines = JSONLines()
    for fields in documents { lines.add(fields) }
    return lines.bytes
  }

  private static func value(_ fields: [(String, String)], _ name: String) -> String {
    fields.first { $0.0 == name }?.1 ?? ""
  }

  private func configuration(_ paths: [String], output: String) -> PipelineConfiguration {
    var configuration = PipelineConfiguration(name: "scope", input: [InputConfiguration(paths: paths)], output: output)
    configuration.unitBytes = 4096
    configuration.partBytes = 6000
    configuration.workers = 2
    configuration.identifyLanguage = IdentifyLanguageConfiguration()
    return configuration
  }

  /// Ids that a run keeps.
  private func kept(_ configuration: PipelineConfiguration) throws -> Set<String> {
    _ = try PipelineRun(configuration: configuration).run()
    let output = configuration.output + "-kept"
    _ = try exportKept(RunDirectory(root: configuration.output), output: output)
    return Set(try RunTesting.ids(under: output))
  }

  private func near(_ path: String, to output: String, within: RepetitionScope, against: [String] = []) throws
    -> Set<String>
  {
    var pass = InputPass(paths: [path])
    pass.workers = 2
    pass.unitBytes = 2000
    var job = NearDeduplicating(pass: pass, memoryBytes: 1 << 20)
    job.within = within
    job.against = against
    _ = try job.run(output: output, observer: SilentObserver())
    return Set(try RunTesting.ids(under: output + "/kept"))
  }

  private func exact(_ path: String, to output: String, within: RepetitionScope, form: ExactForm = .text) throws
    -> Set<String>
  {
    var pass = InputPass(paths: [path])
    pass.workers = 2
    pass.unitBytes = 2000
    var job = ExactDeduplicating(pass: pass, memoryBytes: 1 << 20)
    job.within = within
    job.form = form
    _ = try job.run(output: output, observer: SilentObserver())
    return Set(try RunTesting.ids(under: output + "/kept"))
  }

  @Test(arguments: [RepetitionScope.language, .source])
  func `within a group is the same as one run for each group`(within: RepetitionScope) throws {
    let scratch = try ScratchDirectory()
    let corpus = Self.corpus()
    let all = try scratch.write(Self.shard(corpus), to: "all.jsonl")
    let key = within == .language ? "lang" : "source"
    var apart: (near: Set<String>, exact: Set<String>) = ([], [])
    for group in Set(corpus.map { Self.value($0, key) }) {
      let path = try scratch.write(
        Self.shard(corpus.filter { Self.value($0, key) == group }), to: "only-\(group).jsonl")
      apart.near.formUnion(try near(path, to: scratch.file("near-\(group)"), within: .all))
      apart.exact.formUnion(try exact(path, to: scratch.file("exact-\(group)"), within: .all))
    }
    #expect(try near(all, to: scratch.file("near"), within: within) == apart.near)
    #expect(try exact(all, to: scratch.file("exact"), within: within) == apart.exact)
    let everywhere = (
      near: try near(all, to: scratch.file("near-all"), within: .all),
      exact: try exact(all, to: scratch.file("exact-all"), within: .all)
    )
    #expect(everywhere.near.count < apart.near.count && everywhere.exact.count < apart.exact.count)
    var run = configuration([all], output: scratch.file("run"))
    run.deduplicateExact = DeduplicateExactConfiguration()
    run.deduplicateExact?.within = within
    #expect(try kept(run) == apart.exact)
    run.output = scratch.file("run-near")
    run.deduplicateNear = DeduplicateNearConfiguration()
    run.deduplicateNear?.within = within
    #expect(try kept(run) == apart.near)
    run.output = scratch.file("run-mixed")
    run.deduplicateNear?.within = .all
    #expect(try kept(run).count == everywhere.near.count)
  }

  @Test func `no two known languages are one group`() {
    let code = [
      "c", "cpp", "csharp", "go", "java", "javascript", "lua", "php", "python", "ruby", "rust", "scala", "typescript",
    ]
    let codes = (rootsLanguages.map(\.code) + code.map { "code-" + $0 }).map { Array($0.utf8) }
    let groups = Set(
      codes.map { code in
        UInt32(truncatingIfNeeded: code.withUnsafeBytes { RepetitionScope.group(ofLanguage: $0) })
      })
    #expect(groups.count == codes.count && groups.count == 59)
  }

  @Test func `fingerprints and digests of other groups are refused, and serve where groups do not matter`() throws {
    let scratch = try ScratchDirectory()
    let corpus = Self.corpus(60)
    let old = try scratch.write(Self.shard(Array(corpus[..<40])), to: "old.jsonl")
    let new = try scratch.write(Self.shard(Array(corpus[40...])), to: "new.jsonl")
    _ = try near(old, to: scratch.file("by-source"), within: .source)
    _ = try near(old, to: scratch.file("by-all"), within: .all)
    let refused = try RunTesting.failure {
      _ = try near(new, to: scratch.file("x"), within: .language, against: [scratch.file("by-source")])
    }
    #expect(refused.kind == .configuration && refused.description.contains("--within"))
    for (index, (earlier, within)) in [
      ("by-source", RepetitionScope.all), ("by-source", .source), ("by-all", .language),
    ]
    .enumerated() {
      _ = try near(new, to: scratch.file("ok-\(index)"), within: within, against: [scratch.file(earlier)])
    }
    _ = try exact(old, to: scratch.file("digests"), within: .language)
    var job = ExactDeduplicating(pass: InputPass(paths: [new]), memoryBytes: 1 << 20)
    job.against = [scratch.file("digests")]
    #expect(throws: PlainFailure.self) { _ = try job.run(output: scratch.file("y"), observer: SilentObserver()) }
    job.within = .language
    _ = try job.run(output: scratch.file("z"), observer: SilentObserver())
  }

  @Test func `equal URLs go as with the command, and documents without one stay`() throws {
    let scratch = try ScratchDirectory()
    let path = try scratch.write(Self.shard(Self.corpus()), to: "all.jsonl")
    for within in RepetitionScope.allCases {
      let expected = try exact(path, to: scratch.file("command-\(within)"), within: within, form: .url)
      var run = configuration([path], output: scratch.file("run-\(within)"))
      run.deduplicateURL = DeduplicateURLConfiguration()
      run.deduplicateURL?.within = within
      #expect(try kept(run) == expected, "\(within)")
      let ledger = try decodeJSON(
        Ledger.self, path: scratch.file("run-\(within)/ledger.json"), fileSystem: RunTesting.disk)
      #expect(ledger.balanced && ledger.removed["url_duplicate"] == 120 - expected.count)
    }
  }

  @Test func `a removal names a document that stays, whatever round took it out`() throws {
    let scratch = try ScratchDirectory()
    let path = try scratch.write(Self.shard(Self.corpus()), to: "all.jsonl")
    var run = configuration([path], output: scratch.file("run"))
    run.deduplicateExact = DeduplicateExactConfiguration()
    run.deduplicateURL = DeduplicateURLConfiguration()
    run.deduplicateNear = DeduplicateNearConfiguration()
    let stays = try kept(run)
    let evidence = try RunTesting.records(scratch.file("run/removals/evidence.jsonl.zst"))
    #expect(evidence.count == 120 - stays.count)
    #expect(Set(evidence.compactMap { $0["reason"] as? String }).count == 3)
    for line in evidence {
      #expect(stays.contains(line["representative"] as? String ?? ""))
      #expect(!stays.contains(line["id"] as? String ?? ""))
    }
  }

  @Test func `rounds of a search become one list in which nobody stands for a document that went`() throws {
    for seed in 0..<30 {
      let scratch = try ScratchDirectory()
      var random = SplitMix64(state: UInt64(seed))
      let space = DeduplicationSpace(
        directory: scratch.path, memoryBytes: 1 << 12, workers: 1, fileSystem: RunTesting.disk)
      // Each round removes some of those that are left, for one that is left behind it.
      var left = Array(0..<40)
      var rounds: [DuplicateRound] = []
      var expected: [Int: (representative: Int, similarity: Float, reason: DropReason)] = [:]
      for reason in [DropReason.exactDuplicate, .urlDuplicate, .nearDuplicate] {
        let round = DuplicateRound(reason, space: space)
        var stay = left
        for number in left where random.below(3) == 0 && stay.count > 1 {
          stay.removeAll { $0 == number }
          expected[number] = (stay[random.below(stay.count)], Float(random.below(100)) / 100, reason)
        }
        for number in left {
          guard let entry = expected[number] else { continue }
          // A representative that this round took out as well is no star's: take one that stays.
          let representative = stay.contains(entry.representative) ? entry.representative : stay[0]
          expected[number]?.representative = representative
          try round.add(number, representative: representative, similarity: entry.similarity)
        }
        left = stay
        rounds.append(round)
      }
      let list = try DuplicateList(rounds: rounds, space: space)
      var numbers: [Int] = []
      list.forEach { duplicate in
        numbers.append(duplicate.number)
        var entry = expected[duplicate.number]
        let reason = entry?.reason
        while let next = entry.flatMap({ expected[$0.representative] }) { entry = next }
        #expect(duplicate.representative == entry?.representative && duplicate.similarity == entry?.similarity)
        #expect(duplicate.reason == reason && left.contains(duplicate.representative))
      }
      #expect(numbers == expected.keys.sorted())
    }
  }

  @Test func `a pipeline holds new documents against an earlier run`() throws {
    let scratch = try ScratchDirectory()
    let corpus = Self.corpus()
    let old = try scratch.write(Self.shard(Array(corpus[..<80])), to: "old.jsonl")
    let new = try scratch.write(Self.shard(Array(corpus[80...])), to: "new.jsonl")
    var first = configuration([old], output: scratch.file("first"))
    first.deduplicateURL = DeduplicateURLConfiguration()
    first.deduplicateNear = DeduplicateNearConfiguration()
    let before = try kept(first)
    var second = configuration([new], output: scratch.file("second"))
    second.deduplicateURL = DeduplicateURLConfiguration()
    second.deduplicateNear = DeduplicateNearConfiguration()
    second.deduplicateNear?.against = [scratch.file("first")]
    let after = try kept(second)
    var alone = second
    alone.output = scratch.file("alone")
    alone.deduplicateNear?.against = []
    #expect(try kept(alone).count > after.count)
    // Nobody who stays has the URL of one who stayed before.
    let urls = { (ids: Set<String>) in
      Set(corpus.filter { ids.contains(Self.value($0, "id")) }.map { Self.value($0, "url") }).subtracting([""])
    }
    #expect(urls(before).isDisjoint(with: urls(after)))
    let evidence = try RunTesting.records(scratch.file("second/removals/evidence.jsonl.zst"))
    #expect(evidence.contains { ($0["representative"] as? String ?? "").contains("first/fingerprints/") })
    // An output of the command has no URLs to compare.
    _ = try near(old, to: scratch.file("command"), within: .all)
    second.deduplicateNear?.against = [scratch.file("command")]
    second.output = scratch.file("third")
    let refused = try RunTesting.failure { _ = try PipelineRun(configuration: second).run() }
    #expect(refused.description.contains("deduplicate_url"))
  }

  @Test func `contaminated documents go or are marked in a pipeline as with the command`() throws {
    let scratch = try ScratchDirectory()
    let corpus = Self.corpus(60)
    let path = try scratch.write(Self.shard(corpus), to: "all.jsonl")
    let evaluation = try scratch.write(Self.shard(Array(corpus[..<5])), to: "evaluation.jsonl")
    var command = Decontaminating(pass: InputPass(paths: [path]), against: [evaluation], memoryBytes: 1 << 24)
    command.minimumOverlap = 0.5
    _ = try command.run(output: scratch.file("command"), observer: SilentObserver())
    let expected = Set(try RunTesting.ids(under: scratch.file("command/kept")))
    #expect(expected.count < 55 && expected.count > 20)
    var run = configuration([path], output: scratch.file("run"))
    run.decontaminate = DecontaminateConfiguration()
    run.decontaminate?.evaluation = [evaluation]
    run.decontaminate?.minimumOverlap = 0.5
    try run.decontaminate?.resolveEvaluation()
    #expect(try kept(run) == expected)
    let removed = try RunTesting.files(under: scratch.file("run/removed/contaminated"), ending: ".zst")
      .flatMap { try RunTesting.records($0) }
    #expect(removed.count == 60 - expected.count)
    #expect(removed.allSatisfy { ($0["contamination"] as? [String: Any])?["ngram"] is String })
    run.decontaminate?.action = .mark
    run.output = scratch.file("marked")
    #expect(try kept(run).count == 60)
    let marked = try RunTesting.files(under: scratch.file("marked/prepared"), ending: ".zst")
      .flatMap { try RunTesting.records($0) }.filter { $0["contamination"] != nil }
    #expect(Set(marked.compactMap { $0["id"] as? String }) == Set(removed.compactMap { $0["id"] as? String }))
    // Another evaluation set is another run.
    try FileManager.default.removeItem(atPath: evaluation)
    _ = try scratch.write(Self.shard(Array(corpus[..<6])), to: "evaluation.jsonl")
    run.output = scratch.file("changed")
    let refused = try RunTesting.failure { _ = try PipelineRun(configuration: run).run() }
    #expect(refused.description.contains("changed since the run began"))
  }
}
