// The ids of pieces met before, in bounded memory. Most pieces of a text are repetitions, and merging is what costs.
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A two-way cache of fixed size. An entry is 128 bytes, two cache lines: 48 of key (47 bytes, then their number),
/// 4 of count, up to 19 ids. A new entry takes the first way and pushes the older one to the second.
struct PieceCache: ~Copyable {
  static let longestKey = 47
  static let mostIDs = 19
  private static let entrySize = 128
  private static let countOffset = 48
  private static let idOffset = 52
  private let memory: UnsafeMutableRawPointer
  private let setMask: Int

  /// At least one set; sizes are powers of two, so up to half of `bytes` may stay unused.
  init(bytes: Int) {
    var sets = 1
    while sets * 4 * Self.entrySize <= bytes { sets *= 2 }
    setMask = sets - 1
    // Zero bytes: every key length is 0, which no piece has.
    memory = .allocate(byteCount: sets * 2 * Self.entrySize, alignment: Self.entrySize)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: sets * 2 * Self.entrySize)
  }

  deinit { memory.deallocate() }

  @inline(__always)
  func set(of hash: UInt64) -> UnsafeMutableRawPointer {
    memory + (Int(truncatingIfNeeded: hash >> 20) & setMask) * 2 * Self.entrySize
  }

  /// Appends the ids of `piece` and says true, when they are known. `piece` has 1...47 bytes.
  @inline(__always)
  func find(_ piece: UnsafeBufferPointer<UInt8>, _ set: UnsafeMutableRawPointer, into ids: inout [UInt32]) -> Bool {
    guard let bytes = piece.baseAddress else { return false }
    var entry = set
    for _ in 0..<2 {
      let length = entry.load(fromByteOffset: Self.longestKey, as: UInt8.self)
      if Int(length) == piece.count, memcmp(entry, bytes, piece.count) == 0 {
        let count = Int(entry.load(fromByteOffset: Self.countOffset, as: UInt32.self))
        let first = (entry + Self.idOffset).assumingMemoryBound(to: UInt32.self)
        if count == 1 {
          ids.append(first.pointee)
        } else {
          ids.append(contentsOf: UnsafeBufferPointer(start: first, count: count))
        }
        return true
      }
      entry += Self.entrySize
    }
    return false
  }

  /// Remembers the ids of `piece`, of 1...47 bytes; more than 19 ids are not kept.
  func insert(_ piece: UnsafeBufferPointer<UInt8>, _ set: UnsafeMutableRawPointer, _ ids: ArraySlice<UInt32>) {
    guard ids.count <= Self.mostIDs, let bytes = piece.baseAddress else { return }
    (set + Self.entrySize).copyMemory(from: set, byteCount: Self.entrySize)
    set.copyMemory(from: bytes, byteCount: piece.count)
    set.storeBytes(of: UInt8(piece.count), toByteOffset: Self.longestKey, as: UInt8.self)
    set.storeBytes(of: UInt32(ids.count), toByteOffset: Self.countOffset, as: UInt32.self)
    var offset = Self.idOffset
    for id in ids {
      set.storeBytes(of: id, toByteOffset: offset, as: UInt32.self)
      offset += 4
    }
  }
}
