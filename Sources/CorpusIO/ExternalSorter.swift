// Sorting more fixed-width records than fit into memory: sorted runs on disk, then k-way merges (Knuth, TAOCP vol. 3, 5.4).
import CorpusCore
import Glibc

/// Sorts records of one width by their bytes, as unsigned lexicographic numbers (memcmp): put keys first, big-endian.
///
/// The order is total, so equal input gives equal output whatever the memory. Cost: n log n comparisons, and two passes
/// over the disk as long as there are no more than 128 runs of `memoryBytes`. One thread uses it.
public final class ExternalSorter {
  private struct Key {
    /// The record's first 8 bytes as a number: settles most comparisons without touching the record.
    var prefix: UInt64
    /// Which record of the buffer, or which run of a merge.
    var index: Int
  }

  public let recordBytes: Int
  private let scratchDirectory: String
  private let fileSystem: any FileSystem
  private let memoryBytes: Int
  private let capacity: Int
  private let records: UnsafeMutableRawBufferPointer
  private var buffered = 0
  private var runs: [String] = []
  private var runsMade = 0
  // Names are no part of any result: random ones keep two sorters in one directory apart.
  private let runName = "sort-" + String(UInt64.random(in: 0 ... .max), radix: 16)
  private var isConsumed = false
  /// Records taken so far.
  public private(set) var count = 0

  /// `recordBytes` at least 1; `memoryBytes` is a ceiling down to a few records; the directory must exist once the
  /// records do not fit into memory.
  public init(recordBytes: Int, memoryBytes: Int, scratchDirectory: String, fileSystem: any FileSystem) {
    precondition(recordBytes > 0, "a record has at least one byte")
    self.recordBytes = recordBytes
    self.memoryBytes = max(0, memoryBytes)
    self.scratchDirectory = scratchDirectory
    self.fileSystem = fileSystem
    // A record costs itself, its key, and half a key of the sort's own workspace.
    let cost = recordBytes + MemoryLayout<Key>.stride * 3 / 2
    capacity = max(2, self.memoryBytes / cost)
    records = .allocate(byteCount: capacity * recordBytes, alignment: 16)
  }

  deinit {
    records.deallocate()
    removeRuns()
  }

  /// Takes a record of `recordBytes` bytes.
  public func add(_ record: UnsafeRawBufferPointer) throws(CorpusIOFailure) {
    precondition(record.count == recordBytes, "every record has the width that was told")
    precondition(!isConsumed, "a sorter is read once, after all records are in")
    if buffered == capacity { try spill() }
    let slot = UnsafeMutableRawBufferPointer(rebasing: records[(buffered * recordBytes)...].prefix(recordBytes))
    slot.copyMemory(from: record)
    buffered += 1
    count += 1
  }

  /// Hands out all records in order, each valid during its call only. Call once. Run files are removed at the end, also
  /// after a throw.
  public func forEachSorted(_ body: (UnsafeRawBufferPointer) throws(any Error) -> Void) throws {
    precondition(!isConsumed, "a sorter is read once")
    isConsumed = true
    defer { removeRuns() }
    if runs.isEmpty {
      for key in sortedKeys() { try body(record(key.index)) }
      return
    }
    if buffered > 0 { try spill() }
    while runs.count > fanIn {
      let merged = Array(runs.prefix(fanIn))
      let file = try newRun()
      try merge(merged) { record throws(any Error) in try file.write(record) }
      _ = try file.finish()
      for path in merged {
        try fileSystem.remove(path)
        runs.removeFirst()
      }
    }
    try merge(runs, body)
  }

  /// Runs merged at a time: buffers of 64 KiB or more within the memory, and descriptors within the usual 1,024.
  private var fanIn: Int { min(128, max(2, memoryBytes / (64 << 10))) }

  private func record(_ index: Int) -> UnsafeRawBufferPointer {
    let start = index * recordBytes
    return UnsafeRawBufferPointer(rebasing: records[start..<start + recordBytes])
  }

  private func sortedKeys() -> [Key] {
    let base = UnsafeRawPointer(records.baseAddress)
    let width = recordBytes
    var keys = [Key]()
    keys.reserveCapacity(buffered)
    for index in 0..<buffered { keys.append(Key(prefix: bigEndianPrefix(record(index)), index: index)) }
    guard let base else { return keys }
    keys.sort { a, b in
      if a.prefix != b.prefix { return a.prefix < b.prefix }
      // Indices are below `buffered`, so both records are inside the buffer.
      return memcmp(base + a.index * width, base + b.index * width, width) < 0
    }
    return keys
  }

