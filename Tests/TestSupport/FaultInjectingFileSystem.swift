// A file system whose N-th operation fails (after SQLite's tests): output must be whole or absent for every N. Also one
// that a test watches, delays, or in which the process dies.
import CorpusCore
import Glibc
import Synchronization

public import CorpusIO

/// Passes everything on to another file system, but for the operations that it is told to fail.
public final class FaultInjectingFileSystem: FileSystem {
  public enum Fault: Sendable {
    /// Only this operation fails, and the program may clean up.
    case once
    /// This operation and all after it fail, as if the process had been killed or the disk had gone.
    case fromThenOn
  }

  private let base: any FileSystem
  private let judge: @Sendable (Int, DiskOperation) -> DiskOperation.Verdict
  private let operations = Mutex(0)

  /// `judge` is asked before every operation, with its number from 0; it may wait, or note what it sees.
  public init(
    over base: any FileSystem = LocalFileSystem(),
    judge: @escaping @Sendable (_ number: Int, _ operation: DiskOperation) -> DiskOperation.Verdict
  ) {
    self.base = base
    self.judge = judge
  }

  /// `failingOperation` counts from 0 over all calls that can fail; nil fails none and only counts.
  public convenience init(failingOperation: Int?, fault: Fault = .once, code: Int32 = ENOSPC) {
    self.init { number, _ in
      guard let failingOperation else { return .goOn }
      let fails = fault == .once ? number == failingOperation : number >= failingOperation
      return fails ? .fail(code) : .goOn
    }
  }

  /// Operations tried so far.
  public var operationCount: Int { operations.withLock { $0 } }

  private func verdict(_ kind: DiskOperation.Kind, _ path: String) -> DiskOperation.Verdict {
    let number = operations.withLock { count in
      defer { count += 1 }
      return count
    }
    return judge(number, DiskOperation(kind: kind, path: path))
  }

  /// The failure that the operation is to have, if any.
  private func fault(_ kind: DiskOperation.Kind, _ path: String) -> CorpusIOFailure? {
    switch verdict(kind, path) {
    case .goOn: return nil
    case .fail(let code), .refuse(let code):
      return .system("cannot \(kind.rawValue) (injected)", path: path, code: code, kind: .inputOutput)
    case .die:
      kill(getpid(), SIGKILL)
      fatalError("SIGKILL returns to nobody")
    }
  }

  private func step(_ kind: DiskOperation.Kind, _ path: String) throws(CorpusIOFailure) {
    if let fault = fault(kind, path) { throw fault }
  }

  public func openForReading(_ path: String) throws(CorpusIOFailure) -> Int32 {
    try step(.open, path)
    return try base.openForReading(path)
  }

  public func createExclusively(_ path: String) throws(CorpusIOFailure) -> Int32 {
    try step(.create, path)
    return try base.createExclusively(path)
  }

  public func read(
    _ fd: Int32, into buffer: UnsafeMutableRawBufferPointer, path: String
  ) throws(CorpusIOFailure) -> Int {
    try step(.read, path)
    return try base.read(fd, into: buffer, path: path)
  }

  public func seek(_ fd: Int32, to offset: Int, path: String) throws(CorpusIOFailure) {
    try step(.seek, path)
    try base.seek(fd, to: offset, path: path)
  }

  public func write(_ fd: Int32, _ bytes: UnsafeRawBufferPointer, path: String) throws(CorpusIOFailure) {
    let half = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)])
    switch verdict(.write, path) {
    case .goOn: try base.write(fd, bytes, path: path)
    case .fail(let code):
      try base.write(fd, half, path: path)
      throw .system("cannot write (injected)", path: path, code: code, kind: .inputOutput)
    case .refuse(let code):
      throw .system("cannot write (injected)", path: path, code: code, kind: .inputOutput)
    case .die(let halfway):
      if halfway { try base.write(fd, half, path: path) }
      kill(getpid(), SIGKILL)
    }
  }

  /// A failing one takes half of the bytes first.
  public func append(_ bytes: UnsafeRawBufferPointer, to path: String) throws(CorpusIOFailure) {
    let half = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)])
    switch verdict(.append, path) {
    case .goOn: try base.append(bytes, to: path)
    case .fail(let code):
      try base.append(half, to: path)
      throw .system("cannot append (injected)", path: path, code: code, kind: .inputOutput)
    case .refuse(let code):
      throw .system("cannot append (injected)", path: path, code: code, kind: .inputOutput)
    case .die(let halfway):
      if halfway { try base.append(half, to: path) }
      kill(getpid(), SIGKILL)
    }
  }

  public func beginWriteback(_ fd: Int32, _ range: Range<Int>) { base.beginWriteback(fd, range) }

  public func synchronize(_ fd: Int32, path: String) throws(CorpusIOFailure) {
    try step(.synchronize, path)
    try base.synchronize(fd, path: path)
  }

  public func synchronizeDirectory(_ path: String) throws(CorpusIOFailure) {
    try step(.synchronizeDirectory, path)
    try base.synchronizeDirectory(path)
  }

  public func close(_ fd: Int32) { base.close(fd) }

  public func link(_ from: String, to: String) throws(CorpusIOFailure) -> Bool {
    try step(.link, to)
    return try base.link(from, to: to)
  }

  public func rename(_ from: String, to: String) throws(CorpusIOFailure) {
    try step(.rename, to)
    try base.rename(from, to: to)
  }

  public func remove(_ path: String) throws(CorpusIOFailure) {
    try step(.remove, path)
    try base.remove(path)
  }

  public func removeTree(_ path: String) throws(CorpusIOFailure) {
    try step(.removeTree, path)
    try base.removeTree(path)
  }

  public func removeEmptyDirectory(_ path: String) {
    if fault(.removeEmptyDirectory, path) == nil { base.removeEmptyDirectory(path) }
  }

  public func makeDirectories(_ path: String) throws(CorpusIOFailure) {
    try step(.makeDirectories, path)
    try base.makeDirectories(path)
  }

  public func size(of path: String) throws(CorpusIOFailure) -> Int? {
    try step(.size, path)
    return try base.size(of: path)
  }

  /// What cannot be looked at seems not to be there.
  public func exists(_ path: String) -> Bool { fault(.exists, path) == nil && base.exists(path) }

  public func isDirectory(_ path: String) throws(CorpusIOFailure) -> Bool? {
    try step(.isDirectory, path)
    return try base.isDirectory(path)
  }

  public func names(in path: String) throws(CorpusIOFailure) -> [String] {
    try step(.names, path)
    return try base.names(in: path)
  }

  public func paths(matching pattern: String) throws(CorpusIOFailure) -> [String] {
    try step(.matches, pattern)
    return try base.paths(matching: pattern)
  }

  public func freeBytes(at path: String) throws(CorpusIOFailure) -> Int {
    try step(.freeBytes, path)
    return try base.freeBytes(at: path)
  }
}
