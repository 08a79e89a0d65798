public import CorpusCore

/// Number signs: `#` in the text over words; with signs but no words, as many as there are signs.
///
/// Gopher (arXiv 2112.11446, appendix A.1.1), symbol-to-word ratio: at most 0.1.
public struct HashRatioFilter: DocumentFilter {
  public let segmentation: WordSegmentation
  public let maximum: Double?

  public init(segmentation: WordSegmentation, maximum: Double?) {
    self.segmentation = segmentation
    self.maximum = maximum
  }

  public var reason: DropReason { .hashes }
  public var value: FilterValue? { .hashRatio }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.cutWords(segmentation, pairs: false)
    scratch.scanLines()
    let value = share(scratch.lines.hashes, of: max(1, scratch.words.count))
    values[.hashRatio] = value
    return above(value, maximum, .hashes)
  }
}