  private func newRun() throws(CorpusIOFailure) -> OutputFile {
    let path = "\(scratchDirectory)/\(runName)-\(runsMade).run"
    runsMade += 1
    let file = try OutputFile(path: path, isDurable: false, fileSystem: fileSystem)
    runs.append(path)
    return file
  }

  private func spill() throws(CorpusIOFailure) {
    let file = try newRun()
    for key in sortedKeys() { try file.write(record(key.index)) }
    _ = try file.finish()
    buffered = 0
  }

  private func merge(_ paths: [String], _ body: (UnsafeRawBufferPointer) throws(any Error) -> Void) throws {
    let share = memoryBytes / (paths.count + 1) / recordBytes
    let bufferBytes = min(max(1, share), max(1, (1 << 20) / recordBytes)) * recordBytes
    var sources: [RunReader] = []
    for path in paths {
      let source = try RunReader(path: path, recordBytes: recordBytes, bufferBytes: bufferBytes, fileSystem: fileSystem)
      if source.current != nil { sources.append(source) }
    }
    // The heap holds keys and positions, no references: moving those would count them up and down.
    var heap = sources.indices.map { Key(prefix: sources[$0].prefix, index: $0) }
    for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(&heap, index, sources) }
    while let top = heap.first, let record = sources[top.index].current {
      try body(record)
      try sources[top.index].advance()
      if sources[top.index].current == nil {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
      } else {
        heap[0].prefix = sources[top.index].prefix
      }
      siftDown(&heap, 0, sources)
    }
  }

  private func siftDown(_ heap: inout [Key], _ start: Int, _ sources: [RunReader]) {
    var parent = start
    while true {
      var least = parent
      let left = 2 * parent + 1
      if left < heap.count, precedes(heap[left], heap[least], sources) { least = left }
      if left + 1 < heap.count, precedes(heap[left + 1], heap[least], sources) { least = left + 1 }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }

  @inline(__always)
  private func precedes(_ a: Key, _ b: Key, _ sources: [RunReader]) -> Bool {
    a.prefix != b.prefix ? a.prefix < b.prefix : sources[a.index].precedes(sources[b.index])
  }

  /// What cannot be removed now is tried again when the sorter goes.
  private func removeRuns() {
    runs.removeAll { path in (try? fileSystem.remove(path)) != nil }
  }
}

/// The first 8 bytes of a record as a number, shorter records filled up with zeros.
private func bigEndianPrefix(_ record: UnsafeRawBufferPointer) -> UInt64 {
  if record.count >= 8 { return UInt64(bigEndian: record.loadUnaligned(as: UInt64.self)) }
  var prefix: UInt64 = 0
  for index in 0..<8 { prefix = prefix << 8 | (index < record.count ? UInt64(record[index]) : 0) }
  return prefix
}

/// One sorted run, read forward.
private final class RunReader {
  private let path: String
  private let fileSystem: any FileSystem
  private let fd: Int32
  private let recordBytes: Int
  private let buffer: UnsafeMutableRawBufferPointer
  private var position = 0
  private var end = 0
  /// The first 8 bytes of `current`.
  private(set) var prefix: UInt64 = 0
  /// The record at the head of the run, valid until `advance`; nil at the end.
  private(set) var current: UnsafeRawBufferPointer?

  init(
    path: String, recordBytes: Int, bufferBytes: Int, fileSystem: any FileSystem
  ) throws(CorpusIOFailure) {
    self.path = path
    self.recordBytes = recordBytes
    self.fileSystem = fileSystem
    fd = try fileSystem.openForReading(path)
    buffer = .allocate(byteCount: bufferBytes, alignment: 16)
    position = -recordBytes
    try advance()
  }

  deinit {
    buffer.deallocate()
    fileSystem.close(fd)
  }

  func precedes(_ other: RunReader) -> Bool {
    guard let mine = current?.baseAddress, let theirs = other.current?.baseAddress else { return false }
    return memcmp(mine, theirs, recordBytes) < 0
  }

  func advance() throws(CorpusIOFailure) {
    position += recordBytes
    if position >= end { try fill() }
    guard position < end else {
      current = nil
      return
    }
    let record = UnsafeRawBufferPointer(rebasing: buffer[position..<position + recordBytes])
    prefix = bigEndianPrefix(record)
    current = record
  }

  /// Fills the buffer with whole records.
  private func fill() throws(CorpusIOFailure) {
    position = 0
    end = 0
    while end < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[end...])
      let count = try fileSystem.read(fd, into: rest, path: path)
      if count == 0 { break }
      end += count
    }
    guard end % recordBytes == 0 else {
      throw CorpusIOFailure(
        .inputOutput,
        """
        \(path): expected whole records of \(recordBytes) bytes, found \(end % recordBytes) bytes more; \
        something else writes to the scratch directory: choose another one
        """)
    }
  }
}
