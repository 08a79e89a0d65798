// All texts of an input in one scratch file, to be compared in place: 0xFF, unit, source and line of the document, 0xFF,
// its text, 0xFF. No UTF-8 text holds the byte 0xFF, so comparisons end at the borders of a text by themselves.
import CorpusCore
import CorpusIO
import Deduplication

/// Written in the order of the input by several threads, then sealed and read through a map.
final class TextStore: @unchecked Sendable {
  // Unchecked for `writing`, whose comment says why.
  /// Boundary, source 4, line 8, boundary.
  static let headerBytes = 14
  static let trailerBytes = 1

  /// Written under the lock of `ordered`, then read by one thread.
  private final class Writing {
    var file: OutputFile?
    var unitBytes: [Int]

    init(file: OutputFile, units: Int) {
      self.file = file
      unitBytes = Array(repeating: 0, count: units)
    }
  }
  private let path: String
  private let fileSystem: any FileSystem
  private let writing: Writing
  /// Passes blocks on in the order of units.
  let ordered: OrderedOutput

  init(directory: RunDirectory, units: Int, limitBytes: Int) throws {
    path = directory.absolute("texts")
    fileSystem = directory.fileSystem
    let writing = Writing(file: try OutputFile(path: path, fileSystem: directory.fileSystem), units: units)
    self.writing = writing
    ordered = OrderedOutput(limitBytes: limitBytes) { unit, chunk in
      try writing.file?.write(chunk.bytes)
      writing.unitBytes[unit] += chunk.bytes.count
    }
  }

  /// Collects the texts of one unit. One thread uses it.
  struct UnitWriter {
    private let ordered: OrderedOutput
    private let unit: Int
    private var block: [UInt8] = []
    private var written = 0

    fileprivate init(ordered: OrderedOutput, unit: Int) {
      self.ordered = ordered
      self.unit = unit
    }

    /// Appends a text; returns the offset of its first byte in the unit's part of the store.
    mutating func append(_ text: UnsafeRawBufferPointer, source: Int, line: Int) throws -> Int {
      if block.count >= 1 << 20 { try finish() }
      block.append(PassageMatcher.boundary)
      appendBigEndian(UInt32(truncatingIfNeeded: source), to: &block)
      appendBigEndian(UInt64(line), to: &block)
      block.append(PassageMatcher.boundary)
      let start = written + block.count
      block.append(contentsOf: text)
      block.append(PassageMatcher.boundary)
      return start
    }

    mutating func finish() throws {
      guard !block.isEmpty else { return }
      written += block.count
      try ordered.append(OutputChunk(lane: 0, bytes: block, rawBytes: block.count), unit: unit)
      block.removeAll(keepingCapacity: true)
    }
  }

  func writer(unit: Int) -> UnitWriter { UnitWriter(ordered: ordered, unit: unit) }

  func sealed() throws -> Sealed {
    _ = try writing.file?.finish()
    writing.file = nil
    var starts: [Int] = []
    var offset = 0
    for bytes in writing.unitBytes {
      starts.append(offset)
      offset += bytes
    }
    return Sealed(map: try MappedFile(path: path, fileSystem: fileSystem), starts: starts)
  }

  /// Read by any thread; the kernel keeps in memory what is used.
  final class Sealed: Sendable {
    private let map: MappedFile
    /// Offset of each unit's part.
    private let starts: [Int]

    fileprivate init(map: MappedFile, starts: [Int]) {
      self.map = map
      self.starts = starts
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
      try map.withBytes(body)
    }

    @inline(__always)
    func offset(of position: UInt64) -> Int {
      starts[UnitPosition.unit(position)] + UnitPosition.inside(position)
    }

    /// The document whose text holds the byte at `offset`. O(bytes of its text before it).
    func document(at offset: Int) -> (unit: Int, source: Int, line: Int) {
      let unit = max(1, lowerBound(starts.count) { starts[$0] <= offset }) - 1
      return withBytes { bytes in
        // The header's second boundary is the first one before any byte of the text, and 13 bytes stand before it.
        var boundary = offset - 1
        while boundary > 13, bytes[boundary] != PassageMatcher.boundary { boundary -= 1 }
        let source = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: boundary - 12, as: UInt32.self))
        return (unit, Int(source), Int(loadBigEndian(bytes, at: boundary - 8)))
      }
    }
  }
}
