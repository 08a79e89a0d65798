// Which units of a stage a worker is asked for, by index or label, and what an executor does with units that are missing.
import CorpusCore

/// Units of one stage, as named on a command line: `0-99`, `7`, `fr-00003`; several with commas.
public struct UnitSelection: Sendable {
  public let stage: String
  let names: [String]
  /// Whether a unit that is committed is done again when one of its outputs was cleared away.
  let isRestoring: Bool

  public init(stage: String, units: String, isRestoring: Bool = false) {
    self.stage = stage
    names = units.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init)
    self.isRestoring = isRestoring
  }

  /// Positions in the plan, ascending, each once. O(units + names).
  func indexes(in labels: [String]) throws -> [Int] {
    let places = Dictionary(labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var chosen: Set<Int> = []
    guard !names.isEmpty else { throw PlainFailure(.usage, "--units: expected units such as 0-9,12, found none") }
    for name in names {
      if let index = places[name] {
        chosen.insert(index)
        continue
      }
      let ends = name.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first >= 0,
        first <= last
      else {
        throw PlainFailure(
          .usage,
          "--units \(name): expected an index, a range such as 0-9, or a label of stage \(stage) such as "
            + "\(labels.first ?? "fr-00000")")
      }
      guard last < labels.count else {
        throw PlainFailure(
          .usage, "--units \(name): stage \(stage) has \(labels.count) units, numbered from 0 to \(labels.count - 1)")
      }
      chosen.formUnion(first...last)
    }
    return chosen.sorted()
  }

  /// `0-3,7`: ascending indexes as ranges.
  static func ranges(_ indexes: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for index in indexes {
      if let last = ranges.last, last.upperBound + 1 == index {
        ranges[ranges.count - 1] = last.lowerBound...index
      } else {
        ranges.append(index...index)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(
      separator: ",")
  }
}

/// What an executor does with the units of a stage that are not committed.
enum ExecutionMode: Sendable {
  /// Runs them on threads of this process.
  case here
  /// Runs those of one stage that were asked for, then throws `SelectionDone`; earlier stages must be whole.
  case selected(UnitSelection)
  /// Throws `UnitsMissing` at the first stage that lacks some: whoever asked has them done elsewhere.
  case planning
  /// Has them done by jobs of a Slurm cluster.
  case slurm(SlurmExecutor)
}

/// The first stage of a run that is not whole, for other engines to do with `xylem worker`.
public struct UnitsMissing: Error, Sendable {
  public let stage: String
  /// How many units the stage has.
  public let units: Int
  /// Indexes of the missing ones, such as `0-3,7`.
  public let missing: String
  /// Their outputs were cleared away, so workers need `--restore`.
  public let isRestoring: Bool
}

/// The units that a worker was asked for are committed.
public struct SelectionDone: Error, Sendable {
  /// Units that this process did, and all that were asked for.
  public let done: Int
  public let units: Int
}
