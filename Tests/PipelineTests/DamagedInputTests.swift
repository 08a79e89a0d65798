// Runs over the shards of sample-data/damaged: the table of its README, and what becomes of the bad records.
import CorpusCore
import CorpusIO
import Foundation
import TestSupport
import Testing

@testable import Pipeline

struct DamagedInputTests {
  static let directory = RunTesting.samples + "/damaged"

  struct Row: Sendable, CustomTestStringConvertible {
    var file: String
    var good: Int
    var lines: [Int]
    var testDescription: String { file }
  }

  /// README.md; a reader that skips unknown fields without recursion accepts line 2 of huge-nesting.jsonl.
  static let table = [
    Row(file: "malformed.jsonl", good: 7, lines: [2, 4, 6, 8, 10, 12]),
    Row(file: "truncated.jsonl.zst", good: 5, lines: [6]),
    Row(file: "truncated.jsonl.gz", good: 6, lines: [7]),
    Row(file: "corrupt.jsonl.zst", good: 6, lines: [7]),
    Row(file: "corrupt.jsonl.gz", good: 6, lines: [7]),
    Row(file: "invalid-utf8.jsonl", good: 8, lines: [2, 4, 6, 8, 10, 12, 14]),
    Row(file: "missing-text.jsonl", good: 5, lines: [2, 4, 6, 8]),
    Row(file: "nul-bytes.jsonl", good: 4, lines: [2, 4]),
    Row(file: "empty.jsonl", good: 0, lines: []),
    Row(file: "blank-lines.jsonl", good: 4, lines: []),
    Row(file: "not-zstd.jsonl.zst", good: 0, lines: [1]),
    Row(file: "lone-surrogate.jsonl", good: 4, lines: [2, 4, 6]),
    Row(file: "bom.jsonl", good: 4, lines: []),
  ]

  private func quarantined(_ root: String) throws -> [[String: Any]] {
    try RunTesting.files(under: root + "/quarantine", ending: ".jsonl").flatMap { try RunTesting.records($0) }
  }

  @Test(arguments: table) func `a damaged shard alone gives its good records and quarantines the rest`(row: Row) throws
  {
    let scratch = try ScratchDirectory()
    let path = "\(Self.directory)/\(row.file)"
    let root = scratch.file("run")
    let result = try PipelineRun(configuration: RunTesting.plain([path], output: root)).run()
    #expect(result.ledger.balanced)
    #expect(result.ledger.kept == row.good)
    #expect(result.ledger.quarantined == row.lines.count)
    let records = try quarantined(root)
    #expect(records.map { $0["line"] as? Int } == row.lines.map { $0 })
    let shard = path.hasSuffix(".jsonl") ? try readWholeFile(path, limit: 1 << 20, fileSystem: RunTesting.disk) : nil
    for record in records {
      #expect(Set(record.keys) == ["shard", "line", "offset", "reason", "raw"])
      #expect(record["shard"] as? String == path)
      #expect((record["reason"] as? String)?.isEmpty == false)
      let text = try #require(record["raw"] as? String)
      let raw = try #require(Data(base64Encoded: text))
      let offset = try #require(record["offset"] as? Int)
      // The bytes in quarantine are those of the shard, at the place that is told.
      if let shard { #expect(Array(shard[offset...].prefix(raw.count)) == Array(raw)) }
    }
  }

  @Test func `deep nesting neither crashes nor loses a record`() throws {
    let scratch = try ScratchDirectory()
    let path = Self.directory + "/huge-nesting.jsonl"
    let ledger = try PipelineRun(configuration: RunTesting.plain([path], output: scratch.file("run"))).run().ledger
    #expect(ledger.balanced)
    #expect(ledger.kept + ledger.quarantined == 3)
    #expect(ledger.kept >= 2)
  }

  @Test func `damaged and sound shards together lose nothing, in one unit or in several`() throws {
    let scratch = try ScratchDirectory()
    let files = Self.table.map { "\(Self.directory)/\($0.file)" } + [RunTesting.sampleFiles[3]]
    let sound = try RunTesting.lines(RunTesting.sampleFiles[3]).count
    for (index, unitBytes) in [16 << 20, 4096].enumerated() {
      let root = scratch.file("run\(index)")
      var configuration = RunTesting.plain(files, output: root)
      configuration.unitBytes = unitBytes
      let ledger = try PipelineRun(configuration: configuration).run().ledger
      #expect(ledger.balanced)
      #expect(ledger.kept == Self.table.reduce(0) { $0 + $1.good } + sound)
      #expect(ledger.quarantined == Self.table.reduce(0) { $0 + $1.lines.count })
      let records = try quarantined(root)
      for row in Self.table {
        let own = records.filter { ($0["shard"] as? String)?.hasSuffix("/" + row.file) == true }
        #expect(own.compactMap { $0["line"] as? Int } == row.lines, "\(row.file)")
      }
    }
  }

  @Test func `a shard cut into ranges quarantines the same bytes at the same lines and offsets`() throws {
    let scratch = try ScratchDirectory()
    let path = Self.directory + "/malformed.jsonl"
    var found: [[[String: String]]] = []
    for (index, unitBytes) in [16 << 20, 500].enumerated() {
      let root = scratch.file("run\(index)")
      var configuration = RunTesting.plain([path], output: root)
      configuration.unitBytes = unitBytes
      let result = try PipelineRun(configuration: configuration).run()
      #expect(result.ledger.kept == 7)
      found.append(
        try quarantined(root).map { record in
          ["offset", "line", "reason", "raw", "shard"].reduce(into: [:]) { $0[$1] = record[$1].map { "\($0)" } }
        })
    }
    #expect(found[0].count == 6)
    #expect(found[0] == found[1])
  }

  @Test func `too many bad records end the run, with a way on`() throws {
    let scratch = try ScratchDirectory()
    let path = Self.directory + "/malformed.jsonl"
    var configuration = RunTesting.plain([path], output: scratch.file("run"))
    configuration.maximumBadRatio = 0.001
    let failure = try RunTesting.failure { _ = try PipelineRun(configuration: configuration).run() }
    #expect(failure.kind == .badData)
    #expect(failure.description.contains("6 of 13 records"), "\(failure)")
    #expect(failure.description.contains("\(path):2"), "\(failure)")
    #expect(failure.description.contains("--set maximum_bad_ratio=0.5"), "\(failure)")
    #expect(try quarantined(scratch.file("run")).count == 6, "the records can be looked at")
    configuration.maximumBadRatio = 0.5
    #expect(try PipelineRun(configuration: configuration).run().ledger.kept == 7)
  }

  @Test func `on_bad_input fail ends the run at the place`() throws {
    let scratch = try ScratchDirectory()
    let path = Self.directory + "/missing-text.jsonl"
    var configuration = RunTesting.plain([path], output: scratch.file("run"))
    configuration.onBadInput = .fail
    let failure = try RunTesting.failure { _ = try PipelineRun(configuration: configuration).run() }
    #expect(failure.kind == .badData)
    #expect(failure.description.contains("\(path):2 (byte "), "\(failure)")
  }
}
