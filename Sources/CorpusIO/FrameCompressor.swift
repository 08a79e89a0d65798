// Zstandard frames (RFC 8878) with content size and checksum. A frame is independent of its neighbours: files of frames
// can be cut between frames and concatenated.
import CZstd
import CorpusCore

/// Compresses one frame after another with one context. One thread uses it; keep one a thread.
public final class FrameCompressor {
  private let context: OpaquePointer

  public static let defaultLevel: Int32 = 3
  /// For what a run writes and reads again: 1.6 times as fast as level 3 for 5 % more bytes (text in 59 languages).
  public static let workLevel: Int32 = 1
  /// Entries of the tables of level 3, as a binary logarithm. Its own, 2^17 and 2^16 entries of 4 bytes, are larger than the
  /// L2 cache of many cores; with these, text in 59 languages is compressed half as fast again and takes 3 % more room.
  private static let tableLog: Int32 = 15
  /// The same of level 1, whose own are 2^14: these fit into the first-level cache, and leave the second to what else a
  /// worker does. Units of the measuring corpus take 6 % more room than with 2^15.
  private static let workTableLog: Int32 = 13

  /// `level` is zstd's, 1...19 in practice; values out of range are clamped by zstd. The tables of levels 1 and 3 have 2^13
  /// and 2^15 entries.
  public init(level: Int32 = FrameCompressor.defaultLevel) {
    guard let context = ZSTD_createCCtx() else { preconditionFailure("out of memory for a zstd context") }
    self.context = context
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    if level == Self.workLevel || level == Self.defaultLevel {
      let log = level == Self.workLevel ? Self.workTableLog : Self.tableLog
      ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, log)
      // Level 1 has no second table.
      ZSTD_CCtx_setParameter(context, ZSTD_c_chainLog, log)
    }
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1)
  }

  deinit { ZSTD_freeCCtx(context) }

  /// `bytes` as one complete frame; no bytes make a frame too.
  public func compress(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    let bound = ZSTD_compressBound(bytes.count)
    return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
      let written = ZSTD_compress2(context, output.baseAddress, bound, bytes.baseAddress, bytes.count)
      // The output has room for the worst case, so only an allocation inside zstd can fail.
      precondition(ZSTD_isError(written) == 0, "zstd ran out of memory for a frame")
      count = written
    }
  }

  public func compress(_ bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { compress($0) }
  }
}

/// `bytes` as one frame; for many frames keep a `FrameCompressor`, which keeps its tables.
public func compressFrame(_ bytes: UnsafeRawBufferPointer, level: Int32 = FrameCompressor.defaultLevel) -> [UInt8] {
  FrameCompressor(level: level).compress(bytes)
}

/// The contents of frames that hold exactly `rawBytes` bytes in all; nil when they are damaged or hold another number.
///
/// Allocates `rawBytes`: check it against a ceiling first.
func decompressFrames(_ frame: [UInt8], rawBytes: Int) -> [UInt8]? {
  var isWhole = false
  let contents = [UInt8](unsafeUninitializedCapacity: max(rawBytes, 1)) { output, count in
    let written = frame.withUnsafeBytes { ZSTD_decompress(output.baseAddress, rawBytes, $0.baseAddress, $0.count) }
    isWhole = ZSTD_isError(written) == 0 && written == rawBytes
    count = isWhole ? written : 0
  }
  return isWhole ? contents : nil
}
