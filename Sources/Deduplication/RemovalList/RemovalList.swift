// What deduplication hands on: for each prepared part the ordinals of its removed documents. On disk sealed numbers
// "XYRL": the first ordinal, then each gap less one.
import CorpusCore

/// The removed documents of one prepared part: ordinals from 0, ascending, each once.
public struct RemovalList: Sendable, Hashable {
  public let ordinals: [UInt64]

  /// `sortedOrdinals` ascend strictly.
  public init(sortedOrdinals: [UInt64]) {
    precondition(
      zip(sortedOrdinals, sortedOrdinals.dropFirst()).allSatisfy { $0 < $1 }, "removed ordinals ascend, each once")
    ordinals = sortedOrdinals
  }

  public var count: Int { ordinals.count }
  public var isEmpty: Bool { ordinals.isEmpty }

  /// Whether the document of this ordinal is removed. O(log n); to go through a part use a `Cursor`.
  public func contains(_ ordinal: UInt64) -> Bool { ordinals.containsSorted(ordinal) }

  /// Whether each of ascending ordinals is removed, in O(1) amortised.
  public struct Cursor: Sendable {
    private let ordinals: [UInt64]
    private var next = 0

    init(_ ordinals: [UInt64]) { self.ordinals = ordinals }

    /// Ordinals asked for never descend.
    public mutating func isRemoved(_ ordinal: UInt64) -> Bool {
      while next < ordinals.count, ordinals[next] < ordinal { next += 1 }
      return next < ordinals.count && ordinals[next] == ordinal
    }
  }

  public func makeCursor() -> Cursor { Cursor(ordinals) }
}

extension RemovalList: Sequence {
  public func makeIterator() -> IndexingIterator<[UInt64]> { ordinals.makeIterator() }
  public var underestimatedCount: Int { ordinals.count }
}

extension RemovalList {
  private static let magic: [UInt8] = Array("XYRL".utf8)

  /// The list as it stands on disk: 24 bytes and about one a removal.
  public func encode() -> [UInt8] {
    var writer = SealedNumbersWriter(magic: Self.magic)
    // Gaps less one need the ordinal before; before the first stands none, so it is written as it is.
    var lowest: UInt64 = 0
    for ordinal in ordinals {
      writer.append(ordinal - lowest)
      lowest = ordinal &+ 1
    }
    return writer.finished(count: UInt64(ordinals.count))
  }

  /// The list that `encode()` wrote; fails on bytes that it cannot have written. Memory: 8 bytes a removal, at most 8
  /// times the input.
  public init(decoding bytes: [UInt8]) throws(DeduplicationFailure) {
    let numbers = try SealedNumbers(bytes, magic: Self.magic, name: "removal list") {
      .damagedRemovalList(offset: $0, reason: $1)
    }
    var ordinals: [UInt64] = []
    ordinals.reserveCapacity(numbers.count)
    var position = SealedNumbers.start
    // The lowest value that may follow; nil when the last ordinal was the largest number.
    var lowest: UInt64? = 0
    for _ in 0..<numbers.count {
      let start = position
      let gap = try numbers.number(at: &position)
      guard let base = lowest, case let (ordinal, overflow) = base.addingReportingOverflow(gap), !overflow else {
        throw .damagedRemovalList(offset: start, reason: "an ordinal beyond 64 bits")
      }
      ordinals.append(ordinal)
      lowest = ordinal == .max ? nil : ordinal + 1
    }
    guard position == numbers.end else {
      throw .damagedRemovalList(offset: position, reason: "\(numbers.end - position) bytes behind the last ordinal")
    }
    self.ordinals = ordinals
  }
}
