public import CorpusCore

/// Flagged words: words of the language's list of unwanted words over all words, lower-cased and without punctuation at their
/// ends.
///
/// ROOTS, OSCAR configuration. As there, pairs of neighbouring words are looked up too where the list has entries of two
/// words or words are cut by dictionary (Chinese); the ratio is at most 1, and 0 without words.
public struct FlaggedWordFilter: DocumentFilter {
  public let maximum: Double?
  private let listed: ListedWords

  public init(segmentation: WordSegmentation, words: [String], maximum: Double?) {
    self.maximum = maximum
    listed = ListedWords(words, segmentation: segmentation)
  }

  public var reason: DropReason { .flaggedWords }
  public var value: FilterValue? { .flaggedWordRatio }
  /// A limit without a list would judge every document alike, so it is not applied.
  public var isActive: Bool { maximum != nil && !listed.isEmpty }
  public var segmentation: WordSegmentation { listed.segmentation }
  var needsPairs: Bool { listed.needsPairs }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    if listed.isEmpty { return nil }
    let ratio = listed.share(&scratch)
    values.flaggedWordRatio = ratio
    return above(ratio, maximum, .flaggedWords)
  }
}
