// The fingerprints of the documents that `xylem dedup near` kept: what a later run needs to know of an earlier one
// (docs/formats/near-fingerprints.md). 232 bytes a document with the default bands, 16 MiB of them at a time in memory.
import CorpusCore
import CorpusIO
import Deduplication
import Foundation

enum FingerprintFileFormat {
  static let name = "fingerprints.xynf"
  static let magic: [UInt8] = Array("XYNF".utf8)
  static let version: UInt32 = 1
  static let headerBytes = 32
  static let trailerBytes = 24

  /// What two files must share for their fingerprints to be comparable.
  static func header(_ options: NearDuplicateOptions) -> [UInt8] {
    var bytes = magic
    let record = FingerprintLayout(near: options).recordBytes
    // Words a shingle in the low half; the rule of words in the high half, 0 for what files without a rule have.
    let words = UInt32(options.shingle) | (options.words == .marksBreak ? 0 : 1 << 16)
    for number in [version, words, UInt32(options.bands), UInt32(options.rows), UInt32(record)] {
      withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
    appendLittleEndian(options.seed, to: &bytes)
    return bytes
  }
}

/// Writes the records of kept documents one after another.
final class FingerprintFileWriter {
  private let file: OutputFile
  private var digest = StreamingDigest()
  private var count: UInt64 = 0
  private var block: [UInt8]

  init(path: String, options: NearDuplicateOptions, fileSystem: any FileSystem) throws {
    file = try OutputFile(path: path, fileSystem: fileSystem)
    block = FingerprintFileFormat.header(options)
  }

  func append(_ record: UnsafeRawBufferPointer) throws {
    block.append(contentsOf: record)
    count += 1
    if block.count >= 1 << 20 { try flush() }
  }

  func finish() throws -> FileSummary {
    appendLittleEndian(count, to: &block)
    try flush()
    let check = digest.digest()
    appendBigEndian(check.high, to: &block)
    appendBigEndian(check.low, to: &block)
    try file.write(block)
    return try file.finish()
  }

  private func flush() throws {
    block.withUnsafeBytes { digest.update($0) }
    try file.write(block)
    block.removeAll(keepingCapacity: true)
  }
}
