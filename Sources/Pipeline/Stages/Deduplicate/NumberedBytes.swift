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
    private let space: DeduplicationSpace
    private let name: String
    private let bytes: OutputFile
    private let index: OutputFile
    private var written = 0

    init(_ name: String, space: DeduplicationSpace) throws {
      self.space = space
      self.name = name
      bytes = try space.createScratch(name + ".bytes")
      index = try space.createScratch(name + ".index")
    }

    func append(_ number: Int, _ content: UnsafeRawBufferPointer) throws {
      try bytes.write(content)
      try withUnsafeBytes(of: (UInt64(number), UInt64(written), UInt64(content.count))) { try index.write($0) }
      written += content.count
    }

    func finish() throws -> NumberedBytes {
      _ = try bytes.finish()
      _ = try index.finish()
      return NumberedBytes(bytes: try space.map(name + ".bytes"), index: try space.map(name + ".index"))
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
