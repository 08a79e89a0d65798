// Which near duplicate stays: the same one for any order of shards, cut into units, worker count and memory, and the one
// that an all-pairs twin keeps.
import CorpusCore
import CorpusIO
import Deduplication
import Foundation
import TestSupport
import Testing

@testable import Pipeline

@Suite struct NearKeepTests {
  struct Record: Hashable {
    var id: String
    var text: String
    var source: String
  }

  /// 30 families of one to five texts, whose words are changed at the end: any two of a family are at 0.87 or more, texts
  /// of two families share nothing. The fourth is a copy of the first.
  private static let records: [Record] = {
    var records: [Record] = []
    for family in 0..<30 {
      for member in 0...(family % 5) {
        let words = (0..<(200 + ((member == 3 ? 0 : member * 7) + family) % 4)).map { word in
          word < 200 - member * 2 || member == 3 ? "f\(family)w\(word)" : "f\(family)m\(member)w\(word)"
        }
        let source = ["web", "books", "wiki"][(family + member) % 3]
        records.append(Record(id: "\(family).\(member)", text: words.joined(separator: " "), source: source))
      }
    }
    return records
  }()

  /// How the same records may lie: another order, other files, other cuts, workers and memory.
  private static let layouts: [(order: [Record], workers: Int, unitBytes: Int, memory: Int)] = [
    (records, 1, 8 << 20, 1 << 26), (records.reversed(), 3, 5_000, 1 << 20),
    (Array(records[31...] + records[..<31]), 2, 20_000, 1 << 14),
  ]

  private func run(
    _ layout: (order: [Record], workers: Int, unitBytes: Int, memory: Int), keep: KeepRule, priorities: [String] = [],
    withIDs: Bool = true
  ) throws -> (kept: [String], removed: [[String]], summary: NearDeduplicating.Summary) {
    let scratch = try ScratchDirectory()
    var paths: [String] = []
    for (name, part) in [layout.order.prefix(40), layout.order.dropFirst(40)].enumerated() {
      var lines = JSONLines()
      for record in part {
        lines.add((withIDs ? [("id", record.id)] : []) + [("text", record.text), ("source", record.source)])
      }
      paths.append(try scratch.write(lines.bytes, to: "\(name).jsonl"))
    }
    var pass = InputPass(paths: paths)
    pass.workers = layout.workers
    pass.unitBytes = layout.unitBytes
    var job = NearDeduplicating(pass: pass, memoryBytes: layout.memory)
    job.keep = keep
    job.sourcePriority = priorities
    let summary = try job.run(output: scratch.file("out"), observer: SilentObserver())
    let kept = try RunTesting.files(under: scratch.file("out/kept")).sorted().flatMap {
      try RunTesting.records($0).compactMap { $0["text"] as? String }
    }
    let removed = try RunTesting.records(scratch.file("out/removed.jsonl")).map {
      ["\($0["id"] ?? "")", "\($0["representative"] ?? "")", "\($0["similarity"] ?? "")", "\($0["reason"] ?? "")"]
    }
    return (kept, removed, summary)
  }

  @Test(arguments: [(KeepRule.longest, []), (.source, ["wiki", "books"])] as [(KeepRule, [String])])
  func `longest and source keep the same documents however they lie`(keep: KeepRule, priorities: [String]) throws {
    var found: Set<[[String]]> = []
    for layout in Self.layouts {
      let result = try run(layout, keep: keep, priorities: priorities)
      found.insert([result.kept.sorted()] + result.removed.sorted { $0[0] < $1[0] })
      #expect(result.summary.kept == 30 && result.summary.read == Self.records.count)
    }
    #expect(found.count == 1)
  }

  @Test func `documents without ids are told apart by their text`() throws {
    var found: Set<[String]> = []
    for layout in Self.layouts { found.insert(try run(layout, keep: .longest, withIDs: false).kept.sorted()) }
    #expect(found.count == 1)
  }

  @Test func `the best source stays though it is shorter, and a source that is not named is the last`() throws {
    let kept = Set(try run(Self.layouts[1], keep: .source, priorities: ["wiki", "books"]).kept)
    let sources = Dictionary(uniqueKeysWithValues: Self.records.map { ($0.id, $0.source) })
    let texts = Dictionary(grouping: Self.records, by: \.text)
    for family in 0..<30 {
      let members = Self.records.filter { $0.id.hasPrefix("\(family).") }
      let best = ["wiki", "books", "web"].first { name in members.contains { $0.source == name } }
      let stays = kept.filter { $0.hasPrefix("f\(family)w") }.flatMap { texts[$0] ?? [] }
      #expect(stays.contains { sources[$0.id] == best }, "family \(family)")
    }
  }

