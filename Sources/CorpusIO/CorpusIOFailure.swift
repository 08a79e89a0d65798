// The one failure type of this room: what failed, where, what was expected, what was found and what to do about it.
public import CorpusCore
import Glibc

/// A failure of reading or writing bytes on disk. `description` names the path and the remedy.
public struct CorpusIOFailure: XylemFailure {
  public let kind: FailureKind
  public let description: String
  /// The `errno` of the system call that failed, or nil when no call did.
  public let code: Int32?

  public init(_ kind: FailureKind, _ description: String, code: Int32? = nil) {
    self.kind = kind
    self.description = description
    self.code = code
  }

  /// The failure of a system call: `action` is what was tried, as in "cannot write".
  public static func system(_ action: String, path: String, code: Int32, kind: FailureKind) -> CorpusIOFailure {
    let reason = String(cString: strerror(code))
    let remedy = remedy(for: code).map { "; \($0)" } ?? ""
    return CorpusIOFailure(kind, "\(path): \(action): \(reason)\(remedy)", code: code)
  }

  private static func remedy(for code: Int32) -> String? {
    switch code {
    case ENOSPC: "free some space or choose another output directory; a rerun resumes"
    case EDQUOT: "the disk quota is used up: free some space or ask for more; a rerun resumes"
    case EIO: "the device reports an error: check its health and the kernel log, then rerun"
    case EROFS: "the file system is mounted read-only: choose another directory"
    case EMFILE, ENFILE: "too many files are open: raise `ulimit -n` or lower --workers"
    case EACCES, EPERM: "check the permissions of the file and of its directories"
    case ENOENT: "check that the path exists and is spelt as it is on disk"
    case EEXIST: "another process wrote it, or an earlier one left it behind: remove it or choose another name"
    case ENOTDIR: "a part of the path is a file, not a directory"
    case EISDIR: "a directory stands where a file is expected"
    case ESTALE: "the file changed on the file server: rerun"
    case EXDEV: "both names must be on one file system"
    case ENOTSUP: "the file system lacks this operation: choose another directory"
    default: nil
    }
  }
}
