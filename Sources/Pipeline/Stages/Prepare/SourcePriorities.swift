// How good a document's source is: its place in a list that the user gave, best first.
import CorpusCore
import CorpusIO

/// Sources from best to worst.
struct SourcePriorities: Sendable {
  private let names: [[UInt8]]
  var isEmpty: Bool { names.isEmpty }

  init(_ names: [String]) { self.names = names.map { Array($0.utf8) } }

  /// Place of a document's `source` or `meta.source` in the list; the list's length for one that is not in it.
  func place(of document: DocumentRecord, in batch: DocumentBatch) -> UInt16 {
    guard !isEmpty else { return 0 }
    let source = batch.withBytes(document.otherFields) { JSONMembers(bytes: $0).source }
    return UInt16(clamping: source.flatMap { names.firstIndex(of: $0) } ?? names.count)
  }
}
