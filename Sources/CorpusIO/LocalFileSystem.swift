// The file system of this machine, by POSIX calls. Interrupted calls are repeated, short writes are completed.
import CorpusCore
import Glibc

/// The file system that the kernel offers: local disks and mounted network ones.
public struct LocalFileSystem: FileSystem {
  private let bytesACall: Int

  public init() { self.init(bytesACall: 1 << 30) }

  /// Reads and writes of at most `bytesACall` bytes a system call (Linux takes 2 GiB at most; tests take a few, to meet
  /// what a network file system does when it takes or gives less than it was asked for).
  public init(bytesACall: Int) {
    precondition(bytesACall > 0, "a system call takes at least a byte")
    self.bytesACall = bytesACall
  }

  public func openForReading(_ path: String) throws(CorpusIOFailure) -> Int32 {
    let fd = retrying { path == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC) }
    guard fd >= 0 else { throw .system("cannot open for reading", path: path, code: errno, kind: .noInput) }
    var status = stat()
    if fstat(fd, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      close(fd)
      throw .system("cannot open for reading", path: path, code: EISDIR, kind: .noInput)
    }
    return fd
  }

  public func createExclusively(_ path: String) throws(CorpusIOFailure) -> Int32 {
    let fd = retrying { open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o666) }
    guard fd >= 0 else { throw .system("cannot create", path: path, code: errno, kind: .cannotCreate) }
    return fd
  }

  public func read(
    _ fd: Int32, into buffer: UnsafeMutableRawBufferPointer, path: String
  ) throws(CorpusIOFailure) -> Int {
    let count = retrying { Glibc.read(fd, buffer.baseAddress, min(buffer.count, bytesACall)) }
    guard count >= 0 else { throw .system("cannot read", path: path, code: errno, kind: .inputOutput) }
    return count
  }

  public func seek(_ fd: Int32, to offset: Int, path: String) throws(CorpusIOFailure) {
    guard lseek(fd, off_t(offset), SEEK_SET) >= 0 else {
      throw .system("cannot seek to byte \(offset)", path: path, code: errno, kind: .inputOutput)
    }
  }

  public func write(_ fd: Int32, _ bytes: UnsafeRawBufferPointer, path: String) throws(CorpusIOFailure) {
    var rest = bytes
    while !rest.isEmpty {
      let count = retrying { Glibc.write(fd, rest.baseAddress, min(rest.count, bytesACall)) }
      guard count > 0 else {
        // A write that takes nothing of something would loop forever; it is reported as a device error.
        throw .system("cannot write", path: path, code: count == 0 ? EIO : errno, kind: .inputOutput)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  public func append(_ bytes: UnsafeRawBufferPointer, to path: String) throws(CorpusIOFailure) {
    let fd = retrying { open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666) }
    guard fd >= 0 else { throw .system("cannot open for appending", path: path, code: errno, kind: .cannotCreate) }
    defer { close(fd) }
    let count = retrying { Glibc.write(fd, bytes.baseAddress, bytes.count) }
    guard count == bytes.count else {
      // A disk that fills up takes a part first, and says why only at the next call.
      throw .system("cannot append", path: path, code: count < 0 ? errno : ENOSPC, kind: .inputOutput)
    }
  }

  public func beginWriteback(_ fd: Int32, _ range: Range<Int>) {
    // Linux begins to write the dirty pages of such a range and waits for none (mm/fadvise.c); they stay in memory, for
    // only clean ones are let go.
    _ = posix_fadvise(fd, off_t(range.lowerBound), off_t(range.count), POSIX_FADV_DONTNEED)
  }

  public func synchronize(_ fd: Int32, path: String) throws(CorpusIOFailure) {
    // Not repeated on failure: the kernel may have dropped the dirty pages, and a second fsync would lie.
    guard retrying({ fsync(fd) }) == 0 else {
      throw .system("cannot bring to stable storage", path: path, code: errno, kind: .inputOutput)
    }
  }

  public func synchronizeDirectory(_ path: String) throws(CorpusIOFailure) {
    let fd = retrying { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard fd >= 0 else { throw .system("cannot open the directory", path: path, code: errno, kind: .inputOutput) }
    defer { close(fd) }
    // Some network file systems refuse fsync on directories, and keep names synchronously anyway.
    guard retrying({ fsync(fd) }) == 0 || errno == EINVAL || errno == ENOTSUP else {
      throw .system("cannot bring the directory to stable storage", path: path, code: errno, kind: .inputOutput)
    }
  }

  public func close(_ fd: Int32) {
    // Nothing to do about a failure: outputs were fsynced, and on Linux the descriptor is gone either way.
    _ = Glibc.close(fd)
  }

  public func link(_ from: String, to: String) throws(CorpusIOFailure) -> Bool {
    if retrying({ Glibc.link(from, to) }) == 0 { return true }
    if errno == EEXIST { return false }
    throw .system("cannot give this name to \(from)", path: to, code: errno, kind: .cannotCreate)
  }

  public func rename(_ from: String, to: String) throws(CorpusIOFailure) {
    guard retrying({ Glibc.rename(from, to) }) == 0 else {
      throw .system("cannot rename \(from) to this", path: to, code: errno, kind: .cannotCreate)
    }
  }

  public func remove(_ path: String) throws(CorpusIOFailure) {
    guard retrying({ unlink(path) }) == 0 || errno == ENOENT else {
      throw .system("cannot remove", path: path, code: errno, kind: .inputOutput)
    }
  }

  public func removeTree(_ path: String) throws(CorpusIOFailure) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return }
      throw .system("cannot remove", path: path, code: errno, kind: .inputOutput)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return try remove(path) }
    for name in try names(in: path) { try removeTree("\(path)/\(name)") }
    guard retrying({ rmdir(path) }) == 0 || errno == ENOENT else {
      throw .system("cannot remove the directory", path: path, code: errno, kind: .inputOutput)
    }
  }

  public func names(in path: String) throws(CorpusIOFailure) -> [String] {
    guard let directory = opendir(path) else {
      if errno == ENOENT { return [] }
      throw .system("cannot list the directory", path: path, code: errno, kind: .inputOutput)
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  public func makeDirectories(_ path: String) throws(CorpusIOFailure) {
    guard !path.isEmpty, retrying({ mkdir(path, 0o777) }) != 0 else { return }
    var code = errno
    if code == ENOENT {
      let parent = directoryName(of: path)
      guard parent != path else { throw .system("cannot create", path: path, code: code, kind: .cannotCreate) }
      try makeDirectories(parent)
      if retrying({ mkdir(path, 0o777) }) == 0 { return }
      code = errno
    }
    // Existing is fine if it is a directory, also one that another process made just now.
    var status = stat()
    if code == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    throw .system("cannot create the directory", path: path, code: code, kind: .cannotCreate)
  }

  public func size(of path: String) throws(CorpusIOFailure) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw .system("cannot look at", path: path, code: errno, kind: .inputOutput)
    }
    return Int(status.st_size)
  }

  public func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  public func isDirectory(_ path: String) throws(CorpusIOFailure) -> Bool? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw .system("cannot look at", path: path, code: errno, kind: .inputOutput)
    }
    return status.st_mode & S_IFMT == S_IFDIR
  }

  public func paths(matching pattern: String) throws(CorpusIOFailure) -> [String] {
    var result = glob_t()
    defer { globfree(&result) }
    errno = 0
    // A directory that may not be entered is passed over, as a shell does; one that the disk or the server does not give
    // would be input that is missing without a word.
    let outcome = glob(
      pattern, GLOB_BRACE, { _, code in code == EIO || code == ESTALE || code == EMFILE || code == ENFILE ? 1 : 0 },
      &result)
    guard outcome != GLOB_ABORTED else {
      throw .system("cannot list what matches", path: pattern, code: errno == 0 ? EIO : errno, kind: .noInput)
    }
    guard outcome == 0, let found = result.gl_pathv else { return [] }
    return (0..<Int(result.gl_pathc)).compactMap { found[$0].map { String(cString: $0) } }
  }

  public func removeEmptyDirectory(_ path: String) { _ = rmdir(path) }

  public func freeBytes(at path: String) throws(CorpusIOFailure) -> Int {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else {
      throw .system("cannot tell the free space", path: path, code: errno, kind: .inputOutput)
    }
    let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return overflow ? Int.max : Int(clamping: bytes)
  }

  /// Repeats a call that a signal interrupted.
  private func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
      let result = call()
      if result != -1 || errno != EINTR { return result }
    }
  }
}
