public import CorpusCore

/// Bullet lines: lines that begin with `•` or `-` after white space, over all lines, empty ones included.
///
/// Gopher (arXiv 2112.11446, appendix A.1.1): at most 90 %; the two signs are datatrove's.
public struct BulletLineFilter: DocumentFilter {
  public let maximum: Double?

  public init(maximum: Double?) {
    self.maximum = maximum
  }

  public var reason: DropReason { .bulletLines }
  public var value: FilterValue? { .bulletLineRatio }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.scanLines()
    let value = share(scratch.lines.bullets, of: scratch.lines.all)
    values[.bulletLineRatio] = value
    return above(value, maximum, .bulletLines)
  }
}
