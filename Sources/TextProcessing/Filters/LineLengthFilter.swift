public import CorpusCore

/// Line length: characters of the longest line, line ends not counted, between a minimum and a maximum.
///
/// ROOTS, code: 20 to 1000; a longer line means a minified or generated file, only shorter ones a list of data.
public struct LineLengthFilter: DocumentFilter {
  public let minimum: Double?
  public let maximum: Double?

  public init(minimum: Double?, maximum: Double?) {
    self.minimum = minimum
    self.maximum = maximum
  }

  public var reason: DropReason { .shortLines }
  public var value: FilterValue? { .longestLine }
  public var isActive: Bool { minimum != nil || maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.scanLines()
    values.longestLine = Double(scratch.lines.longest)
    return below(values.longestLine, minimum, .shortLines) ?? above(values.longestLine, maximum, .longLines)
  }
}
