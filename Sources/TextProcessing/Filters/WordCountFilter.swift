public import CorpusCore

/// Word count: words between a minimum and a maximum. A word has at least one letter or digit and ends at white space, or
/// where ICU's dictionary says so.
///
/// ROOTS, OSCAR configuration: number of words.
public struct WordCountFilter: DocumentFilter {
  public let segmentation: WordSegmentation
  public let minimum: Double?
  public let maximum: Double?
  let pairs: Bool

  public init(segmentation: WordSegmentation, minimum: Double?, maximum: Double?) {
    self.init(segmentation: segmentation, minimum: minimum, maximum: maximum, pairs: false)
  }

  init(segmentation: WordSegmentation, minimum: Double?, maximum: Double?, pairs: Bool) {
    self.segmentation = segmentation
    self.minimum = minimum
    self.maximum = maximum
    self.pairs = pairs
  }

  public var reason: DropReason { .tooFewWords }
  public var value: FilterValue? { .wordCount }
  public var isActive: Bool { minimum != nil || maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.cutWords(segmentation, pairs: pairs)
    values.wordCount = Double(scratch.words.count)
    return below(values.wordCount, minimum, .tooFewWords) ?? above(values.wordCount, maximum, .tooManyWords)
  }
}
