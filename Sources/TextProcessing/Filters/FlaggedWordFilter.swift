public import CorpusCore

/// Flagged words: words of the language's list of unwanted words over all words, lower-cased and without punctuation at their
/// ends.
///
/// ROOTS, OSCAR configuration. As there, pairs of neighbouring words are looked up too where the list has entries of two
/// words or words are cut by dictionary (Chinese); the ratio is at most 1, and 0 without words.
public struct FlaggedWordFilter: DocumentFilter {
  public let segmentation: WordSegmentation
  public let maximum: Double?
  private let list: WordSet

  public init(segmentation: WordSegmentation, words: [String], maximum: Double?) {
    self.segmentation = segmentation
    self.maximum = maximum
    list = WordSet(words)
  }

  public var reason: DropReason { .flaggedWords }
  /// A limit without a list would judge every document alike, so it is not applied.
  public var isActive: Bool { maximum != nil && !list.isEmpty }
  var needsPairs: Bool { !list.isEmpty && (list.hasPairs || segmentation == .icu) }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    if list.isEmpty { return nil }
    scratch.cutWords(segmentation, pairs: needsPairs)
    var found = list.matches(in: scratch.words)
    if needsPairs { found += list.matches(in: scratch.pairs) }
    let total = scratch.words.count
    let ratio = total == 0 ? 0 : min(1, Double(found) / Double(total))
    values.flaggedWordRatio = ratio
    return above(ratio, maximum, .flaggedWords)
  }
}
