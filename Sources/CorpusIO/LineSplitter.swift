// Lines out of a decoded stream, in place: one buffer that grows to the longest line allowed and no further.
import CJSONShim
import CorpusCore
import Glibc

/// Where a line is: number from 1, byte offset in the decompressed stream from 0.
struct LinePlace {
  var number: Int
  var offset: Int
}

/// What a splitter finds next. Bytes are valid until the next call.
enum LineItem {
  /// A line without its line feed. At least `JSON_READER_PADDING` bytes behind it are readable.
  case line(UnsafeRawBufferPointer, LinePlace)
  /// A line over the limit: its first bytes, at most `LineSplitter.keptBytes`.
  case tooLong(UnsafeRawBufferPointer, LinePlace)
  /// The stream broke inside this line, which may be empty; what follows begins behind the damaged frame, if anything.
  case broken(UnsafeRawBufferPointer, LinePlace, StreamEnd)
  case end
}

/// Splits one file, or the lines that begin in a byte range of a plain file or in some frames of a compressed one. One
/// thread uses it.
final class LineSplitter {
  /// Most that is kept of a line that is not taken.
  static let keptBytes = 1 << 20
  private static let padding = Int(JSON_READER_PADDING)

  private let stream: DecodedStream
  /// A part of a file has the lines that begin behind byte `lower` and not behind byte `upper` of the stream. So a line
  /// that begins at a border belongs to the part before it, which need not know how the one after begins.
  private let lower: Int?
  private let upper: Int
  private let isPart: Bool
  private let isHashing: Bool
  private let maximumLineBytes: Int
  private var buffer: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  // Invariant: 0 <= start <= scanned <= end <= capacity, `padding` more bytes are allocated behind `capacity`, and no
  // line feed stands in start..<scanned.
  private var start = 0
  private var scanned = 0
  private var end = 0
  /// Offset in the stream of buffer[start].
  private var offset = 0
  private var lineNumber = 1
  /// Bytes of the byte order mark before the current line: it belongs to the first line, which begins at 0.
  private var markBytes = 0
  /// The first bytes of the last line that was too long.
  private var kept: UnsafeMutableRawBufferPointer?
  private var isDone = false
  /// A damaged frame was met and is not told yet: nothing is read before it is.
  private var isBroken = false
  private var needsStart = true
  private var rangeDigest = StreamingDigest()

  convenience init(
    path: String, range: Range<Int>?, maximumLineBytes: Int, fileSystem: any FileSystem
  ) throws(CorpusIOFailure) {
    try self.init(
      ShardSource(path: path, range: range, size: 0), maximumLineBytes: maximumLineBytes, isHashing: false,
      fileSystem: fileSystem)
  }

  /// `contentDigest` is asked for only where `isHashing`.
  init(
    _ source: ShardSource, maximumLineBytes: Int, isHashing: Bool, fileSystem: any FileSystem
  ) throws(CorpusIOFailure) {
    if let range = source.range, range.lowerBound < 0 {
      throw CorpusIOFailure(.badData, "\(source.path): expected a byte range from 0 up, found \(range)")
    }
    self.maximumLineBytes = max(1, maximumLineBytes)
    isPart = source.range != nil || source.frames != nil
    self.isHashing = isHashing
    if let frames = source.frames {
      lower = frames.start.file > 0 ? frames.start.text : nil
      upper = frames.end?.text ?? .max
      offset = frames.start.text
      stream = try DecodedStream(
        path: source.path, border: frames.start, isMeasuring: false, fileSystem: fileSystem)
    } else {
      // A line begins at the range's first byte if the byte before it is a line feed: reading starts there.
      lower = source.range.flatMap { $0.lowerBound > 0 ? $0.lowerBound - 1 : nil }
      upper = source.range.map { $0.upperBound - 1 } ?? .max
      offset = lower ?? 0
      stream = try DecodedStream(
        path: source.path, offset: offset, isPlainOnly: source.range != nil, isHashing: isHashing,
        fileSystem: fileSystem)
    }
    capacity = 256 << 10
    buffer = .allocate(capacity: capacity + Self.padding)
    buffer.initialize(repeating: 0, count: capacity + Self.padding)
  }

  deinit {
    buffer.deallocate()
    kept?.deallocate()
  }

  var rawBytesRead: Int { stream.rawBytesRead }

  /// Digest of the file's raw bytes, or of the lines of the range; complete after `.end` or `.broken`. Of nothing unless
  /// the splitter is hashing.
  var contentDigest: Digest128 { isPart ? rangeDigest.digest() : stream.contentDigest }

  /// Reads the rest of the file for its digest only, when nobody wants what is behind a break.
  func drain() throws(CorpusIOFailure) { try stream.drain() }

