// Sorted decisions by unit: records of one width that begin with a position, written in order once, then read by the
// thread that works on the unit. And the sorter that several threads fill.
import CorpusCore
import CorpusIO
import Foundation

/// An external sorter behind a lock: records come in blocks.
final class SharedSorter: @unchecked Sendable {
  // `sorter` is used under `lock` while threads add, then by one thread.
  private let lock = NSLock()
  private let sorter: ExternalSorter
  let recordBytes: Int

  init(_ sorter: ExternalSorter) {
    self.sorter = sorter
    recordBytes = sorter.recordBytes
  }

  convenience init(recordBytes: Int, memoryBytes: Int, directory: RunDirectory) {
    self.init(
      ExternalSorter(
        recordBytes: recordBytes, memoryBytes: memoryBytes, scratchDirectory: directory.root,
        fileSystem: directory.fileSystem))
  }

  /// Takes whole records, back to back.
  func add(_ records: [UInt8]) throws {
    try lock.withLock {
      try records.withUnsafeBytes { bytes in
        var offset = 0
        while offset < bytes.count {
          try sorter.add(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + recordBytes]))
          offset += recordBytes
        }
      }
    }
  }

  func forEachSorted(_ body: (UnsafeRawBufferPointer) throws -> Void) throws { try sorter.forEachSorted(body) }
}

/// Records of one width in the order of their positions (8 bytes, big-endian), with the place of each unit's first one.
///
/// Memory: 8 bytes a unit; a cursor holds 64 KiB.
final class UnitRecords: @unchecked Sendable {
  // Immutable after init, but for the file, which only the deinit removes.
  private let path: String
  private let fileSystem: any FileSystem
  private let recordBytes: Int
  /// Index of the first record of each unit, and at the end the number of records.
  private let starts: [Int]
  var count: Int { starts.last ?? 0 }

  init(sorted sorter: SharedSorter, name: String, units: Int, directory: RunDirectory) throws {
    path = directory.absolute(name)
    fileSystem = directory.fileSystem
    recordBytes = sorter.recordBytes
    let file = try OutputFile(path: path, fileSystem: fileSystem)
    var starts: [Int] = []
    var count = 0
    try sorter.forEachSorted { record in
      let unit = UnitPosition.unit(loadBigEndian(record, at: 0))
      while starts.count <= unit { starts.append(count) }
      try file.write(record)
      count += 1
    }
    while starts.count <= units { starts.append(count) }
    self.starts = starts
    _ = try file.finish()
  }

  deinit { try? fileSystem.remove(path) }

  /// The records of one unit in order. One thread uses it.
  final class Cursor {
    private let records: UnitRecords
    private let fd: Int32
    private var left: Int
    private var buffer: [UInt8] = []
    private var offset = 0
    /// Position of `current`; the largest number when there is none.
    private(set) var position = UInt64.max

    fileprivate init(_ records: UnitRecords, first: Int, count: Int) throws {
      self.records = records
      left = count
      fd = try records.fileSystem.openForReading(records.path)
      try records.fileSystem.seek(fd, to: first * records.recordBytes, path: records.path)
      try advance(by: 0)
    }

    deinit { records.fileSystem.close(fd) }

    /// A number of the current record, big-endian, behind its position.
    func number(at field: Int) -> UInt64 { buffer.withUnsafeBytes { loadBigEndian($0, at: offset + field) } }

    func advance() throws { try advance(by: records.recordBytes) }

    private func advance(by bytes: Int) throws {
      offset += bytes
      if offset >= buffer.count {
        offset = 0
        let wanted = min(left, max(1, (64 << 10) / records.recordBytes))
        left -= wanted
        buffer = [UInt8](repeating: 0, count: wanted * records.recordBytes)
        var filled = 0
        while filled < buffer.count {
          let count = try buffer.withUnsafeMutableBytes { bytes in
            try records.fileSystem.read(
              fd, into: UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]), path: records.path)
          }
          guard count > 0 else {
            throw PlainFailure(.inputOutput, "\(records.path): ends too soon; does something else write there?")
          }
          filled += count
        }
      }
      position = buffer.isEmpty ? .max : number(at: 0)
    }
  }

  func cursor(unit: Int) throws -> Cursor {
    try Cursor(self, first: starts[unit], count: starts[unit + 1] - starts[unit])
  }
}
