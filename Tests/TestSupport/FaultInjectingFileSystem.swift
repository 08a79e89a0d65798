// A file system whose N-th operation fails (after SQLite's tests): output must be whole or absent for every N.
import CorpusCore
import Glibc
import Synchronization

public import CorpusIO

/// Passes everything on to the local file system, but for the operation it is told to fail.
public final class FaultInjectingFileSystem: FileSystem {
  public enum Fault: Sendable {
    /// Only this operation fails, and the program may clean up.
    case once
    /// This operation and all after it fail, as if the process had been killed or the disk had gone.
    case fromThenOn
  }

  private let local = LocalFileSystem()
  private let failingOperation: Int?
  private let fault: Fault
  private let code: Int32
  private let operations = Mutex(0)

  /// `failingOperation` counts from 0 over all calls that can fail; nil fails none and only counts.
  public init(failingOperation: Int?, fault: Fault = .once, code: Int32 = ENOSPC) {
    self.failingOperation = failingOperation
    self.fault = fault
    self.code = code
  }

  /// Operations tried so far.
  public var operationCount: Int { operations.withLock { $0 } }

  private func fails() -> Bool {
    operations.withLock { count in
      defer { count += 1 }
      guard let failingOperation else { return false }
      return fault == .once ? count == failingOperation : count >= failingOperation
    }
  }

  private func step(_ action: String, _ path: String) throws(CorpusIOFailure) {
    if fails() { throw .system("cannot \(action) (injected)", path: path, code: code, kind: .inputOutput) }
  }

  public func openForReading(_ path: String) throws(CorpusIOFailure) -> Int32 {
    try step("open", path)
    return try local.openForReading(path)
  }

  public func createExclusively(_ path: String) throws(CorpusIOFailure) -> Int32 {
    try step("create", path)
    return try local.createExclusively(path)
  }

  public func read(
    _ fd: Int32, into buffer: UnsafeMutableRawBufferPointer, path: String
  ) throws(CorpusIOFailure) -> Int {
    try step("read", path)
    return try local.read(fd, into: buffer, path: path)
  }

  public func seek(_ fd: Int32, to offset: Int, path: String) throws(CorpusIOFailure) {
    try step("seek", path)
    try local.seek(fd, to: offset, path: path)
  }

  /// A failing write writes half of its bytes first, as a full disk does.
  public func write(_ fd: Int32, _ bytes: UnsafeRawBufferPointer, path: String) throws(CorpusIOFailure) {
    if fails() {
      try local.write(fd, UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]), path: path)
      throw .system("cannot write (injected)", path: path, code: code, kind: .inputOutput)
    }
    try local.write(fd, bytes, path: path)
  }

  public func synchronize(_ fd: Int32, path: String) throws(CorpusIOFailure) {
    try step("synchronize", path)
    try local.synchronize(fd, path: path)
  }

  public func synchronizeDirectory(_ path: String) throws(CorpusIOFailure) {
    try step("synchronize directory", path)
    try local.synchronizeDirectory(path)
  }

  public func close(_ fd: Int32) { local.close(fd) }

  public func link(_ from: String, to: String) throws(CorpusIOFailure) -> Bool {
    try step("link", to)
    return try local.link(from, to: to)
  }

  public func rename(_ from: String, to: String) throws(CorpusIOFailure) {
    try step("rename", to)
    try local.rename(from, to: to)
  }

  public func remove(_ path: String) throws(CorpusIOFailure) {
    try step("remove", path)
    try local.remove(path)
  }

  public func removeTree(_ path: String) throws(CorpusIOFailure) {
    try step("remove tree", path)
    try local.removeTree(path)
  }

  public func makeDirectories(_ path: String) throws(CorpusIOFailure) {
    try step("make directories", path)
    try local.makeDirectories(path)
  }

  public func size(of path: String) throws(CorpusIOFailure) -> Int? {
    try step("look at", path)
    return try local.size(of: path)
  }

  public func exists(_ path: String) -> Bool { local.exists(path) }

  public func freeBytes(at path: String) throws(CorpusIOFailure) -> Int {
    try step("ask free bytes", path)
    return try local.freeBytes(at: path)
  }
}
