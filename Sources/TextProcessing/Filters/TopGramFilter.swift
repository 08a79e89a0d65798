public import CorpusCore

/// Most frequent n-gram of words: its characters (one space between words) times its occurrences over all characters.
///
/// Gopher (arXiv 2112.11446, table A1): n = 2 at most 0.20, 3 at most 0.18, 4 at most 0.16. Words lower-cased and without
/// punctuation at their ends; of several n-grams of one count, the first.
public struct TopGramFilter: DocumentFilter {
  public let segmentation: WordSegmentation
  /// 2 to 4.
  public let length: Int
  public let maximum: Double?

  public init(segmentation: WordSegmentation, length: Int, maximum: Double?) {
    self.segmentation = segmentation
    self.length = min(max(length, 2), 4)
    self.maximum = maximum
  }

  public var reason: DropReason { .topGrams }
  public var value: FilterValue? { measure }
  private var measure: FilterValue { length == 2 ? .top2GramRatio : length == 3 ? .top3GramRatio : .top4GramRatio }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.cutWords(segmentation, pairs: false)
    let value = share(scratch.topGramCharacters(length), of: scratch.characters.count)
    values[measure] = value
    return above(value, maximum, .topGrams)
  }
}
