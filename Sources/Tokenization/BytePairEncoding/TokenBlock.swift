// Ids of many texts in a row, as a dataset wants them.

/// Ids and the length of each text, in order. Grows; emptied and filled again, it keeps its memory.
public struct TokenBlock: ~Copyable {
  var ids = RawArray<UInt32>(capacity: 1 << 12)
  /// Ids of each text; 0 for a text without any.
  public internal(set) var lengths: [Int] = []

  public init() {}

  public var count: Int { ids.count }

  /// The ids of all texts, end to end.
  public func withTokens<Result>(_ body: (UnsafeBufferPointer<UInt32>) throws -> Result) rethrows -> Result {
    try body(UnsafeBufferPointer(start: ids.base, count: ids.count))
  }

  public mutating func removeAll() {
    ids.removeAll()
    lengths.removeAll(keepingCapacity: true)
  }
}
