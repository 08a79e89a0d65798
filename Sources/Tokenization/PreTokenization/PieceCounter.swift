// How often each distinct piece occurs: what a byte-pair trainer needs of a corpus. Open addressing over an arena.
import CKernels
import CorpusCore

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Counts distinct pieces. One a thread; at most 2^32 - 2 distinct pieces of at most 2^32 - 1 bytes.
public final class PieceCounter {
  /// Layout: 24 bytes a distinct piece, its bytes in `arena`, and 8 bytes (hash, index + 1) a slot, half of them empty.
  private struct Entry {
    var offset: Int
    var count: UInt64
    var length: UInt32
    var hash: UInt32
  }
  private struct Slot {
    var hash: UInt32
    var entry: UInt32  // index + 1; 0 is empty
  }

  private static let initialSlots = 1 << 12
  private let preTokenizer: PreTokenizer
  private var entries = RawArray<Entry>()
  private var arena = RawArray<UInt8>(capacity: 1 << 14)
  private var slots = RawArray<Slot>(repeating: Slot(hash: 0, entry: 0), count: initialSlots)
  /// Bytes of text counted since the start or the last drain.
  public private(set) var totalBytes = 0

  public init(preTokenizer: PreTokenizer) { self.preTokenizer = preTokenizer }

  public convenience init(preTokenizer kind: PreTokenizerKind) {
    self.init(preTokenizer: PreTokenizer(kind: kind))
  }

  public var distinctCount: Int { entries.count }

  /// Bytes held by tables and arena.
  public var memoryBytes: Int { entries.byteCount + arena.byteCount + slots.byteCount }

  /// Cuts `text` into pieces and counts each. 150-400 MB/s.
  public func count(_ text: UnsafeBufferPointer<UInt8>) {
    totalBytes += text.count
    preTokenizer.forEachPiece(text) { add($0, 1) }
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
    let hash = UInt32(truncatingIfNeeded: hash64(UnsafeRawBufferPointer(piece)) >> 32)
    let mask = slots.count - 1
    var at = Int(hash) & mask
    while true {
      let slot = slots[at]
      if slot.entry == 0 { break }
      if slot.hash == hash {
        let index = Int(slot.entry) - 1
        let entry = entries[index]
        if Int(entry.length) == piece.count, memcmp(arena.base + entry.offset, bytes, piece.count) == 0 {
          entries.base[index].count &+= weight
          return
        }
      }
      at = (at + 1) & mask
    }
    precondition(entries.count < Int(UInt32.max) - 1, "drain the counter before 2^32 distinct pieces")
    entries.append(Entry(offset: arena.count, count: weight, length: UInt32(piece.count), hash: hash))
    arena.append(from: bytes, count: piece.count)
    slots[at] = Slot(hash: hash, entry: UInt32(entries.count))
    if entries.count * 2 > slots.count { growSlots() }
  }

  private func growSlots() {
    slots = RawArray(repeating: Slot(hash: 0, entry: 0), count: slots.count * 2)
    let mask = slots.count - 1
    for index in 0..<entries.count {
      let hash = entries[index].hash
      var at = Int(hash) & mask
      while slots[at].entry != 0 { at = (at + 1) & mask }
      slots[at] = Slot(hash: hash, entry: UInt32(index + 1))
    }
  }

  /// Calls `body` with each distinct piece and its count, in lexicographic order of bytes, then forgets everything.
  /// O(n log n); 16 bytes a distinct piece of extra memory. The pieces live only during the call.
  public func drainSorted(_ body: (UnsafeBufferPointer<UInt8>, UInt64) -> Void) {
    // First eight bytes as a big-endian number decide most comparisons without touching the arena.
    struct SortKey {
      var prefix: UInt64
      var index: UInt32
    }
    let bytes = UnsafePointer(arena.base)
    let records = entries.base
    var order = UnsafeMutableBufferPointer<SortKey>.allocate(capacity: entries.count)
    defer { order.deallocate() }
    for index in 0..<entries.count {
      let entry = records[index]
      let prefix = bigEndianPrefix(bytes + entry.offset, Int(entry.length))
      order.initializeElement(at: index, to: SortKey(prefix: prefix, index: UInt32(index)))
    }
    order.sort { a, b in
      if a.prefix != b.prefix { return a.prefix < b.prefix }
      let left = records[Int(a.index)]
      let right = records[Int(b.index)]
      return comparePieces(
        UnsafeBufferPointer(start: bytes + left.offset, count: Int(left.length)),
        UnsafeBufferPointer(start: bytes + right.offset, count: Int(right.length))) < 0
    }
    for key in order {
      let entry = records[Int(key.index)]
      body(UnsafeBufferPointer(start: bytes + entry.offset, count: Int(entry.length)), entry.count)
    }
    entries = RawArray()
    arena = RawArray(capacity: 1 << 14)
    slots = RawArray(repeating: Slot(hash: 0, entry: 0), count: Self.initialSlots)
    totalBytes = 0
  }
}

/// The first eight bytes as a big-endian number, absent ones as zero: orders pieces unless it ties.
@inline(__always)
func bigEndianPrefix(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
  if count >= 8 { return UInt64(bigEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self)) }
  var prefix: UInt64 = 0
  for i in 0..<count { prefix |= UInt64(bytes[i]) << UInt64(56 - 8 * i) }
  return prefix
}

/// Negative, zero or positive as `a` stands before, at or after `b` in lexicographic order of bytes.
func comparePieces(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
  if let left = a.baseAddress, let right = b.baseAddress {
    let order = memcmp(left, right, min(a.count, b.count))
    if order != 0 { return Int(order) }
  }
  return a.count - b.count
}
