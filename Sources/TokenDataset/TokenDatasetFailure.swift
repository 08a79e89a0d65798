// The one error type of this room: what went wrong in which file of a dataset, and where.
public import CorpusCore

/// A dataset that cannot be read, written or believed.
public struct TokenDatasetFailure: XylemFailure, Equatable {
  public let kind: FailureKind
  /// The file (or the prefix, when the fault concerns the pair).
  public let path: String
  /// What was expected, what was found and, where something can be done, what to do.
  public let message: String

  public init(_ kind: FailureKind, path: String, _ message: String) {
    self.kind = kind
    self.path = path
    self.message = message
  }

  /// A caller's own error, passed on by one of our streaming functions; it keeps its kind when it has one.
  init(wrapping error: any Error, path: String) {
    if let own = error as? TokenDatasetFailure {
      self = own
    } else if let failure = error as? any XylemFailure {
      self.init(failure.kind, path: path, failure.description)
    } else {
      self.init(.inputOutput, path: path, "\(error)")
    }
  }

  public var description: String { "\(path): \(message)" }
}
