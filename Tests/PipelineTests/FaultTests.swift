// Every operation on the disk may fail: a run that met a failure says so, and the same run with a sound disk comes to the
// bytes of one that nothing disturbed (after SQLite's tests).
import CorpusCore
import CorpusIO
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

struct FaultTests {
  /// `XYLEM_EVERY_FAULT=1` tries every operation; otherwise one in so many, another residue for each kind of fault.
  static let stride = ProcessInfo.processInfo.environment["XYLEM_EVERY_FAULT"] != nil ? 1 : 53
  /// In turn, one an operation: neighbours in the list of operations are of different kinds, so each kind meets all.
  static let codes = [ENOSPC, EIO, EROFS, EMFILE, ESTALE]

  /// The language files of this text alone lie beside it: reading all 46 took two fifths of the time of a run.
  static func corpus(in scratch: ScratchDirectory) throws -> String {
    try RunTesting.disk.makeDirectories(scratch.file("languages"))
    for code in ["en", "fr"] {
      let path = ConfigurationTesting.repository + "/pipelines/languages/\(code).yaml"
      try scratch.write(
        try readWholeFile(path, limit: 1 << 20, fileSystem: RunTesting.disk), to: "languages/\(code).yaml")
    }
    var lines = JSONLines()
    lines.add(id: "a", "The river carries sand and small stones down to the sea in spring.", lang: "en")
    lines.add(
      id: "b", "La rivière porte le sable et les petites pierres vers la mer.\nTous droits réservés.", lang: "fr")
    lines.add(id: "c", "The river carries sand and small stones down to the sea in spring.", lang: "en")
    lines.add(
      id: "d", "Le moulin ne tourne plus depuis que le canal est à sec, il y a longtemps.\nTous droits réservés.",
      lang: "fr")
    lines.add(id: "e", "Nobody in the village remembers who built the old bridge over there.", lang: "en")
    lines.add(id: "f", "Too short.", lang: "en")
    return try scratch.write(lines.bytes + Array("{broken\n".utf8), to: "in.jsonl")
  }

  /// The demo pipeline on less text, with sorters so small that they spill: their files may fail as well.
  static func configuration(_ input: String, output: String) throws -> PipelineConfiguration {
    let path = ConfigurationTesting.repository + "/pipelines/demo.yaml"
    let yaml = String(decoding: try readWholeFile(path, limit: 1 << 20, fileSystem: RunTesting.disk), as: UTF8.self)
    var configuration = try ConfigurationReader.parse(
      yaml: yaml, fileName: path,
      overrides: [
        "languages=\(directoryName(of: input))/languages", "train_tokenizer.vocabulary_size=300",
        "maximum_bad_ratio=1", "workers=1", "deduplicate_lines=on", "deduplicate_lines.minimum_count=2",
      ])
    configuration.input = [InputConfiguration(paths: [input])]
    configuration.output = output
    configuration.memory = 4000
    return configuration
  }

