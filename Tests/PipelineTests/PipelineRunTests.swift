// Whole runs on a few files: the account balances, the bytes depend on input and configuration alone, and what was done
// stays done.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization
import TestSupport
import Testing
import TokenDataset

@testable import Pipeline

struct PipelineRunTests {
  @Test func `every record is kept, removed for a reason or quarantined, and the datasets hold the kept ones`() throws {
    let scratch = try ScratchDirectory()
    let root = scratch.file("run")
    let paths = RunTesting.sampleFiles + [RunTesting.samples + "/damaged/malformed.jsonl"]
    var configuration = try RunTesting.filtered(paths, output: root)
    configuration.maximumBadRatio = 1
    let result = try PipelineRun(configuration: configuration).run()

    let ledger = result.ledger
    #expect(ledger.balanced)
    #expect(ledger.quarantined == 6)
    #expect(ledger.read == ledger.kept + ledger.removed.values.reduce(0, +) + ledger.quarantined)
    let lineCount = try paths.reduce(0) { try $0 + RunTesting.lines($1).count }
    #expect(ledger.read + ledger.blankLines == lineCount)
    #expect(ledger.removed["exact_duplicate", default: 0] >= 2, "ca-0011 and fr-0011 are planted")
    #expect(ledger.removed["empty", default: 0] >= 1, "es-0017 is planted")
    for (language, entry) in ledger.languages {
      #expect(entry.read == entry.kept + entry.removed.values.reduce(0, +), "\(language)")
      #expect(entry.bytesKept >= 0)
    }

    let datasets = try result.datasets.map { try TokenDataset(prefix: $0) }
    #expect(datasets.reduce(0) { $0 + $1.documentCount } == ledger.kept)
    #expect(datasets.reduce(0) { $0 + $1.tokenCount } == result.tokens)
    for dataset in datasets {
      #expect(verifyDataset(prefix: dataset.prefix).checks.allSatisfy { $0.outcome != .failed })
    }

    let prepared = try RunTesting.ids(under: root + "/prepared").count
    let duplicates = ["exact_duplicate", "near_duplicate", "repeated_lines"].reduce(0) {
      $0 + ledger.removed[$1, default: 0]
    }
    #expect(prepared == ledger.kept + duplicates)
    let removedFiles = try RunTesting.ids(under: root + "/removed").count
    #expect(removedFiles == ledger.removed.values.reduce(0, +) - duplicates)

    let verification = try verifyRun(RunDirectory(root: root))
    #expect(verification.ok, "\(verification.faults)")
    #expect(try runStatus(RunDirectory(root: root)).finished)
    for name in ["report.html", "report.json", "report.csv", "tokenizer/fertility.json", "dataset/blend.txt"] {
      #expect(RunTesting.disk.exists(root + "/" + name), "\(name)")
    }
    #expect(!RunTesting.disk.exists(root + "/work"))
  }

  @Test func `one worker, two workers and little memory give the same bytes, and a second run changes none`() throws {
    let scratch = try ScratchDirectory()
    var snapshots: [[String: Digest128]] = []
    let settings: [(workers: Int, memory: Int)] = [(1, 8 << 30), (2, 8 << 30), (2, 60_000)]
    for (index, settings) in settings.enumerated() {
      var configuration = RunTesting.configuration(RunTesting.sampleFiles, output: scratch.file("\(index)"))
      configuration.workers = settings.workers
      configuration.memory = settings.memory
      _ = try PipelineRun(configuration: configuration).run()
      snapshots.append(try RunTesting.snapshot(configuration.output))
    }
    #expect(snapshots[0].keys.contains { $0.hasPrefix("dataset/") && $0.hasSuffix(".bin") })
    #expect(snapshots[0].keys.contains { $0.hasSuffix("part-00001.jsonl.zst") }, "several parts of a language")
    #expect(RunTesting.differences(snapshots[0], snapshots[1]) == [])
    #expect(RunTesting.differences(snapshots[0], snapshots[2]) == [])

    let configuration = RunTesting.configuration(RunTesting.sampleFiles, output: scratch.file("1"))
    let dates = try modificationDates(configuration.output)
    let units = try unitEvents(configuration.output)
    let again = try PipelineRun(configuration: configuration).run()
    #expect(again.ledger.balanced)
    #expect(RunTesting.differences(snapshots[1], try RunTesting.snapshot(configuration.output)) == [])
    #expect(try modificationDates(configuration.output) == dates)
    #expect(try unitEvents(configuration.output) == units, "no unit may be run again")
  }

