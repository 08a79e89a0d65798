public import CorpusCore

/// Ellipses: `...` (not overlapping) and `…` over words; with ellipses but no words, as many as there are.
///
/// Gopher (arXiv 2112.11446, appendix A.1.1), symbol-to-word ratio: at most 0.1.
public struct EllipsisRatioFilter: DocumentFilter {
  public let segmentation: WordSegmentation
  public let maximum: Double?

  public init(segmentation: WordSegmentation, maximum: Double?) {
    self.segmentation = segmentation
    self.maximum = maximum
  }

  public var reason: DropReason { .ellipses }
  public var value: FilterValue? { .ellipsisRatio }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.cutWords(segmentation, pairs: false)
    scratch.scanLines()
    let value = share(scratch.lines.ellipses, of: max(1, scratch.words.count))
    values[.ellipsisRatio] = value
    return above(value, maximum, .ellipses)
  }
}
