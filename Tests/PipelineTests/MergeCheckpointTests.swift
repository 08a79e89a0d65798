// A training in a run goes on where a killed one was, from work/train/merges, and comes to the same files.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization
import TestSupport
import Testing
import Tokenization

@testable import Pipeline

struct MergeCheckpointTests {
  private let scratch: ScratchDirectory
  /// A run that has come to `train`, with text enough for several looks at its progress.
  private let begun: PipelineConfiguration
  private let stage: TrainStage
  /// What training leaves when nothing disturbs it, and how often it writes what it has learned.
  private let expected: [String: Digest128]
  private let writes: Int

  init() throws {
    scratch = try ScratchDirectory()
    let input = try scratch.write(Self.words(), to: "in.jsonl")
    begun = RunTesting.configuration([input], output: scratch.file("begun"), vocabulary: 11_000)
    while let next = try PipelineRun.next(begun), next.stage != "train" {
      _ = try PipelineRun.work(in: begun.output, on: UnitSelection(stage: next.stage, units: next.missing))
    }
    let directory = RunTesting.runDirectory(begun.output)
    let counted = try #require(try stagePlan(CountStage.name, directory: directory)).units.map { unit in
      try decodeJSON(
        UnitManifest<CountCounts>.self,
        path: directory.absolute(RunDirectory.manifest(stage: CountStage.name, unit: unit)),
        fileSystem: RunTesting.disk)
    }
    var stage = TrainStage(
      configuration: begun, step: try #require(begun.trainTokenizer), counted: counted)
    stage.checkpointInterval = 0
    self.stage = stage
    let count = Counter()
    let undisturbed = try Self.copy(begun, to: scratch.file("undisturbed"))
    try Self.train(stage, in: undisturbed, disk: count.watching { _ in .goOn })
    expected = try Self.files(of: undisturbed)
    writes = count.writes
    #expect(writes >= 3, "too little text to tell a resumed training from a new one")
    #expect(expected.keys.contains("tokenizer/tokenizer.json"))
  }

  /// Documents of thousands of different words.
  private static func words() -> [UInt8] {
    var random = SplitMix64(state: 6)
    var lines = JSONLines()
    for number in 0..<40 {
      let words = (0..<150).map { _ in
        String(decoding: (0..<(3 + random.next() % 7)).map { _ in UInt8(97 + random.next() % 26) }, as: UTF8.self)
      }
      lines.add(id: "\(number)", words.joined(separator: " "), lang: "en")
    }
    return lines.bytes
  }

  /// Counts how often a checkpoint got its name.
  private final class Counter: Sendable {
    private let count = Mutex(0)
    var writes: Int { count.withLock { $0 } }

    /// A disk on which `judge` is asked with the number of checkpoints before.
    func watching(_ judge: @escaping @Sendable (Int) -> DiskOperation.Verdict) -> FaultInjectingFileSystem {
      FaultInjectingFileSystem { _, operation in
        let before = self.writes
        if operation.kind == .rename, operation.path.hasSuffix(RunDirectory.mergesSoFar) {
          self.count.withLock { $0 += 1 }
        }
        return judge(before)
      }
    }
  }

  private static func copy(_ configuration: PipelineConfiguration, to path: String) throws -> String {
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(atPath: configuration.output, toPath: path)
    return path
  }

  private static func train(_ stage: TrainStage, in root: String, disk: any FileSystem) throws {
    let directory = RunDirectory(root: root, fileSystem: disk)
    _ = try LocalExecutor(
      directory: directory, workers: 1, memoryBytes: 1 << 30, journal: Journal(directory: directory),
      observer: SilentObserver()
    ).run(stage)
  }

  private static func files(of root: String) throws -> [String: Digest128] {
    try RunTesting.snapshot(root).filter { $0.key.hasPrefix("tokenizer/") || $0.key.hasPrefix("manifests/train/") }
  }

  private func checkpoint(of root: String) throws -> [UInt8] {
    try readWholeFile(root + "/" + RunDirectory.mergesSoFar, limit: 1 << 24, fileSystem: RunTesting.disk)
  }

  /// Puts a checkpoint there.
  private func leave(_ bytes: [UInt8], in root: String) throws {
    try replaceFile(bytes, at: RunDirectory.mergesSoFar, in: RunTesting.runDirectory(root))
  }

