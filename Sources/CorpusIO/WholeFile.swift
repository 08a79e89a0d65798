// Whole files: their digest, and their bytes when they are small.
import CorpusCore

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
  var bytes: [UInt8] = []
  // Only a hint: growing by doubling would touch three times the memory.
  bytes.reserveCapacity(min(try fileSystem.size(of: path) ?? 0, limit))
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
