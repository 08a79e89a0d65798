// The ids of pieces met before, in bounded memory: most pieces of a text are repetitions, and merging is what costs. A
// look-up reads one or two cache lines that were asked for in advance (`PieceSets`).
import CKernels

/// Ids as a table of long pieces keeps them, and one of short pieces when there are more than four: six of 21 bits, three a
/// word.
enum PackedIDs {
  static let most = 6

  @inline(__always)
  static func pack(_ ids: UnsafePointer<UInt32>, count: Int) -> SIMD2<UInt64> {
    var words = SIMD2<UInt64>()
    for k in 0..<count { words[k / 3] |= UInt64(ids[k]) << UInt64(21 * (k % 3)) }
    return words
  }

  /// Writes six ids, whatever those behind the last are.
  @inline(__always)
  static func unpack(_ words: SIMD2<UInt64>, _ ids: UnsafeMutablePointer<UInt32>) {
    for word in 0..<2 {
      var packed = words[word]
      for k in 0..<3 {
        ids[3 * word + k] = UInt32(truncatingIfNeeded: packed & 0x1F_FFFF)
        packed >>= 21
      }
    }
  }
}

/// Pieces of at most 15 bytes and at most six ids: 32 bytes an entry, one cache line a set.
///
/// Layout: 15 bytes of the piece and zeros, then a byte with its length (low half) and its number of ids (high half),
/// then up to four ids as they are, or more of them packed. An empty entry has length 0.
struct ShortPieceTable: ~Copyable {
  static let longestPiece = 15
  static let mostIDs = PackedIDs.most
  /// More than these are packed.
  static let mostPlainIDs = 4
  private static let keyMask: UInt64 = 0x0FFF_FFFF_FFFF_FFFF

  private enum Entry: PieceEntry {
    static var size: Int { 32 }

    @inline(__always)
    static func isThere(_ entry: UnsafeMutableRawPointer) -> Bool {
      entry.load(fromByteOffset: 8, as: UInt64.self) != 0
    }

    @inline(__always)
    static func hash(of entry: UnsafeMutableRawPointer) -> UInt64 {
      ShortPieceTable.hash(
        entry.load(as: UInt64.self), entry.load(fromByteOffset: 8, as: UInt64.self) & ShortPieceTable.keyMask)
    }
  }
  private var sets: PieceSets<Entry>

  init(bytes: Int) { sets = PieceSets(bytes: bytes, first: 1 << 12) }

  /// Where the piece with this key belongs. `high` holds the length, and no number of ids.
  @inline(__always)
  static func hash(_ low: UInt64, _ high: UInt64) -> UInt64 {
    let product = (low ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: high ^ 0xD134_2543_DE82_EF95)
    return product.high ^ product.low
  }

  @inline(__always)
  func first(_ hash: UInt64) -> UnsafeMutableRawPointer { sets.first(hash) }

  @inline(__always)
  func second(_ hash: UInt64) -> UnsafeMutableRawPointer { sets.second(hash) }

  /// Number of ids of the piece in this set, 0 when it is not there; `value` gets four ids, whatever they are.
  @inline(__always)
  static func find(
    _ low: UInt64, _ high: UInt64, in set: UnsafeMutableRawPointer, value: UnsafeMutablePointer<SIMD4<UInt32>>
  ) -> UInt8 {
    let low0 = set.load(as: UInt64.self)
    let high0 = set.load(fromByteOffset: 8, as: UInt64.self)
    let low1 = set.load(fromByteOffset: 32, as: UInt64.self)
    let high1 = set.load(fromByteOffset: 40, as: UInt64.self)
    let differs0 = (low0 ^ low) | ((high0 ^ high) & keyMask)
    let differs1 = (low1 ^ low) | ((high1 ^ high) & keyMask)
    let offset = differs0 == 0 ? 16 : 48
    let found = differs0 == 0 ? high0 : high1
    value.pointee = set.load(fromByteOffset: offset, as: SIMD4<UInt32>.self)
    let isHit = (differs0 == 0) || (differs1 == 0)
    return isHit ? UInt8(truncatingIfNeeded: found >> 60) : 0
  }

  /// Whether a piece of this set may have gone to its second one.
  @inline(__always)
  static func isFull(_ set: UnsafeMutableRawPointer) -> Bool { PieceSets<Entry>.isFull(set) }

