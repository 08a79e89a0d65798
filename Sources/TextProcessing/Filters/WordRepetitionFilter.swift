public import CorpusCore

/// Word repetition: the sum of the counts of word n-grams that occur more than once over the number of word n-grams; words
/// lower-cased and without punctuation at their ends. 0 for a text of fewer than n words.
///
/// ROOTS, OSCAR configuration (data-preparation, word repetition ratio); n is 5, for Urdu 7.
public struct WordRepetitionFilter: DocumentFilter {
  public let segmentation: WordSegmentation
  public let length: Int
  public let maximum: Double?

  public init(segmentation: WordSegmentation, length: Int, maximum: Double?) {
    self.segmentation = segmentation
    self.length = min(max(length, 1), 64)
    self.maximum = maximum
  }

  public var reason: DropReason { .wordRepetition }
  public var value: FilterValue? { .wordRepetitionRatio }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.cutWords(segmentation, pairs: false)
    let summary = scratch.counter.count(scratch.words, length: length)
    let ratio = summary.total == 0 ? 0 : Double(summary.repeatedTotal) / Double(summary.total)
    values.wordRepetitionRatio = ratio
    return above(ratio, maximum, .wordRepetition)
  }
}
