// Files that appear whole or not at all: an attempt is written under its own name, hashed on the way, fsynced, and then
// given its final name once. Two nodes may do the same unit at the same time; the second one compares and steps back.
public import CorpusCore

/// What a finished file is: where, how long, and the XXH3-128 of its bytes.
public struct FileSummary: Sendable, Codable, Hashable {
  public var path: String
  public var bytes: Int
  public var digest: Digest128

  public init(path: String, bytes: Int, digest: Digest128) {
    self.path = path
    self.bytes = bytes
    self.digest = digest
  }
}

/// A file being written under an attempt's own name. Buffers 1 MiB; one thread uses it.
///
/// An unfinished file is removed when its owner lets go of it, so a failed attempt leaves nothing behind (a killed
/// process may). A class, because a non-copyable struct that owns a file-system existential cannot give up its `deinit`.
public final class OutputFile {
  private static let bufferBytes = 1 << 20
  /// The disk is set to work on so much at a time.
  private static let writebackBytes = 2 << 20

  private let path: String
  private let fileSystem: any FileSystem
  private let fd: Int32
  // Invariant: 0 <= filled <= buffer.count. Raw memory, because records of 24 bytes come one by one.
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: OutputFile.bufferBytes, alignment: 64)
  private var filled = 0
  // Invariant: begun <= written.
  private var written = 0
  private var begun = 0
  private var digest = StreamingDigest()
  private var isFinished = false
  /// Bytes taken so far, those in the buffer included.
  public var byteCount: Int { written + filled }

  private let isDurable: Bool

  /// Creates `path`, which must not exist.
  public convenience init(path: String, fileSystem: any FileSystem) throws(CorpusIOFailure) {
    try self.init(path: path, isDurable: true, fileSystem: fileSystem)
  }

  /// A file that need not outlive the process is not waited for.
  public init(path: String, isDurable: Bool, fileSystem: any FileSystem) throws(CorpusIOFailure) {
    self.path = path
    self.isDurable = isDurable
    self.fileSystem = fileSystem
    do throws(CorpusIOFailure) {
      self.fd = try fileSystem.createExclusively(path)
    } catch {
      // No deinit runs for what never came to be.
      buffer.deallocate()
      throw error
    }
  }

  deinit {
    buffer.deallocate()
    guard !isFinished else { return }
    fileSystem.close(fd)
    try? fileSystem.remove(path)
  }

  public func write(_ bytes: UnsafeRawBufferPointer) throws(CorpusIOFailure) {
    precondition(!isFinished, "a finished file takes no more bytes")
    if bytes.count > buffer.count - filled { try flush() }
    if bytes.count >= buffer.count { return try pass(bytes) }
    guard let source = bytes.baseAddress, let target = buffer.baseAddress else { return }
    (target + filled).copyMemory(from: source, byteCount: bytes.count)
    filled += bytes.count
  }

  public func write(_ bytes: [UInt8]) throws(CorpusIOFailure) {
    // The closure's failure travels in a Result: withUnsafeBytes does not pass typed throws on.
    let result = bytes.withUnsafeBytes { raw in Result { () throws(CorpusIOFailure) in try write(raw) } }
    try result.get()
  }

  /// Writes what is buffered, waits for stable storage and closes the file. Call once.
  public func finish() throws(CorpusIOFailure) -> FileSummary {
    precondition(!isFinished, "a file is finished once")
    try flush()
    if isDurable { try fileSystem.synchronize(fd, path: path) }
    isFinished = true
    fileSystem.close(fd)
    return FileSummary(path: path, bytes: byteCount, digest: digest.digest())
  }

  private func flush() throws(CorpusIOFailure) {
    guard filled > 0 else { return }
    try pass(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
    filled = 0
  }

  private func pass(_ bytes: UnsafeRawBufferPointer) throws(CorpusIOFailure) {
    try fileSystem.write(fd, bytes, path: path)
    digest.update(bytes)
    written += bytes.count
    guard isDurable, written - begun >= Self.writebackBytes else { return }
    fileSystem.beginWriteback(fd, begun..<written)
    begun = written
  }
}

/// Gives the attempt `file` its final name, once: whoever comes second finds an equal file there and removes the attempt.
///
/// Throws `.badData` when the file of that name has other bytes; then both files stay, to be compared.
public func publish(
  _ file: FileSummary, as finalPath: String, fileSystem: any FileSystem
) throws(CorpusIOFailure) {
  if try !fileSystem.link(file.path, to: finalPath) {
    let present = try digestOfFile(finalPath, fileSystem: fileSystem)
    guard present.bytes == file.bytes, present.digest == file.digest else {
      throw CorpusIOFailure(
        .badData,
        """
        \(finalPath): two attempts disagree: expected \(file.bytes) bytes with digest \(file.digest) as in \
        \(file.path), found \(present.bytes) bytes with digest \(present.digest); \
        compare the two files, remove the wrong one and rerun
        """)
    }
  }
  // The final name must be durable before the attempt's is gone; a crash in between leaves a second name, no loss.
  try fileSystem.synchronizeDirectory(directoryName(of: finalPath))
  try fileSystem.remove(file.path)
}