  func next() throws(CorpusIOFailure) -> LineItem {
    if needsStart {
      needsStart = false
      try findStart()
    }
    if isDone { return .end }
    if offset - markBytes > upper { return finished() }
    let place = LinePlace(number: lineNumber, offset: offset)
    markBytes = 0
    while true {
      if let lineEnd = lineFeed() {
        let line = UnsafeRawBufferPointer(start: buffer + start, count: lineEnd - start)
        consume(through: lineEnd + 1)
        lineNumber += 1
        return line.count > maximumLineBytes ? .tooLong(keep(line), place) : .line(line, place)
      }
      // Not sooner, so that what is kept of a line does not depend on how the file was read.
      if end - start > max(maximumLineBytes, Self.keptBytes) { return try skipLongLine(place) }
      if try !readMore() { return try last(place) }
    }
  }

  /// What stands at the end of the stream: a line without a line feed, a broken one, or nothing.
  private func last(_ place: LinePlace) throws(CorpusIOFailure) -> LineItem {
    let unread = UnsafeRawBufferPointer(start: buffer + start, count: end - start)
    let rest = stream.undecodable.map { keptCopy($0) } ?? unread
    consume(through: end)
    if isBroken {
      goOn()
      return .broken(keep(rest), place, .corrupt)
    }
    isDone = true
    if let reason = stream.end, reason != .complete {
      try stream.drain()
      return .broken(keep(rest), place, reason)
    }
    if rest.count > maximumLineBytes { return .tooLong(keep(rest), place) }
    return rest.isEmpty ? .end : .line(rest, place)
  }

  /// Behind a damaged frame a line begins, at the byte that would follow the frame if it were whole.
  private func goOn() {
    isBroken = false
    offset = stream.textBytes
    lineNumber += 1
  }

  private func finished() -> LineItem {
    isDone = true
    return .end
  }

  /// Goes to the first line of the part, or behind a byte order mark.
  private func findStart() throws(CorpusIOFailure) {
    guard let lower else {
      while end - start < 3, try readMore() {}
      if end - start >= 3, buffer[start] == 0xEF, buffer[start + 1] == 0xBB, buffer[start + 2] == 0xBF {
        consume(through: start + 3)
        markBytes = 3
      }
      return
    }
    while offset <= upper {
      if let lineEnd = lineFeed() {
        skip(through: lineEnd + 1)
        return
      }
      skip(through: end)
      if try readMore() { continue }
      guard isBroken else {
        // The last line began before the part, and a break at the end is told where that line is.
        isDone = true
        return
      }
      goOn()
      lineNumber = 1
      if offset > lower { return }
    }
  }

  private func lineFeed() -> Int? {
    guard scanned < end, let found = memchr(buffer + scanned, 0x0A, end - scanned) else {
      scanned = end
      return nil
    }
    return UnsafeRawPointer(found) - UnsafeRawPointer(buffer)
  }

  private func skipLongLine(_ place: LinePlace) throws(CorpusIOFailure) -> LineItem {
    let head = keptCopy(UnsafeRawBufferPointer(start: buffer + start, count: end - start))
    while true {
      if let lineEnd = lineFeed() {
        consume(through: lineEnd + 1)
        break
      }
      consume(through: end)
      if try !readMore() { break }
    }
    lineNumber += 1
    return .tooLong(head, place)
  }

  /// A copy of the first bytes, for when the buffer will be filled again before the caller has seen them.
  private func keptCopy(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let kept = self.kept ?? .allocate(byteCount: Self.keptBytes, alignment: 64)
    self.kept = kept
    let head = UnsafeMutableRawBufferPointer(rebasing: kept[..<min(bytes.count, Self.keptBytes)])
    head.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<head.count]))
    return UnsafeRawBufferPointer(head)
  }

  private func keep(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: line[..<min(line.count, Self.keptBytes)])
  }

  private func consume(through position: Int) {
    if isPart, isHashing {
      rangeDigest.update(UnsafeRawBufferPointer(start: buffer + start, count: position - start))
    }
    skip(through: position)
  }

  private func skip(through position: Int) {
    offset += position - start
    start = position
    scanned = max(scanned, position)
  }

  /// Reads behind `end`, after making room; false at the end of the stream and at a break.
  private func readMore() throws(CorpusIOFailure) -> Bool {
    if isBroken { return false }
    if start == end {
      start = 0
      scanned = 0
      end = 0
    } else if start > 0, capacity - end < capacity / 4 {
      memmove(buffer, buffer + start, end - start)
      scanned -= start
      end -= start
      start = 0
    }
    if end == capacity { grow() }
    let count = try stream.read(into: UnsafeMutableRawBufferPointer(start: buffer + end, count: capacity - end))
    end += count
    isBroken = stream.breakReason != nil
    return count > 0
  }

  /// Doubles the buffer. It is only called while the line in it is not longer than allowed, so 2 x the limit bounds it.
  private func grow() {
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2 + Self.padding)
    larger.initialize(repeating: 0, count: capacity * 2 + Self.padding)
    memcpy(larger, buffer + start, end - start)
    buffer.deallocate()
    buffer = larger
    capacity *= 2
    scanned -= start
    end -= start
    start = 0
  }
}
