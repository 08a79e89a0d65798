// How often each distinct piece occurs: what a byte-pair trainer needs of a corpus.
//
// Counting is look-ups in tables far larger than a cache, so its cost is that of waiting for memory. Pieces up to 15
// bytes (nine of ten) lie in their slot, so a look-up waits once; and look-ups come in batches whose lines of memory
// are asked for ahead, so that they are waited for together.
import CKernels
import CorpusCore

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Counts distinct pieces. One a thread; at most 2^32 - 2 distinct pieces, and 32 GiB of those longer than 15 bytes.
public final class PieceCounter {
  private let preTokenizer: PreTokenizer
  private var tables = PieceTables()
  /// Bytes of text counted since the start or the last drain.
  public private(set) var totalBytes = 0

  public init(preTokenizer: PreTokenizer) { self.preTokenizer = preTokenizer }

  public convenience init(preTokenizer kind: PreTokenizerKind) {
    self.init(preTokenizer: PreTokenizer(kind: kind))
  }

  public var distinctCount: Int {
    tables.flush()
    return tables.distinctCount
  }

  /// Bytes held by tables and arena.
  public var memoryBytes: Int { tables.byteCount }

  /// Cuts `text` into pieces and counts each. 150-250 MB/s when the distinct pieces are many times the cache.
  public func count(_ text: UnsafeBufferPointer<UInt8>) {
    totalBytes += text.count
    tables.count(text, preTokenizer)
  }

  /// Adds `weight` to the count of one piece, as if it had been met so often.
  public func add(_ piece: UnsafeBufferPointer<UInt8>, _ weight: UInt64) {
    // 2^32 - 1 bytes without one boundary is no text; such a piece is cut, which keeps lengths in 32 bits.
    guard piece.count <= Int(UInt32.max) else {
      let half = piece.count / 2
      add(UnsafeBufferPointer(rebasing: piece[..<half]), weight)
      add(UnsafeBufferPointer(rebasing: piece[half...]), weight)
      return
    }
    guard let bytes = piece.baseAddress, piece.count > 0 else { return }
    tables.add(bytes, piece.count, weight, limit: bytes + piece.count)
    tables.flush()
  }

  /// Adds the counts of `other`, each times `weight`; `other` is empty afterwards. Counts beyond 2^64 - 1 stay there.
  public func absorb(_ other: PieceCounter, weight: UInt64 = 1) {
    other.tables.flush()
    totalBytes += other.totalBytes
    tables.absorb(other.tables, weight)
    other.reset()
  }

  /// Calls `body` with each distinct piece and its count, in no order that means anything (but the same for the same
  /// texts in the same order). The pieces live only during the call.
  public func forEachPiece(_ body: (UnsafeBufferPointer<UInt8>, UInt64) -> Void) {
    tables.flush()
    tables.forEach(body)
  }

  /// Calls `body` with each distinct piece and its count, in lexicographic order of bytes, then forgets everything.
  /// O(n log n); 24 bytes a distinct piece of extra memory. The pieces live only during the call.
  public func drainSorted(_ body: (UnsafeBufferPointer<UInt8>, UInt64) -> Void) {
    forEachSorted(body)
    reset()
  }

  /// The same, and keeps the counts.
  public func forEachSorted(_ body: (UnsafeBufferPointer<UInt8>, UInt64) -> Void) {
    tables.flush()
    tables.forEachSorted(body)
  }

  /// Forgets everything and gives back the memory.
  public func reset() {
    tables = PieceTables()
    totalBytes = 0
  }
}

/// The tables of a counter.
struct PieceTables: ~Copyable {
  /// Up to 15 bytes of a piece and, in the last byte, their number; 0 is empty.
  struct ShortSlot {
    var low: UInt64
    var high: UInt64
    var count: UInt64
  }
  struct LongSlot {
    var hash: UInt32
    var place: UInt32  // in the arena, + 1; 0 is empty
  }
  struct ShortItem {
    var low: UInt64
    var high: UInt64
    var hash: UInt64
    var weight: UInt64
  }
  struct LongItem {
    var bytes: UnsafePointer<UInt8>
    var length: Int
    var hash: UInt64
    var weight: UInt64
  }

