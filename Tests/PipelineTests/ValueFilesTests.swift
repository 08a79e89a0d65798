// values/: a row for every document, kept or removed, with what the filters measured (docs/formats/values.md).
import CorpusCore
import Foundation
import TestSupport
import Testing
import TextProcessing

@testable import CorpusIO
@testable import Pipeline

/// A block read back.
private struct ReadBlock {
  var fates: [Int] = []
  var reasons: [String] = []
  var columns: [String: [Float]] = [:]

  /// nil when `bytes` are not exactly one block.
  init?(_ bytes: ArraySlice<UInt8>) {
    var rest = bytes
    func take(_ count: Int) -> [UInt8] {
      let taken = Array(rest.prefix(count))
      rest = rest.dropFirst(count)
      return taken
    }
    func number(_ bytes: [UInt8]) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }
    guard take(8) == Array("XYLMVAL1".utf8) else { return nil }
    let (rows, columnCount, reasonCount) = (number(take(4)), number(take(4)), number(take(4)))
    let names = (0..<(columnCount + reasonCount)).map { _ in
      String(decoding: take(Int(take(1).first ?? 0)), as: UTF8.self)
    }
    reasons = Array(names[columnCount...])
    _ = take(8 * rows)
    fates = take(rows).map(Int.init)
    for name in names[..<columnCount] {
      columns[name] = (0..<rows).map { _ in Float(bitPattern: UInt32(number(take(4)))) }
    }
    if !rest.isEmpty { return nil }
  }
}

@Suite struct ValueFilesTests {
  @Test func `a block is read back as it was written`() throws {
    var block = ValueBlock(columns: [.wordCount, .stopWordRatio, .wordCount])
    #expect(block.columns == [.wordCount, .stopWordRatio])
    var values = FilterValues()
    values.wordCount = 12
    block.append(id: 7, reason: nil, values: values)
    values.stopWordRatio = 0.25
    block.append(id: 8, reason: "stop_words", values: values)
    block.append(id: 9, reason: "too_small", values: FilterValues())
    let read = try #require(ReadBlock(block.bytes[...]))
    #expect(read.fates == [0, 1, 2] && read.reasons == ["stop_words", "too_small"])
    #expect(read.columns["word_count"]?.prefix(2) == [12, 12] && read.columns["stop_word_ratio"]?[1] == 0.25)
    #expect(read.columns["word_count"]?[2].isNaN == true && read.columns["stop_word_ratio"]?[0].isNaN == true)
  }

  @Test func `every document has a row, and moving the threshold in them agrees with the run`() throws {
    let scratch = try ScratchDirectory()
    var configuration = try RunTesting.filtered(RunTesting.sampleFiles, output: scratch.file("run"))
    configuration.deduplicateExact = nil
    configuration.deduplicateNear = nil
    configuration.deduplicateLines = nil
    configuration.trainTokenizer = nil
    configuration.encode = nil
    let result = try PipelineRun(configuration: configuration).run()
    for (language, entry) in result.ledger.languages {
      var rows = 0
      var removed: [String: Int] = [:]
      var small = 0
      for path in RunTesting.files(under: scratch.file("run") + "/values/" + language, ending: ".values") {
        // With parts this small a part is one frame or some; each is a block.
        for bytes in try blocks(path) {
          let block = try #require(ReadBlock(bytes[...]))
          rows += block.fates.count
          for fate in block.fates where fate > 0 { removed[block.reasons[fate - 1], default: 0] += 1 }
          for (fate, bytes) in zip(block.fates, block.columns["bytes"] ?? []) where fate == 0 && bytes < 60 {
            small += 1
          }
        }
      }
      #expect(rows == entry.read, "\(language)")
      #expect(removed == entry.removed, "\(language)")
      #expect(small == 0, "kept documents have at least minimum_bytes")
    }
    configuration.output = scratch.file("without")
    configuration.filter?.values = false
    let without = try PipelineRun(configuration: configuration).run()
    #expect(without.ledger.kept == result.ledger.kept && without.ledger.removed == result.ledger.removed)
    #expect(!RunTesting.disk.exists(scratch.file("without") + "/values"))
  }

  @Test func `presets of the pipeline take out lines first and judge what is left`() throws {
    let scratch = try ScratchDirectory()
    var lines = JSONLines()
    let sentences = (1...6).map { "Sentence number \($0) is long enough." }
    lines.add(id: "kept", (["Home | About | Contact"] + sentences + ["Read more"]).joined(separator: "\n"), lang: "en")
    lines.add(id: "braces", (sentences + ["Here is { a bracket."]).joined(separator: "\n"), lang: "en")
    lines.add(id: "few", "Only one sentence stands here.\nmenu\nmenu", lang: "en")
    lines.add(id: "gone", "menu\nmenu", lang: "en")
    lines.add(id: "program", "if (a) {\n  b\n}", lang: "code-c")
    try Data(lines.bytes).write(to: URL(fileURLWithPath: scratch.file("in.jsonl")))
    var configuration = try RunTesting.filtered([scratch.file("in.jsonl")], output: scratch.file("run"))
    configuration.deduplicateExact = nil
    configuration.deduplicateNear = nil
    configuration.trainTokenizer = nil
    configuration.encode = nil
    configuration.filter?.presets = [.c4]
    configuration.filter?.overrides = [:]
    let result = try PipelineRun(configuration: configuration).run()
    #expect(result.ledger.removed == ["curly_brackets": 1, "too_few_sentences": 1, "empty": 1])
    // C4 is for prose: the program is not judged by it.
    #expect(result.ledger.languages["code-c"]?.kept == 1)
    let kept = try RunTesting.files(under: scratch.file("run") + "/prepared/en", ending: ".zst")
      .flatMap { try RunTesting.records($0) }
    #expect(kept.count == 1 && kept[0]["text"] as? String == sentences.joined(separator: "\n"))
    let removed = try RunTesting.files(under: scratch.file("run") + "/removed/too_few_sentences", ending: ".zst")
      .flatMap { try RunTesting.records($0) }
    #expect(removed[0]["value"] as? Int == 1 && removed[0]["threshold"] as? Int == 5)
    let manifests = try RunTesting.files(under: scratch.file("run") + "/manifests/prepare", ending: ".json").map {
      try String(contentsOfFile: $0, encoding: .utf8)
    }
    #expect(manifests.contains { $0.contains("\"unterminated\"") })
  }

  /// The blocks of a file: the content of its frames, cut at the magic.
  private func blocks(_ path: String) throws -> [[UInt8]] {
    let stream = try DecodedStream(path: path, offset: 0, isPlainOnly: false, fileSystem: RunTesting.disk)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 8)
    defer { buffer.deallocate() }
    var whole: [UInt8] = []
    while true {
      let count = try stream.read(into: buffer)
      if count == 0 { break }
      whole += buffer[..<count]
    }
    var cuts = whole.indices.filter { whole[$0...].starts(with: Array("XYLMVAL1".utf8)) }
    cuts.append(whole.count)
    return zip(cuts, cuts.dropFirst()).map { Array(whole[$0..<$1]) }
  }
}
