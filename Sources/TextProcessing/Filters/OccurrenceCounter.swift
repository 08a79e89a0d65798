// Counts how often n-grams occur: rolling hashes in an open-addressing table that is reused and cleared by its size.
import CKernels

/// Occurrences of n-grams of one document.
struct OccurrenceCounter: Sendable {
  /// N-grams beyond this many are not counted: the table stays under 50 MB, and a ratio over the first two million
  /// says enough about a document.
  static let maximumGrams = 1 << 21

  /// 42 bits of an n-gram's hash and 22 of its count, so that a look is one cache line; 0 is a free slot.
  private var slots: [UInt64] = []
  /// Slots of n-grams seen more than once, in the order of their second occurrence.
  private var repeated: [Int32] = []

  /// Slots that are fetched before the first of them is looked at.
  private static let ahead = 64

  private static let countMask: UInt64 = (1 << 22) - 1

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
    // A quarter full: a second look costs more than clearing twice the memory, until that is more than the L2 cache.
    let room = (total < 1 << 16 ? 4 : 2) * total
    var size = 16
    while size < room { size *= 2 }
    if slots.count < size { slots = [UInt64](repeating: 0, count: size) }
    repeated.removeAll(keepingCapacity: true)
    var leading: UInt64 = 1
    for _ in 1..<max(length, 1) { leading = leading &* Self.base }
    let mask = size - 1
    // Invariant: `total <= size / 2`, so probing always ends; items are read only below `total + length - 1`.
    items.withUnsafeBufferPointer { items in
      slots.withUnsafeMutableBufferPointer { slots in
        slots[..<size].update(repeating: 0)
        var hash: UInt64 = 0
        for index in 0..<(length - 1) { hash = hash &* Self.base &+ UInt64(items[index]) }
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Self.ahead) { keys in
          var next = 0
          while next < total {
            // Whether a slot is free cannot be predicted, so the slots of a block are on their way before one is looked at.
            let block = min(Self.ahead, total &- next)
            for place in 0..<block {
              let index = next &+ place
              hash = hash &* Self.base &+ UInt64(items[index &+ length &- 1])
              let key = hash ^ (hash &>> 31)
              keys[place] = key
              xylem_prefetch(slots.baseAddress.map { $0 + (Int(truncatingIfNeeded: key) & mask) })
              hash = hash &- leading &* UInt64(items[index])
            }
            for place in 0..<block {
              let key = keys[place]
              // The tag comes from the high half of a product and the slot from the low bits, so one says nothing of the
              // other.
              let tag = (key &* 0x9E37_79B9_7F4A_7C15) & ~Self.countMask
              var slot = Int(truncatingIfNeeded: key) & mask
              while true {
                let entry = slots[slot]
                if entry == 0 {
                  slots[slot] = tag | 1
                  summary.distinct &+= 1
                  break
                }
                if entry & ~Self.countMask == tag {
                  slots[slot] = entry &+ 1
                  if entry & Self.countMask == 1 { repeated.append(Int32(truncatingIfNeeded: slot)) }
                  break
                }
                slot = (slot &+ 1) & mask
              }
            }
            next &+= block
          }
        }
      }
    }
    summary.total = total
    summary.singletons = summary.distinct - repeated.count
    sum(&summary)
    return summary
  }

  /// The sums over what occurs more than once: the largest counts come first by counting, since nearly all are small.
  private func sum(_ summary: inout Summary) {
    let most = min(Int(Double(summary.distinct).squareRoot()), repeated.count)
    var small = [Int](repeating: 0, count: 256)
    var large: [Int] = []
    for slot in repeated {
      let count = Int(slots[Int(slot)] & Self.countMask)
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
    slots.withUnsafeBufferPointer { contains(hash, in: $0) }
  }

  /// How many of `hashes` are in the set.
  func matches(in hashes: [UInt64]) -> Int {
    slots.withUnsafeBufferPointer { slots in
      var found = 0
      for hash in hashes where contains(hash, in: slots) { found &+= 1 }
      return found
    }
  }

  /// Invariant: at most a quarter of the slots is taken, so the search ends.
  @inline(__always)
  private func contains(_ hash: UInt64, in slots: UnsafeBufferPointer<UInt64>) -> Bool {
    if hash == 0 { return holdsZero }
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      if slots[slot] == hash { return true }
      slot = (slot &+ 1) & mask
    }
    return false
  }
}
