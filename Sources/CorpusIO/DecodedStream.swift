// A file's bytes after decompression: plain, gzip (RFC 1952) or Zstandard (RFC 8878), told by their first bytes.
// Whatever can be decoded before a break is given out; the break itself is an end, not an error.
import CZlib
import CZstd
import CorpusCore

/// How a stream came to its end.
enum StreamEnd: Sendable {
  case complete
  case truncated
  case corrupt

  /// The reason of the rejected record that stands for the break.
  var reason: String? {
    switch self {
    case .complete: nil
    case .truncated: "shard is truncated"
    case .corrupt: "shard is corrupt"
    }
  }
}

/// Decompressed bytes of one file, forward only. One thread uses it.
///
/// Memory: 256 KiB of input, and for zstd a window of at most 128 MiB (frames made with a longer one count as corrupt).
final class DecodedStream {
  private enum Codec {
    case plain
    case gzip(UnsafeMutablePointer<z_stream>)
    case zstd(OpaquePointer)
    /// Named as compressed, and neither compressed nor JSON lines.
    case unknown(StreamEnd)
  }

  private static let inputBytes = 256 << 10

  private let path: String
  private let fileSystem: any FileSystem
  private let fd: Int32
  private let input: UnsafeMutableRawBufferPointer
  // Invariant: 0 <= inputStart <= inputEnd <= input.count; the bytes between are read and not yet decoded.
  private var inputStart = 0
  private var inputEnd = 0
  private var inputIsExhausted = false
  private var codec = Codec.plain
  /// Between gzip members, or between zstd frames: the only places where the file may end.
  private var isBetweenFrames = true
  private var framesDecoded = 0
  private var rawDigest = StreamingDigest()
  private let hashesInput: Bool

  /// Bytes taken from the file so far, before decompression.
  private(set) var rawBytesRead = 0
  /// Set once the stream has ended.
  private(set) var end: StreamEnd?

  /// Opens `path` at `offset`. An offset other than 0 is only for plain files, and a compressed one is then refused.
  init(path: String, offset: Int, isPlainOnly: Bool, fileSystem: any FileSystem) throws(CorpusIOFailure) {
    self.path = path
    self.fileSystem = fileSystem
    self.fd = try fileSystem.openForReading(path)
    self.input = .allocate(byteCount: Self.inputBytes, alignment: 64)
    self.hashesInput = !isPlainOnly
    // From here on every stored property is set, so a throw runs deinit, which closes and frees.
    try fillAtLeast(4)
    codec = try detectCodec()
    guard isPlainOnly else { return }
    guard case .plain = codec else {
      throw CorpusIOFailure(
        .badData, "\(path): a byte range of a compressed file cannot be read; give the file as a whole")
    }
    try fileSystem.seek(fd, to: offset, path: path)
    inputStart = 0
    inputEnd = 0
    rawBytesRead = 0
    inputIsExhausted = false
  }

  deinit {
    switch codec {
    case .plain, .unknown: break
    case .gzip(let stream):
      inflateEnd(stream)
      stream.deallocate()
    case .zstd(let context): ZSTD_freeDStream(context)
    }
    input.deallocate()
    fileSystem.close(fd)
  }

  /// XXH3-128 of the raw bytes read so far.
  var contentDigest: Digest128 { rawDigest.digest() }

  /// The first bytes of a file that cannot be decoded at all, for quarantine; nil for any other file.
  var undecodable: UnsafeRawBufferPointer? {
    guard case .unknown = codec else { return nil }
    return UnsafeRawBufferPointer(rebasing: input[..<inputEnd])
  }

  /// Reads the rest of the file for its digest only, when decoding stopped before the end.
  func drain() throws(CorpusIOFailure) {
    while !inputIsExhausted {
      inputStart = 0
      inputEnd = 0
      try fill()
    }
  }

  /// Puts decoded bytes into `output`, which must not be empty; 0 means that the stream has ended, see `end`.
  func read(into output: UnsafeMutableRawBufferPointer) throws(CorpusIOFailure) -> Int {
    guard end == nil else { return 0 }
    switch codec {
    case .plain: return try readPlain(into: output)
    case .gzip(let stream): return try inflateMembers(stream, into: output)
    case .zstd(let context): return try decompressFrames(context, into: output)
    case .unknown(let reason):
      end = reason
      return 0
    }
  }

  // MARK: Input

  private func fill() throws(CorpusIOFailure) {
    let count = try readRaw(UnsafeMutableRawBufferPointer(rebasing: input[inputEnd...]))
    inputEnd += count
  }

