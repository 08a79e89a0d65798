// Every file of sample-data/damaged against the table of its README.
import CorpusIO
import Testing

struct DamagedFile: Sendable, CustomTestStringConvertible {
  let name: String
  let good: Int
  let quarantined: [Int]
  let reasons: Set<String>
  var testDescription: String { name }
}

let damagedFiles: [DamagedFile] = [
  .init(
    name: "malformed.jsonl", good: 7, quarantined: [2, 4, 6, 8, 10, 12], reasons: ["malformed JSON", "not an object"]),
  .init(name: "truncated.jsonl.zst", good: 5, quarantined: [6], reasons: ["shard is truncated"]),
  .init(name: "truncated.jsonl.gz", good: 6, quarantined: [7], reasons: ["shard is truncated"]),
  .init(name: "corrupt.jsonl.zst", good: 6, quarantined: [7], reasons: ["shard is corrupt"]),
  .init(name: "corrupt.jsonl.gz", good: 6, quarantined: [7], reasons: ["shard is corrupt"]),
  .init(name: "invalid-utf8.jsonl", good: 8, quarantined: [2, 4, 6, 8, 10, 12, 14], reasons: ["invalid UTF-8"]),
  .init(
    name: "missing-text.jsonl", good: 5, quarantined: [2, 4, 6, 8],
    reasons: ["text is missing", "text is not a string"]),
  .init(name: "nul-bytes.jsonl", good: 4, quarantined: [2, 4], reasons: ["malformed JSON"]),
  .init(name: "empty.jsonl", good: 0, quarantined: [], reasons: []),
  .init(name: "blank-lines.jsonl", good: 4, quarantined: [], reasons: []),
  .init(name: "not-zstd.jsonl.zst", good: 0, quarantined: [1], reasons: ["shard is corrupt"]),
  .init(name: "huge-nesting.jsonl", good: 2, quarantined: [2], reasons: ["nested too deep"]),
  .init(name: "lone-surrogate.jsonl", good: 4, quarantined: [2, 4, 6], reasons: ["malformed JSON"]),
  .init(name: "bom.jsonl", good: 4, quarantined: [], reasons: []),
]

struct DamagedShardTests {
  @Test(arguments: damagedFiles)
  func `every good record is read and everything else is rejected with its place`(file: DamagedFile) throws {
    let path = repositoryFile("sample-data/damaged/\(file.name)")
    let contents = try readShard(path)
    #expect(contents.texts.count == file.good)
    #expect(contents.rejectedLines == file.quarantined)
    #expect(Set(contents.reasons) == file.reasons)
    // The number in an id is the line of its record.
    for (id, line) in zip(contents.ids, contents.lines) { #expect(Int(id.suffix(4)) == line) }
    let onDisk = try digestOfFile(path, fileSystem: LocalFileSystem())
    #expect(contents.digest == onDisk.digest)
    #expect(contents.bytesRead == onDisk.bytes)
  }

  @Test func `blank lines are counted`() throws {
    #expect(try readShard(repositoryFile("sample-data/damaged/blank-lines.jsonl")).blankLineCount == 5)
  }

  @Test func `a byte order mark is no part of the first record`() throws {
    #expect(try readShard(repositoryFile("sample-data/damaged/bom.jsonl")).offsets.first == 3)
  }
}
