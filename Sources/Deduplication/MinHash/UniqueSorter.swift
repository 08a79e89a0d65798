// Sorting hashes in linear time: they are evenly spread, so their leading bits almost place them.

/// Sorts and uniques arrays of evenly spread 64-bit hashes; keeps its buffers between calls.
struct UniqueSorter: Sendable {
  private var starts: [UInt32] = []
  private var scratch: [UInt64] = []

  /// A bucket longer than this is sorted apart: repeats of two shingles may share one.
  private static let longBucket = 24

  /// Sorts `values` ascending and removes repeats. O(n) for even values, O(n log n) at worst.
  mutating func sortUnique(_ values: inout [UInt64]) {
    if values.count <= 32 || values.count >= Int(UInt32.max) {
      values.sort()
    } else {
      bucketSort(&values)
    }
    var kept = 0
    for i in values.indices where kept == 0 || values[i] != values[kept - 1] {
      values[kept] = values[i]
      kept += 1
    }
    values.removeLast(values.count - kept)
  }

  private mutating func bucketSort(_ values: inout [UInt64]) {
    let count = values.count
    // As many buckets as values, rounded up to a power of two: one value a bucket on average, or half.
    let bits = UInt64(min(20, Int.bitWidth - (count - 1).leadingZeroBitCount))
    let shift = 64 - bits
    starts.removeAll(keepingCapacity: true)
    starts.append(contentsOf: repeatElement(0, count: (1 << Int(bits)) + 1))
    scratch.removeAll(keepingCapacity: true)
    scratch.append(contentsOf: values)
    for value in scratch { starts[Int(value >> shift) + 1] += 1 }
    for i in 1..<starts.count { starts[i] += starts[i - 1] }
    for value in scratch {
      let bucket = Int(value >> shift)
      values[Int(starts[bucket])] = value
      starts[bucket] += 1
    }
    // Now starts[b] is where bucket b ends.
    var first = 0
    for bucket in 0..<(starts.count - 1) {
      let end = Int(starts[bucket])
      if end - first > Self.longBucket {
        values[first..<end].sort()
      } else if end - first > 1 {
        insertionSort(&values, first, end)
      }
      first = end
    }
  }

  @inline(__always)
  private func insertionSort(_ values: inout [UInt64], _ first: Int, _ end: Int) {
    for i in (first + 1)..<end {
      let value = values[i]
      var hole = i
      while hole > first, values[hole - 1] > value {
        values[hole] = values[hole - 1]
        hole -= 1
      }
      values[hole] = value
    }
  }
}
