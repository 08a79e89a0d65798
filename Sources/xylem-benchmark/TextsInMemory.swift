// Documents of a shard, loaded before any clock starts.
import CorpusCore
import CorpusIO

/// Texts back to back in one buffer, as a reader's batch holds them.
struct TextsInMemory {
  private(set) var bytes: [UInt8] = []
  private(set) var documents: [Range<Int>] = []

  init() {}

  /// Reads the texts of `paths` in order, up to `limit` bytes: the document that would pass it is cut there, between
  /// two characters. A shard with an unreadable record is refused: a benchmark's input has none.
  init(paths: [String], limit: Int = .max) throws {
    for path in paths {
      let reader = try ShardReader(
        source: ShardSource(path: path, size: 0), options: ReadOptions(), fileSystem: LocalFileSystem())
      var batch = DocumentBatch()
      while bytes.count < limit, try reader.next(into: &batch) {
        if let bad = batch.rejected.first {
          throw PlainFailure(.badData, "\(bad.location): \(bad.reason)")
        }
        for document in batch.documents {
          guard bytes.count < limit else { break }
          append(batch.bytes[document.text], limit: limit)
        }
      }
    }
  }

  /// One document that repeats what `fill` appends until it has `count` bytes or a few more.
  init(oneDocumentOf count: Int, fill: (inout [UInt8]) -> Void) {
    bytes.reserveCapacity(count + 64)
    while bytes.count < count { fill(&bytes) }
    documents = [0..<bytes.count]
  }

  /// The first `count` bytes, or a few fewer where that would cut a character.
  func prefix(_ count: Int) -> TextsInMemory {
    var part = TextsInMemory()
    for document in documents {
      guard part.bytes.count < count else { break }
      part.append(bytes[document], limit: count)
    }
    return part
  }

  private mutating func append(_ text: ArraySlice<UInt8>, limit: Int) {
    let room = limit - bytes.count
    var end = text.endIndex
    if text.count > room {
      end = text.startIndex + room
      while end > text.startIndex, text[end] & 0xC0 == 0x80 { end -= 1 }
    }
    let start = bytes.count
    bytes.append(contentsOf: text[text.startIndex..<end])
    documents.append(start..<bytes.count)
  }
}
