public import CorpusCore

/// Duplicate n-grams of words: characters of the words in n-grams that occurred before, found from left to right without
/// overlap, over all characters.
///
/// Gopher (arXiv 2112.11446, table A1): n = 5 at most 0.15, one hundredth less for each n up to 10. Words lower-cased and
/// without punctuation at their ends.
public struct DuplicateGramFilter: DocumentFilter {
  public let segmentation: WordSegmentation
  /// 5 to 10.
  public let length: Int
  public let maximum: Double?

  public init(segmentation: WordSegmentation, length: Int, maximum: Double?) {
    self.segmentation = segmentation
    self.length = min(max(length, 5), 10)
    self.maximum = maximum
  }

  public var reason: DropReason { .duplicateGrams }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.cutWords(segmentation, pairs: false)
    let value = share(scratch.duplicateGramCharacters(length), of: scratch.characters.count)
    switch length {
    case 5: values[.duplicate5GramRatio] = value
    case 6: values[.duplicate6GramRatio] = value
    case 7: values[.duplicate7GramRatio] = value
    case 8: values[.duplicate8GramRatio] = value
    case 9: values[.duplicate9GramRatio] = value
    default: values[.duplicate10GramRatio] = value
    }
    return above(value, maximum, .duplicateGrams)
  }
}
