// The pair to merge next: highest count, then smallest left id, then smallest right id.

/// A lazy heap over the pairs whose count is at least a threshold. Counts mostly fall, so an entry's count is an upper
/// bound; a stale top is corrected and sinks. When no pair is left the threshold falls and the records are read anew:
/// the rare pairs, which are most of them, never enter the heap unless training comes that far.
struct PairQueue: ~Copyable {
  // Not private: swiftc 6.3.1 fails in debug builds on private types inside a ~Copyable value stored in another file.
  struct Entry {
    var count: Int64
    var key: UInt64
    var record: Int

    @inline(__always)
    func isBefore(_ other: Entry) -> Bool {
      count != other.count ? count > other.count : key < other.key
    }
  }
  private static let refillSize = 1 << 16
  private var heap = RawArray<Entry>()
  private var threshold = Int64.max

  var byteCount: Int { heap.byteCount }

  /// Tells the queue that the count of a record rose.
  mutating func raised(_ index: Int, in table: borrowing PairTable) {
    let record = table.records[index]
    // A record that is queued already gets a second entry (this needs an id that is used again): a heap of upper bounds
    // stays one. Whichever entry is left behind finds the record closed.
    guard record.count >= threshold else { return }
    push(index, in: table)
  }

  /// Takes out the best pair whose count is at least `floor` (1 or more); nil when there is none.
  mutating func popBest(atLeast floor: Int64, in table: borrowing PairTable) -> Int? {
    while true {
      if heap.count == 0 {
        guard refill(atLeast: floor, from: table) else { return nil }
      }
      let top = heap[0]
      if table.records[top.record].state == PairRecord.State.closed {
        removeTop()
        continue
      }
      let current = table.records[top.record].count
      if current != top.count {
        if current < threshold {
          table.records.base[top.record].state = PairRecord.State.outside
          removeTop()
        } else {
          heap.base[0].count = current
          siftDown(0)
        }
        continue
      }
      table.records.base[top.record].state = PairRecord.State.closed
      removeTop()
      return top.record
    }
  }

  private mutating func refill(atLeast floor: Int64, from table: borrowing PairTable) -> Bool {
    guard threshold > floor else { return false }
    var countsByBits = [Int](repeating: 0, count: 65)
    for index in 0..<table.records.count where table.records[index].state == PairRecord.State.outside {
      let count = table.records[index].count
      if count >= floor { countsByBits[64 - count.leadingZeroBitCount] += 1 }
    }
    var bits = 64
    var total = 0
    while bits > 1 {
      bits -= 1
      total += countsByBits[bits]
      if total >= Self.refillSize { break }
    }
    threshold = max(floor, Int64(1) << Int64(bits - 1))
    for index in 0..<table.records.count where table.records[index].state == PairRecord.State.outside {
      if table.records[index].count >= threshold { push(index, in: table) }
    }
    return heap.count > 0
  }

  private mutating func push(_ index: Int, in table: borrowing PairTable) {
    table.records.base[index].state = PairRecord.State.queued
    let entry = Entry(count: table.records[index].count, key: table.records[index].key, record: index)
    heap.append(entry)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if !entry.isBefore(heap[parent]) { break }
      heap[child] = heap[parent]
      child = parent
    }
    heap[child] = entry
  }

  private mutating func removeTop() {
    let last = heap.removeLast()
    if heap.count > 0 {
      heap[0] = last
      siftDown(0)
    }
  }

  private func siftDown(_ start: Int) {
    let entry = heap[start]
    var parent = start
    while true {
      var child = 2 &* parent &+ 1
      if child >= heap.count { break }
      if child &+ 1 < heap.count, heap[child &+ 1].isBefore(heap[child]) { child &+= 1 }
      if !heap[child].isBefore(entry) { break }
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = entry
  }
}
