// Memory of the lists of places: one array, from which lists are cut and to which spent ones return.

/// Lists of cell numbers, 4 bytes each. A merge frees the list of its pair and needs at most twice as much for the pairs
/// it makes, so most new lists find room where old ones were.
struct PlaceLists: ~Copyable {
  struct Region {
    var start: Int
    var count: Int
  }
  /// Shorter remainders are forgotten: they would cost more to keep than they hold.
  private static let smallestRegion = 8

  /// Of no list: what is kept nowhere may be written here.
  static let nowhere = 0

  private var storage = RawArray<UInt32>(repeating: 0, count: 1)
  /// Free regions by the binary logarithm of their length: at least one of 2^k in bin k.
  private var bins: [[Region]] = Array(repeating: [], count: 48)
  private var filledBins: UInt64 = 0

  /// Where the next list begins that finds no room in a freed one.
  var end: Int { storage.count }
  var base: UnsafeMutablePointer<UInt32> { storage.base }
  var byteCount: Int { storage.count * 4 }

  /// Forgets all lists; the next ones will need `expected` places.
  mutating func reset(expecting expected: Int) {
    storage = RawArray(capacity: max(expected + 1, 1 << 12))
    storage.preferHugePages()
    storage.append(0)
    bins = Array(repeating: [], count: 48)
    filledBins = 0
  }

  /// Forgets what lies from `end` on, where no list is.
  mutating func truncate(to end: Int) { storage.truncate(to: end) }

  /// Start of a list of `count` places, whose values are not set.
  @inline(__always)
  mutating func allocate(_ count: Int) -> Int {
    let wanted = 64 &- max(count &- 1, 1).leadingZeroBitCount  // 2^wanted >= count
    let fitting = filledBins >> UInt64(wanted)
    if fitting != 0 { return cut(count, from: wanted &+ fitting.trailingZeroBitCount) }
    let start = storage.count
    storage.appendUninitialized(count)
    return start
  }

  private mutating func cut(_ count: Int, from bin: Int) -> Int {
    guard let region = bins[bin].popLast() else { return 0 }
    if bins[bin].isEmpty { filledBins &= ~(1 << UInt64(bin)) }
    free(Region(start: region.start + count, count: region.count - count))
    return region.start
  }

  mutating func free(_ region: Region) {
    guard region.count >= Self.smallestRegion else { return }
    let bin = 63 - region.count.leadingZeroBitCount
    bins[bin].append(region)
    filledBins |= 1 << UInt64(bin)
  }
}
