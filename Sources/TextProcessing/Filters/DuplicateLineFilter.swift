public import CorpusCore

/// Duplicate lines: lines equal to an earlier one over lines; lines of white space do not count.
///
/// Gopher (arXiv 2112.11446, table A1): at most 0.30. Equal means equal 64-bit hashes.
public struct DuplicateLineFilter: DocumentFilter {
  public let maximum: Double?

  public init(maximum: Double?) {
    self.maximum = maximum
  }

  public var reason: DropReason { .duplicateLines }
  public var value: FilterValue? { .duplicateLineRatio }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.scanLines()
    let value = share(scratch.lines.duplicates, of: scratch.lines.filled)
    values[.duplicateLineRatio] = value
    return above(value, maximum, .duplicateLines)
  }
}
