public import CorpusCore

/// Perplexity under the language's n-gram model: 10^(-sum log10 P(token | those before it) / (tokens + lines)), each line a
/// sentence with an end of its own. Text that the model does not expect is badly scanned, garbled, or a list.
///
/// CCNet (arXiv 1911.00359, section 3.4) and ROOTS (its OSCAR configuration, the last of the eight filters), there with a
/// KenLM 5-gram model of SentencePiece pieces, learnt from Wikipedia; here with the model that the language's file names. A
/// limit fits one model only: it goes from 1300 (Spanish) to 5000 (Indonesian) in ROOTS, and is about 10 for characters.
public struct PerplexityFilter: DocumentFilter {
  public let maximum: Double?
  private let model: NGramModel?

  public init(model: NGramModel?, maximum: Double?) {
    self.model = model
    self.maximum = maximum
  }

  public var reason: DropReason { .perplexity }
  public var value: FilterValue? { .perplexity }
  /// With a model its value is measured, limit or not: who names one wants to see what it says.
  public var isActive: Bool { model != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    guard let model else { return nil }
    let perplexity = scratch.characters.withUnsafeBufferPointer { model.score($0) }.perplexity
    values[.perplexity] = perplexity
    return above(perplexity, maximum, .perplexity)
  }
}