  /// Remembers the ids (1...6) of a piece with this hash: `value` as its entry holds them.
  mutating func insert(_ low: UInt64, _ high: UInt64, hash: UInt64, _ value: SIMD4<UInt32>, count: UInt8) {
    guard let entry = sets.place(hash, unless: { Self.holds(low, high, $0) }) else { return }
    entry.storeBytes(of: low, as: UInt64.self)
    entry.storeBytes(of: high | UInt64(count) << 60, toByteOffset: 8, as: UInt64.self)
    entry.storeBytes(of: value, toByteOffset: 16, as: SIMD4<UInt32>.self)
  }

  @inline(__always)
  private static func holds(_ low: UInt64, _ high: UInt64, _ set: UnsafeMutableRawPointer) -> Bool {
    let entries = set.load(as: SIMD8<UInt64>.self)
    return (entries[0] == low && entries[1] & keyMask == high) || (entries[4] == low && entries[5] & keyMask == high)
  }
}

/// Pieces of 16 to 46 bytes and at most six ids: 64 bytes an entry, two cache lines a set.
///
/// Layout: 46 bytes of the piece and zeros, its length, its number of ids, then two words of three ids of 21 bits.
struct LongPieceTable: ~Copyable {
  static let longestPiece = 46
  static let mostIDs = PackedIDs.most
  private static let lengthOffset = 46
  private static let countOffset = 47
  private static let idOffset = 48

  /// A piece padded with zeros to 48 bytes, its length in the last byte but one.
  typealias Key = (SIMD2<UInt64>, SIMD2<UInt64>, SIMD2<UInt64>)

  private enum Entry: PieceEntry {
    static var size: Int { 64 }

    @inline(__always)
    static func isThere(_ entry: UnsafeMutableRawPointer) -> Bool {
      entry.load(fromByteOffset: LongPieceTable.lengthOffset, as: UInt8.self) != 0
    }

    @inline(__always)
    static func hash(of entry: UnsafeMutableRawPointer) -> UInt64 {
      let last = entry.load(fromByteOffset: 32, as: SIMD2<UInt64>.self)
      return LongPieceTable.hash(
        (
          entry.load(as: SIMD2<UInt64>.self), entry.load(fromByteOffset: 16, as: SIMD2<UInt64>.self),
          SIMD2(last.x, last.y & 0x00FF_FFFF_FFFF_FFFF)
        ))
    }
  }
  private var sets: PieceSets<Entry>

  init(bytes: Int) { sets = PieceSets(bytes: bytes, first: 1 << 11) }

  @inline(__always)
  static func hash(_ key: Key) -> UInt64 {
    let a = (key.0.x ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: key.0.y ^ 0xD134_2543_DE82_EF95)
    let b = (key.1.x ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: key.1.y ^ 0xE703_7ED1_A0B4_28DB)
    let c = (key.2.x ^ 0x8EBC_6AF0_9C88_C6E3).multipliedFullWidth(by: key.2.y ^ 0x5899_65CC_7537_4CC3)
    return a.high ^ a.low ^ (b.high &+ b.low) ^ (c.high &- c.low)
  }

  @inline(__always)
  func first(_ hash: UInt64) -> UnsafeMutableRawPointer { sets.first(hash) }

  @inline(__always)
  func second(_ hash: UInt64) -> UnsafeMutableRawPointer { sets.second(hash) }

  /// The entry of the piece, or nil.
  @inline(__always)
  static func find(_ key: Key, in set: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    var entry = set
    for _ in 0..<2 {
      let a = entry.load(as: SIMD2<UInt64>.self) ^ key.0
      let b = entry.load(fromByteOffset: 16, as: SIMD2<UInt64>.self) ^ key.1
      let c = entry.load(fromByteOffset: 32, as: SIMD2<UInt64>.self) ^ key.2
      let differs = a | b | SIMD2(c.x, c.y & 0x00FF_FFFF_FFFF_FFFF)
      if differs.x | differs.y == 0 { return entry }
      entry += Entry.size
    }
    return nil
  }

  /// Whether a piece of this set may have gone to its second one.
  @inline(__always)
  static func isFull(_ set: UnsafeMutableRawPointer) -> Bool { PieceSets<Entry>.isFull(set) }

