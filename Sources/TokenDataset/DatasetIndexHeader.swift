// The first 34 bytes of an .idx and the layout they imply (Megatron-LM indexed_dataset.py, Megatron-DeepSpeed the
// same):
//
//   0   9 bytes  "MMIDIDX" and two NULs
//   9   u64      version, 1
//   17  u8       dtype code
//   18  u64      N, sequences
//   26  u64      M, entries of the document index: documents + 1
//   34  N i32    sequence lengths, in tokens
//   +4N N i64    sequence pointers, in bytes into the .bin
//   +8N M i64    document index: first 0, last N
//
// All little-endian. 34 is no multiple of 4, so the arrays are unaligned in a mapped file.
import CorpusCore

/// The header of an `.idx`, as values that fit the file they came from.
public struct DatasetIndexHeader: Sendable, Equatable {
  public static let byteCount = 34
  static let magic: [UInt8] = Array("MMIDIDX".utf8) + [0, 0]
  static let legacyMagic: [UInt8] = Array("TNTIDX".utf8)
  static let version: UInt64 = 1

  public let tokenType: TokenType
  public let sequenceCount: Int
  /// Documents + 1. Megatron calls this number `document_count`.
  public let documentIndexCount: Int

  /// Throws `badData` when the counts are negative or when an `.idx` of this shape would have more than 2^63 - 1
  /// bytes.
  public init(
    tokenType: TokenType, sequenceCount: Int, documentIndexCount: Int, path: String
  ) throws(TokenDatasetFailure) {
    guard sequenceCount >= 0, documentIndexCount >= 1,
      sequenceCount <= Self.largestCount, documentIndexCount <= Self.largestCount
    else {
      throw TokenDatasetFailure(
        .badData, path: path,
        "an .idx of \(sequenceCount) sequences and \(documentIndexCount) document index entries cannot be")
    }
    self.tokenType = tokenType
    self.sequenceCount = sequenceCount
    self.documentIndexCount = documentIndexCount
  }

  /// So that 34 + 12 N + 8 M stays an Int whatever N and M are.
  private static let largestCount = (Int.max - byteCount) / 32

  public var documentCount: Int { documentIndexCount - 1 }
  public var lengthsOffset: Int { Self.byteCount }
  public var pointersOffset: Int { Self.byteCount + 4 * sequenceCount }
  public var documentIndexOffset: Int { Self.byteCount + 12 * sequenceCount }
  /// Bytes of the whole `.idx`: 34 + 12 N + 8 M.
  public var indexByteCount: Int { documentIndexOffset + 8 * documentIndexCount }

  /// The 34 bytes.
  public var bytes: [UInt8] {
    var bytes = Self.magic
    func append(_ value: UInt64) {
      for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }
    append(Self.version)
    bytes.append(tokenType.rawValue)
    append(UInt64(sequenceCount))
    append(UInt64(documentIndexCount))
    return bytes
  }
}

/// The fields of a header as they were found, each checked on its own so that a verification can name every fault.
struct RawIndexHeader {
  let bytes: [UInt8]
  let fileByteCount: Int
  let path: String

  /// Reads what there is of the first 34 bytes; a shorter file is a fault that `checkMagic` reports.
  init(file: RandomAccessFile) throws(TokenDatasetFailure) {
    var bytes = [UInt8](repeating: 0, count: min(DatasetIndexHeader.byteCount, file.byteCount))
    try file.read(into: &bytes, at: 0)
    self.bytes = bytes
    self.fileByteCount = file.byteCount
    self.path = file.path
  }

  func checkMagic() throws(TokenDatasetFailure) {
    if bytes.starts(with: DatasetIndexHeader.legacyMagic) {
      throw TokenDatasetFailure(
        .badData, path: path,
        "this is an index of the old lazy or cached kind (TNTIDX); preprocess the text again with the mmap kind")
    }
    guard bytes.count >= 9, bytes.starts(with: DatasetIndexHeader.magic) else {
      throw TokenDatasetFailure(
        .badData, path: path, "bytes 0 to 8 are not MMIDIDX and two NULs, so this is no .idx of a token dataset")
    }
    guard bytes.count == DatasetIndexHeader.byteCount else {
      throw TokenDatasetFailure(
        .badData, path: path,
        "the file ends after \(fileByteCount) bytes, inside its header of \(DatasetIndexHeader.byteCount)")
    }
  }

  func checkVersion() throws(TokenDatasetFailure) {
    let found = word(at: 9)
    guard found == DatasetIndexHeader.version else {
      throw TokenDatasetFailure(.badData, path: path, "version \(found) at byte 9; this program reads version 1")
    }
  }

  func tokenType() throws(TokenDatasetFailure) -> TokenType {
    let code = byte(at: 17)
    guard let type = TokenType(rawValue: code) else {
      let what = code == 6 || code == 7 ? "a floating-point type, which no token ids have" : "no type at all"
      throw TokenDatasetFailure(.badData, path: path, "dtype code \(code) at byte 17 is \(what)")
    }
    return type
  }

  /// The whole header, once the counts are known to fit the file exactly. Divides instead of multiplying: the counts
  /// are anyone's 64-bit numbers.
  func header() throws(TokenDatasetFailure) -> DatasetIndexHeader {
    try checkMagic()
    try checkVersion()
    let type = try tokenType()
    let sequences = word(at: 18)
    let entries = word(at: 26)
    let available = UInt64(fileByteCount - DatasetIndexHeader.byteCount)
    guard sequences <= available / 12, entries <= (available - 12 * sequences) / 8 else {
      throw TokenDatasetFailure(
        .badData, path: path,
        "\(sequences) sequences and \(entries) document index entries need more than the file's \(fileByteCount) "
          + "bytes; it is cut short or its counts (bytes 18 to 33) are wrong")
    }
    guard entries >= 1 else {
      throw TokenDatasetFailure(.badData, path: path, "the document index is empty (byte 26); it has at least its 0")
    }
    let surplus = available - 12 * sequences - 8 * entries
    guard surplus == 0 else {
      let what =
        surplus == sequences
        ? "one mode byte a sequence follows, as in multimodal datasets, which this program does not read"
        : "\(surplus) bytes follow the document index"
      throw TokenDatasetFailure(.badData, path: path, what)
    }
    return try DatasetIndexHeader(
      tokenType: type, sequenceCount: Int(sequences), documentIndexCount: Int(entries), path: path)
  }

  private func byte(at offset: Int) -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

  private func word(at offset: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(byte(at: offset + $1)) << UInt64(8 * $1) }
  }
}
