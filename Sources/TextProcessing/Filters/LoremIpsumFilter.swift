public import CorpusCore

/// Placeholder text: how often "lorem ipsum" occurs, in any case, at most a maximum.
///
/// C4 (arXiv 1910.10683, section 2.2): not at all. Line rules come first.
public struct LoremIpsumFilter: DocumentFilter {
  public let maximum: Double?

  public init(maximum: Double?) {
    self.maximum = maximum
  }

  public var reason: DropReason { .loremIpsum }
  public var value: FilterValue? { .loremIpsum }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.scanLines()
    let value = Double(scratch.lines.loremIpsum)
    values[.loremIpsum] = value
    return above(value, maximum, .loremIpsum)
  }
}
