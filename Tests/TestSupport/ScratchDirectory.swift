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

  /// Writes a file and says its path.
  @discardableResult
  public func write(_ bytes: [UInt8], to name: String) throws -> String {
    let output = try OutputFile(path: file(name), fileSystem: LocalFileSystem())
    try output.write(bytes)
    _ = try output.finish()
    return file(name)
  }
}
