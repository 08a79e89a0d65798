import CorpusCore
import CorpusIO
import TestSupport
import Testing

struct SectionedFileTests {
  let scratch: ScratchDirectory
  let disk = LocalFileSystem()

  init() throws { scratch = try ScratchDirectory() }

  private let contents: [(section: String, bytes: [UInt8])] = [
    ("text/fr", Array("bonjour".utf8)), ("removed/too_short", []), ("text/fr", Array("encore".utf8)),
    ("a \"quoted\" name", Array(repeating: 7, count: 100_000)),
  ]

  private func writeFile(_ name: String, fileSystem: any FileSystem = LocalFileSystem()) throws -> FileSummary {
    let writer = try SectionedFileWriter(path: scratch.file(name), fileSystem: fileSystem)
    let compressor = FrameCompressor()
    for (index, part) in contents.enumerated() {
      try writer.append(
        section: part.section, frame: compressor.compress(part.bytes), rawBytes: part.bytes.count, records: index)
    }
    return try writer.finish()
  }

  @Test func `sections come back in order`() throws {
    let file = try writeFile("a")
    let reader = try SectionedFileReader(path: file.path, fileSystem: disk)
    #expect(reader.entries.map(\.section) == contents.map(\.section))
    #expect(reader.entries.map(\.records) == [0, 1, 2, 3])
    for (entry, part) in zip(reader.entries, contents) {
      #expect(try reader.readContents(entry) == part.bytes)
      #expect(try reader.readFrame(entry) == FrameCompressor().compress(part.bytes))
    }
  }

  @Test func `a file without sections is a file`() throws {
    let file = try SectionedFileWriter(path: scratch.file("a"), fileSystem: disk).finish()
    #expect(try SectionedFileReader(path: file.path, fileSystem: disk).entries.isEmpty)
  }

  @Test func `the whole file is one zstd stream, index left out`() throws {
    let writer = try SectionedFileWriter(path: scratch.file("a.jsonl.zst"), fileSystem: disk)
    try writer.append(
      section: "text/fr", frame: FrameCompressor().compress(Array("{\"text\":\"a\"}\n".utf8)), rawBytes: 13, records: 1)
    #expect(try readShard(writer.finish().path).texts == ["a"])
  }

  @Test func `a changed byte in index or trailer is refused, and one in a frame shows when it is read`() throws {
    let file = try writeFile("a")
    let whole = try readWholeFile(file.path, limit: 1 << 20, fileSystem: disk)
    let dataBytes = try SectionedFileReader(path: file.path, fileSystem: disk).entries.map(\.bytes).reduce(0, +)
    for position in 0..<whole.count {
      // The skippable frame's own header is for zstd, not for this reader.
      if (dataBytes..<dataBytes + 8).contains(position) { continue }
      var damaged = whole
      damaged[position] ^= 0x41
      let path = try scratch.write(damaged, to: "damaged-\(position)")
      let failure = #expect(throws: CorpusIOFailure.self) {
        let reader = try SectionedFileReader(path: path, fileSystem: disk)
        #expect(position < dataBytes)
        var read: [[UInt8]] = []
        for entry in reader.entries { read.append(try reader.readContents(entry)) }
        // A bit that zstd does not use may change without changing the contents.
        if read == contents.map(\.bytes) { throw CorpusIOFailure(.badData, "harmless") }
      }
      #expect(failure?.kind == .badData)
    }
  }

  @Test func `a shortened file is refused`() throws {
    let file = try writeFile("a")
    let whole = try readWholeFile(file.path, limit: 1 << 20, fileSystem: disk)
    for length in 0..<whole.count {
      let path = try scratch.write(Array(whole[..<length]), to: "cut-\(length)")
      #expect(throws: CorpusIOFailure.self) { try SectionedFileReader(path: path, fileSystem: disk) }
    }
  }
}
