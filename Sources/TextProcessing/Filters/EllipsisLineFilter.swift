public import CorpusCore

/// Ellipsis lines: lines that end with `...` or `…` before white space, over all lines, empty ones included.
///
/// Gopher (arXiv 2112.11446, appendix A.1.1): at most 30 %: teasers, cut lists of search results.
public struct EllipsisLineFilter: DocumentFilter {
  public let maximum: Double?

  public init(maximum: Double?) {
    self.maximum = maximum
  }

  public var reason: DropReason { .ellipsisLines }
  public var value: FilterValue? { .ellipsisLineRatio }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.scanLines()
    let value = share(scratch.lines.ellipsisEnds, of: scratch.lines.all)
    values[.ellipsisLineRatio] = value
    return above(value, maximum, .ellipsisLines)
  }
}
