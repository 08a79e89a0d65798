public import CorpusCore

/// Characters: code points between a minimum and a maximum.
///
/// ROOTS, code (BigQuery extract): 100 to 200,000.
public struct CharacterCountFilter: DocumentFilter {
  public let minimum: Double?
  public let maximum: Double?

  public init(minimum: Double?, maximum: Double?) {
    self.minimum = minimum
    self.maximum = maximum
  }

  public var reason: DropReason { .fewCharacters }
  public var value: FilterValue? { .characterCount }
  public var isActive: Bool { minimum != nil || maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    let value = Double(scratch.characters.count)
    values[.characterCount] = value
    return below(value, minimum, .fewCharacters) ?? above(value, maximum, .manyCharacters)
  }
}
