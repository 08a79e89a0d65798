public import CorpusCore

/// Alphabetic words: words with at least one letter over words; 0 without words.
///
/// Gopher (arXiv 2112.11446, appendix A.1.1): at least 80 %. A word here has a letter or a digit: what is only symbols is no
/// word, and is limited by the ratios of special characters and of symbols.
public struct AlphabeticWordFilter: DocumentFilter {
  public let segmentation: WordSegmentation
  public let minimum: Double?

  public init(segmentation: WordSegmentation, minimum: Double?) {
    self.segmentation = segmentation
    self.minimum = minimum
  }

  public var reason: DropReason { .fewAlphabeticWords }
  public var value: FilterValue? { .alphabeticWordRatio }
  public var isActive: Bool { minimum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.cutWords(segmentation, pairs: false)
    let value = share(scratch.alphabeticWords, of: scratch.words.count)
    values[.alphabeticWordRatio] = value
    return below(value, minimum, .fewAlphabeticWords)
  }
}
