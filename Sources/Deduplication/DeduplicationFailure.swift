// What can go wrong in deduplication: option values out of range, and files of an earlier step that are damaged.
import CorpusCore

public enum DeduplicationFailure: XylemFailure, Hashable {
  /// An option of the near-duplicate search lies outside its range.
  case optionOutOfRange(name: String, found: String, expected: String)
  /// A removal list that is damaged, cut short or of another version; `offset` in bytes.
  case damagedRemovalList(offset: Int, reason: String)
  /// The same of a cut list.
  case damagedCutList(offset: Int, reason: String)
  /// Fingerprint bytes of the wrong length.
  case fingerprintLength(expected: Int, found: Int)

  public var kind: FailureKind {
    switch self {
    case .optionOutOfRange: .configuration
    case .damagedRemovalList, .damagedCutList, .fingerprintLength: .badData
    }
  }

  public var description: String {
    switch self {
    case .optionOutOfRange(let name, let found, let expected):
      "near-duplicate option `\(name)` is \(found); expected \(expected)"
    case .damagedRemovalList(let offset, let reason):
      "removal list damaged at byte \(offset): \(reason); delete the file and run deduplication again"
    case .damagedCutList(let offset, let reason):
      "cut list damaged at byte \(offset): \(reason); delete the file and the run's manifests/cut, and run again"
    case .fingerprintLength(let expected, let found):
      "fingerprint of \(found) bytes; expected \(expected): was it written with other bands or rows?"
    }
  }
}
