// Merging the bytes of one piece: lowest rank first, leftmost among equals, until no pair merges.
// Short pieces scan for the least rank; long ones keep a heap, so that no piece costs more than O(n log n).

/// Scratch for merging; one a thread.
struct PieceMerger: ~Copyable {
  /// Up to here a scan over all ranks beats the heap.
  static let scanLimit = 96
  private static let none = UInt32.max
  private let table: MergeTable
  private var symbols = RawArray<UInt32>(capacity: 128)
  private var ranks = RawArray<UInt32>(capacity: 128)
  private var next = RawArray<UInt32>(capacity: 16)
  private var previous = RawArray<UInt32>(capacity: 16)
  private var heap = RawArray<UInt64>(capacity: 16)

  init(table: MergeTable) { self.table = table }

  /// Appends the symbols of `piece`, at most 2^31 bytes. Bytes the vocabulary lacks vanish, as in Hugging Face's encoder.
  mutating func merge(_ piece: UnsafeBufferPointer<UInt8>, into output: inout RawArray<UInt32>) {
    symbols.removeAll()
    symbols.reserve(piece.count)
    ranks.reserve(piece.count)
    for byte in piece where table.ids[Int(byte)] != .max { symbols.append(table.symbols.byteSymbols[Int(byte)]) }
    guard symbols.count > 0 else { return }
    let ranks = self.ranks.base
    for i in 0..<symbols.count - 1 { ranks[i] = table.bytePairRank[Int(symbols[i]) << 8 | Int(symbols[i + 1])] }
    ranks[symbols.count - 1] = MergeTable.noRank
    if symbols.count <= Self.scanLimit { mergeByScan(into: &output) } else { mergeByHeap(into: &output) }
  }

  /// Appends the symbols that two symbols alone, from their bytes on, become.
  mutating func join(_ left: UInt32, _ right: UInt32, into output: inout RawArray<UInt32>) {
    var bytes: [UInt8] = []
    table.appendBytes(of: left, to: &bytes)
    table.appendBytes(of: right, to: &bytes)
    bytes.withUnsafeBufferPointer { merge($0, into: &output) }
  }

  private mutating func mergeByScan(into output: inout RawArray<UInt32>) {
    let symbols = self.symbols.base
    let ranks = self.ranks.base
    var count = self.symbols.count
    while true {
      var best = MergeTable.noRank
      var at = 0
      for i in 0..<count where ranks[i] < best {
        best = ranks[i]
        at = i
      }
      if best == MergeTable.noRank { break }
      symbols[at] = table.symbol(ofRank: best)
      count &-= 1
      let moved = count &- at &- 1
      (symbols + at + 1).update(from: symbols + at + 2, count: moved)
      (ranks + at).update(from: ranks + at + 1, count: moved &+ 1)
      if at > 0 { ranks[at &- 1] = table.rank(symbols[at &- 1], symbols[at]) }
      ranks[at] = at &+ 1 < count ? table.rank(symbols[at], symbols[at &+ 1]) : MergeTable.noRank
    }
    output.append(from: symbols, count: count)
  }

  /// A doubly linked list of symbols and a heap of (rank, position). An entry is valid while its position still has that
  /// rank with its neighbour: `ranks` holds the current one.
  private mutating func mergeByHeap(into output: inout RawArray<UInt32>) {
    let count = symbols.count
    next.reserve(count)
    previous.reserve(count)
    heap.removeAll()
    let symbols = self.symbols.base
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
      symbols[at] = table.symbol(ofRank: rank)
      ranks[gone] = MergeTable.noRank
      next[at] = next[gone]
      if next[at] == Self.none {
        ranks[at] = MergeTable.noRank
      } else {
        let after = Int(next[at])
        previous[after] = UInt32(at)
        setRank(at, table.rank(symbols[at], symbols[after]))
      }
      if previous[at] != Self.none {
        let before = Int(previous[at])
        setRank(before, table.rank(symbols[before], symbols[at]))
      }
    }
    var at = 0
    while true {
      output.append(symbols[at])
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
