// Every pair of neighbours met in training, with its count and its places.

/// A pair of ids as one number; the order of numbers is the order of (left, right).
@inline(__always)
func pairKey(_ left: UInt32, _ right: UInt32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

/// What is known of a pair. 40 bytes.
struct PairRecord {
  enum State {
    static let outside: UInt32 = 0  // not in the queue: its count is below the queue's threshold
    static let queued: UInt32 = 1
    static let closed: UInt32 = 2  // merged or forbidden; only a new occurrence opens it again
  }
  var key: UInt64
  var count: Int64
  /// Places: `placeCount` positions from `placeStart` in the trainer's list of places.
  var placeStart: Int
  var placeCount: Int
  var state: UInt32

  var left: UInt32 { UInt32(truncatingIfNeeded: key >> 32) }
  var right: UInt32 { UInt32(truncatingIfNeeded: key) }
}

/// Pair records, found by key: open addressing with linear probing, at most 60 % full.
struct PairTable: ~Copyable {
  private(set) var records = RawArray<PairRecord>(capacity: 1 << 12)
  private var slots = RawArray<UInt32>(repeating: 0, count: 1 << 13)  // record index + 1; 0 is empty
  private var shift: UInt64 = 64 - 13

  var byteCount: Int { records.byteCount + slots.byteCount }

  @inline(__always)
  private func home(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
  }

  /// Index of the record of `key`, or nil.
  @inline(__always)
  func find(_ key: UInt64) -> Int? {
    let mask = slots.count &- 1
    var at = home(key)
    while true {
      let slot = slots[at]
      if slot == 0 { return nil }
      if records[Int(slot) &- 1].key == key { return Int(slot) &- 1 }
      at = (at &+ 1) & mask
    }
  }

  /// Index of the record of `key`, made with count 0 when it is new.
  mutating func findOrInsert(_ key: UInt64) -> Int {
    let mask = slots.count &- 1
    var at = home(key)
    while true {
      let slot = slots[at]
      if slot == 0 { break }
      if records[Int(slot) &- 1].key == key { return Int(slot) &- 1 }
      at = (at &+ 1) & mask
    }
    precondition(records.count < Int(UInt32.max) - 1, "more than 2^32 distinct pairs")
    records.append(
      PairRecord(key: key, count: 0, placeStart: 0, placeCount: 0, state: PairRecord.State.outside))
    slots[at] = UInt32(records.count)
    if records.count * 10 > slots.count * 6 { grow() }
    return records.count - 1
  }

  private mutating func grow() {
    slots = RawArray(repeating: 0, count: slots.count * 2)
    shift -= 1
    let mask = slots.count - 1
    for index in 0..<records.count {
      var at = home(records[index].key)
      while slots[at] != 0 { at = (at + 1) & mask }
      slots[at] = UInt32(index + 1)
    }
  }
}