  @Test(arguments: [FaultInjectingFileSystem.Fault.once, .fromThenOn])
  func `whatever operation fails, a rerun comes to the same bytes`(fault: FaultInjectingFileSystem.Fault) throws {
    let scratch = try ScratchDirectory()
    let input = try Self.corpus(in: scratch)
    let kinds = Mutex<Set<DiskOperation.Kind>>([])
    let counter = FaultInjectingFileSystem { _, operation in
      kinds.withLock { _ = $0.insert(operation.kind) }
      return .goOn
    }
    let undisturbed = try Self.configuration(input, output: scratch.file("undisturbed"))
    _ = try PipelineRun(configuration: undisturbed, fileSystem: counter).run()
    let expected = try RunTesting.snapshot(undisturbed.output)
    #expect(expected.count > 20)
    #expect(counter.operationCount > 100)
    // The demo meets all of them, but what only a plan, a resumed run or a glob with wildcards asks for.
    let unmet = Set(DiskOperation.Kind.allCases).subtracting(kinds.withLock { $0 })
    #expect(unmet.isSubset(of: [.freeBytes, .names, .removeEmptyDirectory, .matches]), "\(unmet)")

    var failed = 0
    for operation in Swift.stride(
      from: fault == .once ? 0 : Self.stride / 2, to: counter.operationCount, by: Self.stride)
    {
      let configuration = try Self.configuration(input, output: scratch.file("run"))
      defer { try? RunTesting.disk.removeTree(configuration.output) }
      let code = Self.codes[(operation / Self.stride + operation) % Self.codes.count]
      let paths = Mutex<Set<String>>([])
      let disk = FaultInjectingFileSystem { number, tried in
        guard fault == .once ? number == operation : number >= operation else { return .goOn }
        paths.withLock { _ = $0.insert(tried.path) }
        return .fail(code)
      }
      do {
        _ = try PipelineRun(configuration: configuration, fileSystem: disk).run()
      } catch {
        failed += 1
        let text = "\(error)"
        #expect(error is any XylemFailure, "operation \(operation): \(text)")
        #expect(text.contains("injected"), "operation \(operation): \(text)")
        #expect(paths.withLock { $0.contains { text.contains($0) } }, "operation \(operation): no path in \(text)")
        #expect(text.contains(try #require(remedy(forSystemError: code))), "operation \(operation): \(text)")
      }
      do {
        let result = try PipelineRun(configuration: configuration).run()
        #expect(result.ledger.balanced)
        let found = try RunTesting.snapshot(configuration.output)
        #expect(RunTesting.differences(expected, found) == [], "operation \(operation)")
        for left in ["work", "attempts"] {
          #expect(!RunTesting.disk.exists(configuration.output + "/" + left), "operation \(operation): \(left)")
        }
        // After a failure that let it clean up, a run leaves no attempt behind.
        if fault == .once {
          let left = RunTesting.files(under: configuration.output).filter { $0.contains(".attempt") }
          #expect(left == [], "operation \(operation)")
        }
      } catch {
        Issue.record("operation \(operation): the rerun failed: \(error)")
      }
    }
    #expect(failed > 0)
  }

  @Test(arguments: [1000, 7])
  func `reads and writes that do less than they were asked change no byte`(bytesACall: Int) throws {
    let scratch = try ScratchDirectory()
    let input = try Self.corpus(in: scratch)
    let whole = try Self.configuration(input, output: scratch.file("whole"))
    _ = try PipelineRun(configuration: whole).run()
    let shortly = try Self.configuration(input, output: scratch.file("shortly"))
    _ = try PipelineRun(configuration: shortly, fileSystem: LocalFileSystem(bytesACall: bytesACall)).run()
    #expect(
      RunTesting.differences(try RunTesting.snapshot(whole.output), try RunTesting.snapshot(shortly.output)) == [])
  }

  @Test func `listing the input fails with the glob's name when the disk does`() throws {
    let scratch = try ScratchDirectory()
    try scratch.write([65], to: "a.jsonl")
    for pattern in [scratch.file("*.jsonl"), scratch.path, scratch.file("a.jsonl")] {
      let counter = FaultInjectingFileSystem(failingOperation: nil)
      let found = try listInput([pattern], fileSystem: counter)
      for code in Self.codes {
        for operation in 0..<counter.operationCount {
          let disk = FaultInjectingFileSystem(failingOperation: operation, code: code)
          let failure = try RunTesting.failure { _ = try listInput([pattern], fileSystem: disk) }
          #expect(failure.description.contains(scratch.path))
          #expect(failure.description.contains(try #require(remedy(forSystemError: code))))
        }
      }
      #expect(try listInput([pattern], fileSystem: LocalFileSystem(bytesACall: 1)) == found)
    }
  }

  @Test func `a journal that was cut off in a line goes on with a new one`() throws {
    let scratch = try ScratchDirectory()
    for operation in 0..<3 {
      let disk = FaultInjectingFileSystem(failingOperation: operation)
      let directory = RunDirectory(root: scratch.file("journal-\(operation)"), fileSystem: disk)
      try RunTesting.disk.makeDirectories(directory.root)
      let journal = Journal(directory: directory)
      for event in ["a", "b", "c"] { journal.append(.note(event)) }
      let events = try RunTesting.journal(RunTesting.runDirectory(directory.root)).map(\.event)
      var expected = ["a", "b", "c"]
      expected.remove(at: operation)
      #expect(events == expected)
    }
  }
}
