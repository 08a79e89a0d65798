// The commands that need no run directory: same bytes for any cut and any number of workers, and no record lost.
import CorpusCore
import CorpusIO
import Deduplication
import Foundation
import TestSupport
import Testing
import TokenDataset
import Tokenization

@testable import Pipeline

struct StandaloneTests {
  private func pass(_ paths: [String], workers: Int = 2, unitBytes: Int = 8 << 20) -> InputPass {
    var pass = InputPass(paths: paths)
    pass.workers = workers
    pass.unitBytes = unitBytes
    return pass
  }

  private func train(_ paths: [String], workers: Int) throws -> [UInt8] {
    var options = TrainerOptions()
    options.vocabularySize = 330
    // One of the two trainings spills its counts.
    let scratch = try ScratchDirectory()
    var training = TokenizerTraining(
      pass: pass(paths, workers: workers), options: options, preTokenizer: .bloom, memoryBytes: 1 << 30,
      scratchDirectory: scratch.path + "/counts")
    training.spillBytes = workers == 1 ? 4096 : nil
    let trained = try training.train(observer: SilentObserver())
    #expect(trained.summary.vocabularySize == 330)
    return TokenizerFile.write(trained.model, preTokenizer: .bloom)
  }

  @Test func `a tokenizer does not depend on workers or on the order of shards`() throws {
    let files = RunTesting.sampleFiles
    #expect(try train(files, workers: 1) == train(files.reversed(), workers: 3))
  }

  @Test func `encoding gives the same pair for any number of workers and any unit`() throws {
    let scratch = try ScratchDirectory()
    let model = try TokenizerFile.read(train(RunTesting.sampleFiles, workers: 2))
    let endOfDocument = try endOfDocumentID("</s>", in: model)
    let cuts: [(workers: Int, unitBytes: Int)] = [(1, 8 << 20), (3, 8 << 20), (1, 1000), (3, 1000), (2, 5000)]
    let empty = try RunTesting.sampleFiles.flatMap { try RunTesting.records($0) }
      .filter { ($0["text"] as? String)?.isEmpty == true }.count
    #expect(empty > 0)
    var found: Set<[Digest128]> = []
    for (index, cut) in cuts.enumerated() {
      let prefix = scratch.file("out\(index)/text")
      let summary = try DatasetEncoding(
        pass: pass(RunTesting.sampleFiles, workers: cut.workers, unitBytes: cut.unitBytes), model: model,
        endOfDocument: endOfDocument, specialTokensInText: .text
      ).encode(to: prefix, observer: SilentObserver())
      let dataset = try TokenDataset(prefix: prefix)
      #expect(dataset.tokenCount == summary.tokens)
      #expect(dataset.sequenceCount == summary.sequences)
      #expect(summary.documents == summary.sequences + empty, "es-0017 is empty and makes no sequence")
      #expect(try dataset.tokens(ofSequence: 0).last == endOfDocument)
      found.insert(
        try [".bin", ".idx"].map { try digestOfFile(prefix + $0, fileSystem: RunTesting.disk).digest })
      #expect(RunTesting.files(under: scratch.file("out\(index)")).count == 2)
    }
    #expect(found.count == 1)
  }

  @Test func `encoding refuses to write over a pair, and cleans up after bad input`() throws {
    let scratch = try ScratchDirectory()
    let model = try TokenizerFile.read(train([RunTesting.sampleFiles[0]], workers: 1))
    func encode(_ paths: [String], to name: String) throws {
      _ = try DatasetEncoding(
        pass: pass(paths), model: model, endOfDocument: nil, specialTokensInText: .text
      ).encode(to: scratch.file(name), observer: SilentObserver())
    }
    try encode([RunTesting.sampleFiles[0]], to: "a")
    #expect(try RunTesting.failure { try encode([RunTesting.sampleFiles[0]], to: "a") }.kind == .cannotCreate)
    let failure = try RunTesting.failure { try encode([DamagedInputTests.directory + "/malformed.jsonl"], to: "b") }
    #expect(failure.kind == .badData)
    #expect(failure.description.contains("malformed.jsonl:2"), "\(failure)")
    #expect(RunTesting.files(under: scratch.path).count == 2)
  }

