// What is to be read, and how: a shard or a part of one, and the fields of its records.

/// Some frames of a compressed shard, from a border to another.
public struct FrameSpan: Sendable, Hashable, Codable {
  public var start: FrameBorder
  /// nil is the end of the file.
  public var end: FrameBorder?

  public init(start: FrameBorder, end: FrameBorder?) {
    self.start = start
    self.end = end
  }
}

/// A shard, or the lines of a `.jsonl` shard that begin in a part of it.
public struct ShardSource: Sendable, Hashable, Codable {
  /// Path of the file; "-" is standard input, read as JSON lines.
  public var path: String
  /// Byte range in an uncompressed file: the lines that begin in it. Ranges that tile a file share out its lines, each
  /// to one range. nil is the whole file.
  public var range: Range<Int>?
  /// Frames of a compressed file, whose borders were found in it (`FrameBorders`): the lines that begin in their text, but
  /// for one that begins with it. Spans that tile a file share out its lines, each to one span.
  public var frames: FrameSpan?
  /// Bytes of the file on disk, or of the part; for plans and progress only.
  public var size: Int

  public init(path: String, range: Range<Int>? = nil, frames: FrameSpan? = nil, size: Int) {
    self.path = path
    self.range = range
    self.frames = frames
    self.size = size
  }

  /// Where the part begins in the decompressed file; nil for a whole file.
  public var partOffset: Int? { range?.lowerBound ?? frames?.start.text }

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
  public var batchBytes = 1 << 19
  public var textDocuments = TextDocuments.file
  /// Whether the reader will be asked for the digest of what it read.
  public var hashesContent = true

  public init() {}
}
