// A unit's data file: zstd frames of many sections one after another, and a JSON index at the end. One file instead of
// hundreds keeps a run of 10,000 units within what a shared file system can name. Layout, numbers little-endian:
//
//   frame ... frame | 0x184D2A5E | u32 length | index JSON | u64 index offset | u64 index bytes | 16-byte digest | magic
//
// Index and trailer are the contents of a zstd skippable frame: `zstd -dc FILE` prints all sections.
import CorpusCore
import FoundationEssentials

/// One frame of a sectioned file.
public struct SectionEntry: Codable, Sendable, Hashable {
  public var section: String
  /// Place of the frame in the file.
  public var offset: Int
  /// Length of the frame as stored.
  public var bytes: Int
  /// Length of its contents.
  public var rawBytes: Int
  public var records: Int

  public init(section: String, offset: Int, bytes: Int, rawBytes: Int, records: Int) {
    self.section = section
    self.offset = offset
    self.bytes = bytes
    self.rawBytes = rawBytes
    self.records = records
  }
}

enum SectionedFormat {
  static let magic: [UInt8] = Array("XYLMSEC1".utf8)
  static let skippableMagic: UInt32 = 0x184D_2A5E
  static let headerBytes = 8
  static let trailerBytes = 8 + 8 + 16 + 8
  /// Ceilings against damaged or hostile files: about 2 million entries, and 1 GiB of contents in a frame.
  static let maximumIndexBytes = 256 << 20
  static let maximumRawBytes = 1 << 30

  static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
  }

  static func number(_ bytes: [UInt8], at offset: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<8 { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
    return value
  }
}

/// Writes a sectioned file under an attempt's own name; `publish` gives it the final one.
public final class SectionedFileWriter {
  private let path: String
  private let file: OutputFile
  private var entries: [SectionEntry] = []

  public init(path: String, fileSystem: any FileSystem) throws(CorpusIOFailure) {
    self.path = path
    file = try OutputFile(path: path, fileSystem: fileSystem)
  }

  /// Appends a frame of `FrameCompressor` whose contents are `rawBytes` long and hold `records` records.
  public func append(section: String, frame: [UInt8], rawBytes: Int, records: Int) throws(CorpusIOFailure) {
    precondition(!frame.isEmpty && rawBytes <= SectionedFormat.maximumRawBytes, "a frame holds at most 1 GiB")
    entries.append(
      SectionEntry(
        section: section, offset: file.byteCount, bytes: frame.count, rawBytes: rawBytes, records: records))
    try file.write(frame)
  }

  /// Writes index and trailer, waits for stable storage and closes the file. Call once.
  public func finish() throws(CorpusIOFailure) -> FileSummary {
    let index = encodedIndex()
    guard index.count <= SectionedFormat.maximumIndexBytes else {
      throw CorpusIOFailure(
        .inputOutput,
        """
        \(path): expected an index of at most \(SectionedFormat.maximumIndexBytes) bytes, found \(index.count) \
        (\(entries.count) frames); choose a smaller unit_bytes
        """)
    }
    let contentBytes = UInt64(index.count + SectionedFormat.trailerBytes)
    let digest = Digest128(hashing: index)
    var tail: [UInt8] = []
    // Magic and length are two 32-bit numbers, written as one.
    SectionedFormat.append(UInt64(SectionedFormat.skippableMagic) | contentBytes << 32, to: &tail)
    tail += index
    SectionedFormat.append(UInt64(file.byteCount + SectionedFormat.headerBytes), to: &tail)
    SectionedFormat.append(UInt64(index.count), to: &tail)
    SectionedFormat.append(digest.high, to: &tail)
    SectionedFormat.append(digest.low, to: &tail)
    tail += SectionedFormat.magic
    try file.write(tail)
    return try file.finish()
  }

  private func encodedIndex() -> [UInt8] {
    var json: [UInt8] = [UInt8(ascii: "[")]
    for (position, entry) in entries.enumerated() {
      json += Array((position == 0 ? "\n{\"section\":" : ",\n{\"section\":").utf8)
      appendJSONString(entry.section, to: &json)
      let numbers = [
        ("offset", entry.offset), ("bytes", entry.bytes), ("rawBytes", entry.rawBytes), ("records", entry.records),
      ]
      for (key, value) in numbers {
        json += Array(",\"\(key)\":".utf8)
        appendJSON(value, to: &json)
      }
      json.append(UInt8(ascii: "}"))
    }
    json += Array("\n]\n".utf8)
    return json
  }
}

