public import CorpusCore

/// Stop words: words of the language's list of function words over all words; text that hardly uses them is a list, a menu or
/// another language. Words lower-cased and without punctuation at their ends.
///
/// ROOTS, OSCAR configuration. As there, pairs of neighbouring words are looked up too where the list has entries of two
/// words or words are cut by dictionary (Chinese); the ratio is at most 1, and 0 without words.
public struct StopWordFilter: DocumentFilter {
  public let minimum: Double?
  private let listed: ListedWords

  public init(segmentation: WordSegmentation, words: [String], minimum: Double?) {
    self.minimum = minimum
    listed = ListedWords(words, segmentation: segmentation)
  }

  public var reason: DropReason { .stopWords }
  public var value: FilterValue? { .stopWordRatio }
  /// A limit without a list would judge every document alike, so it is not applied.
  public var isActive: Bool { minimum != nil && !listed.isEmpty }
  public var segmentation: WordSegmentation { listed.segmentation }
  var needsPairs: Bool { listed.needsPairs }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    if listed.isEmpty { return nil }
    let ratio = listed.share(&scratch)
    values.stopWordRatio = ratio
    return below(ratio, minimum, .stopWords)
  }
}
