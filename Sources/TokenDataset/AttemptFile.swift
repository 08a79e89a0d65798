// Writing so that a file is whole or absent: created once, hashed on the way, synced, and then given its final name
// with link(2), which never replaces anything.
import CorpusCore
import Glibc

/// A new file, written front to back through a buffer. It vanishes again unless `finish` was reached.
final class AttemptFile {
  let path: String
  private(set) var byteCount = 0
  private var descriptor: Int32
  private var digest = StreamingDigest()
  private var isFinished = false
  // Invariant: bytes 0..<used of the buffer are waiting to be written.
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
  private var used = 0

  /// Throws `cannotCreate` when the file exists already or cannot be made.
  init(creating path: String) throws(TokenDatasetFailure) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      let code = errno
      isFinished = true
      throw TokenDatasetFailure(.cannotCreate, path: path, "cannot be created: \(systemMessage(code))")
    }
  }

  deinit {
    buffer.deallocate()
    if descriptor >= 0 { close(descriptor) }
    if !isFinished { unlink(path) }
  }

  /// Appends one integer, little-endian.
  func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) throws(TokenDatasetFailure) {
    let size = MemoryLayout<Value>.size
    if used + size > buffer.count { try flush() }
    buffer.storeBytes(of: value.littleEndian, toByteOffset: used, as: Value.self)
    used += size
  }

  func append(_ bytes: [UInt8]) throws(TokenDatasetFailure) {
    try flush()
    let fault = bytes.withUnsafeBytes { write($0) }
    try check(fault)
  }

  /// Writes the rest, syncs and closes. The file stays, under the name it was created with.
  func finish() throws(TokenDatasetFailure) -> (bytes: Int, digest: Digest128) {
    try flush()
    guard fsync(descriptor) == 0 else { throw failure(errno) }
    let open = descriptor
    descriptor = -1
    guard close(open) == 0 else { throw failure(errno) }
    isFinished = true
    return (byteCount, digest.digest())
  }

  private func flush() throws(TokenDatasetFailure) {
    guard used > 0 else { return }
    let fault = write(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<used]))
    used = 0
    try check(fault)
  }

  /// nil when all is written, or else an errno.
  private func write(_ bytes: UnsafeRawBufferPointer) -> Int32? {
    guard let base = bytes.baseAddress else { return nil }
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(descriptor, base + done, min(bytes.count - done, 1 << 30))
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        return errno
      }
    }
    digest.update(bytes)
    byteCount += bytes.count
    return nil
  }

  private func check(_ fault: Int32?) throws(TokenDatasetFailure) {
    if let fault { throw failure(fault) }
  }

  private func failure(_ code: Int32) -> TokenDatasetFailure {
    TokenDatasetFailure(.inputOutput, path: path, "writing at byte \(byteCount): \(systemMessage(code))")
  }
}

/// Gives the finished file `attempt` the name `final` and takes its own away.
///
/// When `final` exists already, somebody made it before us: equal bytes are a success, other bytes are `cannotCreate`
/// and stay untouched. True when the name is ours.
func commit(
  _ attempt: String, as final: String, bytes: Int, digest: Digest128
) throws(TokenDatasetFailure) -> Bool {
  defer { unlink(attempt) }
  if link(attempt, final) == 0 { return true }
  let code = errno
  guard code == EEXIST else {
    throw TokenDatasetFailure(.cannotCreate, path: final, "cannot be created: \(systemMessage(code))")
  }
  let existing = try RandomAccessFile(path: final)
  var isEqual = existing.byteCount == bytes
  if isEqual { isEqual = try fileDigest(of: existing) == digest }
  guard isEqual else {
    throw TokenDatasetFailure(
      .cannotCreate, path: final, "exists with other content; it was left alone. Remove it or choose another prefix")
  }
  return false
}

/// XXH3 of a whole file, through a block of 1 MiB.
func fileDigest(of file: RandomAccessFile) throws(TokenDatasetFailure) -> Digest128 {
  var digest = StreamingDigest()
  var block: [UInt8] = []
  var offset = 0
  while offset < file.byteCount {
    let count = min(1 << 20, file.byteCount - offset)
    if block.count != count { block = [UInt8](repeating: 0, count: count) }
    try file.read(into: &block, at: offset)
    block.withUnsafeBytes { digest.update($0) }
    offset += count
  }
  return digest.digest()
}

/// Makes the names in the directory of `path` durable; a file system that cannot sync directories is no failure.
func syncDirectory(of path: String) {
  let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { return }
  fsync(descriptor)
  close(descriptor)
}
