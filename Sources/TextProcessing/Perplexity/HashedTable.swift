// An open-addressing table from 64-bit hashes to small values, which grows as it is filled: nothing is allocated on the
// word of a file's header.

/// Keys are hashes already: equal keys are equal things.
struct HashedTable<Value: Sendable>: Sendable {
  private struct Slot: Sendable {
    /// 0 is a free slot, so the key 0 is kept as 1.
    var key: UInt64
    var value: Value
  }

  private var slots: [Slot]
  private let empty: Value
  private(set) var count = 0

  init(empty: Value) {
    self.empty = empty
    slots = [Slot](repeating: Slot(key: 0, value: empty), count: 16)
  }

  /// O(1) expected. Invariant: at least a quarter of the slots is free, so probing ends.
  @inline(__always)
  subscript(key: UInt64) -> Value? {
    let key = key == 0 ? 1 : key
    return slots.withUnsafeBufferPointer { slots in
      let mask = slots.count &- 1
      var index = Self.home(key, mask)
      while true {
        let slot = slots[index]
        if slot.key == key { return slot.value }
        if slot.key == 0 { return nil }
        index = (index &+ 1) & mask
      }
    }
  }

  /// False, and nothing changes, when the key is there. Amortised O(1).
  mutating func insert(_ key: UInt64, _ value: Value) -> Bool {
    if 4 * (count + 1) > 3 * slots.count { grow() }
    let key = key == 0 ? 1 : key
    guard place(Slot(key: key, value: value)) else { return false }
    count += 1
    return true
  }

  private mutating func place(_ slot: Slot) -> Bool {
    let mask = slots.count - 1
    var index = Self.home(slot.key, mask)
    while slots[index].key != 0 {
      if slots[index].key == slot.key { return false }
      index = (index + 1) & mask
    }
    slots[index] = slot
    return true
  }

  private mutating func grow() {
    let old = slots
    slots = [Slot](repeating: Slot(key: 0, value: empty), count: 2 * old.count)
    for slot in old where slot.key != 0 { _ = place(slot) }
  }

  @inline(__always)
  private static func home(_ key: UInt64, _ mask: Int) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> 20) & mask
  }
}
