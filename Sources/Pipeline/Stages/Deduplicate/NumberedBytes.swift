// Scratch files of deduplication, written once forward and then mapped: the kernel holds in memory what is used and
// takes it back under pressure, so nothing here grows with the corpus but the disk.
import CorpusCore
import CorpusIO

extension MappedFile {
  /// A number in this machine's byte order: scratch files never leave it.
  func number(at offset: Int) -> UInt64 {
    withBytes(offset..<offset + 8) { $0.loadUnaligned(as: UInt64.self) }
  }
}

/// Bytes of chosen documents, by document number: 24 bytes a document and the bytes themselves, on disk.
struct NumberedBytes {
  private static let entryBytes = 24
  private let bytes: MappedFile
  private let index: MappedFile
  private var count: Int { index.count / Self.entryBytes }

  /// Takes documents in ascending order of number. One thread uses it.
  final class Writer {
    private let directory: String
    private let name: String
    private let fileSystem: any FileSystem
    private let bytes: OutputFile
    private let index: OutputFile
    private var written = 0

    init(_ name: String, attempt: Attempt) throws {
      directory = attempt.scratchDirectory
      self.name = name
      fileSystem = attempt.directory.fileSystem
      bytes = try OutputFile(path: "\(directory)/\(name).bytes", isDurable: false, fileSystem: fileSystem)
      index = try OutputFile(path: "\(directory)/\(name).index", isDurable: false, fileSystem: fileSystem)
    }

    func append(_ number: Int, _ content: UnsafeRawBufferPointer) throws {
      try bytes.write(content)
      try withUnsafeBytes(of: (UInt64(number), UInt64(written), UInt64(content.count))) { try index.write($0) }
      written += content.count
    }

    func finish() throws -> NumberedBytes {
      _ = try bytes.finish()
      _ = try index.finish()
      return NumberedBytes(
        bytes: try MappedFile(path: "\(directory)/\(name).bytes", fileSystem: fileSystem),
        index: try MappedFile(path: "\(directory)/\(name).index", fileSystem: fileSystem))
    }
  }

  /// See `MappedFile.release`.
  func release() {
    bytes.release()
    index.release()
  }

  /// Calls `body` with the bytes of a document; nil when it was not among the chosen. O(log chosen).
  func with<Result>(_ number: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result? {
    let found = lowerBound(count) { index.number(at: $0 * Self.entryBytes) < UInt64(number) }
    guard found < count, index.number(at: found * Self.entryBytes) == UInt64(number) else { return nil }
    let start = Int(index.number(at: found * Self.entryBytes + 8))
    let length = Int(index.number(at: found * Self.entryBytes + 16))
    return try bytes.withBytes(start..<start + length, body)
  }
}
