public import CorpusCore

/// Mean word length: characters of the words (punctuation at their ends not counted) over words; 0 without words.
///
/// Gopher (arXiv 2112.11446, table A1): 3 to 10. That is English; other languages have their own limits in `presets` of
/// their files.
public struct MeanWordLengthFilter: DocumentFilter {
  public let segmentation: WordSegmentation
  public let minimum: Double?
  public let maximum: Double?

  public init(segmentation: WordSegmentation, minimum: Double?, maximum: Double?) {
    self.segmentation = segmentation
    self.minimum = minimum
    self.maximum = maximum
  }

  public var reason: DropReason { .shortWords }
  public var value: FilterValue? { .meanWordLength }
  public var isActive: Bool { minimum != nil || maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    scratch.cutWords(segmentation, pairs: false)
    let value = share(scratch.wordCharacters, of: scratch.words.count)
    values[.meanWordLength] = value
    return below(value, minimum, .shortWords) ?? above(value, maximum, .longWords)
  }
}
