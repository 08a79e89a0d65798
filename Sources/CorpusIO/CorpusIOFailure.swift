// The one failure type of this room: what failed, where, what was expected, what was found and what to do about it.
public import CorpusCore

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
    CorpusIOFailure(kind, "\(path): \(action): \(explanation(ofSystemError: code))", code: code)
  }
}
