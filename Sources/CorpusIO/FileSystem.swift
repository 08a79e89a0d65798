// The seam between the program and the disk: a test puts a file system here whose N-th operation fails.
import CorpusCore
import Glibc

/// What the program does to files. Every failure names the path and the remedy; every call may block.
public protocol FileSystem: Sendable {
  /// A descriptor for reading `path`; "-" is standard input. Kind `.noInput` when it cannot be had.
  func openForReading(_ path: String) throws(CorpusIOFailure) -> Int32
  /// A descriptor for writing a file that did not exist before (`O_CREAT | O_EXCL`), mode 0666 less the umask.
  func createExclusively(_ path: String) throws(CorpusIOFailure) -> Int32
  /// Reads at most `buffer.count` bytes; 0 is the end of the file.
  func read(_ fd: Int32, into buffer: UnsafeMutableRawBufferPointer, path: String) throws(CorpusIOFailure) -> Int
  /// Moves the place of the next read to `offset` bytes from the start.
  func seek(_ fd: Int32, to offset: Int, path: String) throws(CorpusIOFailure)
  /// Writes all of `bytes`, however many system calls that takes.
  func write(_ fd: Int32, _ bytes: UnsafeRawBufferPointer, path: String) throws(CorpusIOFailure)
  /// Adds `bytes` to the end of a file in one system call, making the file if need be; lines of several processes stay
  /// apart. Not waited for on disk. Throws also when only a part was taken.
  func append(_ bytes: UnsafeRawBufferPointer, to path: String) throws(CorpusIOFailure)
  /// Lets the disk begin with a range that was written, so that `synchronize` finds less to wait for. A hint.
  func beginWriteback(_ fd: Int32, _ range: Range<Int>)
  /// Returns once the file's bytes are on stable storage (`fsync`).
  func synchronize(_ fd: Int32, path: String) throws(CorpusIOFailure)
  /// Returns once the names in the directory are on stable storage.
  func synchronizeDirectory(_ path: String) throws(CorpusIOFailure)
  func close(_ fd: Int32)
  /// Gives the file `from` the second name `to`; false when `to` exists already, which is then untouched.
  func link(_ from: String, to: String) throws(CorpusIOFailure) -> Bool
  /// Renames, replacing what `to` named.
  func rename(_ from: String, to: String) throws(CorpusIOFailure)
  /// Removes a file; a missing one is fine.
  func remove(_ path: String) throws(CorpusIOFailure)
  /// Removes a file or a directory with all that is in it, following no symbolic link; a missing one is fine.
  func removeTree(_ path: String) throws(CorpusIOFailure)
  /// Makes the directory and those above it; existing ones are fine.
  func makeDirectories(_ path: String) throws(CorpusIOFailure)
  /// Bytes of a regular file; nil when there is nothing of that name.
  func size(of path: String) throws(CorpusIOFailure) -> Int?
  func exists(_ path: String) -> Bool
  /// Whether `path` is a directory; nil when there is nothing of that name.
  func isDirectory(_ path: String) throws(CorpusIOFailure) -> Bool?
  /// Names in a directory, in no order; none when it is missing. For sweeping up and for input, never for deciding what
  /// is done.
  func names(in path: String) throws(CorpusIOFailure) -> [String]
  /// Paths that match a glob (`*`, `?`, `[...]`, `{a,b}`), in no order.
  func paths(matching pattern: String) throws(CorpusIOFailure) -> [String]
  /// Removes a directory if nothing is in it; one that is missing or in use is fine.
  func removeEmptyDirectory(_ path: String)
  /// Bytes that an ordinary user may still write on the file system that holds `path`.
  func freeBytes(at path: String) throws(CorpusIOFailure) -> Int
}

extension FileSystem {
  public func beginWriteback(_ fd: Int32, _ range: Range<Int>) {}

  /// Whether there is something of that name. Unlike `exists`, a disk that gives no answer is a failure and not a no: for
  /// wherever a no decides.
  public func isPresent(_ path: String) throws(CorpusIOFailure) -> Bool { try size(of: path) != nil }
}

/// The directory part of `path`: "." for a bare name.
public func directoryName(of path: String) -> String {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
  return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
}
