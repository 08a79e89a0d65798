public import CorpusCore

/// Emptiness: no character but white space. Always applied.
///
/// ROOTS: `filter_remove_empty_docs`, the step that almost every dataset had.
public struct EmptyFilter: DocumentFilter {
  public init() {}

  public var reason: DropReason { .empty }
  public var value: FilterValue? { nil }
  public var isActive: Bool { true }

  public func verdict(_ scratch: inout FilterScratch, _ values: inout FilterValues) -> FilterDrop? {
    let table = CharacterTable.shared
    for character in scratch.characters where table.properties(character) & CharacterTable.space == 0 { return nil }
    values.byteCount = Double(scratch.byteCount)
    return FilterDrop(reason: .empty, value: 0, threshold: 1)
  }
}
