public import CorpusCore

/// Different stop words: how many of the language's list occur at all.
///
/// Gopher (arXiv 2112.11446, appendix A.1.1): at least two of the, be, to, of, and, that, have, with; here of the whole list
/// of the language. Entries of two words are not looked for.
public struct DistinctStopWordFilter: DocumentFilter {
  public let segmentation: WordSegmentation
  public let minimum: Double?
  private let list: WordSet

  public init(segmentation: WordSegmentation, words: [String], minimum: Double?) {
    self.segmentation = segmentation
    self.minimum = minimum
    list = WordSet(words)
  }

  public var reason: DropReason { .fewDistinctStopWords }
  public var value: FilterValue? { .distinctStopWords }
  /// A limit without a list would judge every document alike, so it is not applied.
  public var isActive: Bool { minimum != nil && !list.isEmpty }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    if list.isEmpty { return nil }
    scratch.cutWords(segmentation, pairs: false)
    let value = Double(scratch.distinctWords(of: list))
    values[.distinctStopWords] = value
    return below(value, minimum, .fewDistinctStopWords)
  }
}

extension FilterScratch {
  /// How many words of `list` occur in the text.
  mutating func distinctWords(of list: WordSet) -> Int {
    tally.begin(list.count + 1)
    var found = 0
    for word in words where list.contains(word) && !tally.insert(word) { found += 1 }
    return found
  }
}