  @Test(arguments: [1, 2]) func `the best score stays, in exact and in near deduplication`(workers: Int) throws {
    let scratch = try ScratchDirectory()
    let common = (0..<200).map { "w\($0)" }
    // Equal, equal, near; each with the score it is named by, not in order, one without.
    let scores = ["0.5", "0.75", "-1e3", "1e-3", nil]
    var lines = ""
    for (index, score) in scores.enumerated() {
      let text = (common + (index < 2 ? [] : ["x\(index)"])).joined(separator: " ")
      lines +=
        #"{"id":"\#(score ?? "none")","text":"\#(text)""# + (score.map { #","meta":{"score":\#($0)}"# } ?? "") + "}\n"
    }
    let path = try scratch.write(Array(lines.utf8), to: "a.jsonl")
    var pass = InputPass(paths: [path])
    pass.workers = workers
    pass.unitBytes = 900
    var near = NearDeduplicating(pass: pass, memoryBytes: 1 << 20)
    near.keep = .quality
    near.qualityField = "meta.score"
    _ = try near.run(output: scratch.file("near"), observer: SilentObserver())
    #expect(try RunTesting.ids(under: scratch.file("near/kept")) == ["0.75"])
    var exact = ExactDeduplicating(pass: pass, memoryBytes: 1 << 20)
    exact.keep = .quality
    exact.qualityField = "meta.score"
    _ = try exact.run(output: scratch.file("exact"), observer: SilentObserver())
    #expect(try RunTesting.ids(under: scratch.file("exact/kept")) == ["0.75", "-1e3", "1e-3", "none"])
    near.qualityField = "meta.absent"
    _ = try near.run(output: scratch.file("absent"), observer: SilentObserver())
    #expect(
      try RunTesting.ids(under: scratch.file("absent/kept")) == ["none"], "no scores: the longest, here by its digest")
  }

  @Test func `a run keeps the best score, and two things to rank by are refused`() throws {
    let scratch = try ScratchDirectory()
    let text = (0..<200).map { "w\($0)" }.joined(separator: " ")
    let lines = ["0.1", "0.9", "0.5"].map { #"{"id":"\#($0)","text":"\#(text) \#($0)","quality":\#($0)}"# + "\n" }
    let path = try scratch.write(Array(lines.joined().utf8), to: "a.jsonl")
    func file(_ exact: String) -> String {
      """
      name: quality
      input: [{paths: [\(path)]}]
      output: \(scratch.file("run"))
      process:
        - deduplicate_exact: {\(exact)}
        - deduplicate_near: {keep: quality}
      """
    }
    for exact in ["source_priority: [a]", "keep: quality, quality_field: other"] {
      let faults = ConfigurationTesting.faults(file(exact))
      #expect(faults.count == 1 && faults[0].contains("has room for one"), "\(faults)")
    }
    let configuration = try ConfigurationTesting.parse(file("keep: longest"))
    _ = try PipelineRun(configuration: configuration).run()
    _ = try exportKept(RunDirectory(root: scratch.file("run")), output: scratch.file("out"))
    #expect(try RunTesting.ids(under: scratch.file("out")) == ["0.9"])
  }

  @Test func `removals are those of all pairs and a plain star`() throws {
    // Words are runs of letters and digits here, so shingles can be taken by splitting.
    let shingles = Self.records.map { record in
      let words = record.text.split(separator: " ")
      return Set((0...(words.count - 5)).map { words[$0..<($0 + 5)].joined(separator: " ") })
    }
    let digests = Self.records.map { record in Array(record.text.utf8).withUnsafeBytes { Digest128(hashing: $0) } }
    let hashes = Self.records.map { record in Array(record.id.utf8).withUnsafeBytes { hash64($0) } }
    func precedes(_ a: UInt64, _ b: UInt64) -> Bool {
      let (a, b) = (Int(a), Int(b))
      let lengths = (Self.records[a].text.utf8.count, Self.records[b].text.utf8.count)
      if lengths.0 != lengths.1 { return lengths.0 > lengths.1 }
      return (hashes[a], digests[a]) < (hashes[b], digests[b])
    }
    var edges: [Edge] = []
    for a in shingles.indices {
      for b in shingles.indices where a < b {
        let shared = shingles[a].intersection(shingles[b]).count
        let similarity = Double(shared) / Double(shingles[a].count + shingles[b].count - shared)
        if similarity >= 0.8 { edges.append(Edge(a: UInt64(a), b: UInt64(b), similarity: Float(similarity))) }
      }
    }
    let expected = naiveStars(edges: edges, precedes: precedes).map {
      [
        Self.records[Int($0.document)].id, Self.records[Int($0.representative)].id,
        "\((Double($0.similarity) * 10_000).rounded() / 10_000)",
      ]
    }
    for layout in Self.layouts {
      let removed = try run(layout, keep: .longest).removed
      // Similarities come back through JSON, where 1.0 is 1.
      #expect(
        removed.map { [$0[0], $0[1], "\(Double($0[2]) ?? -1)"] }.sorted { $0[0] < $1[0] }
          == expected.sorted { $0[0] < $1[0] })
    }
  }
}
