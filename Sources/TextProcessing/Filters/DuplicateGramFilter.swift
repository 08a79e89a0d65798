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
  public var value: FilterValue? { measure }
  private var measure: FilterValue {
    switch length {
    case 5: .duplicate5GramRatio
    case 6: .duplicate6GramRatio
    case 7: .duplicate7GramRatio
    case 8: .duplicate8GramRatio
    case 9: .duplicate9GramRatio
    default: .duplicate10GramRatio
    }
  }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.cutWords(segmentation, pairs: false)
    let value = share(scratch.duplicateGramCharacters(length), of: scratch.characters.count)
    values[measure] = value
    return above(value, maximum, .duplicateGrams)
  }
}
