// Who is where: for each document its source in the unit, its line and its id, in a scratch file that threads append to
// block by block. Twenty bytes and the id a document on disk, nothing in memory but 32 bytes a block of 64 KiB.
import CorpusCore
import CorpusIO
import Synchronization

/// One document as the register knows it.
struct RegisteredDocument {
  var source: Int
  /// In the unit's range.
  var line: Int
  var id: UnsafeRawBufferPointer
  /// Where the next document of the unit begins.
  var next: UInt64
}

/// Written by many threads, then sealed and read through a map.
final class DocumentRegister: Sendable {
  static let headerBytes = 16

  fileprivate struct Block: Sendable {
    /// Position of the first byte: unit, and offset in the unit's own stream.
    var position: UInt64
    var offset: Int
    var count: Int
  }
  private struct Writing {
    var file: OutputFile?
    var blocks: [Block] = []
    var bytes = 0
  }
  private let path: String
  private let fileSystem: any FileSystem
  // The file is used under the lock only.
  private let writing: Mutex<Writing>

  init(directory: RunDirectory) throws {
    path = directory.absolute("documents")
    fileSystem = directory.fileSystem
    nonisolated(unsafe) let file = try OutputFile(path: path, fileSystem: directory.fileSystem)
    writing = Mutex(Writing(file: file))
  }

  /// Collects the documents of one unit. One thread uses it.
  struct UnitWriter {
    private let register: DocumentRegister
    private let unit: Int
    private var block: [UInt8] = []
    private var written = 0

    fileprivate init(_ register: DocumentRegister, unit: Int) {
      self.register = register
      self.unit = unit
    }

    /// Appends a document; returns its position, by which it is found again.
    mutating func append(source: Int, line: Int, id: UnsafeRawBufferPointer) throws -> UInt64 {
      if block.count >= 1 << 16 { try flush() }
      let position = UnitPosition.make(unit: unit, inside: written + block.count)
      appendBigEndian(UInt32(truncatingIfNeeded: source), to: &block)
      appendBigEndian(UInt64(line), to: &block)
      appendBigEndian(UInt32(truncatingIfNeeded: id.count), to: &block)
      block.append(contentsOf: id)
      return position
    }

    mutating func flush() throws {
      guard !block.isEmpty else { return }
      try register.append(block, at: UnitPosition.make(unit: unit, inside: written))
      written += block.count
      block.removeAll(keepingCapacity: true)
    }
  }

  func writer(unit: Int) -> UnitWriter { UnitWriter(self, unit: unit) }

  private func append(_ bytes: [UInt8], at position: UInt64) throws {
    try writing.withLock { state in
      try state.file?.write(bytes)
      state.blocks.append(Block(position: position, offset: state.bytes, count: bytes.count))
      state.bytes += bytes.count
    }
  }

  /// The register, complete: maps the file, of which the kernel keeps in memory what is used.
  func sealed() throws -> Sealed {
    let blocks = try writing.withLock { state in
      _ = try state.file?.finish()
      state.file = nil
      return state.blocks.sorted { $0.position < $1.position }
    }
    return Sealed(map: try MappedFile(path: path, fileSystem: fileSystem), blocks: blocks)
  }

  /// Read by any thread.
  final class Sealed: Sendable {
    private let map: MappedFile
    private let blocks: [Block]

    fileprivate init(map: MappedFile, blocks: [Block]) {
      self.map = map
      self.blocks = blocks
    }

    /// The document at a position that `append` returned, or that a document before it named as the next; nil behind the
    /// unit's last one. O(log blocks).
    func withDocument<Result>(
      at position: UInt64, _ body: (RegisteredDocument) throws -> Result
    ) rethrows -> Result? {
      let behind = lowerBound(blocks.count) { blocks[$0].position <= position }
      guard behind > 0 else { return nil }
      let block = blocks[behind - 1]
      let inside = Int(position - block.position)
      guard inside + DocumentRegister.headerBytes <= block.count else { return nil }
      return try map.withBytes(block.offset + inside..<block.offset + block.count) { record in
        let source = Int(UInt32(bigEndian: record.loadUnaligned(as: UInt32.self)))
        let line = Int(loadBigEndian(record, at: 4))
        let count = Int(UInt32(bigEndian: record.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
        let end = DocumentRegister.headerBytes + count
        let id = UnsafeRawBufferPointer(rebasing: record[DocumentRegister.headerBytes..<end])
        return try body(RegisteredDocument(source: source, line: line, id: id, next: position + UInt64(end)))
      }
    }
  }
}
