// The ids of pieces met before, in bounded memory: most pieces of a text are repetitions, and merging is what costs.
// Sets of two entries, so that a look-up reads one or two cache lines that were asked for in advance. A piece has two sets
// to be in, and comes into the second when the first is full: with one alone a table half full has lost an eighth of its
// entries, and the pieces of a crowded set push each other out again and again. A table begins small, grows fourfold
// whenever it is full by three quarters (what it grows into has to be cleared: doubling would clear twice as much in all), and at its
// budget lets a new entry push out the older of the two in its first set.
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
  static let setSize = 64
  private static let keyMask: UInt64 = 0x0FFF_FFFF_FFFF_FFFF
  private var memory: ZeroedMemory
  private var setMask: Int
  private let largestMask: Int
  private var entryCount = 0

  init(bytes: Int) {
    var sets = 1
    while sets * 2 * Self.setSize <= bytes { sets *= 2 }
    largestMask = sets - 1
    setMask = min(sets, 1 << 12) - 1
    memory = ZeroedMemory(byteCount: (setMask + 1) * Self.setSize)
  }

  var byteCount: Int { memory.byteCount }

  /// Where the piece with this key belongs. `high` holds the length, and no number of ids.
  @inline(__always)
  static func hash(_ low: UInt64, _ high: UInt64) -> UInt64 {
    let product = (low ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: high ^ 0xD134_2543_DE82_EF95)
    return product.high ^ product.low
  }

  @inline(__always)
  func first(_ hash: UInt64) -> UnsafeMutableRawPointer {
    memory.base + (Int(truncatingIfNeeded: hash) & setMask) &* Self.setSize
  }

  /// The set of pieces whose first one is full.
  @inline(__always)
  func second(_ hash: UInt64) -> UnsafeMutableRawPointer {
    memory.base + (Int(truncatingIfNeeded: hash &>> 32) & setMask) &* Self.setSize
  }

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

  /// Remembers the ids (1...6) of a piece: `value` as its entry holds them.
  mutating func insert(_ low: UInt64, _ high: UInt64, _ value: SIMD4<UInt32>, count: UInt8) {
    if entryCount > setMask + setMask / 2, setMask < largestMask { grow() }
    let hash = Self.hash(low, high)
    var set = first(hash)
    if Self.holds(low, high, set) { return }
    if !Self.isFull(set) {
      entryCount += 1
    } else {
      let other = second(hash)
      if Self.holds(low, high, other) { return }
      if !Self.isFull(other) {
        entryCount += 1
        set = other
      }
    }
    // The newer entry stands first.
    (set + 32).storeBytes(of: set.load(as: SIMD4<UInt64>.self), as: SIMD4<UInt64>.self)
    set.storeBytes(of: low, as: UInt64.self)
    set.storeBytes(of: high | UInt64(count) << 60, toByteOffset: 8, as: UInt64.self)
    set.storeBytes(of: value, toByteOffset: 16, as: SIMD4<UInt32>.self)
  }

  @inline(__always)
  private static func holds(_ low: UInt64, _ high: UInt64, _ set: UnsafeMutableRawPointer) -> Bool {
    let entries = set.load(as: SIMD8<UInt64>.self)
    return (entries[0] == low && entries[1] & keyMask == high) || (entries[4] == low && entries[5] & keyMask == high)
  }

  /// The older entry stands second.
  @inline(__always)
  private static func isFull(_ set: UnsafeMutableRawPointer) -> Bool {
    set.load(fromByteOffset: 40, as: UInt64.self) != 0
  }

  private mutating func grow() {
    let oldSets = setMask + 1
    setMask = min(setMask * 4 + 3, largestMask)
    var old = ZeroedMemory(byteCount: (setMask + 1) * Self.setSize)
    swap(&old, &memory)
    entryCount = 0
    for index in 0..<oldSets {
      // The older entry first, so that it ends up behind the newer one.
      for offset in [32, 0] {
        let entry = old.base + index * Self.setSize + offset
        let high = entry.load(fromByteOffset: 8, as: UInt64.self)
        if high == 0 { continue }
        insert(
          entry.load(as: UInt64.self), high & Self.keyMask, entry.load(fromByteOffset: 16, as: SIMD4<UInt32>.self),
          count: UInt8(truncatingIfNeeded: high >> 60))
      }
    }
  }
}

/// Pieces of 16 to 46 bytes and at most six ids: 64 bytes an entry, two cache lines a set.
///
/// Layout: 46 bytes of the piece and zeros, its length, its number of ids, then two words of three ids of 21 bits.
struct LongPieceTable: ~Copyable {
  static let longestPiece = 46
  static let mostIDs = PackedIDs.most
  static let setSize = 128
  static let entrySize = 64
  private static let lengthOffset = 46
  private static let countOffset = 47
  private static let idOffset = 48
  private var memory: ZeroedMemory
  private var setMask: Int
  private let largestMask: Int
  private var entryCount = 0

