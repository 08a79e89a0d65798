public import CorpusCore

/// Line duplication: characters of lines equal to an earlier one over characters without line ends.
///
/// FineWeb (arXiv 2406.17557, section 3.4): at most 0.1 in the paper, 0.01 in datatrove, which made the data set.
public struct LineDuplicationFilter: DocumentFilter {
  public let maximum: Double?

  public init(maximum: Double?) {
    self.maximum = maximum
  }

  public var reason: DropReason { .lineDuplication }
  public var value: FilterValue? { .lineDuplicationRatio }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.scanLines()
    let value = share(scratch.lines.duplicateCharacters, of: scratch.characters.count - scratch.lines.newlines)
    values[.lineDuplicationRatio] = value
    return above(value, maximum, .lineDuplication)
  }
}
