// Whole files: their digest, and their bytes when they are small.
import CorpusCore
import Glibc

/// Length and digest of a file's bytes, streaming. O(n), 1 MiB of memory.
public func digestOfFile(_ path: String, fileSystem: any FileSystem) throws(CorpusIOFailure) -> FileSummary {
  var digest = StreamingDigest()
  var bytes = 0
  let fd = try fileSystem.openForReading(path)
  defer { fileSystem.close(fd) }
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
  defer { buffer.deallocate() }
  while true {
    let count = try fileSystem.read(fd, into: buffer, path: path)
    if count == 0 { break }
    digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    bytes += count
  }
  return FileSummary(path: path, bytes: bytes, digest: digest.digest())
}

/// The bytes of a file that holds at most `limit` bytes; a larger one is refused (`.badData`) before it fills memory.
public func readWholeFile(
  _ path: String, limit: Int, fileSystem: any FileSystem
) throws(CorpusIOFailure) -> [UInt8] {
  let fd = try fileSystem.openForReading(path)
  defer { fileSystem.close(fd) }
  // As much as the size says straight into place; whether more came, the blocks behind it tell.
  let expected = min(try fileSystem.size(of: path) ?? 0, limit)
  var failure: CorpusIOFailure?
  var bytes = [UInt8](unsafeUninitializedCapacity: expected) { room, count in
    let room = UnsafeMutableRawBufferPointer(room)
    preferLargePages(room)
    do throws(CorpusIOFailure) {
      while count < expected {
        let read = try fileSystem.read(
          fd, into: UnsafeMutableRawBufferPointer(rebasing: room[count..<expected]), path: path)
        if read == 0 { break }
        count += read
      }
    } catch {
      failure = error
    }
  }
  if let failure { throw failure }
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
  defer { buffer.deallocate() }
  while true {
    let count = try fileSystem.read(fd, into: buffer, path: path)
    if count == 0 { return bytes }
    guard count <= limit - bytes.count else {
      throw CorpusIOFailure(
        .badData, "\(path): expected at most \(limit) bytes, found more; check that this is the file that was meant")
    }
    bytes.append(contentsOf: buffer[..<count])
  }
}

/// Calls `body` with the bytes of a file that holds at most `limit` bytes; they are valid during the call only.
///
/// A regular file is mapped, which spares copying it, and must not be shortened meanwhile; what has no size, such as a pipe,
/// is read. A larger one is refused (`.badData`).
public func withBytesOfFile<Result>(
  _ path: String, limit: Int, fileSystem: any FileSystem, _ body: (Span<UInt8>) throws -> Result
) throws -> Result {
  let size = try fileSystem.size(of: path) ?? 0
  guard size > 0, size <= limit, try fileSystem.isDirectory(path) == false else {
    let bytes = try readWholeFile(path, limit: limit, fileSystem: fileSystem)
    return try body(bytes.span)
  }
  let file = try MappedFile(path: path, fileSystem: fileSystem)
  return try file.withBytes { bytes in try body(Span(_unsafeBytes: bytes)) }
}

/// Asks for pages of 2 MiB, where the system has them, before memory is touched: filling 20 MB costs ten faults then
/// instead of five thousand, which take longer than reading. A hint.
private func preferLargePages(_ memory: UnsafeMutableRawBufferPointer) {
  let page = 2 << 20
  guard let base = memory.baseAddress, memory.count >= 2 * page else { return }
  let start = base.alignedUp(toMultipleOf: page)
  let end = (base + memory.count).alignedDown(toMultipleOf: page)
  if end > start { _ = madvise(start, end - start, MADV_HUGEPAGE) }
}
