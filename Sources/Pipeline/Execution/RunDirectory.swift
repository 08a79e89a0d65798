// The run directory: every path of it is made here, so that its layout is written down once (docs/formats).
import CorpusCore
import CorpusIO

/// The names inside a run directory. Paths handed out are relative to `root` unless they say absolute.
public struct RunDirectory: Sendable {
  public let root: String
  public let fileSystem: any FileSystem

  public init(root: String, fileSystem: any FileSystem = LocalFileSystem()) {
    self.root = root.hasSuffix("/") && root.count > 1 ? String(root.dropLast()) : root
    self.fileSystem = fileSystem
  }

  /// `relative` under the root.
  public func absolute(_ relative: String) -> String { root + "/" + relative }

  public static let runFile = "run.json"
  public static let ledgerFile = "ledger.json"
  public static let journalFile = "journal.jsonl"

  public static func manifest(stage: String, unit: String) -> String { "manifests/\(stage)/\(unit).json" }
  public static func plan(stage: String) -> String { "manifests/\(stage).plan.json" }
  /// Where large compressed shards were cut.
  public static let splits = "manifests/prepare.splits.json"
  public static func preparedUnit(_ unit: String) -> String { "work/prepare/\(unit).unit" }
  public static func prepared(_ part: PartName) -> String { "prepared/\(part.language)/\(part.fileStem).jsonl.zst" }
  public static func fingerprints(_ part: PartName) -> String { "fingerprints/\(part.language)/\(part.fileStem).fp" }
  public static func values(_ part: PartName) -> String { "values/\(part.language)/\(part.fileStem).values" }
  public static func portrait(_ index: Int) -> String {
    "portraits/\(PartName(language: "", index: index).fileStem).json.zst"
  }
  public static func removals(_ part: PartName) -> String { "removals/\(part.label).removals" }
  public static let evidence = "removals/evidence.jsonl.zst"
  public static let clusters = "removals/clusters.jsonl.zst"
  static func segments(_ part: PartName) -> String { "work/lines/\(part.label).segments" }
  static func repeats(_ range: String) -> String { "work/repeats/\(range).segments" }
  public static func cuts(_ part: PartName) -> String { "cuts/\(part.label).cuts" }
  public static func cutEvidence(_ part: PartName) -> String { "cuts/\(part.label).jsonl.zst" }
  public static func pieceCounts(_ part: PartName) -> String { "work/counts/\(part.label).counts" }
  /// What training has learned so far.
  public static let mergesSoFar = "work/train/merges"
  public static func tokens(_ part: PartName) -> String { "work/tokens/\(part.label).tokens" }
  public static func lengths(_ part: PartName) -> String { "work/tokens/\(part.label).lengths" }
  public static func datasetPrefix(_ language: String) -> String { "dataset/\(language)_text_document" }
}

/// One prepared part of a language: numbered from 0 in the order of the plan.
public struct PartName: Hashable, Sendable, Codable, Comparable {
  public var language: String
  public var index: Int

  public init(language: String, index: Int) {
    self.language = language
    self.index = index
  }

  var digits: String {
    let number = String(index)
    return String(repeating: "0", count: max(0, 5 - number.count)) + number
  }
  var fileStem: String { "part-" + digits }
  /// `fr-00003`: the unit of the stages that work part by part.
  public var label: String { language + "-" + digits }

  public static func < (a: PartName, b: PartName) -> Bool {
    a.language != b.language ? a.language < b.language : a.index < b.index
  }
}
