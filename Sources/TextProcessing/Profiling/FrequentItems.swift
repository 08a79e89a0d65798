// The most frequent of more different things than one can hold: Misra and Gries 1982, merged after Agarwal et al.,
// "Mergeable summaries" (PODS 2012).
import Glibc

/// Items with a lower bound of how often each was met.
///
/// An item met f times has a `count` from f - `undercount` to f, and one that is not here was met `undercount` times at
/// most. `undercount` is at most `total` / (capacity + 1), and 0 as long as nothing had to go.
public struct FrequentItems: Sendable, Equatable, Codable {
  public struct Entry: Sendable, Equatable, Codable {
    public var text: String
    public var count: Int

    public init(text: String, count: Int) {
      self.text = text
      self.count = count
    }
  }
  /// Most frequent first, then by bytes.
  public private(set) var entries: [Entry] = []
  /// Occurrences of everything, here or not.
  public private(set) var total = 0
  public private(set) var undercount = 0

  public init() {}

  init(_ entries: [Entry], total: Int, undercount: Int) {
    self.entries = entries.sorted(by: Self.precedes)
    self.total = total
    self.undercount = undercount
  }

  /// Adds `other`, and keeps `capacity` items at most. The same for a + b and b + a; not for other groupings of three,
  /// hence `OrderedMerge`.
  public mutating func merge(_ other: FrequentItems, capacity: Int) {
    // By bytes: Swift's strings are equal when canonically equivalent.
    var counts: [[UInt8]: Int] = [:]
    for entry in entries { counts[Array(entry.text.utf8), default: 0] += entry.count }
    for entry in other.entries { counts[Array(entry.text.utf8), default: 0] += entry.count }
    let lost = Self.excess(counts.values, capacity: capacity)
    self = FrequentItems(
      counts.compactMap { text, count in
        count > lost ? Entry(text: String(decoding: text, as: UTF8.self), count: count - lost) : nil
      }, total: total + other.total, undercount: undercount + other.undercount + lost)
  }

  /// What has to be taken from every count so that at most `capacity` are left above 0: the largest that has no place.
  static func excess(_ counts: some Collection<Int>, capacity: Int) -> Int {
    guard counts.count > capacity else { return 0 }
    return counts.sorted(by: >)[capacity]
  }

  private static func precedes(_ a: Entry, _ b: Entry) -> Bool {
    a.count != b.count ? a.count > b.count : a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
  }
}

/// Counts items of a stream, by their bytes, in bounded memory.
struct ItemCounter {
  private struct Slot {
    var hash: UInt64
    var count: Int
    var start: Int
    var length: Int
  }

  private let limit: Int
  private var slots: [Slot] = []
  /// Place in `slots` and 1 more; 0 is free. A power of two, at most half full.
  private var table: [Int32] = []
  private var bytes: [UInt8] = []
  private var total = 0
  private var undercount = 0

  /// Holds at most `limit` items at a time.
  init(limit: Int) { self.limit = limit }

  mutating func add(_ item: UnsafeRawBufferPointer, hash: UInt64) {
    total += 1
    if 2 * (slots.count + 1) > table.count { rebuild(size: max(256, table.count * 2)) }
    let mask = table.count - 1
    var at = Int(truncatingIfNeeded: hash >> 20) & mask
    // At most half of the table is taken, so the probe ends.
    while table[at] != 0 {
      let index = Int(table[at]) - 1
      if slots[index].hash == hash, isEqual(slots[index], item) {
        slots[index].count += 1
        return
      }
      at = (at + 1) & mask
    }
    slots.append(Slot(hash: hash, count: 1, start: bytes.count, length: item.count))
    bytes.append(contentsOf: item)
    table[at] = Int32(slots.count)
    if slots.count == limit { shrink(to: limit / 2) }
  }

  /// What was counted, in `capacity` items at most.
  mutating func summary(capacity: Int) -> FrequentItems {
    shrink(to: capacity)
    return FrequentItems(
      slots.map {
        .init(text: String(decoding: bytes[$0.start..<$0.start + $0.length], as: UTF8.self), count: $0.count)
      }, total: total, undercount: undercount)
  }

  private func isEqual(_ slot: Slot, _ item: UnsafeRawBufferPointer) -> Bool {
    guard slot.length == item.count, let other = item.baseAddress else { return slot.length == item.count }
    return bytes.withUnsafeBytes { bytes in
      // Invariant: every slot lies within `bytes`.
      bytes.baseAddress.map { memcmp($0 + slot.start, other, slot.length) == 0 } ?? true
    }
  }

  private mutating func shrink(to capacity: Int) {
    let lost = FrequentItems.excess(slots.map(\.count), capacity: capacity)
    guard lost > 0 else { return }
    undercount += lost
    var kept: [UInt8] = []
    slots = slots.compactMap { slot in
      guard slot.count > lost else { return nil }
      defer { kept.append(contentsOf: bytes[slot.start..<slot.start + slot.length]) }
      return Slot(hash: slot.hash, count: slot.count - lost, start: kept.count, length: slot.length)
    }
    bytes = kept
    rebuild(size: table.count)
  }

  private mutating func rebuild(size: Int) {
    table = [Int32](repeating: 0, count: size)
    for (index, slot) in slots.enumerated() {
      var at = Int(truncatingIfNeeded: slot.hash >> 20) & (size - 1)
      while table[at] != 0 { at = (at + 1) & (size - 1) }
      table[at] = Int32(index + 1)
    }
  }
}
