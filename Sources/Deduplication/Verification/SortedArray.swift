// Small help for sorted arrays of numbers.
import CorpusCore

extension [UInt64] {
  /// The first index whose element is not below `value`; `count` when there is none. The array is sorted.
  func lowerBound(_ value: UInt64) -> Int {
    CorpusCore.lowerBound(count) { self[$0] < value }
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
