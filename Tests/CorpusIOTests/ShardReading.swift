// What the tests of the readers share.
import CorpusCore
import CorpusIO
import TestSupport

/// Everything a reader says of one shard.
struct ShardContents {
  var texts: [String] = []
  var ids: [String] = []
  var labels: [String] = []
  var others: [String] = []
  var lines: [Int] = []
  var offsets: [Int] = []
  var rejected: [RejectedRecord] = []
  var blankLineCount = 0
  var digest = Digest128(high: 0, low: 0)
  var bytesRead = 0

  var rejectedLines: [Int] { rejected.map(\.location.line) }
  var reasons: [String] { rejected.map(\.reason) }
  var lineCount: Int { texts.count + rejected.count + blankLineCount }
}

/// Reads a whole shard; `path` as the reader takes it.
func readShard(
  _ path: String, range: Range<Int>? = nil, frames: FrameSpan? = nil, options: ReadOptions = ReadOptions(),
  fileSystem: any FileSystem = LocalFileSystem()
) throws -> ShardContents {
  let source = ShardSource(path: path, range: range, frames: frames, size: 0)
  let reader = try ShardReader(source: source, options: options, fileSystem: fileSystem)
  var contents = ShardContents()
  var batch = DocumentBatch()
  while try reader.next(into: &batch) {
    let bytes = batch.bytes
    func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    for document in batch.documents {
      contents.texts.append(string(document.text))
      contents.ids.append(string(document.id))
      contents.labels.append(string(document.languageLabel))
      contents.others.append(string(document.otherFields))
      contents.lines.append(document.line)
      contents.offsets.append(document.byteOffset)
    }
    contents.rejected += batch.rejected
    contents.blankLineCount += batch.blankLineCount
  }
  contents.digest = reader.contentDigest
  contents.bytesRead = reader.bytesRead
  return contents
}

/// A file of the repository, found from this source file.
func repositoryFile(_ name: String, from file: String = #filePath) -> String {
  let root = file.split(separator: "/").dropLast(3).joined(separator: "/")
  return "/\(root)/\(name)"
}
