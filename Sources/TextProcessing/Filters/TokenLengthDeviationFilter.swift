public import CorpusCore

/// Standard deviation (population) of the lengths of tokens, the stretches between white space, in characters; 0 without
/// tokens. Where words are cut by dictionary, of the lengths of words.
///
/// ROOTS, code: more than 3; what is below is a list of numbers or of names.
public struct TokenLengthDeviationFilter: DocumentFilter {
  public let segmentation: WordSegmentation
  public let minimum: Double?

  public init(segmentation: WordSegmentation, minimum: Double?) {
    self.segmentation = segmentation
    self.minimum = minimum
  }

  public var reason: DropReason { .uniformTokens }
  public var value: FilterValue? { .tokenLengthDeviation }
  public var isActive: Bool { minimum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.cutWords(segmentation, pairs: false)
    let value = scratch.tokens.deviation
    values[.tokenLengthDeviation] = value
    return below(value, minimum, .uniformTokens)
  }
}
