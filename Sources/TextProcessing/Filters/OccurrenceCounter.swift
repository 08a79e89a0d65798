// Counts how often n-grams occur: their hashes in an open-addressing table that is reused and cleared by its size.
import CKernels

/// Occurrences of n-grams of one document.
struct OccurrenceCounter: Sendable {
  /// N-grams beyond this many are not counted: the tables stay under 50 MB, and a ratio over the first two million
  /// says enough about a document.
  static let maximumGrams = 1 << 21
  static let maximumLength = Int(xylem_gram_longest)

  // What `xylem_gram_tables` says of each; they grow with the documents and are not shrunk.
  private var slots: [UInt32] = []
  private var keys: [UInt64] = []
  private var counts: [UInt32] = []
  private var repeated: [UInt32] = []
  private let powers: [UInt64]
  private let inverses: [UInt64]
  private let level: Int32

  /// What the counts of all n-grams of length `length` in `items` amount to.
  struct Summary {
    var total = 0
    var distinct = 0
    /// N-grams that occur once.
    var singletons = 0
    /// Sum of the counts above one.
    var repeatedTotal = 0
    /// Sum of the k largest counts, k = min(floor(sqrt(distinct)), distinct - singletons).
    var mostFrequentTotal = 0
  }

  /// `level` is that of the kernel, for tests.
  init(level: Int32 = Int32(xylem_gram_avx512.rawValue)) {
    // Odd, so that it has an inverse, and random enough that different windows do not cancel.
    let base: UInt64 = 0xD6E8_FEB8_6659_FD93
    // Newton's iteration: each turn doubles the lower bits that are right.
    let inverse = (0..<6).reduce(base) { guess, _ in guess &* (2 &- base &* guess) }
    func series(_ factor: UInt64, _ count: Int) -> [UInt64] {
      (1..<count).reduce(into: [1]) { series, _ in series.append(series[series.count - 1] &* factor) }
    }
    let block = Int(xylem_gram_block)
    powers = series(base, block + Self.maximumLength)
    inverses = series(inverse, block)
    self.level = level
  }

  /// N-grams of `length` code points, at most `maximumLength`. O(n) expected, plus sorting the counts above one.
  mutating func count(_ characters: [UInt32], length: Int) -> Summary {
    count(characters, length: length, xylem_count_grams32)
  }

  /// N-grams of `length` words by their hashes; otherwise the same.
  mutating func count(_ words: [UInt64], length: Int) -> Summary {
    count(words, length: length, xylem_count_grams64)
  }

  private mutating func count<Item>(
    _ items: [Item], length: Int,
    _ kernel: (UnsafePointer<xylem_gram_tables>, UnsafePointer<Item>, Int, Int, Int32) -> xylem_gram_result
  ) -> Summary {
    var summary = Summary()
    precondition(length <= Self.maximumLength, "the filters ask for no longer n-grams")
    guard length > 0, items.count >= length else { return summary }
    let total = min(items.count - length + 1, Self.maximumGrams)
    // A quarter full: a second look costs more than clearing twice the memory, until that is more than the L2 cache.
    let room = (total < 1 << 16 ? 4 : 2) * total
    var size = 16
    while size < room { size *= 2 }
    if slots.count < size { slots = [UInt32](repeating: 0, count: size) }
    if keys.count < total {
      keys = [UInt64](repeating: 0, count: total)
      counts = [UInt32](repeating: 0, count: total)
      repeated = [UInt32](repeating: 0, count: total + 1)
    }
    // Slots of two bytes lie two in a number.
    let used = total <= Int(xylem_gram_narrow) ? size / 2 : size
    let found = slots.withUnsafeMutableBufferPointer { slots in
      slots[..<used].update(repeating: 0)
      return keys.withUnsafeMutableBufferPointer { keys in
        counts.withUnsafeMutableBufferPointer { counts in
          repeated.withUnsafeMutableBufferPointer { repeated in
            powers.withUnsafeBufferPointer { powers in
              inverses.withUnsafeBufferPointer { inverses in
                var tables = xylem_gram_tables(
                  slots: slots.baseAddress, slot_mask: size - 1, keys: keys.baseAddress, counts: counts.baseAddress,
                  repeated: repeated.baseAddress, powers: powers.baseAddress, inverses: inverses.baseAddress)
                // Invariant: the arrays are as long as `xylem_gram_tables` asks, and items are read below
                // `total + length - 1` only.
                return kernel(&tables, items, total, length, level)
              }
            }
          }
        }
      }
    }
    summary.total = total
    summary.distinct = found.distinct
    summary.singletons = found.distinct - found.repeated
    sum(found.repeated, &summary)
    return summary
  }

