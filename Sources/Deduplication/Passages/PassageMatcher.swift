// Repeated passages by bytes, not by hash: places of equal grams are compared with the earlier ones as far as they agree.
// What Lee et al. 2021 ("Deduplicating Training Data Makes Language Models Better") find with a suffix array
// (docs/decisions/0006-repeated-passages.md).

/// A stretch of the store that stands in it before.
public struct RepeatedPassage: Sendable, Hashable {
  /// Offset of its first byte.
  public var start: Int
  public var count: Int
  /// Offset of the same bytes, earlier; the two do not overlap.
  public var earlier: Int

  public init(start: Int, count: Int, earlier: Int) {
    self.start = start
    self.count = count
    self.earlier = earlier
  }
}

/// Compares the places of one gram, one after another.
///
/// The store is texts, each between two bytes 0xFF, which no UTF-8 text holds: comparisons end there. A place is compared
/// with earlier places of different surroundings, at most `contextLimit` of them, at most `window` - `gram` bytes to each
/// side: O(limit x window) a place at worst. Only in a gram with more surroundings than the limit a repeat may be missed.
public struct PassageMatcher: Sendable {
  public static let boundary: UInt8 = 0xFF

  private let window: Int
  private let gram: Int
  private let contextLimit: Int
  private var contexts: [Int] = []

  public init(sampler: WindowSampler, contextLimit: Int = 64) {
    window = sampler.window
    gram = sampler.gram
    self.contextLimit = max(1, contextLimit)
  }

  /// Begins with another gram.
  public mutating func reset() { contexts.removeAll(keepingCapacity: true) }

  /// Takes the next place of the gram, ascending; calls `found` for each stretch around it, of at least a window, that
  /// stands in the store before.
  ///
  /// `place` and those before it are offsets of texts' bytes with `gram` bytes of text behind them, in a store that
  /// begins and ends with the boundary.
  public mutating func take(
    _ place: Int, in store: UnsafeRawBufferPointer, _ found: (RepeatedPassage) throws -> Void
  ) rethrows {
    let left = window - gram
    let right = window - gram
    for earlier in contexts {
      guard let (before, behind) = agreement(store, earlier, place, left: left, right: right) else { continue }
      let isNoOverlap = place - earlier >= window
      if isNoOverlap, before + gram + behind >= window {
        try found(
          RepeatedPassage(start: place - before, count: before + gram + behind, earlier: earlier - before))
      }
      // Whatever repeats this place's surroundings repeats the earlier one's.
      if before == left, behind == right { return }
    }
    if contexts.count < contextLimit { contexts.append(place) }
  }

  /// How many bytes before and behind the gram agree; nil when the grams themselves differ (equal hashes only).
  private func agreement(
    _ store: UnsafeRawBufferPointer, _ a: Int, _ b: Int, left: Int, right: Int
  ) -> (Int, Int)? {
    // The store's first and last bytes are boundaries, where both loops end before they leave it: a text's byte never
    // equals a boundary, and two boundaries end the agreement as well.
    guard a > 0, b > a, b + gram < store.count else { return nil }
    for i in 0..<gram where store[a + i] != store[b + i] || store[a + i] == Self.boundary { return nil }
    var before = 0
    while before < left, store[a - before - 1] == store[b - before - 1], store[a - before - 1] != Self.boundary {
      before += 1
    }
    var behind = 0
    while behind < right, store[a + gram + behind] == store[b + gram + behind],
      store[a + gram + behind] != Self.boundary
    {
      behind += 1
    }
    return (before, behind)
  }
}

/// Cuts stretches of bytes out of texts, whole characters only.
public struct PassageCutter: Sendable {
  public init() {}

  /// Joins ranges that touch or overlap and draws each in to whole characters; ranges come ascending by their start.
  public func cuts(_ ranges: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    var joined: [Range<Int>] = []
    for range in ranges {
      if let last = joined.last, range.lowerBound <= last.upperBound {
        joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        joined.append(range)
      }
    }
    return joined.compactMap { range in
      var low = max(0, range.lowerBound)
      var high = min(text.count, range.upperBound)
      while low < high, text[low] & 0xC0 == 0x80 { low += 1 }
      while high > low, high < text.count, text[high] & 0xC0 == 0x80 { high -= 1 }
      return low < high ? low..<high : nil
    }
  }
}
