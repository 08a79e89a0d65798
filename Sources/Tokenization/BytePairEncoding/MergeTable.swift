// Which pairs merge, how early, and into what: shared by all encoders, never changed.

/// Ranks by pair. Slots of 8 bytes hold left id (20 bits), right id (20) and rank (24); open addressing, at most half
/// full: 4 MB for 250,000 merges. Pairs of bytes, the first question of every merge loop, have a table of their own.
final class MergeTable: @unchecked Sendable {
  // Memory is written in `init` only, and freed with the last user: sharing it between threads is safe.
  static let noRank = UInt32.max
  private static let emptySlot = UInt64.max

  /// Id of a single byte; `.max` for a byte the vocabulary lacks.
  let byteID: UnsafeMutablePointer<UInt32>
  /// Rank of two neighbouring bytes, by `first << 8 | second`.
  let bytePairRank: UnsafeMutablePointer<UInt32>
  /// Id that a rank gives.
  let idByRank: UnsafeMutablePointer<UInt32>
  private let slots: UnsafeMutablePointer<UInt64>
  private let mask: Int
  private let shift: UInt64

  /// `merges` by rank; a pair that occurs twice keeps its last rank, as in Hugging Face's reader. `ranks`: the rank of
  /// each merge where several that make one token share it, each below `merges.count`; nil: its index.
  init(_ merges: [(left: UInt32, right: UInt32, id: UInt32)], ranks: [UInt32]? = nil, byteID: [UInt32]) {
    var bits = 4
    while 1 << bits < merges.count * 2 { bits += 1 }
    mask = (1 << bits) - 1
    shift = UInt64(64 - bits)
    slots = .allocate(capacity: 1 << bits)
    slots.initialize(repeating: Self.emptySlot, count: 1 << bits)
    idByRank = .allocate(capacity: max(merges.count, 1))
    self.byteID = .allocate(capacity: 256)
    for byte in 0..<256 { self.byteID[byte] = byteID[byte] }
    bytePairRank = .allocate(capacity: 1 << 16)
    for (index, merge) in merges.enumerated() {
      let rank = ranks.map { Int($0[index]) } ?? index
      idByRank[rank] = merge.id
      let pair = UInt64(merge.left) << 20 | UInt64(merge.right)
      var at = home(pair)
      while slots[at] != Self.emptySlot && slots[at] >> 24 != pair { at = (at + 1) & mask }
      slots[at] = pair << 24 | UInt64(rank)
    }
    for first in 0..<256 {
      for second in 0..<256 {
        let known = byteID[first] != .max && byteID[second] != .max
        bytePairRank[first << 8 | second] = known ? rank(byteID[first], byteID[second]) : Self.noRank
      }
    }
  }

  deinit {
    byteID.deallocate()
    bytePairRank.deallocate()
    idByRank.deallocate()
    slots.deallocate()
  }

  @inline(__always)
  private func home(_ pair: UInt64) -> Int {
    Int(truncatingIfNeeded: (pair &* 0x9E37_79B9_7F4A_7C15) >> shift)
  }

  /// Rank of the pair, `noRank` when it does not merge.
  @inline(__always)
  func rank(_ left: UInt32, _ right: UInt32) -> UInt32 {
    let pair = UInt64(left) << 20 | UInt64(right)
    var at = home(pair)
    while true {
      let slot = slots[at]
      if slot >> 24 == pair { return UInt32(truncatingIfNeeded: slot & 0xFF_FFFF) }
      if slot == Self.emptySlot { return Self.noRank }
      at = (at &+ 1) & mask
    }
  }
}
