// What a test may know of a call to the file system, and what it may decide to become of it.

/// One call that can fail, or that changes the disk.
public struct DiskOperation: Sendable, Hashable {
  public enum Kind: String, Sendable, CaseIterable {
    case open, create, read, seek, write, append, synchronize, synchronizeDirectory, link, rename, remove, removeTree
    case removeEmptyDirectory, makeDirectories, size, exists, isDirectory, names, matches, freeBytes

    /// Whether the disk may be another afterwards: only between such calls does the moment of a death matter.
    public var isChange: Bool {
      switch self {
      case .create, .write, .append, .synchronize, .synchronizeDirectory, .link, .rename, .remove, .removeTree,
        .removeEmptyDirectory, .makeDirectories:
        true
      case .open, .read, .seek, .size, .exists, .isDirectory, .names, .matches, .freeBytes: false
      }
    }
  }

  public let kind: Kind
  public let path: String

  /// What becomes of it.
  public enum Verdict: Sendable {
    case goOn
    /// It fails with this `errno`; a write takes half of its bytes first, as a full disk does.
    case fail(Int32)
    /// It fails, and nothing happens: the caller is dead and does not know yet.
    case refuse(Int32)
    /// The process dies by SIGKILL before it, or, when it is a write and that is asked, with half of its bytes written.
    case die(halfway: Bool)
  }
}