  @Test func `a run that lost a manifest does that unit again and has the same bytes`() throws {
    let scratch = try ScratchDirectory()
    let configuration = RunTesting.configuration(RunTesting.sampleFiles, output: scratch.file("run"))
    _ = try PipelineRun(configuration: configuration).run()
    let whole = try RunTesting.snapshot(configuration.output)
    var generator = SplitMix64(state: 7)
    var chosen: [String] = []
    for stage in stageOrder {
      let manifests = RunTesting.files(under: "\(configuration.output)/manifests/\(stage)", ending: ".json")
      #expect(!manifests.isEmpty, "\(stage)")
      if let one = manifests.randomElement(using: &generator) { chosen.append(one) }
    }
    for manifest in chosen.shuffled(using: &generator) {
      try RunTesting.disk.remove(manifest)
      _ = try PipelineRun(configuration: configuration).run()
      #expect(RunTesting.differences(whole, try RunTesting.snapshot(configuration.output)) == [], "without \(manifest)")
      #expect(!RunTesting.disk.exists(configuration.output + "/work"), "without \(manifest)")
    }
  }

  @Test func `a run that lost all manifests but not its files comes to the same bytes`() throws {
    let scratch = try ScratchDirectory()
    let configuration = RunTesting.configuration(RunTesting.sampleFiles, output: scratch.file("run"))
    _ = try PipelineRun(configuration: configuration).run()
    let whole = try RunTesting.snapshot(configuration.output)
    try RunTesting.disk.removeTree(configuration.output + "/manifests")
    _ = try PipelineRun(configuration: configuration).run()
    #expect(RunTesting.differences(whole, try RunTesting.snapshot(configuration.output)) == [])
  }

  @Test func `another configuration in the same directory is refused, with the key`() throws {
    let scratch = try ScratchDirectory()
    var configuration = RunTesting.plain([RunTesting.sampleFiles[0]], output: scratch.file("run"))
    _ = try PipelineRun(configuration: configuration).run()
    let before = try RunTesting.snapshot(configuration.output)
    configuration.unitBytes = 5000
    configuration.normalize = NormalizeConfiguration()
    let failure = try RunTesting.failure { _ = try PipelineRun(configuration: configuration).run() }
    #expect(failure.kind == .configuration)
    #expect(failure.description.contains("unit_bytes: 16777216, now 5000"), "\(failure)")
    #expect(failure.description.contains("normalize"), "\(failure)")
    #expect(RunTesting.differences(before, try RunTesting.snapshot(configuration.output)) == [])
  }

  @Test func `what decides no byte may change between runs`() throws {
    let scratch = try ScratchDirectory()
    var configuration = RunTesting.plain([RunTesting.sampleFiles[0]], output: scratch.file("run"))
    _ = try PipelineRun(configuration: configuration).run()
    configuration.workers = 1
    configuration.memory = 1 << 30
    configuration.output += "/"
    _ = try PipelineRun(configuration: configuration).run()
  }

  @Test func `changed, new and missing input is refused, with the file`() throws {
    let scratch = try ScratchDirectory()
    for name in ["a", "b"] {
      var lines = JSONLines()
      lines.add(id: name, "A line of \(name).")
      try scratch.write(lines.bytes, to: "\(name).jsonl")
    }
    let configuration = RunTesting.plain([scratch.file("*.jsonl")], output: scratch.file("run"))
    _ = try PipelineRun(configuration: configuration).run()
    func refusal() throws -> String {
      let failure = try RunTesting.failure { _ = try PipelineRun(configuration: configuration).run() }
      #expect(failure.kind == .configuration)
      return failure.description
    }
    let original = try readWholeFile(scratch.file("a.jsonl"), limit: 1 << 20, fileSystem: RunTesting.disk)
    try RunTesting.disk.remove(scratch.file("a.jsonl"))
    #expect(try refusal().contains("input \(scratch.file("a.jsonl")): gone"))
    var changed = original
    changed[changed.count - 5] ^= 1
    try scratch.write(changed, to: "a.jsonl")
    #expect(try refusal().contains("input \(scratch.file("a.jsonl")): its content changed"))
    try RunTesting.disk.remove(scratch.file("a.jsonl"))
    try scratch.write(original, to: "a.jsonl")
    try scratch.write(original, to: "c.jsonl")
    #expect(try refusal().contains("input \(scratch.file("c.jsonl")): new"))
    try RunTesting.disk.remove(scratch.file("c.jsonl"))
    _ = try PipelineRun(configuration: configuration).run()
  }

