// What the disk says no with, as a person reads it: every operation names its path, every error has a remedy. The errors
// that a machine can be brought to make are real ones, in a process of their own.
import CorpusCore
import CorpusIO
import Glibc
import TestSupport
import Testing

struct DiskErrorTests {
  static let table: [(code: Int32, reason: String, remedy: String)] = [
    (ENOSPC, "No space left on device", "free some space"),
    (EDQUOT, "quota", "ask for more"),
    (EFBIG, "File too large", "ulimit -f"),
    (EIO, "Input/output error", "kernel log"),
    (EROFS, "Read-only file system", "choose another directory"),
    (EMFILE, "Too many open files", "ulimit -n"),
    (ENFILE, "Too many open files in system", "lower --workers"),
    (ENOMEM, "Cannot allocate memory", "lower --workers"),
    (EACCES, "Permission denied", "check the permissions"),
    (EPERM, "Operation not permitted", "check the permissions"),
    (ENOENT, "No such file or directory", "spelt as it is on disk"),
    (EEXIST, "File exists", "remove it or choose another name"),
    (ENOTDIR, "Not a directory", "a part of the path is a file"),
    (EISDIR, "Is a directory", "a file is expected"),
    (ENAMETOOLONG, "File name too long", "shorter name"),
    (ELOOP, "symbolic links", "mend them"),
    (EMLINK, "Too many links", "choose another directory"),
    (ESTALE, "Stale file handle", "rerun"),
    (ETIMEDOUT, "timed out", "rerun when it does"),
    (EHOSTDOWN, "Host is down", "rerun when it does"),
    (EXDEV, "cross-device link", "one file system"),
    (ENOTSUP, "Operation not supported", "choose another directory"),
  ]

  @Test(arguments: table)
  func `a message says what, where, why and what to do`(code: Int32, reason: String, remedy: String) {
    let failure = CorpusIOFailure.system("cannot write", path: "/data/x.unit", code: code, kind: .inputOutput)
    #expect(failure.code == code)
    #expect(failure.description.hasPrefix("/data/x.unit: cannot write: "))
    #expect(failure.description.contains(reason))
    #expect(failure.description.contains(remedy))
  }

  /// Every operation that throws, on a path below a file: the kernel says ENOTDIR, or that there is nothing.
  private static let operations: [(name: String, call: @Sendable (LocalFileSystem, String) throws -> Void)] = [
    ("open", { _ = try $0.openForReading($1) }),
    ("create", { _ = try $0.createExclusively($1) }),
    ("append", { disk, path in try [UInt8(1)].withUnsafeBytes { try disk.append($0, to: path) } }),
    ("synchronizeDirectory", { try $0.synchronizeDirectory($1) }),
    ("link", { _ = try $0.link($1, to: $1 + "2") }),
    ("rename", { try $0.rename($1, to: $1 + "2") }),
    ("remove", { try $0.remove($1) }),
    ("names", { _ = try $0.names(in: $1) }),
    ("makeDirectories", { try $0.makeDirectories($1) }),
    ("freeBytes", { _ = try $0.freeBytes(at: $1) }),
  ]

  @Test(arguments: operations.map(\.name))
  func `every operation names the path that the kernel refused`(name: String) throws {
    let scratch = try ScratchDirectory()
    let path = try scratch.write([65], to: "file") + "/below"
    let call = try #require(Self.operations.first { $0.name == name }).call
    let failure = #expect(throws: CorpusIOFailure.self) { try call(LocalFileSystem(), path) }
    #expect(failure?.code == ENOTDIR)
    #expect(failure?.description.hasPrefix(path) == true)
    #expect(failure?.description.contains("a part of the path is a file") == true)
  }

  @Test func `a full device is named, with its remedy`() throws {
    let disk = LocalFileSystem()
    let fd = open("/dev/full", O_WRONLY | O_CLOEXEC)
    defer { disk.close(fd) }
    let failure = #expect(throws: CorpusIOFailure.self) {
      try [UInt8](repeating: 1, count: 100).withUnsafeBytes { try disk.write(fd, $0, path: "/dev/full") }
    }
    #expect(failure?.code == ENOSPC)
    #expect(failure?.description.contains("/dev/full: cannot write") == true)
    #expect(failure?.description.contains("a rerun resumes") == true)
  }

  @Test func `a file that may not grow takes a part, and the rest is an error`() async throws {
    let scratch = try ScratchDirectory()
    await #expect(processExitsWith: .success) { [path = scratch.file("limited") as String] in
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let disk = LocalFileSystem()
      let fd = try disk.createExclusively(path)
      do throws(CorpusIOFailure) {
        let bytes = [UInt8](repeating: 1, count: 1500)
        let result = bytes.withUnsafeBytes { raw in
          Result { () throws(CorpusIOFailure) in try disk.write(fd, raw, path: path) }
        }
        try result.get()
        exit(1)
      } catch {
        guard error.code == EFBIG, error.description.contains(path), error.description.contains("ulimit -f") else {
          exit(2)
        }
      }
      // The kernel took what fitted: a short write, after which the next said why.
      guard try disk.size(of: path) == 1000 else { exit(3) }
    }
  }

  @Test func `no descriptor left is said with the limit's name`() async throws {
    let scratch = try ScratchDirectory()
    try scratch.write([65], to: "file")
    await #expect(processExitsWith: .success) { [path = scratch.file("file") as String] in
      var limit = rlimit(rlim_cur: 64, rlim_max: 64)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      let disk = LocalFileSystem()
      for _ in 0..<65 {
        do throws(CorpusIOFailure) {
          _ = try disk.openForReading(path)
        } catch {
          let isNamed = error.description.contains(path) && error.description.contains("ulimit -n")
          exit(error.code == EMFILE && isNamed ? EXIT_SUCCESS : 2)
        }
      }
      exit(1)
    }
  }
}
