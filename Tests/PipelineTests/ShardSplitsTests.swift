// Large compressed shards are cut into units, and the result of a run does not show where.
import CorpusCore
import CorpusIO
import Foundation
import TestSupport
import Testing

@testable import Pipeline

struct ShardSplitsTests {
  /// The sample files as shards of frames of about `frameBytes` of text, cut within lines, one of them damaged.
  private func shards(in scratch: ScratchDirectory, frameBytes: Int) throws -> [String] {
    let compressor = FrameCompressor()
    return try RunTesting.sampleFiles.enumerated().map { index, path in
      let text = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
      var shard: [UInt8] = []
      for start in stride(from: 0, to: text.count, by: frameBytes) {
        shard += compressor.compress(Array(text[start..<min(start + frameBytes, text.count)]))
      }
      if index == 1 { shard[shard.count / 2] ^= 0x55 }
      return try scratch.write(shard, to: "\(index).jsonl.zst")
    }
  }

  @Test func `the result is the same for every size of units`() throws {
    let scratch = try ScratchDirectory()
    let paths = try shards(in: scratch, frameBytes: 700)
    var results: [[String: Digest128]] = []
    for (number, unitBytes) in [1 << 30, 4096, 1000].enumerated() {
      let output = scratch.path + "/run\(number)"
      var configuration = RunTesting.configuration(paths, output: output)
      configuration.unitBytes = unitBytes
      configuration.maximumBadRatio = 1
      _ = try PipelineRun(configuration: configuration).run()
      let quarantine = try RunTesting.files(under: output + "/quarantine").flatMap { try RunTesting.lines($0) }
      var result = try RunTesting.snapshot(output).filter { name, _ in
        ["tokenizer/", "dataset/", "ledger.json"].contains { name.hasPrefix($0) }
      }
      result["quarantine"] = Digest128(hashing: quarantine.flatMap { $0 + [10] })
      results.append(result)
      let plan = try #require(try stagePlan("prepare", directory: RunDirectory(root: output)))
      #expect(number == 0 ? plan.units.count == 1 : plan.units.count > 5)
      let path = output + "/" + RunDirectory.splits
      #expect(FileManager.default.fileExists(atPath: path) == (number > 0))
    }
    #expect(results[0].count > 5)
    #expect(RunTesting.differences(results[0], results[1]) == [])
    #expect(RunTesting.differences(results[0], results[2]) == [])
  }

  @Test func `pieces are of about equal text, and their number does not depend on compression`() throws {
    let scratch = try ScratchDirectory()
    let text = (0..<4000).flatMap { Array("{\"text\": \"line \($0) of a shard\"}\n".utf8) }
    let compressor = FrameCompressor()
    var shard: [UInt8] = []
    for start in stride(from: 0, to: text.count, by: 1000) {
      shard += compressor.compress(Array(text[start..<min(start + 1000, text.count)]))
    }
    let path = try scratch.write(shard, to: "a.jsonl.zst")
    var configuration = PipelineConfiguration.standalone
    configuration.unitBytes = 10_000
    let files = try listInput([path], fileSystem: RunTesting.disk)
    let splits = try ShardSplits.find(in: files, configuration: configuration, fileSystem: RunTesting.disk)
    let cuts = try #require(splits.borders[path])
    let ends = cuts.map(\.text) + [text.count]
    for (start, end) in zip([0] + ends, ends) { #expect((10_000..<15_000).contains(end - start)) }
    let units = planPrepare(files, configuration: configuration, splits: splits)
    #expect(units.count == ends.count)
    #expect(units.reduce(0) { $0 + $1.bytes } == shard.count)
    #expect(Set(units.map(\.identity)).count == units.count)
  }

  @Test func `a worker reads the cuts that the run was begun with`() throws {
    let scratch = try ScratchDirectory()
    let paths = try shards(in: scratch, frameBytes: 700)
    let output = scratch.path + "/run"
    var configuration = RunTesting.configuration(paths, output: output)
    configuration.maximumBadRatio = 1
    let missing = try #require(try PipelineRun.next(configuration))
    #expect(missing.stage == "prepare")
    let path = output + "/" + RunDirectory.splits
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let done = try PipelineRun.work(
      in: output, on: UnitSelection(stage: "prepare", units: missing.missing), workers: 2)
    #expect(done.done == missing.units)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(try PipelineRun.next(configuration)?.stage == "collect")
  }
}
