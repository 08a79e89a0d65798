public import CorpusCore

/// Curly brackets: `{` in the text, at most a maximum.
///
/// C4 (arXiv 1910.10683, section 2.2): none, since curly brackets belong to programming languages. Line rules come first.
public struct CurlyBracketFilter: DocumentFilter {
  public let maximum: Double?

  public init(maximum: Double?) {
    self.maximum = maximum
  }

  public var reason: DropReason { .curlyBrackets }
  public var value: FilterValue? { .curlyBrackets }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.scanLines()
    let value = Double(scratch.lines.curlyBrackets)
    values[.curlyBrackets] = value
    return above(value, maximum, .curlyBrackets)
  }
}
