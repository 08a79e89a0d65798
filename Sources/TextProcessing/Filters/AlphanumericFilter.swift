public import CorpusCore

/// Alphanumeric characters: letters, marks and digits of any script over all characters; 0 without characters.
///
/// Codex (arXiv 2107.03374) and The Stack drop files below 0.25: data in punctuation, tables, drawings.
public struct AlphanumericFilter: DocumentFilter {
  public let minimum: Double?

  public init(minimum: Double?) {
    self.minimum = minimum
  }

  public var reason: DropReason { .fewAlphanumerics }
  public var value: FilterValue? { .alphanumericRatio }
  public var isActive: Bool { minimum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.scanLines()
    let value = share(scratch.lines.alphanumerics, of: scratch.characters.count)
    values[.alphanumericRatio] = value
    return below(value, minimum, .fewAlphanumerics)
  }
}
