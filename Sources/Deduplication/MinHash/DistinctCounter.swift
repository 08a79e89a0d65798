// How many hashes differ, without putting them in order.
import CKernels

/// Counts distinct hashes that are evenly spread; keeps its buffer between calls.
struct DistinctCounter: Sendable {
  private var slots: [UInt64] = []

  /// How many of `hashes` differ; nil where they are so uneven that only sorting tells. O(n).
  mutating func count(_ hashes: [UInt64]) -> Int? {
    // A quarter full, as long as that is not more than the L2 cache.
    let room = (hashes.count < 1 << 15 ? 4 : 2) * hashes.count
    var size = 64
    while size < room { size *= 2 }
    if slots.count < size { slots = [UInt64](repeating: 0, count: size) }
    defer { if slots.count > 2 * UniqueSorter.keptCapacity { slots = [] } }
    let found = slots.withUnsafeMutableBufferPointer { slots in
      slots[..<size].update(repeating: 0)
      return xylem_count_distinct(hashes, hashes.count, slots.baseAddress, size - 1)
    }
    return found == Int(bitPattern: UInt.max) ? nil : found
  }
}
