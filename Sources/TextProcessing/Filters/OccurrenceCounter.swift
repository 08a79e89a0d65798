// Counts how often n-grams occur: rolling hashes in an open-addressing table that is reused and cleared by its size.

/// Occurrences of n-grams of one document.
struct OccurrenceCounter: Sendable {
  /// N-grams beyond this many are not counted: the table stays under 50 MB, and a ratio over the first four million
  /// says enough about a document.
  static let maximumGrams = 1 << 21

  private var keys: [UInt64] = []
  private var occurrences: [UInt32] = []
  /// Occurrences of the n-grams seen more than once, in table order until sorted.
  private var repeated: [UInt32] = []

  /// Odd, and random enough that different windows do not cancel.
  private static let base: UInt64 = 0xD6E8_FEB8_6659_FD93

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

  /// O(n) expected, plus sorting the counts above one.
  mutating func count<Item: FixedWidthInteger & UnsignedInteger>(_ items: [Item], length: Int) -> Summary {
    var summary = Summary()
    guard length > 0, items.count >= length else { return summary }
    let total = min(items.count - length + 1, Self.maximumGrams)
    var slots = 16
    while slots < 2 * total { slots *= 2 }
    if keys.count < slots {
      keys = [UInt64](repeating: 0, count: slots)
      occurrences = [UInt32](repeating: 0, count: slots)
    }
    repeated.removeAll(keepingCapacity: true)
    var leading: UInt64 = 1
    for _ in 1..<max(length, 1) { leading = leading &* Self.base }
    let mask = UInt64(slots - 1)
    // Invariant: `total <= slots / 2`, so probing always ends; items are read only below `total + length - 1`.
    items.withUnsafeBufferPointer { items in
      keys.withUnsafeMutableBufferPointer { keys in
        occurrences.withUnsafeMutableBufferPointer { occurrences in
          for slot in 0..<slots { occurrences[slot] = 0 }
          var hash: UInt64 = 0
          for index in 0..<(length - 1) { hash = hash &* Self.base &+ Self.spread(UInt64(items[index])) }
          for index in 0..<total {
            hash = hash &* Self.base &+ Self.spread(UInt64(items[index &+ length &- 1]))
            let key = hash ^ (hash &>> 31)
            var slot = (key &* 0x9E37_79B9_7F4A_7C15) &>> 20 & mask
            while true {
              let seen = occurrences[Int(slot)]
              if seen == 0 {
                keys[Int(slot)] = key
                occurrences[Int(slot)] = 1
                summary.distinct &+= 1
                break
              }
              if keys[Int(slot)] == key {
                occurrences[Int(slot)] = seen &+ 1
                break
              }
              slot = (slot &+ 1) & mask
            }
            hash = hash &- leading &* Self.spread(UInt64(items[index]))
          }
          for slot in 0..<slots where occurrences[slot] > 1 { repeated.append(occurrences[slot]) }
        }
      }
    }
    summary.total = total
    summary.singletons = summary.distinct - repeated.count
    for occurrence in repeated { summary.repeatedTotal += Int(occurrence) }
    let most = min(Int(Double(summary.distinct).squareRoot()), repeated.count)
    if most < repeated.count { repeated.sort(by: >) }
    for index in 0..<most { summary.mostFrequentTotal += Int(repeated[index]) }
    return summary
  }

  @inline(__always)
  private static func spread(_ item: UInt64) -> UInt64 {
    (item &+ 1) &* 0xC2B2_AE3D_27D4_EB4F
  }
}

/// A fixed set of word hashes.
struct WordSet: Sendable {
  private var slots: [UInt64] = []
  /// The value 0 marks a free slot, so a word that hashes to it is remembered apart.
  private var holdsZero = false
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
      let hash = WordHash.of(word)
      if hash == 0 { holdsZero = true }
      var slot = Int(truncatingIfNeeded: hash) & (size - 1)
      while slots[slot] != 0, slots[slot] != hash { slot = (slot + 1) & (size - 1) }
      slots[slot] = hash
    }
  }

  func contains(_ hash: UInt64) -> Bool {
    if hash == 0 { return holdsZero }
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      if slots[slot] == hash { return true }
      slot = (slot + 1) & mask
    }
    return false
  }

  /// How many of `hashes` are in the set.
  func matches(in hashes: [UInt64]) -> Int {
    var found = 0
    for hash in hashes where contains(hash) { found += 1 }
    return found
  }
}
