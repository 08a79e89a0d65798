// Pieces with their counts, back to back: what a counter keeps of long pieces and a trainer of all.
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Records of (count: 8 bytes, length: 4, free: 4, bytes, padding to 8).
struct PieceArena: ~Copyable {
  private var storage = RawArray<UInt64>(capacity: 1 << 10)
  private(set) var pieceCount = 0

  var byteCount: Int { storage.byteCount }
  /// Where the next record will begin, in units of 8 bytes.
  var end: Int { storage.count }

  /// Appends a piece of less than 2^32 bytes.
  mutating func append(_ bytes: UnsafePointer<UInt8>, length: Int, count: UInt64) {
    let words = 2 + (length + 7) / 8
    storage.appendUninitialized(words)
    let record = storage.base + (storage.count - words)
    record[0] = count
    record[1] = UInt64(length)
    if length > 0 { record[words - 1] = 0 }
    memcpy(record + 2, bytes, length)
    pieceCount += 1
  }

  @inline(__always)
  func record(_ place: Int) -> UnsafeMutablePointer<UInt64> { storage.base + place }

  @inline(__always)
  func piece(_ place: Int) -> UnsafeBufferPointer<UInt8> { Self.piece(storage.base, place) }

  var base: UnsafeMutablePointer<UInt64> { storage.base }

  @inline(__always)
  static func piece(_ base: UnsafeMutablePointer<UInt64>, _ place: Int) -> UnsafeBufferPointer<UInt8> {
    let record = base + place
    let bytes = UnsafeRawPointer(record + 2).assumingMemoryBound(to: UInt8.self)
    return UnsafeBufferPointer(start: bytes, count: Int(truncatingIfNeeded: record[1]))
  }

  /// Calls `body` with the place of each record, in order.
  @inline(__always)
  func forEachPlace(_ body: (Int) -> Void) {
    var at = 0
    while at < storage.count {
      body(at)
      at += 2 + (Int(truncatingIfNeeded: storage[at + 1]) + 7) / 8
    }
  }

  mutating func removeAll() {
    storage = RawArray(capacity: 1 << 10)
    pieceCount = 0
  }
}
