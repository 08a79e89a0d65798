// Merging the bytes of one piece: lowest rank first, leftmost among equals, until no pair merges.
// Short pieces scan for the least rank; long ones keep a heap, so that no piece costs more than O(n log n).

/// Scratch for merging; one a thread.
struct PieceMerger: ~Copyable {
  /// Up to here a scan over all ranks beats the heap.
  static let scanLimit = 96
  private static let none = UInt32.max
  private let table: MergeTable
  private var ids = RawArray<UInt32>(capacity: 128)
  private var ranks = RawArray<UInt32>(capacity: 128)
  private var next = RawArray<UInt32>(capacity: 16)
  private var previous = RawArray<UInt32>(capacity: 16)
  private var heap = RawArray<UInt64>(capacity: 16)

  init(table: MergeTable) { self.table = table }

  /// Appends the ids of `piece`, at most 2^31 bytes. Bytes the vocabulary lacks vanish, as in Hugging Face's encoder.
  mutating func merge(_ piece: UnsafeBufferPointer<UInt8>, into output: inout [UInt32]) {
    ids.removeAll()
    ids.reserve(piece.count)
    ranks.reserve(piece.count)
    var isComplete = true
    for byte in piece {
      let id = table.byteID[Int(byte)]
      if id == .max { isComplete = false } else { ids.append(id) }
    }
    guard ids.count > 1 else {
      if ids.count == 1 { output.append(ids[0]) }
      return
    }
    let ranks = self.ranks.base
    for i in 0..<ids.count - 1 {
      ranks[i] =
        isComplete ? table.bytePairRank[Int(piece[i]) << 8 | Int(piece[i + 1])] : table.rank(ids[i], ids[i + 1])
    }
    ranks[ids.count - 1] = MergeTable.noRank
    if ids.count <= Self.scanLimit { mergeByScan(into: &output) } else { mergeByHeap(into: &output) }
  }

  private mutating func mergeByScan(into output: inout [UInt32]) {
    let ids = self.ids.base
    let ranks = self.ranks.base
    var count = self.ids.count
    while true {
      var best = MergeTable.noRank
      var at = 0
      for i in 0..<count where ranks[i] < best {
        best = ranks[i]
        at = i
      }
      if best == MergeTable.noRank { break }
      ids[at] = table.idByRank[Int(best)]
      count &-= 1
      let moved = count &- at &- 1
      (ids + at + 1).update(from: ids + at + 2, count: moved)
      (ranks + at).update(from: ranks + at + 1, count: moved &+ 1)
      if at > 0 { ranks[at &- 1] = table.rank(ids[at &- 1], ids[at]) }
      ranks[at] = at &+ 1 < count ? table.rank(ids[at], ids[at &+ 1]) : MergeTable.noRank
    }
    output.append(contentsOf: UnsafeBufferPointer(start: ids, count: count))
  }

  /// A doubly linked list of symbols and a heap of (rank, position). An entry is valid while its position still has that
  /// rank with its neighbour: `ranks` holds the current one.
  private mutating func mergeByHeap(into output: inout [UInt32]) {
    let count = ids.count
    next.reserve(count)
    previous.reserve(count)
    heap.removeAll()
    let ids = self.ids.base
    let ranks = self.ranks.base
    let next = self.next.base
    let previous = self.previous.base
    for i in 0..<count {
      next[i] = i + 1 < count ? UInt32(i + 1) : Self.none
      previous[i] = i > 0 ? UInt32(i - 1) : Self.none
      if ranks[i] != MergeTable.noRank { heap.append(UInt64(ranks[i]) << 32 | UInt64(i)) }
    }
    for i in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(i) }
    while heap.count > 0 {
      let top = heap[0]
      let last = heap.removeLast()
      if heap.count > 0 {
        heap[0] = last
        siftDown(0)
      }
      let at = Int(top & 0xFFFF_FFFF)
      let rank = UInt32(truncatingIfNeeded: top >> 32)
      if ranks[at] != rank { continue }
      let gone = Int(next[at])
      ids[at] = table.idByRank[Int(rank)]
      ranks[gone] = MergeTable.noRank
      next[at] = next[gone]
      if next[at] == Self.none {
        ranks[at] = MergeTable.noRank
      } else {
        let after = Int(next[at])
        previous[after] = UInt32(at)
        setRank(at, table.rank(ids[at], ids[after]))
      }
      if previous[at] != Self.none {
        let before = Int(previous[at])
        setRank(before, table.rank(ids[before], ids[at]))
      }
    }
    var at = 0
    while true {
      output.append(ids[at])
      if next[at] == Self.none { return }
      at = Int(next[at])
    }
  }

  @inline(__always)
  private mutating func setRank(_ at: Int, _ rank: UInt32) {
    ranks[at] = rank
    if rank == MergeTable.noRank { return }
    let entry = UInt64(rank) << 32 | UInt64(at)
    heap.append(entry)
    var child = heap.count &- 1
    while child > 0 {
      let parent = (child &- 1) / 2
      if heap[parent] <= entry { break }
      heap[child] = heap[parent]
      child = parent
    }
    heap[child] = entry
  }

  private func siftDown(_ start: Int) {
    let entry = heap[start]
    var parent = start
    while true {
      var child = 2 &* parent &+ 1
      if child >= heap.count { break }
      if child &+ 1 < heap.count, heap[child &+ 1] < heap[child] { child &+= 1 }
      if heap[child] >= entry { break }
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = entry
  }
}
