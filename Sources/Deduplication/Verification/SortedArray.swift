// Small help for sorted arrays of numbers.

extension [UInt64] {
  /// The first index whose element is not below `value`; `count` when there is none. The array is sorted.
  func lowerBound(_ value: UInt64) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Whether the sorted array holds `value`.
  func containsSorted(_ value: UInt64) -> Bool {
    let index = lowerBound(value)
    return index < count && self[index] == value
  }

  /// Keeps one of each run of equal elements.
  mutating func removeSortedRepeats() {
    var kept = 0
    for i in indices where kept == 0 || self[i] != self[kept - 1] {
      self[kept] = self[i]
      kept += 1
    }
    removeLast(count - kept)
  }
}
