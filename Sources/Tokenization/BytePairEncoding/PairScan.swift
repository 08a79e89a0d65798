// Passes over all neighbours in compacted cells. What is looked up lies in tables larger than a cache, so keys are hashed
// a chunk ahead of their use and the lines they will need are asked for together.
import CKernels

/// A pass over cells, with counters that are upper bounds of the pairs' counts. Pointers, because a pass changes what
/// owns them: all of them must outlive the pass.
struct PairScan {
  struct Hit {
    var key: UInt64
    var hash: UInt64
    var place: Int
  }
  private static let chunk = 256

  let cells: UnsafeMutablePointer<UInt32>
  let counters: UnsafeMutablePointer<UInt32>
  /// A pair's counter is its hash shifted right by this.
  let shift: UInt64
  /// Pairs whose counter is smaller are passed over.
  var bound: UInt32
  let reusable: UnsafeMutablePointer<Bool>

  @inline(__always)
  private func forEachChunk(
    in groups: [TrainingRun.Group], _ body: (UnsafeMutablePointer<Hit>, Int, Int64) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Hit.self, capacity: Self.chunk) { hits in
      guard let hits = hits.baseAddress else { return }
      var start = 1
      for group in groups {
        // The last cell of a group is a separator.
        let last = group.end &- 1
        while start < last {
          let end = min(start &+ Self.chunk, last)
          var count = 0
          var left = cells[start]
          for at in start..<end {
            let right = cells[at &+ 1]
            let key = pairKey(left, right)
            let hash = pairHash(key)
            hits[count] = Hit(key: key, hash: hash, place: at)
            // Without a branch: one in a few cells is a separator, and no one can tell which.
            let isPair = left != TrainingRun.separator && right != TrainingRun.separator
            xylem_prefetch(counters + Int(truncatingIfNeeded: hash >> shift))
            count &+= isPair ? 1 : 0
            left = right
          }
          body(hits, count, group.weight)
          start = end
        }
        start = group.end
      }
    }
  }

  /// Adds the weight of each pair to its counter.
  func count(in groups: [TrainingRun.Group]) {
    forEachChunk(in: groups) { hits, count, weight in
      for k in 0..<count {
        let counter = counters + Int(truncatingIfNeeded: hits[k].hash >> shift)
        let sum = UInt64(counter.pointee) &+ UInt64(bitPattern: weight)
        counter.pointee = UInt32(truncatingIfNeeded: min(sum, UInt64(UInt32.max)))
      }
    }
  }

  /// Calls `body` with the pairs that may reach the bound and those that are watched in any case: key, hash, place,
  /// weight; some steps before, `ahead` with the hash.
  @inline(__always)
  func forEachFrequent(
    in groups: [TrainingRun.Group], ahead: (UInt64) -> Void, _ body: (UInt64, UInt64, Int, Int64) -> Void
  ) {
    forEachChunk(in: groups) { hits, count, weight in
      var frequent = 0
      for k in 0..<count {
        let hit = hits[k]
        let isFrequent =
          counters[Int(truncatingIfNeeded: hit.hash >> shift)] >= bound || reusable[Int(hit.key >> 32)]
          || reusable[Int(hit.key & 0xFFFF_FFFF)]
        if isFrequent {
          ahead(hit.hash)
          hits[frequent] = hit
          frequent &+= 1
        }
      }
      for k in 0..<frequent { body(hits[k].key, hits[k].hash, hits[k].place, weight) }
    }
  }
}