  /// A piece padded with zeros to 48 bytes, its length in the last byte but one.
  typealias Key = (SIMD2<UInt64>, SIMD2<UInt64>, SIMD2<UInt64>)

  init(bytes: Int) {
    var sets = 1
    while sets * 2 * Self.setSize <= bytes { sets *= 2 }
    largestMask = sets - 1
    setMask = min(sets, 1 << 11) - 1
    memory = ZeroedMemory(byteCount: (setMask + 1) * Self.setSize)
  }

  var byteCount: Int { memory.byteCount }

  @inline(__always)
  static func hash(_ key: Key) -> UInt64 {
    let a = (key.0.x ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: key.0.y ^ 0xD134_2543_DE82_EF95)
    let b = (key.1.x ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: key.1.y ^ 0xE703_7ED1_A0B4_28DB)
    let c = (key.2.x ^ 0x8EBC_6AF0_9C88_C6E3).multipliedFullWidth(by: key.2.y ^ 0x5899_65CC_7537_4CC3)
    return a.high ^ a.low ^ (b.high &+ b.low) ^ (c.high &- c.low)
  }

  @inline(__always)
  func first(_ hash: UInt64) -> UnsafeMutableRawPointer {
    memory.base + (Int(truncatingIfNeeded: hash) & setMask) &* Self.setSize
  }

  /// The set of pieces whose first one is full.
  @inline(__always)
  func second(_ hash: UInt64) -> UnsafeMutableRawPointer {
    memory.base + (Int(truncatingIfNeeded: hash &>> 32) & setMask) &* Self.setSize
  }

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
      entry += entrySize
    }
    return nil
  }

  /// Writes the ids of an entry to `ids`, which has room for six; says how many they are.
  @inline(__always)
  static func ids(of entry: UnsafeMutableRawPointer, _ ids: UnsafeMutablePointer<UInt32>) -> Int {
    PackedIDs.unpack(entry.load(fromByteOffset: idOffset, as: SIMD2<UInt64>.self), ids)
    return Int(entry.load(fromByteOffset: countOffset, as: UInt8.self))
  }

  /// Remembers the `count` ids (1...6) of a piece.
  mutating func insert(_ key: Key, _ ids: UnsafePointer<UInt32>, count: Int) {
    insert(key, PackedIDs.pack(ids, count: count), count: UInt8(truncatingIfNeeded: count))
  }

  private mutating func insert(_ key: Key, _ words: SIMD2<UInt64>, count: UInt8) {
    if entryCount > setMask + setMask / 2, setMask < largestMask { grow() }
    let hash = Self.hash(key)
    var set = first(hash)
    if Self.find(key, in: set) != nil { return }
    if !Self.isFull(set) {
      entryCount += 1
    } else {
      let other = second(hash)
      if Self.find(key, in: other) != nil { return }
      if !Self.isFull(other) {
        entryCount += 1
        set = other
      }
    }
    // The newer entry stands first.
    (set + Self.entrySize).copyMemory(from: set, byteCount: Self.entrySize)
    set.storeBytes(of: key.0, as: SIMD2<UInt64>.self)
    set.storeBytes(of: key.1, toByteOffset: 16, as: SIMD2<UInt64>.self)
    set.storeBytes(of: key.2, toByteOffset: 32, as: SIMD2<UInt64>.self)
    set.storeBytes(of: count, toByteOffset: Self.countOffset, as: UInt8.self)
    set.storeBytes(of: words, toByteOffset: Self.idOffset, as: SIMD2<UInt64>.self)
  }

  /// The older entry stands second.
  @inline(__always)
  private static func isFull(_ set: UnsafeMutableRawPointer) -> Bool {
    set.load(fromByteOffset: entrySize + lengthOffset, as: UInt8.self) != 0
  }

  private mutating func grow() {
    let oldSets = setMask + 1
    setMask = min(setMask * 4 + 3, largestMask)
    var old = ZeroedMemory(byteCount: (setMask + 1) * Self.setSize)
    swap(&old, &memory)
    entryCount = 0
    for index in 0..<oldSets {
      for offset in [Self.entrySize, 0] {
        let entry = old.base + index * Self.setSize + offset
        let count = entry.load(fromByteOffset: Self.countOffset, as: UInt8.self)
        if count == 0 { continue }
        let last = entry.load(fromByteOffset: 32, as: SIMD2<UInt64>.self)
        let key: Key = (
          entry.load(as: SIMD2<UInt64>.self), entry.load(fromByteOffset: 16, as: SIMD2<UInt64>.self),
          SIMD2(last.x, last.y & 0x00FF_FFFF_FFFF_FFFF)
        )
        insert(key, entry.load(fromByteOffset: Self.idOffset, as: SIMD2<UInt64>.self), count: count)
      }
    }
  }
}
