// How good a document is by what its record says: the place of its source in a list that the user gave, or its score.
import CorpusCore
import CorpusIO
import Deduplication

/// A keep rule with what it looks at.
struct KeepPreference: Sendable {
  let rule: KeepRule
  /// From best to worst.
  private let sources: [[UInt8]]
  /// Members to go through, outermost first.
  private let qualityPath: [String]

  /// `qualityField` may be a path: `meta.quality`.
  init(_ rule: KeepRule, sources: [String] = [], qualityField: String = KeepPreference.defaultQualityField) {
    self.rule = rule
    self.sources = sources.map { Array($0.utf8) }
    qualityPath = qualityField.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
  }

  static let defaultQualityField = "quality"

  /// What `KeepRank.place` is for a document; 0 under rules that ask for none.
  func place(of document: DocumentRecord, in batch: DocumentBatch) -> UInt32 {
    switch rule {
    case .longest, .earliest: return 0
    case .source:
      let source = batch.withBytes(document.otherFields) { JSONMembers(bytes: $0).source }
      return UInt32(source.flatMap { sources.firstIndex(of: $0) } ?? sources.count)
    case .quality:
      return qualityPlace(batch.withBytes(document.otherFields) { JSONMembers(bytes: $0).number(at: qualityPath) })
    }
  }
}