  static let longestShort = 15
  private static let initialSlots = 1 << 12
  /// Look-ups under way together: more than the memory serves at a time.
  private static let batch = 64

  private var shortSlots = RawArray<ShortSlot>(repeating: ShortSlot(low: 0, high: 0, count: 0), count: initialSlots)
  private var shortShift = UInt64(64 - initialSlots.trailingZeroBitCount)
  private var shortCount = 0
  private var longSlots = RawArray<LongSlot>(repeating: LongSlot(hash: 0, place: 0), count: initialSlots)
  private var arena = PieceArena()
  private var shortItems = RawArray<ShortItem>(capacity: batch)
  private var longItems = RawArray<LongItem>(capacity: batch)

  /// Of flushed pieces only.
  var distinctCount: Int { shortCount + arena.pieceCount }
  var byteCount: Int { shortSlots.byteCount + longSlots.byteCount + arena.byteCount }

  mutating func count(_ text: UnsafeBufferPointer<UInt8>, _ preTokenizer: borrowing PreTokenizer) {
    guard let base = text.baseAddress else { return }
    let limit = base + text.count
    preTokenizer.forEachPiece(text) { piece in
      if let bytes = piece.baseAddress { add(bytes, piece.count, 1, limit: limit) }
    }
    // Long items point into the text; short ones stay until their batch is full.
    flushLong()
  }

  /// Queues a piece of 1 ..< 2^32 bytes. Bytes up to `limit` may be read. The piece must live until `flush`.
  @inline(__always)
  mutating func add(
    _ bytes: UnsafePointer<UInt8>, _ length: Int, _ weight: UInt64, limit: UnsafePointer<UInt8>
  ) {
    if length <= Self.longestShort {
      var low: UInt64
      var high: UInt64
      if bytes + 16 <= limit {
        let raw = UnsafeRawPointer(bytes)
        low = UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
        high = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        let bits = UInt64(truncatingIfNeeded: length &* 8)
        if bits >= 64 {
          high &= (1 &<< (bits &- 64)) &- 1
        } else {
          low &= (1 &<< bits) &- 1
          high = 0
        }
      } else {
        (low, high) = Self.packed(bytes, length)
      }
      high |= UInt64(truncatingIfNeeded: length) &<< 56
      addShort(low, high, weight)
    } else if length <= Int(UInt32.max) {
      let hash = hash64(UnsafeRawBufferPointer(start: bytes, count: length))
      xylem_prefetch(longSlots.base + (Int(truncatingIfNeeded: hash >> 32) & (longSlots.count &- 1)))
      longItems.append(LongItem(bytes: bytes, length: length, hash: hash, weight: weight))
      if longItems.count == Self.batch { flushLong() }
    } else {
      addLongInHalves(bytes, length, weight)
    }
  }

  private mutating func addLongInHalves(_ bytes: UnsafePointer<UInt8>, _ length: Int, _ weight: UInt64) {
    let half = length / 2
    add(bytes, half, weight, limit: bytes + half)
    add(bytes + half, length - half, weight, limit: bytes + length)
  }

  private static func packed(_ bytes: UnsafePointer<UInt8>, _ length: Int) -> (UInt64, UInt64) {
    var low: UInt64 = 0
    var high: UInt64 = 0
    for i in 0..<min(length, 8) { low |= UInt64(bytes[i]) << UInt64(8 * i) }
    for i in 8..<max(length, 8) { high |= UInt64(bytes[i]) << UInt64(8 * (i - 8)) }
    return (low, high)
  }

  @inline(__always)
  private static func hash(_ low: UInt64, _ high: UInt64) -> UInt64 {
    let product = (low ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: high ^ 0xD6E8_FEB8_6659_FD93)
    return (product.high ^ product.low) &* 0x9FB2_1C65_1E98_DF25
  }

