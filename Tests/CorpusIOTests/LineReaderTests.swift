import CorpusIO
import TestSupport
import Testing

struct LineReaderTests {
  private func lines(_ path: String) throws -> [String] {
    let reader = try LineReader(path: path, maximumLineBytes: 100, fileSystem: LocalFileSystem())
    var lines: [String] = []
    while let line = try reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
    return lines
  }

  @Test func `lines come one by one, blank ones included`() throws {
    let scratch = try ScratchDirectory()
    let text = Array("one\n\ntwo \nend".utf8)
    #expect(try lines(scratch.write(text, to: "a")) == ["one", "", "two ", "end"])
    #expect(try lines(scratch.write(FrameCompressor().compress(text), to: "a.zst")) == ["one", "", "two ", "end"])
  }

  @Test func `a broken file and an over-long line are failures`() throws {
    let scratch = try ScratchDirectory()
    #expect(throws: CorpusIOFailure.self) { try lines(repositoryFile("sample-data/damaged/truncated.jsonl.gz")) }
    #expect(throws: CorpusIOFailure.self) {
      try lines(scratch.write(Array(repeating: 65, count: 101), to: "long"))
    }
  }
}
