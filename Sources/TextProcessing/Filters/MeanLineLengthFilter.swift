public import CorpusCore

/// Mean line length: characters without line ends over lines, empty lines included.
///
/// Code data sets since Codex (arXiv 2107.03374, section 3.1) drop files above 100: minified, generated or data.
public struct MeanLineLengthFilter: DocumentFilter {
  public let maximum: Double?

  public init(maximum: Double?) {
    self.maximum = maximum
  }

  public var reason: DropReason { .longMeanLine }
  public var value: FilterValue? { .meanLineLength }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.scanLines()
    let value = share(scratch.characters.count - scratch.lines.newlines, of: scratch.lines.all)
    values[.meanLineLength] = value
    return above(value, maximum, .longMeanLine)
  }
}
