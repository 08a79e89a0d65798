// Lines of files that this program wrote itself: here a broken file is a failure, not data.
import CorpusCore

/// Lines of a plain, gzip or Zstandard file, in order. One thread uses it.
public final class LineReader {
  private let path: String
  private let maximumLineBytes: Int
  private let lines: LineSplitter

  /// Opens `path`; throws `.noInput` when that cannot be done.
  public init(
    path: String, maximumLineBytes: Int = 64 << 20, fileSystem: any FileSystem
  ) throws(CorpusIOFailure) {
    self.path = path
    self.maximumLineBytes = maximumLineBytes
    lines = try LineSplitter(path: path, range: nil, maximumLineBytes: maximumLineBytes, fileSystem: fileSystem)
  }

  /// The next line without its line feed, blank ones included; nil at the end.
  ///
  /// Throws `.badData` for a line over the limit and for a truncated or corrupt stream, with path, line and byte.
  public func next() throws(CorpusIOFailure) -> [UInt8]? {
    switch try lines.next() {
    case .line(let line, _): return Array(line)
    case .end: return nil
    case .tooLong(_, let place):
      throw damaged(place, "expected a line of at most \(maximumLineBytes) bytes, found a longer one")
    case .broken(_, let place, let end):
      throw damaged(place, "expected the stream to go on, found that the \(end.reason ?? "shard is corrupt")")
    }
  }

  private func damaged(_ place: LinePlace, _ what: String) -> CorpusIOFailure {
    CorpusIOFailure(
      .badData, "\(path):\(place.number) (byte \(place.offset)): \(what); remove the file and rerun to make it again")
  }
}
