// A file mapped into memory: the kernel holds what is used and takes it back under pressure, so a file may be larger than
// memory. (Foundation's Data reads the file into memory on Linux, whatever its options ask for.)
import CorpusCore
import Glibc

/// The bytes of a file, read-only; any thread may read them. The file must not be shortened while it is mapped.
public final class MappedFile: @unchecked Sendable {
  // Unchecked: the map is never written and lives as long as the object.
  private let map: UnsafeRawBufferPointer
  public var count: Int { map.count }

  public init(path: String, fileSystem: any FileSystem) throws(CorpusIOFailure) {
    let fd = try fileSystem.openForReading(path)
    defer { fileSystem.close(fd) }
    let size = try fileSystem.size(of: path) ?? 0
    guard size > 0 else {
      map = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let start = mmap(nil, size, PROT_READ, MAP_SHARED, fd, 0)
    guard let start, start != MAP_FAILED else {
      throw .system("cannot map its \(size) bytes into memory", path: path, code: errno, kind: .inputOutput)
    }
    map = UnsafeRawBufferPointer(start: start, count: size)
  }

  deinit {
    if let start = map.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), map.count) }
  }

  /// Calls `body` with a range of the file, which lies within it; the pointer is valid during the call only.
  public func withBytes<Result>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= map.count, "a range lies within the mapped file")
    return try withExtendedLifetime(self) { try body(UnsafeRawBufferPointer(rebasing: map[range])) }
  }

  /// All of the file; see `withBytes(_:_:)`.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withBytes(0..<count, body)
  }

  /// Says that the pages held so far are not needed now. They leave this process, and come back from the page cache or
  /// the disk when they are used.
  public func release() {
    guard let start = map.baseAddress else { return }
    madvise(UnsafeMutableRawPointer(mutating: start), map.count, MADV_DONTNEED)
  }
}
