public import CorpusCore

/// Duplicate paragraphs: paragraphs (between empty lines) equal to an earlier one over paragraphs.
///
/// Gopher (arXiv 2112.11446, table A1): at most 0.30. Equal means equal 64-bit hashes.
public struct DuplicateParagraphFilter: DocumentFilter {
  public let maximum: Double?

  public init(maximum: Double?) {
    self.maximum = maximum
  }

  public var reason: DropReason { .duplicateParagraphs }
  public var value: FilterValue? { .duplicateParagraphRatio }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.scanLines()
    let value = share(scratch.lines.duplicateParagraphs, of: scratch.lines.paragraphs)
    values[.duplicateParagraphRatio] = value
    return above(value, maximum, .duplicateParagraphs)
  }
}
