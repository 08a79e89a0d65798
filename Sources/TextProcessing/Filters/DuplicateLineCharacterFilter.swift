public import CorpusCore

/// Characters in duplicate lines: those of lines equal to an earlier one over all characters.
///
/// Gopher (arXiv 2112.11446, table A1): at most 0.20. Equal means equal 64-bit hashes.
public struct DuplicateLineCharacterFilter: DocumentFilter {
  public let maximum: Double?

  public init(maximum: Double?) {
    self.maximum = maximum
  }

  public var reason: DropReason { .duplicateLineCharacters }
  public var value: FilterValue? { .duplicateLineCharacterRatio }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.scanLines()
    let value = share(scratch.lines.duplicateCharacters, of: scratch.characters.count)
    values[.duplicateLineCharacterRatio] = value
    return above(value, maximum, .duplicateLineCharacters)
  }
}