  /// Writes the ids of an entry to `ids`, which has room for six; says how many they are.
  @inline(__always)
  static func ids(of entry: UnsafeMutableRawPointer, _ ids: UnsafeMutablePointer<UInt32>) -> Int {
    PackedIDs.unpack(entry.load(fromByteOffset: idOffset, as: SIMD2<UInt64>.self), ids)
    return Int(entry.load(fromByteOffset: countOffset, as: UInt8.self))
  }

  /// Remembers the `count` ids (1...6) of a piece with this hash.
  mutating func insert(_ key: Key, hash: UInt64, _ ids: UnsafePointer<UInt32>, count: Int) {
    guard let entry = sets.place(hash, unless: { Self.find(key, in: $0) != nil }) else { return }
    entry.storeBytes(of: key.0, as: SIMD2<UInt64>.self)
    entry.storeBytes(of: key.1, toByteOffset: 16, as: SIMD2<UInt64>.self)
    entry.storeBytes(of: key.2, toByteOffset: 32, as: SIMD2<UInt64>.self)
    entry.storeBytes(of: UInt8(truncatingIfNeeded: count), toByteOffset: Self.countOffset, as: UInt8.self)
    entry.storeBytes(of: PackedIDs.pack(ids, count: count), toByteOffset: Self.idOffset, as: SIMD2<UInt64>.self)
  }
}

/// Pieces of 16 bytes and more that no entry of a `LongPieceTable` holds, for their length or the number of their ids: runs
/// of blanks, paths, long names. They lie in a ring of memory, where the newest take the place of the oldest.
struct LargePieceTable: ~Copyable {
  /// Bytes of a piece, at most: those whose windows are merged side by side with other pieces.
  static let longestPiece = LongPieceEncoder.fewWindows
  private static let slotBits = 12

  struct Slot {
    /// Where the piece begins, counted from when the ring was empty; 0 for none.
    var position = 0
    var size: UInt32 = 0
    var count: UInt32 = 0
  }
  private let slots: RawArray<Slot>
  private let ring: RawArray<UInt32>
  /// Words of the ring.
  private let capacity: Int
  /// Words written so far, and those left out at the ring's end. Begins with a whole round, so that no piece lies at 0.
  private var written: Int

  /// Takes at most 1 MiB, and none where `bytes` are too few to be worth it.
  init(bytes: Int) {
    capacity = bytes < 1 << 18 ? 0 : min(bytes, 1 << 20) / MemoryLayout<UInt32>.stride
    slots = RawArray(repeating: Slot(), count: capacity == 0 ? 0 : 1 << Self.slotBits)
    ring = RawArray(capacity: capacity)
    written = capacity
  }

  @inline(__always)
  private static func words(_ bytes: Int) -> Int { (bytes &+ 3) / 4 }

  @inline(__always)
  private func slot(_ hash: UInt64) -> UnsafeMutablePointer<Slot> {
    slots.base + Int(truncatingIfNeeded: hash >> UInt64(64 - Self.slotBits))
  }

  /// The ids of a piece with this hash, valid until the next is inserted.
  @inline(__always)
  func find(
    _ piece: UnsafePointer<UInt8>, _ size: Int, _ hash: UInt64
  ) -> (first: UnsafePointer<UInt32>, count: Int)? {
    guard capacity > 0 else { return nil }
    let slot = slot(hash).pointee
    // What is a round older than the newest has been written over.
    guard Int(slot.size) == size, slot.position &+ capacity >= written else { return nil }
    let words = ring.base + slot.position % capacity
    let isSame = words.withMemoryRebound(to: UInt8.self, capacity: size) { equalBytes($0, piece, size) }
    return isSame ? (UnsafePointer(words + Self.words(size)), Int(slot.count)) : nil
  }

  /// Remembers the ids of a piece of at least one byte.
  mutating func insert(
    _ piece: UnsafePointer<UInt8>, _ size: Int, _ hash: UInt64, _ ids: UnsafePointer<UInt32>, count: Int
  ) {
    let needed = Self.words(size) &+ count
    guard needed <= capacity / 4 else { return }
    let rest = capacity &- written % capacity
    if needed > rest { written &+= rest }
    let words = ring.base + written % capacity
    UnsafeMutableRawPointer(words).copyMemory(from: piece, byteCount: size)
    (words + Self.words(size)).update(from: ids, count: count)
    slot(hash).pointee = Slot(
      position: written, size: UInt32(truncatingIfNeeded: size), count: UInt32(truncatingIfNeeded: count))
    written &+= needed
  }
}
