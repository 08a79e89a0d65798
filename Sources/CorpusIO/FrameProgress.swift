// Where a stream stands in a zstd frame or a gzip member, and what their headers say (RFC 8878, RFC 1952, SAM 4.1).

/// The frame that a stream is in.
struct FrameProgress {
  /// What a zstd frame goes on with.
  enum Step {
    case block
    case content(left: Int, isLast: Bool)
    case checksum
    case skippable(left: Int)
    case end
  }
  /// A frame that says it holds more is taken for one that does not say: 1 TiB.
  static let largestFrame = 1 << 40
  /// So that no sum of what frames say they hold overflows.
  static let largestText = 1 << 61

  /// Place of the frame in the decompressed stream.
  var start = 0
  /// Decompressed bytes that the frame says it holds.
  var declared: Int?
  var produced = 0
  /// Bytes of a gzip member that are not taken yet, where it says how long it is.
  var left: Int?
  var step = Step.block
  var hasChecksum = false
  /// Largest block of the frame.
  var blockBytes = 0
  var isDamaged = false
  /// Measured, not decoded.
  var isPassedOver = false

  func step(afterBlock isLast: Bool) -> Step { isLast ? (hasChecksum ? .checksum : .end) : .block }
}

/// The header of a zstd frame.
struct ZstdFrameHeader {
  static let maximumBytes = 18
  var bytes: Int
  var contentBytes: Int?
  var hasChecksum: Bool
  /// Largest block that the frame may have: its window, and at most 128 KiB.
  var blockBytes: Int

  enum Outcome {
    case frame(ZstdFrameHeader)
    /// A frame without content, of that many bytes behind its header of 8.
    case skippable(Int)
    /// The file ends within the header.
    case tooShort
    case noFrame
  }

  /// What begins at the first of `input`, which holds `maximumBytes` unless the file ends sooner.
  static func parse(_ input: UnsafeRawBufferPointer) -> Outcome {
    let magic = DecodedStream.zstdMagic
    let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18]
    let head = input.prefix(4)
    let isSkippable = zip(head, skippable).enumerated().allSatisfy { index, pair in
      index == 0 ? pair.0 & 0xF0 == pair.1 : pair.0 == pair.1
    }
    guard isSkippable || magic.starts(with: head) else { return .noFrame }
    if isSkippable {
      guard input.count >= 8 else { return .tooShort }
      return .skippable(Int(littleEndian(input, at: 4, count: 4)))
    }
    guard input.count >= 5 else { return .tooShort }
    let descriptor = input[4]
    let isSingle = descriptor & 0x20 != 0
    let dictionaryBytes = [0, 1, 2, 4][Int(descriptor & 3)]
    let sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][Int(descriptor >> 6)]
    let sizeOffset = 5 + (isSingle ? 0 : 1) + dictionaryBytes
    guard input.count >= sizeOffset + sizeBytes else { return .tooShort }
    var content: Int?
    if sizeBytes > 0 {
      let value = littleEndian(input, at: sizeOffset, count: sizeBytes)
      content = Int(clamping: sizeBytes == 2 ? value + 256 : value)
    }
    var window = content ?? 0
    if !isSingle {
      let base = 1 << (10 + Int(input[5] >> 3))
      window = base + base / 8 * Int(input[5] & 7)
    }
    return .frame(
      ZstdFrameHeader(
        bytes: sizeOffset + sizeBytes, contentBytes: content, hasChecksum: descriptor & 4 != 0,
        blockBytes: min(window, 128 << 10)))
  }
}

/// A block of a zstd frame, its header of 3 bytes included.
struct ZstdBlock {
  var bytes: Int
  var isLast: Bool

  /// nil when no block of at most `limit` bytes begins with the first 3 bytes of `input`.
  init?(_ input: UnsafeRawBufferPointer, limit: Int) {
    let value = littleEndian(input, at: 0, count: 3)
    let size = Int(value >> 3)
    let kind = value >> 1 & 3
    // 3 is reserved, 1 repeats one byte.
    guard kind != 3, kind == 1 || size <= limit else { return nil }
    bytes = 3 + (kind == 1 ? 1 : size)
    isLast = value & 1 == 1
  }
}

/// A gzip member of at most 64 KiB that says how long it is: as bgzip writes them (BGZF).
struct BlockedMember {
  static let headBytes = 18
  var bytes: Int
  /// Decompressed bytes, as the member's end says.
  var textBytes = 0

  /// nil for any other member. `input` holds at least `headBytes`.
  init?(_ input: UnsafeRawBufferPointer) {
    // Deflate with an extra field and nothing else, whose first subfield is BC with two bytes.
    guard input[0] == 0x1F, input[1] == 0x8B, input[2] == 8, input[3] == 4, littleEndian(input, at: 10, count: 2) >= 6,
      input[12] == 0x42, input[13] == 0x43, littleEndian(input, at: 14, count: 2) == 2
    else { return nil }
    bytes = Int(littleEndian(input, at: 16, count: 2)) + 1
    guard bytes >= Self.headBytes + 8 else { return nil }
  }

  /// Whether another member, padding or the end of the file stands where this one says it ends.
  func isFollowed(in input: UnsafeRawBufferPointer, isEnd: Bool) -> Bool {
    if input.count < bytes { return false }
    if input.count == bytes { return isEnd }
    if input[bytes] == 0 { return true }
    return input[bytes] == 0x1F && (input.count == bytes + 1 || input[bytes + 1] == 0x8B)
  }

  /// With the size that the member's last four bytes give; nil when that is more than a block may hold.
  func measured(in input: UnsafeRawBufferPointer) -> BlockedMember? {
    var member = self
    member.textBytes = Int(littleEndian(input, at: bytes - 4, count: 4))
    return member.textBytes <= 64 << 10 ? member : nil
  }
}

/// An unsigned number of 1 to 8 bytes.
func littleEndian(_ bytes: UnsafeRawBufferPointer, at offset: Int, count: Int) -> UInt64 {
  var value: UInt64 = 0
  for index in (0..<count).reversed() { value = value << 8 | UInt64(bytes[offset + index]) }
  return value
}