  @inline(__always)
  private mutating func addShort(_ low: UInt64, _ high: UInt64, _ weight: UInt64) {
    let hash = Self.hash(low, high)
    xylem_prefetch(shortSlots.base + Int(truncatingIfNeeded: hash >> shortShift))
    shortItems.append(ShortItem(low: low, high: high, hash: hash, weight: weight))
    if shortItems.count == Self.batch { flushShort() }
  }

  mutating func flush() {
    flushShort()
    flushLong()
  }

  private mutating func flushShort() {
    while (shortCount &+ shortItems.count) &* 4 > shortSlots.count &* 3 { growShort() }
    let slots = shortSlots.base
    let mask = shortSlots.count &- 1
    let items = shortItems.base
    let shift = shortShift
    var added = 0
    for k in 0..<shortItems.count {
      let low = items[k].low
      let high = items[k].high
      var at = Int(truncatingIfNeeded: items[k].hash >> shift)
      while true {
        let slot = slots + at
        if slot.pointee.low == low, slot.pointee.high == high {
          slot.pointee.count = saturatingSum(slot.pointee.count, items[k].weight)
          break
        }
        if slot.pointee.high == 0 {
          slot.pointee = ShortSlot(low: low, high: high, count: items[k].weight)
          added &+= 1
          break
        }
        at = (at &+ 1) & mask
      }
    }
    shortCount &+= added
    shortItems.removeAll()
  }

  private mutating func growShort() {
    var old = RawArray<ShortSlot>(inLargePages: shortSlots.count * 2, repeating: ShortSlot(low: 0, high: 0, count: 0))
    swap(&old, &shortSlots)
    shortShift -= 1
    let mask = shortSlots.count - 1
    // Homes ascend with the old ones: both tables are walked in order.
    for index in 0..<old.count where old[index].high != 0 {
      var at = Int(truncatingIfNeeded: Self.hash(old[index].low, old[index].high) >> shortShift)
      while shortSlots[at].high != 0 { at = (at &+ 1) & mask }
      shortSlots[at] = old[index]
    }
  }

  private mutating func flushLong() {
    guard longItems.count > 0 else { return }
    while (arena.pieceCount &+ longItems.count) &* 2 > longSlots.count { growLong() }
    let slots = longSlots.base
    let mask = longSlots.count &- 1
    let items = longItems.base
    for k in 0..<longItems.count {
      let slot = slots[Int(truncatingIfNeeded: items[k].hash >> 32) & mask]
      if slot.place != 0 { xylem_prefetch(arena.record(Int(slot.place) &- 1)) }
    }
    for k in 0..<longItems.count {
      let item = items[k]
      let tag = UInt32(truncatingIfNeeded: item.hash >> 32)
      var at = Int(tag) & mask
      var isKnown = false
      while slots[at].place != 0 {
        if slots[at].hash == tag {
          let place = Int(slots[at].place) &- 1
          let known = arena.piece(place)
          if known.count == item.length, let base = known.baseAddress, memcmp(base, item.bytes, item.length) == 0 {
            let record = arena.record(place)
            record.pointee = saturatingSum(record.pointee, item.weight)
            isKnown = true
            break
          }
        }
        at = (at &+ 1) & mask
      }
      if isKnown { continue }
      precondition(arena.end < Int(UInt32.max) - 1, "drain the counter before 32 GiB of long pieces")
      slots[at] = LongSlot(hash: tag, place: UInt32(truncatingIfNeeded: arena.end + 1))
      arena.append(item.bytes, length: item.length, count: item.weight)
    }
    longItems.removeAll()
  }

  private mutating func growLong() {
    var old = RawArray<LongSlot>(inLargePages: longSlots.count * 2, repeating: LongSlot(hash: 0, place: 0))
    swap(&old, &longSlots)
    let mask = longSlots.count - 1
    for index in 0..<old.count where old[index].place != 0 {
      var at = Int(old[index].hash) & mask
      while longSlots[at].place != 0 { at = (at &+ 1) & mask }
      longSlots[at] = old[index]
    }
  }

