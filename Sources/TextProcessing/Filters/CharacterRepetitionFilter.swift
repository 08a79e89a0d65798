public import CorpusCore

/// Character repetition: the sum of the k largest counts of character n-grams over the number of n-grams, where
/// k = min(floor(sqrt(N)), N - S), N distinct n-grams of which S occur once. 0 for a text shorter than n.
///
/// ROOTS, OSCAR configuration (data-preparation, character repetition ratio); n is 10, for Chinese 3. Taking sqrt(N) of
/// them keeps long documents, which repeat common phrases by nature, from looking repetitive. White space counts.
public struct CharacterRepetitionFilter: DocumentFilter {
  public let length: Int
  public let maximum: Double?

  public init(length: Int, maximum: Double?) {
    self.length = min(max(length, 1), 64)
    self.maximum = maximum
  }

  public var reason: DropReason { .characterRepetition }
  public var value: FilterValue? { .characterRepetitionRatio }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    let summary = scratch.counter.count(scratch.characters, length: length)
    let ratio = summary.total == 0 ? 0 : Double(summary.mostFrequentTotal) / Double(summary.total)
    values.characterRepetitionRatio = ratio
    return above(ratio, maximum, .characterRepetition)
  }
}
