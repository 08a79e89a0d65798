import CorpusCore
import CorpusIO
import TestSupport
import Testing

struct ShardReaderTests {
  let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  private func read(_ text: String, name: String = "a.jsonl", options: ReadOptions = ReadOptions()) throws
    -> ShardContents
  {
    try readShard(scratch.write(Array(text.utf8), to: name), options: options)
  }

  @Test func `fields are found wherever they stand and the others are kept as they stood`() throws {
    let contents = try read(
      #"{"a": 1.50 , "text":"x\u00e9\n","n":{"b":[1, 2e5,null]} ,"lang":"fr", "id" : 12345678901234567890123, "z":"\"}"}"#
        + "\r\n" + #" {"id":null,"language":"de","lang":"fr","text":""} "#)
    #expect(contents.rejected.isEmpty)
    #expect(contents.texts == ["xé\n", ""])
    #expect(contents.ids == ["12345678901234567890123", ""])
    #expect(contents.labels == ["fr", "fr"])
    #expect(contents.others == [#""a": 1.50,"n":{"b":[1, 2e5,null]},"z":"\"}""#, #""language":"de""#])
    #expect(contents.lines == [1, 2])
  }

  @Test func `field names are options and may be escaped in the shard`() throws {
    var options = ReadOptions()
    options.textField = "content"
    options.idField = "key"
    options.languageFields = []
    let contents = try read(#"{"c\u006fntent":"a","key":"k","lang":"en"}"#, options: options)
    #expect(contents.texts == ["a"] && contents.ids == ["k"] && contents.labels == [""])
    #expect(contents.others == [#""lang":"en""#])
  }

  @Test func `of equal keys the last one counts`() throws {
    let contents = try read(#"{"text":"a","text":"b","id":"1","id":"2"}"#)
    #expect(contents.texts == ["b"] && contents.ids == ["2"] && contents.others == [""])
  }

  @Test(arguments: [
    #"{"text":"a","x":01}"#, #"{"text":"a","x":1.}"#, #"{"text":"a","x":nul}"#, #"{"text":"a","x":[1,]}"#,
    #"{"text":"a","x":{"y" 1}}"#, #"{"text":"a",}"#, #"{"text":"a"} {}"#, #"{"text":"a" "b":1}"#, #"{"text":"a""#,
    #"{"text":"a","x":"\q"}"#, #"{"text":"a","x":"\udc00"}"#, #"{"text":"a","\ud800":1}"#, #"{"text":"a"}}"#,
    #"{"text":"a","x":[1 2]}"#, #"{"text":"a","x":-}"#, #"{"text":"a","x":tru"e"}"#, #"{,"text":"a"}"#, "{", "}", "\\",
    #"{"text":"a","x":[}]}"#, #"{"text":"a","x":+1}"#, #"{"text":"a","x":'b'}"#, "{\"text\":\"a\tb\"}", "\"",
    #"{"text":"a","x":1e}"#, #"{"text":"a","x":trueish}"#, #"{"text":"a":1}"#, #"{"text"}"#, #"{1:"text"}"#,
  ])
  func `what is not JSON is rejected, also in members that nobody asks for`(line: String) throws {
    let contents = try read(line + "\n" + #"{"text":"good"}"#)
    #expect(contents.rejected.count == 1 && contents.texts == ["good"])
    #expect(contents.rejected.first?.raw == Array(line.utf8))
  }

  @Test func `an over-long line is rejected with its beginning and the next one is read`() throws {
    var options = ReadOptions()
    options.maximumRecordBytes = 1000
    let long = String(repeating: "y", count: 3 << 20)
    let text = "{\"text\":\"\(long)\"}\n{\"text\":\"good\"}\n{\"text\":\"\(long.prefix(1000))\"}"
    let contents = try read(text, options: options)
    #expect(contents.texts == ["good"] && contents.lines == [2])
    #expect(contents.reasons == ["record too long", "record too long"])
    #expect(contents.rejectedLines == [1, 3])
    #expect(contents.rejected.first?.raw == Array(text.utf8.prefix(1 << 20)))
  }

  @Test func `a long line within the limit is read whole`() throws {
    let long = String(repeating: "ü", count: 3 << 20)
    #expect(try read("\n{\"text\":\"\(long)\"}\n").texts == [long])
  }

  @Test func `frames of zstd are read through, also under a wrong name`() throws {
    let compressor = FrameCompressor()
    var file: [UInt8] = []
    for index in 0..<50 {
      file += compressor.compress(Array("{\"text\":\"\(index)\"}\n{\"te".utf8) + Array("xt\":\"b\"}\n".utf8))
    }
    #expect(try readShard(scratch.write(file, to: "a.jsonl")).texts.count == 100)
    #expect(try readShard(scratch.write(file, to: "a.jsonl.gz")).texts.count == 100)
  }

  @Test func `members of gzip are read through, zeros behind the last are padding, other bytes are damage`() throws {
    // printf '{"text":"a"}\n{"text":' | gzip -n; printf '"b"}\n' | gzip -n
    let first: [UInt8] = [
      0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0xab, 0x56, 0x2a, 0x49, 0xad, 0x28, 0x51, 0xb2, 0x52, 0x4a, 0x54, 0xaa,
      0xe5, 0xaa, 0x86, 0x72, 0x00, 0xe1, 0xd1, 0xd9, 0x79, 0x15, 0x00, 0x00, 0x00,
    ]
    let second: [UInt8] = [
      0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0x53, 0x4a, 0x52, 0xaa, 0xe5, 0x02, 0x00, 0xda, 0xc8, 0x81, 0xad, 0x05,
      0x00, 0x00, 0x00,
    ]
    let zeros = [UInt8](repeating: 0, count: 600)
    #expect(try readShard(scratch.write(first + second + zeros, to: "a.jsonl.gz")).texts == ["a", "b"])
    let damaged = try readShard(scratch.write(first + second + [1], to: "b.jsonl.gz"))
    #expect(damaged.texts == ["a", "b"] && damaged.reasons == ["shard is corrupt"])
    let cut = try readShard(scratch.write(first + second.dropLast(), to: "c.jsonl.gz"))
    #expect(cut.texts == ["a", "b"] && cut.reasons == ["shard is truncated"])
  }

  @Test func `plain JSON lines under a compressed name are read`() throws {
    #expect(try read("{\"text\":\"a\"}", name: "a.jsonl.zst").texts == ["a"])
  }

  @Test func `an empty compressed file is truncated`() throws {
    #expect(try read("", name: "a.jsonl.zst").reasons == ["shard is truncated"])
  }

  @Test func `every cut of a zstd file ends in one rejected record`() throws {
    let whole = FrameCompressor().compress(Array((0..<40).map { "{\"text\":\"number \($0 * 7919)\"}\n" }.joined().utf8))
    for length in 0..<whole.count {
      let contents = try readShard(scratch.write(Array(whole[..<length]), to: "\(length).jsonl.zst"))
      #expect(contents.reasons == ["shard is truncated"])
    }
  }

  @Test func `ranges that tile a file share out its lines`() throws {
    let text =
      "\u{FEFF}"
      + (0..<40).map { "{\"text\":\"\(String(repeating: "a", count: $0 % 7))\"}\($0 % 5 == 0 ? "\n\n" : "\n")" }
      .joined() + "{\"text\":\"end\"}"
    let path = try scratch.write(Array(text.utf8), to: "a.jsonl")
    let size = text.utf8.count
    let whole = try readShard(path)
    for width in [1, 2, 3, 5, 13, 64, size] {
      var texts: [String] = []
      var offsets: [Int] = []
      var blanks = 0
      for start in stride(from: 0, to: size, by: width) {
        let part = try readShard(path, range: start..<min(size, start + width))
        texts += part.texts
        offsets += part.offsets
        blanks += part.blankLineCount
      }
      #expect(texts == whole.texts && offsets == whole.offsets && blanks == whole.blankLineCount)
    }
    #expect(try readShard(path, range: 0..<size).digest == whole.digest)
  }

  @Test func `text shards hold a document a file, a line or a paragraph`() throws {
    var options = ReadOptions()
    let text = "one\r\ntwo\n\n \nthree\n"
    #expect(try read(text, name: "a.txt", options: options).texts == ["one\r\ntwo\n\n \nthree"])
    options.textDocuments = .line
    let lines = try read(text, name: "b.txt", options: options)
    #expect(lines.texts == ["one", "two", "three"] && lines.blankLineCount == 2 && lines.lines == [1, 2, 5])
    options.textDocuments = .paragraph
    let paragraphs = try read(text, name: "c.txt", options: options)
    #expect(paragraphs.texts == ["one\r\ntwo", "three"] && paragraphs.lines == [1, 5])
    #expect(try readShard(scratch.write([0xFF, 0x41], to: "d.txt")).reasons == ["invalid UTF-8"])
    #expect(try read("", name: "e.txt").lineCount == 0)
  }

  @Test func `a missing shard is no input`() throws {
    let failure = #expect(throws: CorpusIOFailure.self) { try readShard("/nonexistent/a.jsonl") }
    #expect(failure?.kind == .noInput && failure?.description.contains("/nonexistent/a.jsonl") == true)
  }

  @Test func `batches are bounded in bytes and in records`() throws {
    let path = try scratch.write(
      Array(repeating: Array("{\"text\":\"abc\"}\n".utf8), count: 10_000).flatMap { $0 }, to: "a.jsonl")
    let reader = try ShardReader(
      source: ShardSource(path: path, size: 0), options: ReadOptions(), fileSystem: LocalFileSystem())
    var batch = DocumentBatch()
    var counts: [Int] = []
    while try reader.next(into: &batch) { counts.append(batch.documents.count) }
    #expect(counts == [4096, 4096, 1808])
  }

  @Test func `random bytes never crash it and every line is accounted for`() throws {
    var random = SplitMix64(state: 1)
    let pieces: [[UInt8]] = [
      "{", "}", "[", "]", "\"", "\\", "\\u", "d800", "dc00", ",", ":", "\n", "\n\n", " ", "\t", "\r", "1", "-0.5e3",
      "true",
      "null", "\"text\"", "\"text\":\"a\"", "{\"text\":\"b\"}\n", "\"id\":", "\"lang\":", "é", "\u{FEFF}", "{\"a\":",
    ].map { Array($0.utf8) }
    let path = scratch.file("fuzz.jsonl")
    var options = ReadOptions()
    for turn in 0..<2000 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...60, using: &random) {
        if Int.random(in: 0..<8, using: &random) == 0 {
          bytes.append(UInt8.random(in: 0...255, using: &random))
        } else {
          bytes += pieces[Int.random(in: 0..<pieces.count, using: &random)]
        }
      }
      // Magic bytes would make it a compressed file, whose lines nobody can count.
      if bytes.first == 0x1F || bytes.first == 0x28 || bytes.first.map({ $0 & 0xF0 }) == 0x50 { bytes[0] = 0x41 }
      try LocalFileSystem().remove(path)
      try scratch.write(bytes, to: "fuzz.jsonl")
      options.maximumRecordBytes = turn % 3 == 0 ? 20 : 1 << 20
      options.batchBytes = turn % 2 == 0 ? 16 : 1 << 20
      let contents = try readShard(path, options: options)
      let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes[3...]) : bytes
      let lines = body.count { $0 == 0x0A } + (body.isEmpty || body.last == 0x0A ? 0 : 1)
      #expect(contents.lineCount == lines, "turn \(turn)")
    }
  }

  @Test func `random damage to compressed shards never crashes it`() throws {
    var random = SplitMix64(state: 2)
    let path = scratch.file("damage.jsonl.zst")
    let text = Array((0..<60).map { "{\"text\":\"line \($0 * 31)\"}\n" }.joined().utf8)
    for _ in 0..<300 {
      var file = FrameCompressor().compress(text) + FrameCompressor().compress(text)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        file[Int.random(in: 4..<file.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
      }
      try LocalFileSystem().remove(path)
      try scratch.write(file, to: "damage.jsonl.zst")
      let contents = try readShard(path)
      #expect(contents.texts.count <= 120 && contents.rejected.count >= 1)
    }
  }

  @Test func `every failing operation is reported and none is taken for the end`() throws {
    let path = repositoryFile("sample-data/fr.jsonl")
    let counter = FaultInjectingFileSystem(failingOperation: nil)
    let whole = try readShard(path, fileSystem: counter)
    #expect(whole.rejected.isEmpty)
    for operation in 0..<counter.operationCount {
      #expect(throws: CorpusIOFailure.self) {
        try readShard(path, fileSystem: FaultInjectingFileSystem(failingOperation: operation))
      }
    }
  }
}
