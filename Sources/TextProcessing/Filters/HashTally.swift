// A table of 64-bit hashes that is emptied in no time, for lines, paragraphs and n-grams of words of one document. Two
// things of one hash are taken for equal: among a million different ones that happens once in 10^7 documents.

/// Hashes with how often and where first each was met.
struct HashTally: Sendable {
  /// More entries than this are not taken in: the table stays under 100 MB.
  static let maximumEntries = 1 << 21

  fileprivate struct Slot {
    var key: UInt64 = 0
    var epoch: UInt32 = 0
    var count: UInt32 = 0
    var first = 0
  }

  private var slots: [Slot] = []
  private var mask = 0
  private var epoch: UInt32 = 0
  private var left = 0

  /// Empties the table and makes room for `count` entries. Only as much of it is used, so a short text stays in cache.
  mutating func begin(_ count: Int) {
    left = min(max(count, 1), Self.maximumEntries)
    var size = 16
    while size < 2 * left { size *= 2 }
    if slots.count < size {
      slots = [Slot](repeating: Slot(), count: size)
      epoch = 0
    }
    mask = size - 1
    if epoch == UInt32.max {
      for index in slots.indices { slots[index].epoch = 0 }
      epoch = 0
    }
    epoch += 1
  }

  /// Whether `key` was there; it is now, unless the table is full.
  mutating func insert(_ key: UInt64) -> Bool { withAccess { $0.count(key, at: 0).count > 1 } }

  /// The table for many calls: who counts once a word would pay for the array's own checks each time.
  @inline(__always)
  mutating func withAccess<Result>(_ body: (inout Access) -> Result) -> Result {
    let (epoch, mask) = (epoch, mask)
    var room = left
    let result = slots.withUnsafeMutableBufferPointer { slots -> Result in
      guard let base = slots.baseAddress else { preconditionFailure("begin comes first") }
      var access = Access(slots: base, epoch: epoch, mask: mask, left: room)
      defer { room = access.left }
      return body(&access)
    }
    left = room
    return result
  }

  /// A table whose memory stays where it is; valid in `withAccess` only.
  struct Access {
    fileprivate let slots: UnsafeMutablePointer<Slot>
    fileprivate let epoch: UInt32
    fileprivate let mask: Int
    fileprivate var left: Int

    @inline(__always)
    private func index(_ key: UInt64) -> Int { Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> 24) & mask }

    /// Counts `key` once more and says how often it was met and where first (`place` of that call).
    /// Invariant: at most `left` new keys are taken, at most half of the slots, so probing ends.
    @inline(__always)
    mutating func count(_ key: UInt64, at place: Int) -> (count: Int, first: Int) {
      var index = index(key)
      while slots[index].epoch == epoch {
        if slots[index].key == key {
          slots[index].count &+= 1
          return (Int(slots[index].count), slots[index].first)
        }
        index = (index &+ 1) & mask
      }
      if left > 0 {
        left &-= 1
        slots[index] = Slot(key: key, epoch: epoch, count: 1, first: place)
      }
      return (1, place)
    }
  }
}

/// Count, sum and sum of squares of lengths.
struct LengthMoments: Sendable {
  private(set) var count = 0
  private(set) var sum = 0
  private(set) var squares = 0

  @inline(__always)
  mutating func add(_ length: Int) {
    count &+= 1
    sum &+= length
    squares &+= length &* length
  }

  /// Population standard deviation; 0 without lengths.
  var deviation: Double {
    guard count > 0 else { return 0 }
    let mean = Double(sum) / Double(count)
    return max(0, Double(squares) / Double(count) - mean * mean).squareRoot()
  }
}
