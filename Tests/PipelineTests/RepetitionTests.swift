// `xylem dedup exact|lines|passages|decontaminate` against plain twins: the same bytes for any cut, worker count and
// memory, nothing lost, every removal with its evidence.
import CorpusCore
import CorpusIO
import Deduplication
import Foundation
import TestSupport
import Testing

@testable import Pipeline

struct RepetitionTests {
  struct Cut: Sendable {
    var workers: Int
    var unitBytes: Int
    var memory: Int
  }
  static let cuts = [
    Cut(workers: 1, unitBytes: 8 << 20, memory: 1 << 20), Cut(workers: 3, unitBytes: 300, memory: 1 << 20),
    Cut(workers: 2, unitBytes: 1000, memory: 4000),
  ]

  private func pass(_ paths: [String], _ cut: Cut = cuts[0]) -> InputPass {
    var pass = InputPass(paths: paths)
    pass.workers = cut.workers
    pass.unitBytes = cut.unitBytes
    return pass
  }

  private func kept(_ output: String) throws -> [[String: Any]] {
    try RunTesting.files(under: output + "/kept", ending: ".jsonl.zst").flatMap { try RunTesting.records($0) }
  }

  private func keptLines(_ output: String) throws -> [[UInt8]] {
    try RunTesting.files(under: output + "/kept", ending: ".jsonl.zst").flatMap { try RunTesting.lines($0) }
  }

  private func counts(_ values: Int...) -> [Int] { values }

