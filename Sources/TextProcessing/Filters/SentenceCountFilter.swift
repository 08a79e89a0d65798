public import CorpusCore

/// Sentences: at least a minimum. A sentence ends at a character with the Unicode property Sentence_Terminal (or one of the
/// language's `sentence_ends`) before white space or closing quotes, at any such character beyond ASCII, and at a line's end.
///
/// C4 (arXiv 1910.10683, section 2.2): at least 5, counted after its line rules.
public struct SentenceCountFilter: DocumentFilter {
  public let minimum: Double?

  public init(minimum: Double?) {
    self.minimum = minimum
  }

  public var reason: DropReason { .tooFewSentences }
  public var value: FilterValue? { .sentenceCount }
  public var isActive: Bool { minimum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.scanLines()
    let value = Double(scratch.lines.sentences)
    values[.sentenceCount] = value
    return below(value, minimum, .tooFewSentences)
  }
}