  /// The sums over what occurs more than once: the largest counts come first by counting, since nearly all are small.
  private func sum(_ repeatedCount: Int, _ summary: inout Summary) {
    let most = min(Int(Double(summary.distinct).squareRoot()), repeatedCount)
    var small = InlineArray<256, Int>(repeating: 0)
    var large: [Int] = []
    for place in repeated[..<repeatedCount] {
      let count = Int(counts[Int(place)])
      summary.repeatedTotal += count
      if count < small.count { small[count] += 1 } else { large.append(count) }
    }
    large.sort(by: >)
    var left = most
    for count in large.prefix(most) {
      summary.mostFrequentTotal += count
      left -= 1
    }
    var count = small.count - 1
    while left > 0, count > 0 {
      let taken = min(left, small[count])
      summary.mostFrequentTotal += taken * count
      left -= taken
      count -= 1
    }
  }
}

/// A fixed set of word hashes. 0 marks a free slot, so the hash 0 is taken for 1.
struct WordSet: Sendable {
  private var slots: [UInt64] = []
  let isEmpty: Bool
  /// Entries as given, equal ones counted again.
  let count: Int
  /// Whether an entry is made of two words.
  let hasPairs: Bool

  init(_ words: [String]) {
    isEmpty = words.isEmpty
    count = words.count
    hasPairs = words.contains { $0.utf8.contains(0x20) }
    var size = 16
    while size < 4 * words.count { size *= 2 }
    slots = [UInt64](repeating: 0, count: size)
    for word in words {
      let hash = max(WordHash.of(word), 1)
      slots[slots.withUnsafeBufferPointer { Self.slot(of: hash, in: $0) }] = hash
    }
  }

  func contains(_ hash: UInt64) -> Bool {
    let hash = max(hash, 1)
    return slots.withUnsafeBufferPointer { $0[Self.slot(of: hash, in: $0)] == hash }
  }

  /// How many of `hashes` are in the set.
  func matches(in hashes: [UInt64]) -> Int {
    slots.withUnsafeBufferPointer { slots in
      let mask = slots.count &- 1
      var found = 0
      for hash in hashes {
        let hash = max(hash, 1)
        let slot = Int(truncatingIfNeeded: hash) & mask
        let (entry, next) = (slots[slot], slots[(slot &+ 1) & mask])
        // Which words of a text are stop words cannot be predicted, so no branch asks for that: two slots tell nearly
        // always, and it is the rest that has a branch.
        let isThere = Self.isZero(entry ^ hash) | Self.isZero(next ^ hash)
        let isDecided = isThere | Self.isZero(entry) | Self.isZero(next)
        found &+= isThere
        if isDecided == 0, slots[Self.slot(of: hash, in: slots)] == hash { found &+= 1 }
      }
      return found
    }
  }

  /// 1 for 0 and 0 for all else, in arithmetic: a condition would become a branch.
  @inline(__always)
  private static func isZero(_ value: UInt64) -> Int {
    Int(truncatingIfNeeded: ~(value | (0 &- value)) &>> 63)
  }

  /// The slot that holds `hash`, or would. Invariant: at most a quarter of the slots is taken, so the search ends.
  @inline(__always)
  private static func slot(of hash: UInt64, in slots: UnsafeBufferPointer<UInt64>) -> Int {
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0, slots[slot] != hash { slot = (slot &+ 1) & mask }
    return slot
  }
}
