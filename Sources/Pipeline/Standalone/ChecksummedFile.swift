// Files of records between a header and a trailer (docs/formats/digests.md, near-fingerprints.md): behind the records
// their number (u64, little-endian) and the XXH3-128 of all bytes before (big-endian).
import CorpusCore
import CorpusIO

/// Writes such a file; a block of it is in memory at a time.
final class ChecksummedFileWriter {
  /// Number and checksum.
  static let trailerBytes = 24
  private static let blockBytes = 1 << 16
  private let file: OutputFile
  private var digest = StreamingDigest()
  private var count: UInt64 = 0
  private var block: [UInt8]

  init(path: String, header: [UInt8], fileSystem: any FileSystem) throws {
    file = try OutputFile(path: path, fileSystem: fileSystem)
    block = header
  }

  /// Takes one record: what `body` appends.
  func append(_ body: (inout [UInt8]) -> Void) throws {
    body(&block)
    count += 1
    if block.count >= Self.blockBytes { try flush() }
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
