// The pairs of neighbours that training keeps an eye on, each with its count and its places.
import CKernels

/// A pair of ids as one number; the order of numbers is the order of (left, right).
@inline(__always)
func pairKey(_ left: UInt32, _ right: UInt32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

/// Spreads a pair over 64 bits; the top ones are the best.
@inline(__always)
func pairHash(_ key: UInt64) -> UInt64 {
  let product = (key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15
  return (product ^ product >> 32) &* 0xD6E8_FEB8_6659_FD93
}

/// What is known of a pair. 32 bytes.
struct PairRecord {
  enum State {
    static let outside: UInt32 = 0  // not in the queue: its count is below the queue's threshold
    static let queued: UInt32 = 1
    static let closed: UInt32 = 2  // merged or forbidden; only a new occurrence opens it again
  }
  var key: UInt64
  var count: Int64
  /// Places: `placeCount` positions from `placeStart` in the trainer's lists of places.
  var placeStart: Int
  var placeCount: UInt32
  var state: UInt32

  var left: UInt32 { UInt32(truncatingIfNeeded: key >> 32) }
  var right: UInt32 { UInt32(truncatingIfNeeded: key) }
}

/// Pair records, found by key: open addressing with linear probing, at most 60 % full. A slot holds half of the hash, so
/// that a pair that is not there costs one line of memory.
struct PairTable: ~Copyable {
  struct Slot {
    var tag: UInt32
    var record: UInt32  // index + 1; 0 is empty
  }
  private static let initialBits = 13

  private(set) var records = RawArray<PairRecord>(capacity: 1 << 12)
  private var slots = RawArray<Slot>(repeating: Slot(tag: 0, record: 0), count: 1 << initialBits)
  private var shift = UInt64(64 - initialBits)

  var byteCount: Int { records.byteCount + slots.byteCount }

  mutating func removeAll() {
    records = RawArray(capacity: 1 << 12)
    slots = RawArray(repeating: Slot(tag: 0, record: 0), count: 1 << Self.initialBits)
    shift = UInt64(64 - Self.initialBits)
  }

  @inline(__always)
  func home(of hash: UInt64) -> UnsafeMutablePointer<Slot> { slots.base + Int(truncatingIfNeeded: hash >> shift) }

  /// Asks for the record that a slot holds; without one, for memory that is no record.
  @inline(__always)
  func prefetchRecord(at slot: UnsafeMutablePointer<Slot>) {
    xylem_prefetch(records.base + (Int(slot.pointee.record) &- 1))
  }

  /// Index of the record of `key`, or nil.
  @inline(__always)
  func find(_ key: UInt64, hash: UInt64) -> Int? {
    let mask = slots.count &- 1
    let tag = UInt32(truncatingIfNeeded: hash)
    var at = Int(truncatingIfNeeded: hash >> shift)
    while true {
      let slot = slots[at]
      if slot.record == 0 { return nil }
      if slot.tag == tag, records[Int(slot.record) &- 1].key == key { return Int(slot.record) &- 1 }
      at = (at &+ 1) & mask
    }
  }

  @inline(__always)
  func find(_ key: UInt64) -> Int? { find(key, hash: pairHash(key)) }

  /// Index of the record of `key`, made with count 0 when it is new.
  @inline(__always)
  mutating func findOrInsert(_ key: UInt64) -> Int { findOrInsert(key, hash: pairHash(key)) }

  mutating func findOrInsert(_ key: UInt64, hash: UInt64) -> Int {
    let mask = slots.count &- 1
    let tag = UInt32(truncatingIfNeeded: hash)
    var at = Int(truncatingIfNeeded: hash >> shift)
    while true {
      let slot = slots[at]
      if slot.record == 0 { break }
      if slot.tag == tag, records[Int(slot.record) &- 1].key == key { return Int(slot.record) &- 1 }
      at = (at &+ 1) & mask
    }
    if records.count == records.capacity { records.reserveInLargePages(records.count * 2) }
    records.append(PairRecord(key: key, count: 0, placeStart: 0, placeCount: 0, state: PairRecord.State.outside))
    slots[at] = Slot(tag: tag, record: UInt32(truncatingIfNeeded: records.count))
    if records.count &* 10 > slots.count &* 6 { grow() }
    return records.count &- 1
  }

  private mutating func grow() {
    // An index must fit 32 bits; a pair takes two cells at least, and cells are fewer than 2^32.
    slots = RawArray(inLargePages: slots.count * 2, repeating: Slot(tag: 0, record: 0))
    shift -= 1
    let mask = slots.count - 1
    for index in 0..<records.count {
      let hash = pairHash(records[index].key)
      var at = Int(truncatingIfNeeded: hash >> shift)
      while slots[at].record != 0 { at = (at + 1) & mask }
      slots[at] = Slot(tag: UInt32(truncatingIfNeeded: hash), record: UInt32(truncatingIfNeeded: index + 1))
    }
  }
}
