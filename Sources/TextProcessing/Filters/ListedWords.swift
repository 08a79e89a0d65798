// What the stop-word and the flagged-word filter share: how much of a text is on a list of words (ROOTS, OSCAR).

/// A list of words, and the share of a text's words that are on it.
struct ListedWords: Sendable {
  let segmentation: WordSegmentation
  private let list: WordSet

  init(_ words: [String], segmentation: WordSegmentation) {
    list = WordSet(words)
    self.segmentation = segmentation
  }

  var isEmpty: Bool { list.isEmpty }
  /// Pairs of neighbouring words are looked up where the list has some, or words are cut by dictionary.
  var needsPairs: Bool { !list.isEmpty && (list.hasPairs || segmentation == .icu) }

  /// Words on the list over all words of the text in `scratch`: 0 to 1, and 0 without words.
  func share(_ scratch: inout FilterScratch) -> Double {
    scratch.cutWords(segmentation, pairs: needsPairs)
    var found = list.matches(in: scratch.words)
    if needsPairs { found += list.matches(in: scratch.pairs) }
    let total = scratch.words.count
    return total == 0 ? 0 : min(1, Double(found) / Double(total))
  }
}
