// A file's bytes after decompression: plain, gzip (RFC 1952) or Zstandard (RFC 8878), told by their first bytes.
// Whatever can be decoded before a break is given out. A break is data, not an error: where the frame says how long it
// is, reading goes on behind it, else the stream ends there (docs/decisions/0009).
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
  private var frame = FrameProgress()
  /// A break that is to be told once what was decoded before it has been taken.
  private var pendingBreak: StreamEnd?
  /// Whether frames that say how much they hold are passed over instead of decoded.
  private let isMeasuring: Bool
  private var isAtBorder = false
  private var measuringEnd = Int.max
  private var rawDigest = StreamingDigest()
  private let hashesInput: Bool

  /// Bytes taken from the file so far, before decompression.
  private(set) var rawBytesRead = 0
  /// Set once the stream has ended.
  private(set) var end: StreamEnd?
  /// Set when the last `read` gave nothing because a frame was damaged; the next one goes on behind that frame.
  private(set) var breakReason: StreamEnd?
  /// Bytes of the stream so far, those that damaged frames were to hold included.
  private(set) var textBytes = 0

  /// Opens `path` at `offset`. An offset other than 0 is only for plain files, and a compressed one is then refused.
  /// `contentDigest` is of the file where `isHashing` and not `isPlainOnly`.
  init(
    path: String, offset: Int, isPlainOnly: Bool, isHashing: Bool = false, fileSystem: any FileSystem
  ) throws(CorpusIOFailure) {
    self.path = path
    self.fileSystem = fileSystem
    self.fd = try fileSystem.openForReading(path)
    self.input = .allocate(byteCount: Self.inputBytes, alignment: 64)
    self.hashesInput = isHashing && !isPlainOnly
    self.isMeasuring = false
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

  /// Opens a compressed `path` at a border that was found in it. `isMeasuring` is for `nextBorder`.
  init(
    path: String, border: FrameBorder, isMeasuring: Bool, fileSystem: any FileSystem
  ) throws(CorpusIOFailure) {
    self.path = path
    self.fileSystem = fileSystem
    self.fd = try fileSystem.openForReading(path)
    self.input = .allocate(byteCount: Self.inputBytes, alignment: 64)
    self.hashesInput = false
    self.isMeasuring = isMeasuring
    textBytes = border.text
    // What the file is, its first bytes say: what stands at the border may be damaged.
    try fillAtLeast(4)
    codec = try detectCodec()
    guard border.file > 0 else { return }
    switch codec {
    case .gzip, .zstd: break
    case .plain, .unknown:
      throw CorpusIOFailure(
        .badData, "\(path): expected a compressed file with a border at byte \(border.file); did it change meanwhile?")
    }
    try fileSystem.seek(fd, to: border.file, path: path)
    inputStart = 0
    inputEnd = 0
    rawBytesRead = 0
    inputIsExhausted = false
    framesDecoded = 1
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
    breakReason = nil
    guard end == nil else { return 0 }
    if let reason = pendingBreak {
      pendingBreak = nil
      breakReason = reason
      return 0
    }
    switch codec {
    case .plain:
      let count = try readPlain(into: output)
      textBytes += count
      return count
    case .gzip(let stream): return try inflateMembers(stream, into: output)
    case .zstd(let context): return try decompressFrames(context, into: output)
    case .unknown(let reason):
      end = reason
      return 0
    }
  }

  /// The end of the next frame or member, at most about `reach` bytes of the file away; nil when there is none, when the
  /// file is plain, or where it is damaged so that nobody knows where frames begin. For streams that measure.
  func nextBorder(reach: Int, scratch: UnsafeMutableRawBufferPointer) throws(CorpusIOFailure) -> FrameBorder? {
    switch codec {
    case .plain, .unknown: return nil
    case .gzip, .zstd: break
    }
    measuringEnd = position + reach
    isAtBorder = false
    while end == nil, position < measuringEnd {
      _ = try read(into: scratch)
      if isAtBorder { return FrameBorder(file: position, text: textBytes) }
    }
    return nil
  }

  /// Bytes of the file that were taken for decoding, from where the stream began.
  private var position: Int { rawBytesRead - (inputEnd - inputStart) }

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

  /// Makes sure that `count` bytes of input, at most `inputBytes`, stand in a row; false when the file ends before.
  private func need(_ count: Int) throws(CorpusIOFailure) -> Bool {
    if inputEnd - inputStart >= count { return true }
    if inputStart > 0 {
      // Overlap is allowed: `copyMemory` is a memmove.
      UnsafeMutableRawBufferPointer(rebasing: input[..<(inputEnd - inputStart)]).copyMemory(from: waiting)
      inputEnd -= inputStart
      inputStart = 0
    }
    while inputEnd < count, !inputIsExhausted { try fill() }
    return inputEnd >= count
  }

  private var waiting: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: input[inputStart..<inputEnd]) }

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

  static let gzipMagic: [UInt8] = [0x1F, 0x8B]
  static let zstdMagic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

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

  // MARK: Frames

  private func beginFrame(declared: Int?) {
    isBetweenFrames = false
    frame = FrameProgress(start: textBytes, declared: declared)
  }

  /// Takes `count` decoded bytes into the account of the frame; those that it was not to hold are damage.
  private func account(_ count: Int) -> Int {
    var count = count
    if let declared = frame.declared, count > declared - frame.produced {
      count = declared - frame.produced
      frame.isDamaged = true
    }
    frame.produced += count
    textBytes += count
    return count
  }

  private func endFrame() {
    if let declared = frame.declared {
      if frame.produced != declared, !frame.isPassedOver { frame.isDamaged = true }
      textBytes = frame.start + declared
    }
    if frame.isDamaged { pendingBreak = .corrupt }
    isBetweenFrames = true
    isAtBorder = true
    framesDecoded += 1
  }

  /// Whether `read` has come to something that its caller must hear of.
  private var mustReturn: Bool {
    end != nil || breakReason != nil || (isMeasuring && (isAtBorder || position >= measuringEnd))
  }

  private func tellBreak() {
    breakReason = pendingBreak
    pendingBreak = nil
  }

  private func inflateMembers(
    _ stream: UnsafeMutablePointer<z_stream>, into output: UnsafeMutableRawBufferPointer
  ) throws(CorpusIOFailure) -> Int {
    var produced = 0
    while produced == 0, !mustReturn {
      if isBetweenFrames {
        if pendingBreak != nil {
          tellBreak()
          break
        }
        try beginMember(stream)
        continue
      }
      if frame.isDamaged, frame.left != nil {
        passOverMember()
        continue
      }
      if frame.left == nil { try refill() }
      let available = min(inputEnd - inputStart, frame.left ?? .max)
      let room = min(output.count, 1 << 30)
      stream.pointee.next_in = input.baseAddress?.advanced(by: inputStart).assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_in = UInt32(available)
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(room)
      let status = inflate(stream, Z_NO_FLUSH)
      let taken = available - Int(stream.pointee.avail_in)
      inputStart += taken
      frame.left? -= taken
      produced = account(room - Int(stream.pointee.avail_out))
      switch status {
      case Z_STREAM_END:
        if let left = frame.left, left > 0 { frame.isDamaged = true } else { endFrame() }
      case Z_OK, Z_BUF_ERROR:
        if let left = frame.left {
          if produced == 0, left == 0 { frame.isDamaged = true }
        } else if produced == 0, inputStart == inputEnd, inputIsExhausted {
          end = .truncated
        }
      default:
        if frame.left == nil { end = .corrupt } else { frame.isDamaged = true }
      }
    }
    return produced
  }

  /// Goes to the next member: `isBetweenFrames` is false then, or the stream has ended, or a member was passed over.
  private func beginMember(_ stream: UnsafeMutablePointer<z_stream>) throws(CorpusIOFailure) {
    repeat {
      try refill()
      // Zeros behind the last member are padding (tapes, archives), as gzip itself holds.
      while framesDecoded > 0, inputStart < inputEnd, input[inputStart] == 0 { inputStart += 1 }
    } while inputStart == inputEnd && !inputIsExhausted
    guard inputStart < inputEnd else {
      end = .complete
      return
    }
    // Told here, because zlib takes a single wrong byte for the beginning of a header.
    guard input[inputStart] == Self.gzipMagic[0] else {
      end = .corrupt
      return
    }
    var member: BlockedMember?
    if try need(BlockedMember.headBytes), let found = BlockedMember(waiting) {
      _ = try need(found.bytes + 2)
      if found.isFollowed(in: waiting, isEnd: inputIsExhausted) { member = found.measured(in: waiting) }
    }
    inflateReset(stream)
    beginFrame(declared: member.flatMap { textBytes < FrameProgress.largestText ? $0.textBytes : nil })
    if let member, frame.declared != nil {
      frame.left = member.bytes
      if isMeasuring {
        frame.isPassedOver = true
        passOverMember()
      }
    }
  }

  private func passOverMember() {
    // The whole member was made to stand in the buffer before it was begun.
    inputStart += frame.left ?? 0
    frame.left = 0
    endFrame()
  }

  private func decompressFrames(
    _ context: OpaquePointer, into output: UnsafeMutableRawBufferPointer
  ) throws(CorpusIOFailure) -> Int {
    var produced = 0
    while produced == 0, !mustReturn {
      if isBetweenFrames {
        if pendingBreak != nil {
          tellBreak()
        } else {
          try beginZstdFrame(context)
        }
        continue
      }
      switch frame.step {
      case .block:
        guard try need(3) else {
          end = frame.isDamaged ? .corrupt : .truncated
          break
        }
        guard let block = ZstdBlock(waiting, limit: frame.blockBytes) else {
          end = .corrupt
          break
        }
        guard try need(block.bytes) else {
          end = frame.isDamaged ? .corrupt : .truncated
          break
        }
        frame.step = .content(left: block.bytes, isLast: block.isLast)
      case .content(let left, let isLast):
        guard !frame.isDamaged, !frame.isPassedOver else {
          inputStart += left
          frame.step = frame.step(afterBlock: isLast)
          break
        }
        let before = inputStart
        produced = feed(context, left, into: output)
        let rest = left - (inputStart - before)
        // Once all is taken the decoder may still hold some of the block: it is asked until it gives nothing.
        if !frame.isDamaged, rest > 0 || produced > 0 {
          frame.step = .content(left: rest, isLast: isLast)
        } else {
          if frame.isDamaged { inputStart = before + left }
          frame.step = frame.step(afterBlock: isLast)
        }
      case .checksum:
        guard try need(4) else {
          end = frame.isDamaged ? .corrupt : .truncated
          break
        }
        let before = inputStart
        if !frame.isDamaged, !frame.isPassedOver { _ = feed(context, 4, into: output) }
        inputStart = before + 4
        frame.step = .end
      case .skippable(let left):
        try refill()
        let taken = min(left, inputEnd - inputStart)
        inputStart += taken
        frame.step = left == taken ? .end : .skippable(left: left - taken)
        if taken == 0, left > 0 { end = .truncated }
      case .end:
        endFrame()
      }
    }
    return produced
  }

  /// Gives the decoder the next `count` bytes, all of one block or header, so that what is decoded before a damaged block
  /// does not depend on how the file was read. Marks the frame when the decoder refuses them.
  private func feed(_ context: OpaquePointer, _ count: Int, into output: UnsafeMutableRawBufferPointer) -> Int {
    var source = ZSTD_inBuffer(src: input.baseAddress, size: inputStart + count, pos: inputStart)
    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let status = ZSTD_decompressStream(context, &target, &source)
    inputStart = source.pos
    if ZSTD_isError(status) != 0 {
      frame.isDamaged = true
      return 0
    }
    return account(target.pos)
  }

  private func beginZstdFrame(_ context: OpaquePointer) throws(CorpusIOFailure) {
    _ = try need(ZstdFrameHeader.maximumBytes)
    guard inputStart < inputEnd else {
      end = .complete
      return
    }
    switch ZstdFrameHeader.parse(waiting) {
    case .tooShort: end = .truncated
    case .noFrame: end = .corrupt
    case .skippable(let bytes):
      inputStart += 8
      beginFrame(declared: 0)
      frame.step = .skippable(left: bytes)
    case .frame(let header):
      let fits = header.contentBytes.map { $0 <= FrameProgress.largestFrame } ?? false
      beginFrame(declared: fits && textBytes < FrameProgress.largestText ? header.contentBytes : nil)
      frame.hasChecksum = header.hasChecksum
      frame.blockBytes = header.blockBytes
      frame.isPassedOver = isMeasuring && frame.declared != nil
      let before = inputStart
      if !frame.isPassedOver {
        ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
        var nothing: UInt8 = 0
        withUnsafeMutableBytes(of: &nothing) { _ = feed(context, header.bytes, into: $0) }
      }
      inputStart = before + header.bytes
      frame.step = .block
    }
  }
}

/// White space of JSON but the line feed, which ends a line.
@inline(__always)
func isJSONSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