  private func names(_ directory: String) -> Set<String> {
    Set((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [])
  }

  private func ids(_ records: [[String: Any]]) -> [String] { records.compactMap { $0["id"] as? String } }

  // MARK: Exact

  /// Few texts, many ids: groups of equal ones across two shards.
  private func shards(in scratch: ScratchDirectory) throws -> (paths: [String], texts: [(id: String, text: String)]) {
    var state: UInt64 = 7
    func random(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    var texts: [(id: String, text: String)] = []
    var paths: [String] = []
    for name in ["a", "b"] {
      var lines = JSONLines()
      for number in 0..<60 {
        let text = random(9) == 0 ? "" : RunTestingText.sentences[random(4)] + String(repeating: "!", count: random(3))
        let id = "\(name)\(number)"
        texts.append((id, text))
        lines.add(id: id, text)
      }
      paths.append(try scratch.write(lines.bytes, to: name + ".jsonl"))
    }
    return (paths, texts)
  }

  @Test(arguments: cuts) func `exact keeps the first of each text and names it`(cut: Cut) throws {
    let scratch = try ScratchDirectory()
    let (paths, texts) = try shards(in: scratch)
    var job = ExactDeduplicating(pass: pass(paths.reversed(), cut), memoryBytes: cut.memory)
    job.keep = .earliest
    let summary = try job.run(output: scratch.file("out"), observer: SilentObserver())
    var first: [String: String] = [:]
    var expectedKept: [String] = []
    var expectedRemoved: [[String]] = []
    for (index, document) in texts.enumerated() {
      if let known = first[document.text], !document.text.isEmpty {
        expectedRemoved.append([document.id, known, String(index % 60 + 1)])
      } else {
        first[document.text] = document.id
        expectedKept.append(document.id)
      }
    }
    #expect(ids(try kept(scratch.file("out"))) == expectedKept)
    let removed = try RunTesting.records(scratch.file("out/removed.jsonl"))
    #expect(
      removed.map { ["\($0["id"] ?? "")", "\($0["representative"] ?? "")", "\($0["line"] ?? "")"] } == expectedRemoved)
    #expect(summary.read == 120)
    #expect(summary.kept + summary.removed == 120)
    #expect(names(scratch.file("out")) == ["kept", "removed.jsonl", "digests.xydg"])
  }

  @Test func `longest and source do not depend on the names of shards, cuts or workers`() throws {
    let scratch = try ScratchDirectory()
    var records: [[(String, String)]] = []
    for number in 0..<40 {
      let text =
        ["Old Mill 1", "old mill, 22", "OLDMILL", "new mill"][number % 4] + String(repeating: ".", count: number % 7)
      records.append([("id", "d\(number)"), ("text", text), ("source", ["web", "books", "wiki"][number % 3])])
    }
    for (keep, priorities) in [(KeepRule.longest, []), (.source, ["wiki", "books"])] {
      var found: Set<[String]> = []
      for (index, cut) in Self.cuts.enumerated() {
        // Another order in other files for each cut.
        let order = index == 0 ? records : index == 1 ? records.reversed() : Array(records[13...] + records[..<13])
        var paths: [String] = []
        for part in 0..<2 {
          var lines = JSONLines()
          for fields in order[(part * 20)..<(part * 20 + 20)] { lines.add(fields) }
          paths.append(try scratch.write(lines.bytes, to: "\(keep)\(index)\(part).jsonl"))
        }
        var job = ExactDeduplicating(pass: pass(paths, cut), memoryBytes: cut.memory)
        job.form = .normalized
        job.keep = keep
        job.sourcePriority = priorities
        let output = scratch.file("out-\(keep)\(index)")
        _ = try job.run(output: output, observer: SilentObserver())
        found.insert(ids(try kept(output)).sorted())
      }
      #expect(found.count == 1)
      #expect(found.first?.count == 2)
    }
  }

  @Test func `kept lines are the bytes that were read`() throws {
    let scratch = try ScratchDirectory()
    let lines = [
      #"  {"text":"a\u0041\ttab","id":5, "x": [1.50, {"y":null}]}  "#, #"{"id":"\u0000","text":"nul \u0000"}"#,
      #"{"text":"","language":"fr"}"#, #"{"text":"same id","id":5}"#, #"{"text":"aA\ttab","id":5}"#, "", "not json",
    ]
    let path = try scratch.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "a.jsonl")
    var job = ExactDeduplicating(pass: pass([path]), memoryBytes: 1 << 20)
    job.pass.maximumBadRatio = 1
    job.keep = .earliest
    let summary = try job.run(output: scratch.file("out"), observer: SilentObserver())
    #expect(try keptLines(scratch.file("out")) == lines[..<4].map { Array($0.utf8) })
    #expect(counts(summary.read, summary.kept, summary.removed, summary.quarantined) == [6, 4, 1, 1])
    job.format.isPlain = true
    _ = try job.run(output: scratch.file("plain"), observer: SilentObserver())
    #expect(
      try RunTesting.lines(scratch.file("plain/kept/part-00000.jsonl")) == lines[..<4].map { Array($0.utf8) })
  }

  @Test func `URLs are compared by host and path, and records without one stay`() throws {
    let scratch = try ScratchDirectory()
    let lines = [
      #"{"id":"1","text":"a","url":"https://www.x.org/p?q=1"}"#,
      #"{"id":"2","text":"b","meta":{"url":"http:\/\/X.org/p/"}}"#,
      #"{"id":"3","text":"c"}"#, #"{"id":"4","text":"d","url":null}"#, #"{"id":"5","text":"bb","url":"x.org/P"}"#,
    ]
    let path = try scratch.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "a.jsonl")
    var job = ExactDeduplicating(pass: pass([path]), memoryBytes: 1 << 20)
    job.form = .url
    job.keep = .earliest
    let summary = try job.run(output: scratch.file("out"), observer: SilentObserver())
    #expect(ids(try kept(scratch.file("out"))) == ["1", "3", "4", "5"])
    #expect(summary.withoutURL == 2)
  }

  @Test func `an earlier run's documents are not kept again, and its file is checked`() throws {
    let scratch = try ScratchDirectory()
    let (paths, _) = try shards(in: scratch)
    func run(_ path: String, against: [String], to name: String, form: ExactForm = .text) throws -> [String] {
      var job = ExactDeduplicating(pass: pass([path]), memoryBytes: 1 << 20)
      job.keep = .earliest
      job.against = against
      job.form = form
      _ = try job.run(output: scratch.file(name), observer: SilentObserver())
      return ids(try kept(scratch.file(name)))
    }
    let first = try run(paths[0], against: [], to: "first")
    let second = try run(paths[1], against: [scratch.file("first")], to: "second")
    var both = ExactDeduplicating(pass: pass(paths), memoryBytes: 1 << 20)
    both.keep = .earliest
    _ = try both.run(output: scratch.file("both"), observer: SilentObserver())
    #expect(first + second == ids(try kept(scratch.file("both"))))
    let removed = try RunTesting.records(scratch.file("second/removed.jsonl"))
    #expect(removed.contains { ($0["representative"] as? String)?.contains("first/digests.xydg#") == true })
    #expect(
      try RunTesting.failure {
        _ = try run(paths[1], against: [scratch.file("first")], to: "third", form: .roots)
      }.kind == .configuration)
    let good = try readWholeFile(scratch.file("first/digests.xydg"), limit: 1 << 20, fileSystem: RunTesting.disk)
    for (index, place) in [0, 4, 20, good.count - 30, good.count - 20, good.count - 1].enumerated() {
      var bad = good
      bad[place] ^= 0x40
      let path = try scratch.write(bad, to: "bad\(index)")
      let failure = try RunTesting.failure { _ = try run(paths[1], against: [path], to: "out\(index)") }
      #expect(failure.kind == .badData || failure.kind == .configuration, "byte \(place)")
      #expect(!RunTesting.disk.exists(scratch.file("out\(index)/kept")))
    }
    let short = try scratch.write(Array(good.dropLast(16)), to: "short")
    #expect(try RunTesting.failure { _ = try run(paths[1], against: [short], to: "out") }.kind == .badData)
  }

  @Test func `empty input and repeated output`() throws {
    let scratch = try ScratchDirectory()
    let path = try scratch.write([], to: "a.jsonl")
    let exact = ExactDeduplicating(pass: pass([path]), memoryBytes: 1 << 20)
    #expect(try exact.run(output: scratch.file("1"), observer: SilentObserver()).read == 0)
    #expect(names(scratch.file("1/kept")) == ["part-00000.jsonl.zst"])
    #expect(
      try RunTesting.failure { _ = try exact.run(output: scratch.file("1"), observer: SilentObserver()) }.kind
        == .cannotCreate)
    let lines = LineDeduplicating(pass: pass([path]), memoryBytes: 1 << 20)
    #expect(try lines.run(output: scratch.file("2"), observer: SilentObserver()).read == 0)
    let passages = PassageRemoval(pass: pass([path]), memoryBytes: 1 << 20)
    #expect(try passages.run(output: scratch.file("3"), observer: SilentObserver()).read == 0)
  }

  // MARK: Lines

  @Test(arguments: cuts) func `template lines go from all documents, and records stay as they were`(cut: Cut) throws {
    let scratch = try ScratchDirectory()
    var lines = ""
    for number in 0..<30 {
      let text =
        "  Home | About | Contact  \\nUnique line of document number \(number)\\nshort\\nTwice seen only \(number / 2)"
      lines += #"{"n":\#(number), "text":"\#(text)" ,"lang":"\#(number < 5 ? "fr" : "en")"}"# + "\n"
    }
    lines += #"{"id":"gone","text":"Home | About | Contact"}"# + "\n"
    let path = try scratch.write(Array(lines.utf8), to: "a.jsonl")
    var job = LineDeduplicating(pass: pass([path], cut), memoryBytes: cut.memory)
    job.minimumCount = 6
    let summary = try job.run(output: scratch.file("out"), observer: SilentObserver())
    #expect(summary.repeatedSegments == 1)
    #expect(summary.removedSegments == 31)
    #expect(counts(summary.read, summary.kept, summary.removed, summary.changed) == [31, 30, 1, 30])
    let kept = try keptLines(scratch.file("out")).map { String(decoding: $0, as: UTF8.self) }
    #expect(
      kept[7] == #"{"n":7, "text":"Unique line of document number 7\nshort\nTwice seen only 3" ,"lang":"en"}"#)
    let evidence = try RunTesting.records(scratch.file("out/repeated.jsonl"))
    #expect(evidence.count == 1)
    #expect(evidence[0]["count"] as? Int == 31)
    #expect(evidence[0]["line"] as? Int == 1)
    #expect(evidence[0]["text"] as? String == "Home | About | Contact")
    let removed = try RunTesting.records(scratch.file("out/removed.jsonl"))
    #expect(removed.map { $0["reason"] as? String } == ["repeated_lines"])
    #expect(removed[0]["line"] as? Int == 31)
    // Among the five French records the line stands five times only, in the unlabelled one once.
    job.within = .language
    job.keepFirst = true
    let within = try job.run(output: scratch.file("within"), observer: SilentObserver())
    #expect(within.removedSegments == 24)
    #expect(within.removed == 0)
  }

  @Test func `any cut, worker count and memory gives the same lines and passages`() throws {
    let scratch = try ScratchDirectory()
    var found: [Set<[[UInt8]]>] = [[], []]
    for (index, cut) in Self.cuts.enumerated() {
      var lines = LineDeduplicating(pass: pass(RunTesting.sampleFiles, cut), memoryBytes: max(cut.memory, 1 << 16))
      lines.minimumCount = 2
      lines.minimumLength = 1
      _ = try lines.run(output: scratch.file("l\(index)"), observer: SilentObserver())
      found[0].insert(
        try keptLines(scratch.file("l\(index)")) + RunTesting.lines(scratch.file("l\(index)/repeated.jsonl")))
      let passages = PassageRemoval(pass: pass(RunTesting.sampleFiles, cut), memoryBytes: max(cut.memory, 1 << 16))
      let summary = try passages.run(output: scratch.file("p\(index)"), observer: SilentObserver())
      #expect(summary.passages > 0)
      found[1].insert(
        try keptLines(scratch.file("p\(index)")) + RunTesting.lines(scratch.file("p\(index)/passages.jsonl")))
    }
    #expect(found.map(\.count) == [1, 1])
  }

  // MARK: Passages

  @Test func `passages of the sample text are those of the plain twin`() throws {
    let scratch = try ScratchDirectory()
    let path = RunTesting.samples + "/fr.jsonl"
    let records = try RunTesting.records(path)
    let texts = records.compactMap { ($0["text"] as? String).map { Array($0.utf8) } }
    let marks = naiveRepeatedBytes(texts, window: 50)
    let job = PassageRemoval(pass: pass([path]), memoryBytes: 1 << 20)
    let summary = try job.run(output: scratch.file("out"), observer: SilentObserver())
    var expected: [String] = []
    for (text, marked) in zip(texts, marks) {
      let ranges = marked.indices.filter { marked[$0] }.map { $0..<$0 + 1 }
      var rest: [UInt8] = []
      text.withUnsafeBufferPointer { bytes in
        appendRest(of: bytes, without: PassageCutter().cuts(ranges, in: bytes), to: &rest)
      }
      let left = String(decoding: rest, as: UTF8.self)
      let isGone = marked.contains(true) && left.allSatisfy(\.isWhitespace)
      if !isGone { expected.append(left) }
    }
    #expect(try kept(scratch.file("out")).compactMap { $0["text"] as? String } == expected)
    #expect(summary.kept + summary.removed == texts.count)
    for line in try RunTesting.records(scratch.file("out/passages.jsonl")) {
      let first = try #require(line["first_line"] as? Int)
      let here = try #require(line["line"] as? Int)
      #expect(first <= here)
      let start = try #require(line["start"] as? Int)
      let begin = Array(texts[here - 1][start...].prefix(16))
      let source = texts[first - 1]
      #expect(source.indices.contains { source[$0...].starts(with: begin) })
    }
  }

  // MARK: Decontamination

  @Test(arguments: cuts) func `contaminated documents go or are marked, with the n-gram and its record`(cut: Cut) throws
  {
    let scratch = try ScratchDirectory()
    var evaluation = JSONLines()
    evaluation.add(id: "q1", RunTestingText.sentences[0])
    evaluation.add(id: "q2", "too short")
    evaluation.add(id: "q3", RunTestingText.sentences[1])
    let against = try scratch.write(evaluation.bytes, to: "eval.jsonl")
    var lines = JSONLines()
    for number in 0..<20 { lines.add(id: "c\(number)", "Clean text \(number): " + RunTestingText.sentences[3]) }
    lines.add(id: "x", "He said: " + RunTestingText.sentences[1].uppercased() + " And so on.")
    lines.add(id: "y", "the ferry LEAVES at seven when the tide is high, and the wind is — calm")
    let path = try scratch.write(lines.bytes, to: "a.jsonl")
    var job = Decontaminating(pass: pass([path], cut), against: [against], memoryBytes: 1 << 20)
    let summary = try job.run(output: scratch.file("out"), observer: SilentObserver())
    #expect(counts(summary.read, summary.kept, summary.removed, summary.shortEvaluationRecords) == [22, 20, 2, 1])
    let removed = try RunTesting.records(scratch.file("out/removed.jsonl"))
    #expect(ids(removed) == ["x", "y"])
    #expect(removed.map { $0["representative"] as? String } == ["q3", "q1"])
    #expect(removed.map { $0["line"] as? Int } == [21, 22])
    #expect(removed[0]["similarity"] as? Double == 1)
    #expect(removed[1]["ngram"] as? String == "the ferry leaves at seven when the tide is high and the wind")
    job.minimumOverlap = 0.9
    job.marks = true
    let marked = try job.run(output: scratch.file("marked"), observer: SilentObserver())
    #expect(counts(marked.kept, marked.removed, marked.marked) == [22, 0, 1])
    let records = try kept(scratch.file("marked"))
    #expect(records.filter { $0["contamination"] != nil }.compactMap { $0["id"] as? String } == ["x"])
    #expect((records[20]["contamination"] as? [String: Any])?["record"] as? String == "q3")
  }

  // MARK: Damage and faults

  @Test func `damaged shards lose no good record and too many bad ones are refused`() throws {
    let scratch = try ScratchDirectory()
    for row in DamagedInputTests.table {
      let path = DamagedInputTests.directory + "/" + row.file
      var job = ExactDeduplicating(pass: pass([path]), memoryBytes: 1 << 20)
      job.pass.maximumBadRatio = 1
      let exact = try job.run(output: scratch.file("e-" + row.file), observer: SilentObserver())
      #expect(exact.kept + exact.removed == row.good, "\(row.file)")
      let lines = LineDeduplicating(pass: job.pass, memoryBytes: 1 << 20)
      let summary = try lines.run(output: scratch.file("l-" + row.file), observer: SilentObserver())
      #expect(summary.kept + summary.removed == row.good, "\(row.file)")
      guard !row.lines.isEmpty else { continue }
      job.pass.maximumBadRatio = 0
      let refused = scratch.file("r-" + row.file)
      #expect(try RunTesting.failure { _ = try job.run(output: refused, observer: SilentObserver()) }.kind == .badData)
      #expect(names(refused).isEmpty, "\(row.file)")
    }
  }

  @Test(arguments: [FaultInjectingFileSystem.Fault.once, .fromThenOn])
  func `whatever operation fails, the same command without the fault gives the same bytes`(
    fault: FaultInjectingFileSystem.Fault
  ) throws {
    let scratch = try ScratchDirectory()
    let (paths, _) = try shards(in: scratch)
    let cut = Cut(workers: 1, unitBytes: 2000, memory: 20_000)
    func run(_ output: String, _ fileSystem: any FileSystem) throws {
      var exact = ExactDeduplicating(pass: pass(paths, cut), memoryBytes: cut.memory)
      exact.fileSystem = fileSystem
      _ = try exact.run(output: output + "/e", observer: SilentObserver())
      var passages = PassageRemoval(pass: pass(paths, cut), memoryBytes: cut.memory)
      passages.fileSystem = fileSystem
      _ = try passages.run(output: output + "/p", observer: SilentObserver())
    }
    func snapshot(_ output: String) throws -> [Digest128] {
      try ["e/removed.jsonl", "e/digests.xydg", "e/kept/part-00000.jsonl.zst", "p/passages.jsonl"].map {
        try digestOfFile(output + "/" + $0, fileSystem: RunTesting.disk).digest
      }
    }
    let counter = FaultInjectingFileSystem(failingOperation: nil)
    try run(scratch.file("sound"), counter)
    let expected = try snapshot(scratch.file("sound"))
    #expect(counter.operationCount > 60)
    // Some twelve of each kind, unless every one is asked for.
    let step = FaultTests.stride == 1 ? 1 : max(1, counter.operationCount / 12)
    for operation in stride(from: fault == .once ? 0 : step / 2, to: counter.operationCount, by: step) {
      let output = scratch.file("\(fault)-\(operation)")
      do {
        try run(output, FaultInjectingFileSystem(failingOperation: operation, fault: fault))
      } catch {
        #expect(error is any XylemFailure, "operation \(operation): \(error)")
        // A failure that lets the program clean up leaves nothing but what was complete before it.
        if fault == .once {
          let left = RunTesting.files(under: output).filter { $0.contains(".attempt") || $0.contains(".work-") }
          #expect(left.isEmpty, "operation \(operation): \(left.prefix(3))")
        }
        try RunTesting.disk.removeTree(output)
        try run(output, LocalFileSystem())
      }
      #expect(try snapshot(output) == expected, "operation \(operation)")
    }
  }
}