  /// Lets a training die after `number` checkpoints; what it left.
  private func interrupted(after number: Int, in root: String) throws -> [UInt8] {
    let count = Counter()
    let disk = count.watching { $0 < number ? .goOn : .fail(EIO) }
    _ = try RunTesting.failure { try Self.train(stage, in: root, disk: disk) }
    return try checkpoint(of: root)
  }

  @Test func `a training that dies again and again goes on from its last write, to the same files`() throws {
    let root = try Self.copy(begun, to: scratch.file("run"))
    var last = 0
    for _ in 0..<2 {
      let bytes = try interrupted(after: 1, in: root)
      // The first write of a training that began anew would be as short as the first of all.
      #expect(bytes.count > last && bytes.count % MergeLog.recordBytes == 0)
      last = bytes.count
    }
    try Self.train(stage, in: root, disk: RunTesting.disk)
    #expect(try Self.files(of: root) == expected)
    var configuration = begun
    configuration.output = root
    _ = try PipelineRun(configuration: configuration).run()
    #expect(!RunTesting.disk.exists(root + "/work"))
  }

  @Test func `a damaged, torn or foreign checkpoint changes no byte`() throws {
    let whole = try interrupted(after: 2, in: try Self.copy(begun, to: scratch.file("source")))
    var log = MergeLog(key: Digest128(high: 1, low: 2))
    let merges = [LearnedMerge(left: 260, right: 261, overflowed32Bits: false)]
    var damaged = [[], [1], Array(whole.dropLast(5)), Array(repeating: 0, count: 1200), log.encode(merges)]
    for place in [7, whole.count / 2, whole.count - 1] {
      var bytes = whole
      bytes[place] ^= 4
      damaged.append(bytes)
    }
    for (number, bytes) in damaged.enumerated() {
      let root = try Self.copy(begun, to: scratch.file("run"))
      try leave(bytes, in: root)
      try Self.train(stage, in: root, disk: RunTesting.disk)
      #expect(try Self.files(of: root) == expected, "damage \(number)")
    }
  }

  @Test func `merges that cannot come from the counts are refused once, and gone then`() throws {
    let root = try Self.copy(begun, to: scratch.file("run"))
    var log = MergeLog(key: stage.units()[0].identity)
    let merges = [LearnedMerge(left: 4000, right: 4001, overflowed32Bits: false)]
    try leave(log.encode(merges), in: root)
    let failure = try RunTesting.failure { try Self.train(stage, in: root, disk: RunTesting.disk) }
    #expect(failure.description.contains(RunDirectory.mergesSoFar))
    try Self.train(stage, in: root, disk: RunTesting.disk)
    #expect(try Self.files(of: root) == expected)
  }

  @Test func `two processes that train at once leave the same files`() throws {
    let root = try Self.copy(begun, to: scratch.file("run"))
    let failures = Mutex<[String]>([])
    let stage = stage
    runInParallel(2, workers: 2) { _ in
      do {
        try Self.train(stage, in: root, disk: RunTesting.disk)
      } catch {
        failures.withLock { $0.append("\(error)") }
      }
    }
    #expect(failures.withLock { $0 } == [])
    #expect(try Self.files(of: root) == expected)
  }

  @Test func `whatever operation fails while a training goes on, a rerun comes to the same files`() throws {
    let source = try Self.copy(begun, to: scratch.file("source"))
    _ = try interrupted(after: 1, in: source)
    var half = begun
    half.output = source
    let counter = FaultInjectingFileSystem(failingOperation: nil)
    try Self.train(stage, in: try Self.copy(half, to: scratch.file("counted")), disk: counter)
    #expect(counter.operationCount > 30)
    for operation in Swift.stride(from: 3, to: counter.operationCount, by: FaultTests.stride > 1 ? 17 : 1) {
      let root = try Self.copy(half, to: scratch.file("run"))
      let disk = FaultInjectingFileSystem(failingOperation: operation, code: EIO)
      do {
        try Self.train(stage, in: root, disk: disk)
      } catch {
        #expect("\(error)".contains("injected"), "operation \(operation): \(error)")
      }
      try Self.train(stage, in: root, disk: RunTesting.disk)
      #expect(try Self.files(of: root) == expected, "operation \(operation)")
    }
  }
}
