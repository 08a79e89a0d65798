// Sorting hashes in linear time: they are evenly spread, so their leading bits almost place them.

/// Sorts and uniques arrays of evenly spread 64-bit hashes; keeps its buffers between calls.
struct UniqueSorter: Sendable {
  private var starts: [UInt32] = []
  private var scratch: [UInt64] = []

  /// Buffers for more elements than this are given back after use.
  static let keptCapacity = 1 << 20

  /// A bucket longer than this is sorted apart: repeats of two shingles may share one.
  private static let longBucket = 24

  /// Sorts `values` ascending and removes repeats. O(n) for even values, O(n log n) at worst.
  mutating func sortUnique(_ values: inout [UInt64]) {
    guard values.count < Int(UInt32.max) else {
      values.sort()
      values.removeSortedRepeats()
      return
    }
    let kept = values.withUnsafeMutableBufferPointer { values in
      if values.count <= Self.longBucket {
        insertionSort(values, 0, values.count)
      } else {
        bucketSort(values)
      }
      return moveUniqueForward(values)
    }
    values.removeLast(values.count - kept)
    if scratch.capacity > Self.keptCapacity { scratch = [] }
  }

  /// Counting sort by the leading bits, then each bucket by itself. Indices stay in bounds because `starts` ends with
  /// the count and every value was counted in its bucket.
  private mutating func bucketSort(_ values: UnsafeMutableBufferPointer<UInt64>) {
    // As many buckets as values, rounded up to a power of two: half to one value a bucket.
    let bits = min(20, Int.bitWidth - (values.count - 1).leadingZeroBitCount)
    let shift = UInt64(64 - bits)
    starts.removeAll(keepingCapacity: true)
    starts.append(contentsOf: repeatElement(0, count: (1 << bits) + 1))
    scratch.removeAll(keepingCapacity: true)
    scratch.append(contentsOf: values)
    starts.withUnsafeMutableBufferPointer { starts in
      scratch.withUnsafeBufferPointer { scratch in
        for value in scratch { starts[Int(value >> shift) + 1] += 1 }
        for i in 1..<starts.count { starts[i] += starts[i - 1] }
        for value in scratch {
          let bucket = Int(value >> shift)
          values[Int(starts[bucket])] = value
          starts[bucket] += 1
        }
      }
      // Now starts[b] is where bucket b ends. Short buckets need no borders: all of them in one pass, in which no value
      // moves past its bucket; long ones are sorted first.
      var first = 0
      for bucket in 0..<(starts.count - 1) {
        let end = Int(starts[bucket])
        if end - first > Self.longBucket { values[first..<end].sort() }
        first = end
      }
    }
    insertionSort(values, 0, values.count)
  }

  @inline(__always)
  private func insertionSort(_ values: UnsafeMutableBufferPointer<UInt64>, _ first: Int, _ end: Int) {
    for i in stride(from: first + 1, to: end, by: 1) {
      let value = values[i]
      var hole = i
      while hole > first, values[hole - 1] > value {
        values[hole] = values[hole - 1]
        hole -= 1
      }
      values[hole] = value
    }
  }

  /// How many differ, after moving them to the front.
  @inline(__always)
  private func moveUniqueForward(_ values: UnsafeMutableBufferPointer<UInt64>) -> Int {
    guard let first = values.first else { return 0 }
    var last = first
    var kept = 1
    for i in 1..<values.count {
      let value = values[i]
      // Written always and counted only when new: no branch on the data. kept <= i.
      values[kept] = value
      kept += value != last ? 1 : 0
      last = value
    }
    return kept
  }
}
