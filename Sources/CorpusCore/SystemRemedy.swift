// What a person can do about an error of the operating system, by errno: one table, for every room that meets the disk.
import Glibc

/// What to do about the system error `code`; nil for one that says nothing to a person.
public func remedy(forSystemError code: Int32) -> String? {
  switch code {
  case ENOSPC: "free some space or choose another output directory; a rerun resumes"
  case EDQUOT: "the disk quota is used up: free some space or ask for more; a rerun resumes"
  case EFBIG: "the file grows beyond what `ulimit -f` or the file system allows: raise it or choose another directory"
  case EIO: "the device reports an error: check its health and the kernel log, then rerun"
  case EROFS: "the file system is mounted read-only: choose another directory"
  case EMFILE, ENFILE: "too many files are open: raise `ulimit -n` or lower --workers"
  case ENOMEM: "memory is used up: lower --workers or --memory"
  case EACCES, EPERM: "check the permissions of the file and of its directories"
  case ENOENT: "check that the path exists and is spelt as it is on disk"
  case EEXIST: "another process wrote it, or an earlier one left it behind: remove it or choose another name"
  case ENOTDIR: "a part of the path is a file, not a directory"
  case EISDIR: "a directory stands where a file is expected"
  case ENAMETOOLONG: "choose a shorter name"
  case ELOOP: "symbolic links go round in a circle: mend them"
  case EMLINK: "the file system gives a file or directory no more names: choose another directory"
  case ESTALE: "the file changed on the file server: rerun"
  case ETIMEDOUT, ENOTCONN, EHOSTDOWN, EREMOTEIO: "the file server does not answer: rerun when it does"
  case EXDEV: "both names must be on one file system"
  case ENOTSUP: "the file system lacks this operation: choose another directory"
  default: nil
  }
}

/// The words of the C library for `code`, and what to do about it.
public func explanation(ofSystemError code: Int32) -> String {
  String(cString: strerror(code)) + (remedy(forSystemError: code).map { "; \($0)" } ?? "")
}
