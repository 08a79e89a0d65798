// What every typed error of Xylem has in common: a kind, from which the command line takes its exit status, and a text
// that says what, where and what to do.

/// The kind of a failure; the command line maps it to an exit status (sysexits.h).
public enum FailureKind: String, Sendable {
  case usage  // 64: the command was called wrongly
  case badData  // 65: input beyond tolerance, or a verification that failed
  case noInput  // 66: input that is not there or cannot be read
  case cannotCreate  // 73: output that cannot be created
  case inputOutput  // 74: a read or write that failed
  case incomplete  // 75: some units failed; a rerun resumes
  case configuration  // 78: a pipeline file, a tokenizer file, an option value
}

/// An error for a person: `description` says what, where, what was expected and what to do.
public protocol XylemFailure: Error, CustomStringConvertible, Sendable {
  var kind: FailureKind { get }
}

/// A failure that is only its kind and its words, for places where nobody handles cases apart.
public struct PlainFailure: XylemFailure {
  public let kind: FailureKind
  public let description: String

  public init(_ kind: FailureKind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
