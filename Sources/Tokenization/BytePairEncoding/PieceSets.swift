// The memory of a cache of pieces: sets of two entries, the newer one first. An entry has two sets to be in, and comes into
// the second when the first is full: with one alone a table half full has lost an eighth of its entries, and the pieces of a
// crowded set push each other out again and again.
//
// A table begins small and grows whenever five of eight places are taken: fourfold, because doubling would send on three
// times as many entries in all, and twofold from where it counts how much new memory a table touches. The first time it
// moves to where all it may ever take is reserved, of which memory is touched only as it grows; from then on it grows where
// it lies, and an entry stays or moves by a multiple of the sets there were. At its budget a new entry pushes out the older
// of the two in its first set.

/// What an entry is; zeros are none.
protocol PieceEntry {
  static var size: Int { get }
  static func isThere(_ entry: UnsafeMutableRawPointer) -> Bool
  /// The hash of the piece in an entry. Both halves say where it may be.
  static func hash(of entry: UnsafeMutableRawPointer) -> UInt64
}

struct PieceSets<Entry: PieceEntry>: ~Copyable {
  private var memory: ZeroedMemory
  private var mask: Int
  private let largestMask: Int
  private var entryCount = 0

  private static var setSize: Int { 2 * Entry.size }

  /// Bytes of a table that grows twofold: four times as many would cost more to clear than a further round of sending on.
  private static var largeTable: Int { 4 << 20 }

  /// Begins with `first` sets or what `bytes` have room for; both are rounded down to a power of two, to one at least.
  init(bytes: Int, first: Int) {
    let most = Self.powerOfTwo(atMost: bytes / Self.setSize)
    largestMask = most - 1
    mask = min(Self.powerOfTwo(atMost: first), most) - 1
    memory = ZeroedMemory(byteCount: (mask + 1) * Self.setSize)
  }

  private static func powerOfTwo(atMost count: Int) -> Int {
    count < 2 ? 1 : 1 << (count.bitWidth - 1 - count.leadingZeroBitCount)
  }

  @inline(__always)
  func first(_ hash: UInt64) -> UnsafeMutableRawPointer { set(hash) }

  /// The set of pieces whose first one is full.
  @inline(__always)
  func second(_ hash: UInt64) -> UnsafeMutableRawPointer { set(hash &>> 32) }

  @inline(__always)
  private func set(_ number: UInt64) -> UnsafeMutableRawPointer {
    memory.base + (Int(truncatingIfNeeded: number) & mask) &* Self.setSize
  }

  /// Room for a new entry with this hash, nil when one of its sets already `holds` it. What is there is to be overwritten.
  @inline(__always)
  mutating func place(_ hash: UInt64, unless holds: (UnsafeMutableRawPointer) -> Bool) -> UnsafeMutableRawPointer? {
    if entryCount > mask + mask / 4, mask < largestMask { grow() }
    var set = first(hash)
    if holds(set) { return nil }
    if !Self.isFull(set) {
      entryCount += 1
    } else {
      let other = second(hash)
      if holds(other) { return nil }
      if !Self.isFull(other) {
        entryCount += 1
        set = other
      }
    }
    (set + Entry.size).copyMemory(from: set, byteCount: Entry.size)
    return set
  }

  /// The older entry stands second. A piece is in its second set only when its first one was full, and few of those have room
  /// again, after the table has grown: they are remembered once more.
  @inline(__always)
  static func isFull(_ set: UnsafeMutableRawPointer) -> Bool { Entry.isThere(set + Entry.size) }

  private mutating func grow() {
    let old = mask + 1
    if memory.byteCount <= old * Self.setSize {
      var all = ZeroedMemory(byteCount: (largestMask + 1) * Self.setSize)
      all.base.copyMemory(from: memory.base, byteCount: old * Self.setSize)
      swap(&all, &memory)
    }
    mask = min((old * Self.setSize < Self.largeTable ? 4 : 2) * old, largestMask + 1) - 1
    // Sets with an entry that is not in its first one, which may have room now.
    var seconds = RawArray<UInt32>(capacity: old / 4)
    for number in 0..<old where split(number, old) { seconds.append(UInt32(truncatingIfNeeded: number)) }
    for index in 0..<seconds.count {
      for number in stride(from: Int(seconds[index]), through: mask, by: old) { moveToFirst(number) }
    }
  }

  /// Sends on the entries of a set that belong a multiple of `old` sets further, where nothing is yet; says whether one of
  /// the set's entries is in its second.
  private func split(_ number: Int, _ old: Int) -> Bool {
    let set = memory.base + number * Self.setSize
    var isSecond = false
    for offset in [0, Entry.size] {
      let entry = set + offset
      guard Entry.isThere(entry) else { break }
      let hash = Entry.hash(of: entry)
      let isFirst = Int(truncatingIfNeeded: hash) & (old - 1) == number
      isSecond = isSecond || !isFirst
      let target = self.set(isFirst ? hash : hash >> 32)
      // The newer one has gone before, or stays.
      Self.move(entry, to: Entry.isThere(target) && target != entry ? target + Entry.size : target)
    }
    return isSecond
  }

  /// Moves those entries of a set that are in their second one and find room in the first.
  private func moveToFirst(_ number: Int) {
    let set = memory.base + number * Self.setSize
    // The older one first: what is behind it need not move up.
    for offset in [Entry.size, 0] {
      let entry = set + offset
      guard Entry.isThere(entry) else { continue }
      let target = first(Entry.hash(of: entry))
      guard target != set, !Self.isFull(target) else { continue }
      Self.move(entry, to: target + (Entry.isThere(target) ? Entry.size : 0))
      if offset == 0, Self.isFull(set) { Self.move(set + Entry.size, to: set) }
    }
  }

  private static func move(_ entry: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer) {
    guard target != entry else { return }
    target.copyMemory(from: entry, byteCount: Entry.size)
    entry.initializeMemory(as: UInt8.self, repeating: 0, count: Entry.size)
  }
}
