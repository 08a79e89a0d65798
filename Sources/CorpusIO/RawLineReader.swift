// The lines of a shard as they stand, unparsed, with the numbers and offsets that `ShardReader` gives its documents: for
// passes that copy records without a byte changed.
import CorpusCore

/// A line without its line feed; `bytes` are valid until the reader's next call.
public struct RawLine {
  public let bytes: UnsafeRawBufferPointer
  /// From 1 at the start of the file, or of the source's byte range.
  public let number: Int
  /// In the decompressed file, from 0.
  public let byteOffset: Int
}

/// Reads the lines of one shard, or of its byte range. One thread uses it. About 5 GB/s from the page cache.
public final class RawLineReader {
  private let lines: LineSplitter
  private let endsAtBreaks: Bool

  /// Opens the shard; throws `.noInput` when that cannot be done.
  public init(
    source: ShardSource, options: ReadOptions, fileSystem: any FileSystem
  ) throws(CorpusIOFailure) {
    lines = try LineSplitter(
      source, maximumLineBytes: options.maximumRecordBytes, isHashing: false, fileSystem: fileSystem)
    endsAtBreaks = source.isPlainText
  }

  /// Bytes taken from the file so far, before decompression.
  public var bytesRead: Int { lines.rawBytesRead }

  /// The next line, blank ones included; nil at the end.
  ///
  /// Lines over the limit and broken ones are passed over: `ShardReader` rejects them, so no document stands there.
  public func next() throws(CorpusIOFailure) -> RawLine? {
    while true {
      switch try lines.next() {
      case .line(let bytes, let place): return RawLine(bytes: bytes, number: place.number, byteOffset: place.offset)
      case .tooLong: continue
      case .broken: if endsAtBreaks { return nil }
      case .end: return nil
      }
    }
  }
}