  private func readRaw(_ buffer: UnsafeMutableRawBufferPointer) throws(CorpusIOFailure) -> Int {
    let count = try fileSystem.read(fd, into: buffer, path: path)
    if count == 0 { inputIsExhausted = true }
    rawBytesRead += count
    if hashesInput { rawDigest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
    return count
  }

  private func fillAtLeast(_ count: Int) throws(CorpusIOFailure) {
    while inputEnd < count, !inputIsExhausted { try fill() }
  }

  /// Makes sure that there is input unless the file has ended.
  private func refill() throws(CorpusIOFailure) {
    guard inputStart == inputEnd, !inputIsExhausted else { return }
    inputStart = 0
    inputEnd = 0
    try fill()
  }

  private func takeBuffered(into output: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(output.count, inputEnd - inputStart)
    output.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[inputStart..<inputStart + count]))
    inputStart += count
    return count
  }

  // MARK: Codecs

  private static let gzipMagic: [UInt8] = [0x1F, 0x8B]
  private static let zstdMagic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

  private func detectCodec() throws(CorpusIOFailure) -> Codec {
    let head = Array(input[..<min(inputEnd, 4)])
    if head.starts(with: Self.gzipMagic) {
      let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
      stream.initialize(to: z_stream())
      // 15 + 16: the largest window, gzip headers only.
      let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      guard status == Z_OK else {
        stream.deallocate()
        throw CorpusIOFailure(.inputOutput, "\(path): no memory for a gzip decoder; lower --workers")
      }
      return .gzip(stream)
    }
    // A skippable frame (0x184D2A50 ... 5F) may stand before the first real one.
    let isSkippable = head.count == 4 && head[0] & 0xF0 == 0x50 && head[1...] == [0x2A, 0x4D, 0x18]
    if head == Self.zstdMagic || isSkippable {
      guard let context = ZSTD_createDStream() else {
        throw CorpusIOFailure(.inputOutput, "\(path): no memory for a zstd decoder; lower --workers")
      }
      ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 27)
      return .zstd(context)
    }
    guard let magic = Self.magic(promisedBy: path) else { return .plain }
    if head.count < magic.count, magic.starts(with: head) { return .unknown(.truncated) }
    if beginsLikeJSONLines() { return .plain }
    // So that what reaches quarantine does not depend on how much the first read happened to give.
    try fillAtLeast(Self.inputBytes)
    return .unknown(.corrupt)
  }

  private static func magic(promisedBy path: String) -> [UInt8]? {
    if path.hasSuffix(".gz") { return gzipMagic }
    if path.hasSuffix(".zst") || path.hasSuffix(".zstd") { return zstdMagic }
    return nil
  }

  private func beginsLikeJSONLines() -> Bool {
    var start = 0
    if inputEnd >= 3, input[0] == 0xEF, input[1] == 0xBB, input[2] == 0xBF { start = 3 }
    while start < inputEnd, isJSONSpace(input[start]) || input[start] == 0x0A { start += 1 }
    return start < inputEnd && input[start] == UInt8(ascii: "{")
  }

  private func readPlain(into output: UnsafeMutableRawBufferPointer) throws(CorpusIOFailure) -> Int {
    if inputStart < inputEnd { return takeBuffered(into: output) }
    let count = inputIsExhausted ? 0 : try readRaw(output)
    if count == 0 { end = .complete }
    return count
  }

  private func inflateMembers(
    _ stream: UnsafeMutablePointer<z_stream>, into output: UnsafeMutableRawBufferPointer
  ) throws(CorpusIOFailure) -> Int {
    var produced = 0
    while produced == 0, end == nil {
      try refill()
      if isBetweenFrames {
        // Zeros behind the last member are padding (tapes, archives), as gzip itself holds.
        while framesDecoded > 0, inputStart < inputEnd, input[inputStart] == 0 { inputStart += 1 }
        if inputStart == inputEnd {
          if inputIsExhausted { end = .complete }
          continue
        }
        // Told here, because zlib takes a single wrong byte for the beginning of a header.
        guard input[inputStart] == Self.gzipMagic[0] else {
          end = .corrupt
          break
        }
        inflateReset(stream)
        isBetweenFrames = false
      }
      let available = inputEnd - inputStart
      let room = min(output.count, 1 << 30)
      stream.pointee.next_in = input.baseAddress?.advanced(by: inputStart).assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_in = UInt32(available)
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(room)
      let status = inflate(stream, Z_NO_FLUSH)
      inputStart += available - Int(stream.pointee.avail_in)
      produced = room - Int(stream.pointee.avail_out)
      switch status {
      case Z_STREAM_END:
        isBetweenFrames = true
        framesDecoded += 1
      case Z_OK, Z_BUF_ERROR:
        if produced == 0, inputStart == inputEnd, inputIsExhausted { end = .truncated }
      default:
        end = .corrupt
      }
    }
    return produced
  }

  private func decompressFrames(
    _ context: OpaquePointer, into output: UnsafeMutableRawBufferPointer
  ) throws(CorpusIOFailure) -> Int {
    var produced = 0
    while produced == 0, end == nil {
      try refill()
      if isBetweenFrames, inputStart == inputEnd, inputIsExhausted {
        end = .complete
        break
      }
      var source = ZSTD_inBuffer(src: input.baseAddress, size: inputEnd, pos: inputStart)
      var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
      let status = ZSTD_decompressStream(context, &target, &source)
      let consumed = source.pos - inputStart
      inputStart = source.pos
      produced = target.pos
      if ZSTD_isError(status) != 0 {
        end = .corrupt
      } else {
        isBetweenFrames = status == 0
        if !isBetweenFrames, produced == 0, consumed == 0, inputIsExhausted { end = .truncated }
      }
    }
    return produced
  }
}

/// White space of JSON but the line feed, which ends a line.
@inline(__always)
func isJSONSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
