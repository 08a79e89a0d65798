public import CorpusCore

/// Short lines: lines of at most `short_line_length` characters (30 when absent) over lines; lines of white space do not
/// count.
///
/// FineWeb (arXiv 2406.17557, section 3.4): at most 0.67 of lines of at most 30 characters.
public struct ShortLineFilter: DocumentFilter {
  public let maximum: Double?

  public init(maximum: Double?) { self.maximum = maximum }

  public var reason: DropReason { .manyShortLines }
  public var value: FilterValue? { .shortLineRatio }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.scanLines()
    let value = share(scratch.lines.short, of: scratch.lines.filled)
    values[.shortLineRatio] = value
    return above(value, maximum, .manyShortLines)
  }
}
