// What can go wrong between text and token ids: options that make no sense, foreign files we cannot honour, sizes
// beyond what the structures hold.
import CorpusCore

/// An error of training, of reading tokenizer files or of reading spilled counts.
public enum TokenizationFailure: XylemFailure, Equatable {
  case invalidOption(name: String, detail: String)
  /// A tokenizer file that is not what its format says.
  case malformedFile(String)
  /// A tokenizer file whose named part would change ids in a way this encoder does not reproduce; `detail` says what was
  /// found, what would be accepted and what to do.
  case unsupportedPart(name: String, detail: String)
  /// More data than a structure can address.
  case tooLarge(String)
  /// A run of spilled counts that is cut short, out of order or damaged.
  case corruptRun(String)

  public var kind: FailureKind {
    switch self {
    case .invalidOption, .malformedFile, .unsupportedPart: .configuration
    case .tooLarge, .corruptRun: .badData
    }
  }

  public var description: String {
    switch self {
    case .invalidOption(let name, let detail): "tokenizer option \(name): \(detail)"
    case .malformedFile(let detail): "malformed tokenizer file: \(detail)"
    case .unsupportedPart(let name, let detail): "unsupported tokenizer part \(name): \(detail)"
    case .tooLarge(let detail): "too large: \(detail)"
    case .corruptRun(let detail): "corrupt run of piece counts: \(detail)"
    }
  }
}
