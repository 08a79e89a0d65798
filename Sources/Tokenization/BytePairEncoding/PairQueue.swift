// The pair to merge next: highest count, then smallest left id, then smallest right id.
import CKernels

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
  /// Fits the second level of cache.
  private static let refillSize = 1 << 14
  private var heap = RawArray<Entry>()
  private var threshold = Int64.max

  var byteCount: Int { heap.byteCount }

  /// Record of the entry on top, for a glance ahead; it may be stale.
  var topRecord: Int? { heap.count > 0 ? heap[0].record : nil }

  /// Asks for the records that may be on top after the next one.
  @inline(__always)
  func prefetchRecords(of table: borrowing PairTable) {
    for k in 0..<min(heap.count, 5) { xylem_prefetch(table.records.base + heap[k].record) }
  }

  mutating func removeAll() {
    heap.removeAll()
    threshold = .max
  }

  /// Tells the queue that the count of a record rose.
  @inline(__always)
  mutating func raised(_ index: Int, in table: borrowing PairTable) {
    // A record that is queued already gets a second entry (this needs an id that is used again): a heap of upper bounds
    // stays one. Whichever entry is left behind finds the record closed.
    if table.records.base[index].count >= threshold {
      push(index, in: table)
    } else if table.records.base[index].state == PairRecord.State.closed {
      table.records.base[index].state = PairRecord.State.outside
    }
  }

  /// Takes out the best pair whose count is at least `floor` (1 or more); nil when there is none.
  mutating func popBest(atLeast floor: Int64, in table: borrowing PairTable) -> Int? {
    let records = table.records.base
    while true {
      if heap.count == 0 {
        guard refill(atLeast: floor, from: table) else { return nil }
      }
      let top = heap[0]
      let record = records + top.record
      if record.pointee.state == PairRecord.State.closed {
        removeTop()
        continue
      }
      let current = record.pointee.count
      if current != top.count {
        if current < threshold {
          record.pointee.state = PairRecord.State.outside
          removeTop()
        } else {
          heap.base[0].count = current
          siftDown(0)
        }
        continue
      }
      record.pointee.state = PairRecord.State.closed
      removeTop()
      return top.record
    }
  }

  private mutating func refill(atLeast floor: Int64, from table: borrowing PairTable) -> Bool {
    guard threshold > floor else { return false }
    // Sixteen steps a power of two: the threshold falls by little where pairs are many.
    var counts = [Int](repeating: 0, count: 64 * 16)
    let records = table.records.base
    for index in 0..<table.records.count where records[index].state == PairRecord.State.outside {
      let count = records[index].count
      if count >= floor, count < threshold { counts[Self.step(of: count)] += 1 }
    }
    var step = counts.count - 1
    var total = counts[step]
    while step > 0, total < Self.refillSize {
      step -= 1
      total += counts[step]
    }
    threshold = max(floor, Self.leastCount(of: step))
    for index in 0..<table.records.count where records[index].state == PairRecord.State.outside {
      if records[index].count >= threshold { push(index, in: table) }
    }
    return heap.count > 0
  }

  /// Number of the range of counts that `count` (1 or more) lies in; ranges ascend.
  private static func step(of count: Int64) -> Int {
    let bits = 63 - count.leadingZeroBitCount
    let fraction = bits >= 4 ? Int((count >> Int64(bits - 4)) & 15) : Int((count << Int64(4 - bits)) & 15)
    return bits * 16 + fraction
  }

  private static func leastCount(of step: Int) -> Int64 {
    let bits = step / 16
    let mantissa = Int64(16 + step % 16)
    return bits >= 4 ? mantissa << Int64(bits - 4) : (mantissa + (1 << Int64(4 - bits)) - 1) >> Int64(4 - bits)
  }

  private mutating func push(_ index: Int, in table: borrowing PairTable) {
    table.records.base[index].state = PairRecord.State.queued
    let entry = Entry(count: table.records.base[index].count, key: table.records.base[index].key, record: index)
    heap.append(entry)
    let heap = heap.base
    var child = self.heap.count &- 1
    while child > 0 {
      let parent = (child &- 1) / 4
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
    let heap = self.heap.base
    let count = self.heap.count
    let entry = heap[start]
    var parent = start
    while true {
      let first = 4 &* parent &+ 1
      if first >= count { break }
      var child = first
      var other = first &+ 1
      let end = min(first &+ 4, count)
      while other < end {
        if heap[other].isBefore(heap[child]) { child = other }
        other &+= 1
      }
      if !heap[child].isBefore(entry) { break }
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = entry
  }
}
