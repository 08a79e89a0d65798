// The one binary search: over numbers 0..<count, whatever they are numbers of.

/// The first of `0..<count` that is not `isBelow`, `count` when there is none. Those below come first. O(log count).
@inlinable
public func lowerBound(_ count: Int, isBelow: (Int) throws -> Bool) rethrows -> Int {
  var low = 0
  var high = count
  while low < high {
    let middle = low + (high - low) / 2
    if try isBelow(middle) { low = middle + 1 } else { high = middle }
  }
  return low
}
