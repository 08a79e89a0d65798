// Where a compressed shard may be cut: ends of zstd frames and of gzip members, with their place in the text.
// Found by the decoder itself, so that a reader that begins there agrees with one that came there (docs/decisions/0009).
import CorpusCore

/// A place between two frames.
public struct FrameBorder: Sendable, Hashable, Codable {
  /// Byte of the file, and byte of the decompressed stream.
  public var file: Int
  public var text: Int

  public init(file: Int, text: Int) {
    self.file = file
    self.text = text
  }
}

/// Gives the borders of one file in order. One thread uses it.
///
/// Frames that say how much they hold are passed over, others are decoded. The file is read once. The seek table of a
/// seekable zstd file is a frame without content like any other: cuts come from the frames themselves.
public final class FrameBorders {
  private let stream: DecodedStream
  private let scratch: UnsafeMutableRawBufferPointer

  /// Opens `path`; throws `.noInput` when that cannot be done.
  public init(path: String, fileSystem: any FileSystem) throws(CorpusIOFailure) {
    stream = try DecodedStream(
      path: path, border: FrameBorder(file: 0, text: 0), isMeasuring: true, fileSystem: fileSystem)
    scratch = .allocate(byteCount: 256 << 10, alignment: 64)
  }

  deinit { scratch.deallocate() }

  /// The next border, that at the end of the file included; nil when there is none within about `reach` bytes of the
  /// file, or when damage hides where frames begin.
  public func next(reach: Int) throws(CorpusIOFailure) -> FrameBorder? {
    try stream.nextBorder(reach: reach, scratch: scratch)
  }
}