/// Reads a sectioned file, of which it believes nothing before it has checked it. One thread uses it.
public final class SectionedFileReader {
  private let path: String
  private let fileSystem: any FileSystem
  private let fd: Int32
  /// All frames, in the file's order.
  public private(set) var entries: [SectionEntry] = []

  /// Opens the file and checks trailer, index digest and bounds; throws `.noInput` when there is no such file and
  /// `.badData` when it is not a whole sectioned file.
  public init(path: String, fileSystem: any FileSystem) throws(CorpusIOFailure) {
    self.path = path
    self.fileSystem = fileSystem
    fd = try fileSystem.openForReading(path)
    // From here on every stored property is set, so a throw runs deinit, which closes.
    entries = try readIndex()
  }

  deinit { fileSystem.close(fd) }

  /// The frame as it is stored, compressed: for copying into another file of frames.
  public func readFrame(_ entry: SectionEntry) throws(CorpusIOFailure) -> [UInt8] {
    precondition(entry.offset >= 0 && entry.bytes >= 0, "an entry of this reader")
    return try readBytes(at: entry.offset, count: entry.bytes)
  }

  /// The contents of the frame, decompressed; `.badData` when its checksum or length is wrong.
  public func readContents(_ entry: SectionEntry) throws(CorpusIOFailure) -> [UInt8] {
    let frame = try readFrame(entry)
    guard let contents = decompressFrames(frame, rawBytes: entry.rawBytes) else {
      throw damaged("expected a zstd frame of \(entry.rawBytes) bytes at byte \(entry.offset), found a damaged one")
    }
    return contents
  }

  private func readIndex() throws(CorpusIOFailure) -> [SectionEntry] {
    let size = try fileSystem.size(of: path) ?? 0
    let overhead = SectionedFormat.headerBytes + SectionedFormat.trailerBytes
    guard size >= overhead else { throw damaged("expected at least \(overhead) bytes, found \(size)") }
    let trailer = try readBytes(at: size - SectionedFormat.trailerBytes, count: SectionedFormat.trailerBytes)
    guard trailer[32...].elementsEqual(SectionedFormat.magic) else {
      throw damaged("expected the trailer's magic in the last 8 bytes, found something else")
    }
    let indexOffset = SectionedFormat.number(trailer, at: 0)
    let indexBytes = SectionedFormat.number(trailer, at: 8)
    guard indexBytes <= UInt64(min(SectionedFormat.maximumIndexBytes, size - overhead)),
      indexOffset == UInt64(size - SectionedFormat.trailerBytes) - indexBytes
    else { throw damaged("expected an index between frames and trailer, found it at byte \(indexOffset)") }

    let index = try readBytes(at: Int(indexOffset), count: Int(indexBytes))
    let expected = Digest128(
      high: SectionedFormat.number(trailer, at: 16), low: SectionedFormat.number(trailer, at: 24))
    guard Digest128(hashing: index) == expected else {
      throw damaged("expected an index with digest \(expected), found another")
    }
    guard let entries = try? JSONDecoder().decode([SectionEntry].self, from: Data(index)) else {
      throw damaged("expected a JSON list of entries as index, found something else")
    }
    try check(entries, dataBytes: Int(indexOffset) - SectionedFormat.headerBytes)
    return entries
  }

  /// Frames tile the file from its start to the index, and no number is out of its range.
  private func check(_ entries: [SectionEntry], dataBytes: Int) throws(CorpusIOFailure) {
    var position = 0
    for entry in entries {
      guard entry.offset == position, entry.bytes > 0, entry.bytes <= dataBytes - position,
        (0...SectionedFormat.maximumRawBytes).contains(entry.rawBytes), entry.records >= 0
      else { throw damaged("expected a frame at byte \(position), found an index entry out of bounds") }
      position += entry.bytes
    }
    guard position == dataBytes else { throw damaged("expected \(dataBytes) bytes of frames, found \(position)") }
  }

  private func readBytes(at offset: Int, count: Int) throws(CorpusIOFailure) -> [UInt8] {
    try fileSystem.seek(fd, to: offset, path: path)
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let fd = fd
      let result = bytes.withUnsafeMutableBytes { all in
        Result { () throws(CorpusIOFailure) in
          try fileSystem.read(fd, into: UnsafeMutableRawBufferPointer(rebasing: all[filled...]), path: path)
        }
      }
      let got = try result.get()
      guard got > 0 else { throw damaged("expected \(count) bytes at byte \(offset), found \(filled)") }
      filled += got
    }
    return bytes
  }

  private func damaged(_ what: String) -> CorpusIOFailure {
    CorpusIOFailure(.badData, "\(path): not a whole sectioned file: \(what); remove it and rerun to make it again")
  }
}
