// `dedup near --against`: new shards held against what an earlier run kept, by its fingerprints alone.
import CorpusCore
import CorpusIO
import Deduplication
import Foundation
import TestSupport
import Testing

@testable import Pipeline

@Suite struct NearAgainstTests {
  /// Sentences of numbered words: `changed` of them are others.
  private static func text(_ seed: Int, changed: Int = 0, words: Int = 200) -> String {
    (0..<words).map { "w\(seed)x\($0 < changed ? $0 + 10_000 : $0)" }.joined(separator: " ")
  }

  private static func shard(_ texts: [(id: String, text: String)]) -> [UInt8] {
    Array(texts.map { #"{"id":"\#($0.id)","text":"\#($0.text)"}"# + "\n" }.joined().utf8)
  }

  private func run(
    _ shard: String, to output: String, against: [String] = [], options: NearDuplicateOptions = NearDuplicateOptions(),
    workers: Int = 1
  ) throws -> NearDeduplicating.Summary {
    var pass = InputPass(paths: [shard])
    pass.workers = workers
    var job = NearDeduplicating(pass: pass, memoryBytes: 1 << 20)
    job.options = options
    job.against = against
    return try job.run(output: output, observer: SilentObserver())
  }

  private func kept(_ output: String) throws -> Set<String> { Set(try RunTesting.ids(under: output + "/kept")) }

  @Test(arguments: [1, 2]) func `what an earlier run kept removes its copies and near copies, and nothing else`(
    workers: Int
  ) throws {
    let scratch = try ScratchDirectory()
    let old = try scratch.write(
      Self.shard([("a", Self.text(1)), ("a2", Self.text(1, changed: 2)), ("b", Self.text(2))]), to: "old.jsonl")
    let new = try scratch.write(
      Self.shard([
        // Longer than what is there already, and it goes all the same.
        ("near", Self.text(1, changed: 3, words: 204)), ("copy", Self.text(2)), ("far", Self.text(1, changed: 120)),
        ("own", Self.text(3)), ("own-near", Self.text(3, changed: 2)),
      ]), to: "new.jsonl")
    let first = try run(old, to: scratch.file("first"))
    #expect(first.kept == 2 && first.removed == 1)
    let second = try run(new, to: scratch.file("second"), against: [scratch.file("first")], workers: workers)
    #expect(second.removed == 3 && second.removedAgainst == 2)
    let isLonger = Self.text(3).utf8.count > Self.text(3, changed: 2).utf8.count
    #expect(try kept(scratch.file("second")) == ["far", isLonger ? "own" : "own-near"])
    let removed = try RunTesting.records(scratch.file("second/removed.jsonl"))
    let representatives = Dictionary(
      uniqueKeysWithValues: removed.map { ($0["id"] as? String ?? "", $0["representative"] as? String ?? "") })
    let file = scratch.file("first/fingerprints.xynf")
    #expect([file + "#0", file + "#1"].contains(representatives["near"] ?? ""))
    #expect(representatives["copy"] == file + "#1")
  }

  @Test func `an output holds fingerprints of what it kept alone, and a chain of runs adds up`() throws {
    let scratch = try ScratchDirectory()
    let first = try scratch.write(Self.shard([("a", Self.text(1)), ("b", Self.text(2))]), to: "1.jsonl")
    let second = try scratch.write(Self.shard([("c", Self.text(1)), ("d", Self.text(3))]), to: "2.jsonl")
    let third = try scratch.write(
      Self.shard([("e", Self.text(2)), ("f", Self.text(3)), ("g", Self.text(4))]), to: "3.jsonl")
    _ = try run(first, to: scratch.file("r1"))
    _ = try run(second, to: scratch.file("r2"), against: [scratch.file("r1")])
    let record = FingerprintLayout(near: NearDuplicateOptions()).recordBytes
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.file("r2/fingerprints.xynf"))).count == 32 + record + 24)
    _ = try run(third, to: scratch.file("r3"), against: [scratch.file("r1"), scratch.file("r2/fingerprints.xynf")])
    #expect(try kept(scratch.file("r3")) == ["g"])
  }

  @Test func `a disk that gives no answer is an error, and no output that is not there`() throws {
    let scratch = try ScratchDirectory()
    let old = try scratch.write(Self.shard([("a", Self.text(1)), ("b", Self.text(2))]), to: "old.jsonl")
    _ = try run(old, to: scratch.file("first"))
    func open(_ disk: any FileSystem) throws {
      _ = try EarlierFingerprints([scratch.file("first")], options: NearDuplicateOptions(), fileSystem: disk)
    }
    let counter = FaultInjectingFileSystem(failingOperation: nil)
    try open(counter)
    #expect(counter.operationCount >= 3)
    for operation in 0..<counter.operationCount {
      let failure = try RunTesting.failure {
        try open(FaultInjectingFileSystem(failingOperation: operation, code: ESTALE))
      }
      #expect(failure.description.contains("injected"), "operation \(operation): \(failure)")
    }
  }

  @Test func `a run directory serves as well, and its removed documents do not count`() throws {
    let scratch = try ScratchDirectory()
    let old = try scratch.write(
      Self.shard([("a", Self.text(1)), ("gone", Self.text(1, changed: 2)), ("b", Self.text(2))]), to: "old.jsonl")
    var configuration = PipelineConfiguration(
      name: "old", input: [InputConfiguration(paths: [old])], output: scratch.file("run"))
    configuration.normalize = NormalizeConfiguration()
    configuration.deduplicateExact = DeduplicateExactConfiguration()
    configuration.deduplicateNear = DeduplicateNearConfiguration()
    _ = try PipelineRun(configuration: configuration).run()
    let earlier = try EarlierFingerprints(
      [scratch.file("run")], options: NearDuplicateOptions(), fileSystem: LocalFileSystem())
    var seen = 0
    earlier.forEach { _, _ in seen += 1 }
    #expect(earlier.count == 3 && seen == 2)
    let new = try scratch.write(
      Self.shard([("near", Self.text(2, changed: 2)), ("own", Self.text(5))]), to: "new.jsonl")
    let summary = try run(new, to: scratch.file("out"), against: [scratch.file("run")])
    #expect(summary.removedAgainst == 1)
    #expect(try kept(scratch.file("out")) == ["own"])
  }

  @Test func `fingerprints of other options, damaged ones and missing ones are refused`() throws {
    let scratch = try ScratchDirectory()
    let shard = try scratch.write(Self.shard([("a", Self.text(1)), ("b", Self.text(2))]), to: "a.jsonl")
    _ = try run(shard, to: scratch.file("r1"))
    var other = NearDuplicateOptions()
    other.seed = 2
    #expect(throws: PlainFailure.self) {
      try run(shard, to: scratch.file("x"), against: [scratch.file("r1")], options: other)
    }
    #expect(throws: PlainFailure.self) { try run(shard, to: scratch.file("y"), against: [scratch.file("absent")]) }
    let path = scratch.file("r1/fingerprints.xynf")
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    for at in stride(from: 0, to: whole.count, by: 37) {
      var damaged = whole
      damaged[at] ^= 0x10
      let file = try scratch.write(damaged, to: "damaged-\(at).xynf")
      #expect(throws: PlainFailure.self, "byte \(at)") {
        try EarlierFingerprints([file], options: NearDuplicateOptions(), fileSystem: LocalFileSystem())
          .verifyChecksums()
      }
    }
    for length in [0, 3, 31, 55, whole.count - 1] {
      let file = try scratch.write(Array(whole.prefix(length)), to: "cut-\(length).xynf")
      #expect(throws: PlainFailure.self, "\(length) bytes") {
        _ = try EarlierFingerprints([file], options: NearDuplicateOptions(), fileSystem: LocalFileSystem())
      }
    }
  }
}