  mutating func absorb(_ other: borrowing PieceTables, _ weight: UInt64) {
    for index in 0..<other.shortSlots.count where other.shortSlots[index].high != 0 {
      let slot = other.shortSlots[index]
      addShort(slot.low, slot.high, saturatingProduct(slot.count, weight))
    }
    let arena = other.arena.base
    other.arena.forEachPlace { place in
      let length = Int(truncatingIfNeeded: arena[place + 1])
      let bytes = UnsafeRawPointer(arena + place + 2).assumingMemoryBound(to: UInt8.self)
      add(bytes, length, saturatingProduct(arena[place], weight), limit: bytes + length)
    }
    flush()
  }

  func forEach(_ body: (UnsafeBufferPointer<UInt8>, UInt64) -> Void) {
    for index in 0..<shortSlots.count where shortSlots[index].high != 0 { Self.give(shortSlots[index], to: body) }
    arena.forEachPlace { body(arena.piece($0), arena.record($0).pointee) }
  }

  @inline(__always)
  private static func give(_ slot: ShortSlot, to body: (UnsafeBufferPointer<UInt8>, UInt64) -> Void) {
    withUnsafeBytes(of: (slot.low.littleEndian, slot.high.littleEndian)) { raw in
      guard let base = raw.baseAddress else { return }
      let bytes = base.assumingMemoryBound(to: UInt8.self)
      body(UnsafeBufferPointer(start: bytes, count: Int(slot.high >> 56)), slot.count)
    }
  }

  /// In lexicographic order.
  func forEachSorted(_ body: (UnsafeBufferPointer<UInt8>, UInt64) -> Void) {
    // 15 bytes as a big-endian number and then a length decide all comparisons save those of two long pieces. The
    // length of a long one is taken as 255: a short piece that is its beginning stands before it.
    struct SortKey {
      var high: UInt64
      var low: UInt64
      var place: Int
    }
    var order = UnsafeMutableBufferPointer<SortKey>.allocate(capacity: distinctCount)
    defer { order.deallocate() }
    var filled = 0
    for index in 0..<shortSlots.count where shortSlots[index].high != 0 {
      let slot = shortSlots[index]
      order.initializeElement(
        at: filled, to: SortKey(high: slot.low.byteSwapped, low: slot.high.byteSwapped, place: index))
      filled += 1
    }
    arena.forEachPlace { place in
      let record = arena.record(place)
      let low = UInt64(bigEndian: record[3]) | 0xFF
      order.initializeElement(at: filled, to: SortKey(high: UInt64(bigEndian: record[2]), low: low, place: place))
      filled += 1
    }
    let arenaBase = arena.base
    order.sort { a, b in
      if a.high != b.high { return a.high < b.high }
      if a.low != b.low { return a.low < b.low }
      // Both are long: their low byte is 255, and two short ones with the same number would be one piece.
      return comparePieces(PieceArena.piece(arenaBase, a.place), PieceArena.piece(arenaBase, b.place)) < 0
    }
    for key in order {
      if key.low & 0xFF == 0xFF {
        body(arena.piece(key.place), arena.record(key.place).pointee)
      } else {
        Self.give(shortSlots[key.place], to: body)
      }
    }
  }
}

@inline(__always)
private func saturatingSum(_ a: UInt64, _ b: UInt64) -> UInt64 {
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? .max : sum
}

@inline(__always)
private func saturatingProduct(_ a: UInt64, _ b: UInt64) -> UInt64 {
  let (product, overflow) = a.multipliedReportingOverflow(by: b)
  return overflow ? .max : product
}

/// Negative, zero or positive as `a` stands before, at or after `b` in lexicographic order of bytes.
func comparePieces(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
  if let left = a.baseAddress, let right = b.baseAddress {
    let order = memcmp(left, right, min(a.count, b.count))
    if order != 0 { return Int(order) }
  }
  return a.count - b.count
}
