// What is to be read, and how: a shard or a part of one, and the fields of its records.

/// A shard, or the lines of an uncompressed `.jsonl` shard that begin in a byte range.
public struct ShardSource: Sendable, Hashable, Codable {
  /// Path of the file; "-" is standard input, read as JSON lines.
  public var path: String
  /// Byte range in an uncompressed file: the lines that begin in it. Ranges that tile a file share out its lines, each
  /// to one range. nil is the whole file.
  public var range: Range<Int>?
  /// Bytes of the file on disk, or of the range; for plans and progress only.
  public var size: Int

  public init(path: String, range: Range<Int>? = nil, size: Int) {
    self.path = path
    self.range = range
    self.size = size
  }

  /// Whether the name says plain text: `.txt`, also with `.gz` or `.zst` behind it.
  public var isPlainText: Bool {
    for suffix in ["", ".gz", ".zst", ".zstd"] where path.hasSuffix(".txt" + suffix) { return true }
    return false
  }
}

/// How records are read.
public struct ReadOptions: Sendable {
  /// What makes a document of a `.txt` shard.
  public enum TextDocuments: String, Sendable, Codable, CaseIterable {
    case file
    case line
    /// Lines up to a blank one.
    case paragraph
  }

  public var textField = "text"
  public var idField = "id"
  /// Members that may hold the language; the first of this list that a record has counts.
  public var languageFields = ["lang", "language"]
  /// Longest line, or text document, that is taken. The reader's memory is at most about 8 times as much.
  public var maximumRecordBytes = 64 << 20
  /// Bytes of text and fields in a batch, about: a batch ends with the record that reaches it.
  public var batchBytes = 1 << 20
  public var textDocuments = TextDocuments.file

  public init() {}
}
