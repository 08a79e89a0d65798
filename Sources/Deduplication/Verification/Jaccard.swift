// Similarity of shingle sets: shared shingles over all shingles (Jaccard 1901; Broder 1997 calls it resemblance).

/// Exact Jaccard similarity of two sorted arrays of unique values, 0...1; two empty sets are equal. O(a + b).
public func jaccard(_ a: [UInt64], _ b: [UInt64]) -> Double {
  a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { b in jaccard(a, b) } }
}

/// The same of numbers that lie in somebody else's memory.
public func jaccard(_ a: UnsafeBufferPointer<UInt64>, _ b: UnsafeBufferPointer<UInt64>) -> Double {
  if a.isEmpty && b.isEmpty { return 1 }
  var i = 0
  var j = 0
  var shared = 0
  while i < a.count, j < b.count {
    let (x, y) = (a[i], b[j])
    if x == y { shared += 1 }
    // Both step on equality: no branch that depends on the data.
    i += x <= y ? 1 : 0
    j += y <= x ? 1 : 0
  }
  return Double(shared) / Double(a.count + b.count - shared)
}