  /// Labels of several languages, documents without text and duplicates across files: what shifts numbers if anything does.
  private func duplicates(in scratch: ScratchDirectory) throws -> [String] {
    let base = RunTestingText.sentences
    var first = JSONLines()
    first.add(id: "1", base[0], lang: "sw")
    first.add(id: "2", "")
    first.add(id: "3", base[1], lang: "en")
    first.add(id: "4", base[0], lang: "sw")
    first.add(id: "5", base[2])
    var second = JSONLines()
    second.add(id: "6", base[1], lang: "fr")
    second.add(id: "7", "", lang: "en")
    second.add(id: "8", base[3], lang: "en")
    second.add(id: "9", base[2], lang: "ak")
    return [try scratch.write(first.bytes, to: "a.jsonl"), try scratch.write(second.bytes, to: "b.jsonl")]
  }

  @Test(arguments: [(1, 8 << 20), (2, 60)])
  func `near deduplication keeps the first of equal texts, whatever their labels`(workers: Int, unitBytes: Int) throws {
    let scratch = try ScratchDirectory()
    let paths = try duplicates(in: scratch)
    var job = NearDeduplicating(pass: pass(paths, workers: workers, unitBytes: unitBytes), memoryBytes: 1 << 20)
    job.keep = .earliest
    let summary = try job.run(output: scratch.file("out"), observer: SilentObserver())
    #expect(summary.read == 9)
    #expect(summary.read == summary.kept + summary.removed + summary.quarantined)
    #expect(try RunTesting.ids(under: scratch.file("out/kept")) == ["1", "2", "3", "5", "7", "8"])
    let removed = try RunTesting.records(scratch.file("out/removed.jsonl"))
    #expect(removed.compactMap { $0["id"] as? String } == ["4", "6", "9"])
    #expect(removed.compactMap { $0["representative"] as? String } == ["1", "3", "5"])
    #expect(removed.compactMap { $0["shard"] as? String } == [paths[0], paths[1], paths[1]])
    #expect(removed.compactMap { $0["line"] as? Int } == [4, 1, 4], "lines of the file, not of a range")
    #expect(removed.allSatisfy { $0["reason"] as? String == "exact_duplicate" })
    let clusters = try RunTesting.records(scratch.file("out/clusters.jsonl"))
    #expect(clusters.compactMap { $0["id"] as? String } == ["1", "3", "5"])
    #expect(clusters.allSatisfy { $0["documents"] as? Int == 2 })
    #expect(clusters.compactMap { $0["cluster"] as? Int } == removed.compactMap { $0["cluster"] as? Int }.sorted())
    #expect(
      Set(RunTesting.files(under: scratch.file("out")).map { $0.split(separator: "/").last }) == [
        "kept", "part-00000.jsonl.zst", "removed.jsonl", "clusters.jsonl", "fingerprints.xynf",
      ])
  }

  @Test(arguments: [1, 3]) func `near deduplication of the sample text finds what is planted and loses nothing`(
    workers: Int
  ) throws {
    let scratch = try ScratchDirectory()
    let files = ["en", "fr", "pt"].map { "\(RunTesting.samples)/\($0).jsonl" }
    let summary = try NearDeduplicating(
      pass: pass(files, workers: workers, unitBytes: 4096), memoryBytes: 1 << 20
    ).run(output: scratch.file("out"), observer: SilentObserver())
    #expect(summary.read == summary.kept + summary.removed + summary.quarantined)
    let removed = try RunTesting.records(scratch.file("out/removed.jsonl"))
    #expect(removed.count == summary.removed)
    let pairs = removed.map { Set([$0["id"] as? String, $0["representative"] as? String]) }
    for pair in [["en-0002", "en-0011"], ["pt-0002", "pt-0011"], ["fr-0001", "fr-0011"]] {
      #expect(pairs.contains(Set(pair)), "\(pair)")
    }
    let kept = try RunTesting.ids(under: scratch.file("out/kept"))
    let all = try files.flatMap { try RunTesting.records($0).compactMap { $0["id"] as? String } }
    #expect(kept.count == summary.kept)
    #expect(Set(kept).union(removed.compactMap { $0["id"] as? String }) == Set(all))
    #expect(kept == all.filter { Set(kept).contains($0) }, "kept records stay in the order of the input")
  }

  @Test func `two spellings of one text are near duplicates, and the kept one stays as it was spelt`() throws {
    let scratch = try ScratchDirectory()
    let composed = (1...60).map { "\u{1ECD}r\u{1ECD}\($0) t\u{EA}te" }.joined(separator: " ")
    let records = [composed, composed.decomposedStringWithCanonicalMapping].enumerated().map { index, text in
      #"{"id":"\#(index)","text":"\#(text)"}"# + "\n"
    }
    let path = try scratch.write(Array(records.joined().utf8), to: "a.jsonl")
    var job = NearDeduplicating(pass: pass([path]), memoryBytes: 1 << 20)
    job.keep = .earliest
    let summary = try job.run(output: scratch.file("out"), observer: SilentObserver())
    #expect(summary.removed == 1)
    let kept = try RunTesting.records(scratch.file("out/kept/part-00000.jsonl.zst"))
    #expect(kept.compactMap { $0["text"] as? String }.map { Array($0.utf8) } == [Array(composed.utf8)])
  }

  @Test func `an output that a killed try left is refused with what to do`() throws {
    let scratch = try ScratchDirectory()
    let path = try scratch.write(Array((#"{"text":"one"}"# + "\n").utf8), to: "a.jsonl")
    try FileManager.default.createDirectory(atPath: scratch.file("out/kept"), withIntermediateDirectories: true)
    let job = NearDeduplicating(pass: pass([path]), memoryBytes: 1 << 20)
    func message() throws -> String {
      try RunTesting.failure { _ = try job.run(output: scratch.file("out"), observer: SilentObserver()) }.description
    }
    #expect(try message().hasSuffix("kept: exists already; choose another --output"))
    _ = try scratch.write([], to: "out/removed.jsonl.attempt")
    #expect(try message().contains("an earlier try was killed there"))
    #expect(FileManager.default.fileExists(atPath: scratch.file("out/kept")), "nothing of it is touched")
  }

  @Test func `kept records are as they were read`() throws {
    let scratch = try ScratchDirectory()
    let line = #"{"id":"x","text":"Tab\tand \u00e9 \"quoted\"","lang":"fr","meta":{"a":[1,2.50,null]},"n":1e3}"# + "\n"
    let path = try scratch.write(Array(line.utf8), to: "a.jsonl")
    _ = try NearDeduplicating(pass: pass([path]), memoryBytes: 1 << 20).run(
      output: scratch.file("out"), observer: SilentObserver())
    // Byte for byte: not as another writer of JSON would have it.
    let kept = try RunTesting.lines(scratch.file("out/kept/part-00000.jsonl.zst"))
    #expect(kept == [Array(line.utf8.dropLast())])
  }

  @Test func `export writes what the ledger keeps, language by language`() throws {
    let scratch = try ScratchDirectory()
    let run = scratch.file("run")
    let result = try PipelineRun(configuration: RunTesting.configuration(RunTesting.sampleFiles, output: run)).run()
    let exported = try exportKept(RunDirectory(root: run), output: scratch.file("out"))
    #expect(exported.values.reduce(0, +) == result.ledger.kept)
    var all: [String] = []
    for (language, entry) in result.ledger.languages where entry.kept > 0 {
      #expect(exported[language] == entry.kept)
      let ids = try RunTesting.ids(under: scratch.file("out/" + language))
      #expect(ids.count == entry.kept)
      all += ids
    }
    let removed = try RunTesting.records(run + "/removals/evidence.jsonl.zst").compactMap { $0["id"] as? String }
    #expect(
      removed.count == result.ledger.removed["exact_duplicate", default: 0]
        + result.ledger.removed["near_duplicate", default: 0])
    #expect(removed.count > 1)
    #expect(Set(all).isDisjoint(with: removed))
    #expect(Set(all).union(removed) == Set(try RunTesting.ids(under: run + "/prepared")))
    let failure = try RunTesting.failure {
      _ = try exportKept(RunDirectory(root: run), output: scratch.file("out"))
    }
    #expect(failure.kind == .cannotCreate)
    #expect(RunTesting.files(under: run + "/attempts") == [])
  }

  @Test func `export of what is no run says so`() throws {
    let scratch = try ScratchDirectory()
    let failure = try RunTesting.failure {
      _ = try exportKept(RunDirectory(root: scratch.path), output: scratch.file("out"))
    }
    #expect(failure.kind == .noInput)
  }
}

/// Sentences that share no shingle.
enum RunTestingText {
  static let sentences = [
    "The ferry leaves at seven when the tide is high and the wind is not too strong for the small boats.",
    "Before printing came to the valley, songs were the only newspaper that anybody trusted for very long.",
    "Her grandmother kept the seeds in paper folded so tightly that not even a mouse could open it again.",
    "Every map of the old harbour shows a different number of piers, and none of them shows the right one.",
  ]
}
