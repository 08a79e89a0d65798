public import CorpusCore

/// Size: bytes of UTF-8 between a minimum and a maximum.
///
/// ROOTS, crowdsourced cleaning: `filter_small_docs_bytes_300` and `_1024`; code: 1,048,575 bytes at most.
public struct SizeFilter: DocumentFilter {
  public let minimum: Double?
  public let maximum: Double?

  public init(minimum: Double?, maximum: Double?) {
    self.minimum = minimum
    self.maximum = maximum
  }

  public var reason: DropReason { .tooSmall }
  public var value: FilterValue? { .byteCount }
  public var isActive: Bool { minimum != nil || maximum != nil }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    values.byteCount = Double(scratch.byteCount)
    return below(values.byteCount, minimum, .tooSmall) ?? above(values.byteCount, maximum, .tooLarge)
  }
}