  @Test func `input that is not there ends the run before it begins`() throws {
    let scratch = try ScratchDirectory()
    for pattern in ["none.jsonl", "none-*.jsonl"] {
      let configuration = RunTesting.plain([scratch.file(pattern)], output: scratch.file("run"))
      let failure = try RunTesting.failure { _ = try PipelineRun(configuration: configuration).run() }
      #expect(failure.kind == .noInput)
      #expect(failure.description.contains(pattern))
    }
    #expect(!RunTesting.disk.exists(scratch.file("run")))
  }

  @Test func `an empty file is input without documents, for every step`() throws {
    let scratch = try ScratchDirectory()
    let empty = try scratch.write([], to: "empty.jsonl")
    let result = try PipelineRun(configuration: RunTesting.configuration([empty], output: scratch.file("run"))).run()
    #expect(result.ledger.balanced)
    #expect(result.ledger.read == 0)
    #expect(result.datasets.isEmpty)
    #expect(try verifyRun(RunDirectory(root: scratch.file("run"))).ok)
  }

  @Test func `an empty file among others changes nothing`() throws {
    let scratch = try ScratchDirectory()
    let empty = try scratch.write([], to: "empty.jsonl")
    let result = try PipelineRun(
      configuration: RunTesting.configuration([empty, RunTesting.sampleFiles[3]], output: scratch.file("run"))
    ).run()
    #expect(result.ledger.balanced)
    #expect(result.ledger.read == (try RunTesting.lines(RunTesting.sampleFiles[3]).count))
  }

  @Test func `two processes in one directory share the work and come to the same bytes`() throws {
    let scratch = try ScratchDirectory()
    let alone = RunTesting.configuration(RunTesting.sampleFiles, output: scratch.file("alone"))
    _ = try PipelineRun(configuration: alone).run()
    let shared = RunTesting.configuration(RunTesting.sampleFiles, output: scratch.file("shared"))
    let failures = Mutex<[String]>([])
    runInParallel(3, workers: 3) { _ in
      do {
        let result = try PipelineRun(configuration: shared).run()
        if !result.ledger.balanced { failures.withLock { $0.append("unbalanced") } }
      } catch {
        failures.withLock { $0.append("\(error)") }
      }
    }
    #expect(failures.withLock { $0 } == [])
    #expect(
      RunTesting.differences(try RunTesting.snapshot(alone.output), try RunTesting.snapshot(shared.output)) == [])
    #expect(try verifyRun(RunDirectory(root: shared.output)).ok)
  }

  @Test func `a language whose documents are all duplicates has no dataset`() throws {
    let scratch = try ScratchDirectory()
    var lines = JSONLines()
    lines.add(id: "1", RunTestingText.sentences[0], lang: "en")
    lines.add(id: "2", RunTestingText.sentences[0], lang: "fr")
    lines.add(id: "3", RunTestingText.sentences[1], lang: "en")
    let input = try scratch.write(lines.bytes, to: "in.jsonl")
    let result = try PipelineRun(
      configuration: RunTesting.configuration([input], output: scratch.file("run"), vocabulary: 300)
    ).run()
    #expect(result.ledger.balanced)
    #expect(result.ledger.languages["fr"]?.kept == 0)
    #expect(result.ledger.languages["fr"]?.bytesKept == 0)
    #expect(result.datasets == [scratch.file("run/dataset/en_text_document")])
    #expect(try verifyRun(RunDirectory(root: scratch.file("run"))).ok)
  }

  @Test(arguments: PipelineConfiguration.RemovedText.allCases)
  func `what is written of removed documents changes no account`(removed: PipelineConfiguration.RemovedText) throws {
    let scratch = try ScratchDirectory()
    var lines = JSONLines()
    for index in 0..<30 { lines.add(id: "\(index)", "") }
    lines.add(id: "kept", RunTestingText.sentences[0])
    let input = try scratch.write(lines.bytes, to: "in.jsonl")
    var configuration = RunTesting.plain([input], output: scratch.file("run"))
    configuration.removed = removed
    let ledger = try PipelineRun(configuration: configuration).run().ledger
    #expect(ledger.balanced)
    #expect(ledger.removed == ["empty": 30])
    let written = try RunTesting.ids(under: scratch.file("run/removed")).count
    #expect(written == (removed == .all ? 30 : removed == .sample ? 20 : 0))
  }

  private func unitEvents(_ root: String) throws -> Int {
    try RunTesting.journal(RunDirectory(root: root)).filter { $0.event == "unit" }.count
  }

  private func modificationDates(_ root: String) throws -> [String: Date] {
    var dates: [String: Date] = [:]
    for name in try RunTesting.snapshot(root).keys {
      let attributes = try FileManager.default.attributesOfItem(atPath: root + "/" + name)
      dates[name] = attributes[.modificationDate] as? Date
    }
    return dates
  }
}
