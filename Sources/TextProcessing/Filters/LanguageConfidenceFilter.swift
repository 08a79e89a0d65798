public import CorpusCore

/// Language confidence: how sure the identifier was of the document's language, 0 to 1. Not applied when nobody asked it.
///
/// ROOTS, OSCAR configuration, there with fastText's lid.176; here the number that a `LanguageIdentifier` gives.
public struct LanguageConfidenceFilter: DocumentFilter {
  public let minimum: Double?

  public init(minimum: Double?) { self.minimum = minimum }

  public var reason: DropReason { .languageConfidence }
  public var value: FilterValue? { .languageConfidence }
  public var isActive: Bool { minimum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    guard let confidence = scratch.languageConfidence else { return nil }
    values.languageConfidence = confidence
    return below(confidence, minimum, .languageConfidence)
  }
}
