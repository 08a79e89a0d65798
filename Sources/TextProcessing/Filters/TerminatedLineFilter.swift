public import CorpusCore

/// Terminated lines: lines whose last character is a sentence end (Unicode property Sentence_Terminal or one of the language's
/// `sentence_ends`) over lines; lines of white space do not count.
///
/// FineWeb (arXiv 2406.17557, section 3.4): at least 0.12.
public struct TerminatedLineFilter: DocumentFilter {
  public let minimum: Double?

  public init(minimum: Double?) {
    self.minimum = minimum
  }

  public var reason: DropReason { .unterminatedLines }
  public var value: FilterValue? { .terminatedLineRatio }
  public var isActive: Bool { minimum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.scanLines()
    let value = share(scratch.lines.terminated, of: scratch.lines.filled)
    values[.terminatedLineRatio] = value
    return below(value, minimum, .unterminatedLines)
  }
}
