public import CorpusCore

/// Line ends over words; with line ends but no words, as many as there are. High in lists and menus.
///
/// FineWeb (datatrove, list ratio): at most 0.3.
public struct NewlineRatioFilter: DocumentFilter {
  public let segmentation: WordSegmentation
  public let maximum: Double?

  public init(segmentation: WordSegmentation, maximum: Double?) {
    self.segmentation = segmentation
    self.maximum = maximum
  }

  public var reason: DropReason { .manyNewlines }
  public var value: FilterValue? { .newlineRatio }
  public var isActive: Bool { maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.cutWords(segmentation, pairs: false)
    scratch.scanLines()
    let value = share(scratch.lines.newlines, of: max(1, scratch.words.count))
    values[.newlineRatio] = value
    return above(value, maximum, .manyNewlines)
  }
}
