// Which of two near duplicates stays: a total order of documents that no worker count, memory or clock can change.

/// Which of some near duplicates is kept.
public enum KeepRule: String, Sendable, Codable, CaseIterable {
  /// The longest text in bytes; of equal ones the earliest.
  case longest
  /// The first in the canonical order of the corpus.
  case earliest

  /// Whether `a` has priority over `b`: a strict total order of documents with different numbers.
  public func precedes(_ a: DocumentRank, _ b: DocumentRank) -> Bool {
    if self == .longest, a.textLength != b.textLength { return a.textLength > b.textLength }
    return a.document < b.document
  }
}

/// What decides a document's priority.
public struct DocumentRank: Sendable, Hashable {
  /// Number in the canonical order of the corpus.
  public var document: UInt64
  /// Bytes of text.
  public var textLength: UInt32

  public init(document: UInt64, textLength: UInt32) {
    self.document = document
    self.textLength = textLength
  }
}
