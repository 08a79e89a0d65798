public import CorpusCore

/// Special characters: those that are neither letter nor mark (general categories N, P, S, Z, C: digits of every script,
/// punctuation, symbols, emoji, white space) over all characters.
///
/// ROOTS counted membership in a list of digits, ASCII punctuation, white space, odd characters and emoji; this is the
/// same idea without the list. Prose in any language is about 0.1 to 0.3, since white space counts; hand-written code
/// 0.27 to 0.57; tables of numbers above 0.9.
public struct SpecialCharacterFilter: DocumentFilter {
  public let minimum: Double?
  public let maximum: Double?

  public init(minimum: Double?, maximum: Double?) {
    self.minimum = minimum
    self.maximum = maximum
  }

  public var reason: DropReason { .specialCharacters }
  public var value: FilterValue? { .specialCharacterRatio }
  public var isActive: Bool { minimum != nil || maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    let letters = scratch.countLetters()
    let total = scratch.characters.count
    let ratio = total == 0 ? 0 : Double(total - letters) / Double(total)
    values.specialCharacterRatio = ratio
    return below(ratio, minimum, .fewSpecialCharacters) ?? above(ratio, maximum, .specialCharacters)
  }
}
