// A directory of its own for a test, gone when the test lets go of it.
import CorpusIO

/// A fresh directory under /tmp.
public final class ScratchDirectory: Sendable {
  public let path: String

  public init() throws {
    path = "/tmp/xylem-test-" + String(UInt64.random(in: 0 ... .max), radix: 16)
    try LocalFileSystem().makeDirectories(path)
  }

  deinit { try? LocalFileSystem().removeTree(path) }

  /// The path of `name` in this directory.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file that does not exist yet and says its path; not waited for on disk, unlike `OutputFile`.
  @discardableResult
  public func write(_ bytes: [UInt8], to name: String) throws -> String {
    let disk = LocalFileSystem()
    let fd = try disk.createExclusively(file(name))
    defer { disk.close(fd) }
    try bytes.withUnsafeBytes { try disk.write(fd, $0, path: file(name)) }
    return file(name)
  }
}
