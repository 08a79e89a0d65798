// Pieces to ids, a thousand at a time. Each step runs over the whole batch, so that the cache lines it needs were asked
// for while the step before was busy: keys and hashes, look-ups, merging of what no cache knows (sixteen pieces at once),
// ids in order.
import CKernels

/// Encodes pieces of one text buffer; scratch and caches for one thread.
struct PieceBatch: ~Copyable {
  static let capacity = 1024
  /// In `counts`: the ids are in `overflow`; `values` has their place and number.
  private static let overflowMark = UInt8(255)

  private let vocabulary: TokenTable
  private let ignoresMerges: Bool
  private let table: MergeTable
  private let kernelTable: xylem_merge_table
  private var short: ShortPieceTable
  private var long: LongPieceTable
  private var longPieces: LongPieceEncoder

  private var lows = RawArray<UInt64>(repeating: 0, count: capacity)
  private var highs = RawArray<UInt64>(repeating: 0, count: capacity)
  private var hashes = RawArray<UInt64>(repeating: 0, count: capacity)
  private var values = RawArray<SIMD4<UInt32>>(repeating: .zero, count: capacity)
  private var counts = RawArray<UInt8>(repeating: 0, count: capacity)
  private var overflow = RawArray<UInt32>(capacity: 1 << 12)
  // Pieces that are not in their first sets; pieces to merge, and the same ordered by length.
  private var elsewhere = RawArray<UInt16>(repeating: 0, count: capacity)
  private var misses = RawArray<UInt16>(repeating: 0, count: capacity)
  private var ordered = RawArray<UInt16>(repeating: 0, count: capacity)
  private var merged = RawArray<UInt32>(repeating: 0, count: 64 * xylem_merge_lanes)
  private var boundaries = RawArray<UInt64>(repeating: 0, count: xylem_merge_lanes)
  /// A copy of the last bytes of a buffer, which may be read beyond.
  private var padded = RawArray<UInt8>(repeating: 0, count: 64)

  // Numbers of looked-up pieces, and of those no cache knew.
  private(set) var lookupCount = 0
  private(set) var missCount = 0

  init(model: TokenizerModel, cacheBytes: Int) {
    vocabulary = model.table
    ignoresMerges = model.ignoresMerges
    table = model.merges
    kernelTable = table.kernelTable
    short = ShortPieceTable(bytes: cacheBytes / 4 * 3)
    long = LongPieceTable(bytes: cacheBytes / 4)
    longPieces = LongPieceEncoder(table: table)
  }

  /// Finds the ids of the pieces `starts[k]..<ends[k]` of `text`, k below `count`, at most `capacity` of them, none
  /// empty. `text` holds `length` bytes. They are read out with `emit`.
  mutating func encode(
    _ text: UnsafePointer<UInt8>, length: Int, starts: UnsafePointer<UInt32>, ends: UnsafePointer<UInt32>, count: Int
  ) {
    overflow.removeAll()
    let lows = lows.base
    let highs = highs.base
    let hashes = hashes.base
    let values = values.base
    let counts = counts.base
    let misses = misses.base

    // 1: keys, sets, and the caches' lines on their way.
    let lastSafe = length - 48
    let padded = padded.base
    for k in 0..<count {
      let start = Int(starts[k])
      let size = Int(ends[k]) &- start
      if size <= ShortPieceTable.longestPiece {
        var at = UnsafeRawPointer(text + start)
        if start > lastSafe { at = Self.padding(text + start, size, padded) }
        let low = at.loadUnaligned(as: UInt64.self) & lowMask(size)
        let high = (at + 8).loadUnaligned(as: UInt64.self) & highMask(size) | UInt64(truncatingIfNeeded: size) << 56
        lows[k] = low
        highs[k] = high
        let hash = ShortPieceTable.hash(low, high)
        hashes[k] = hash
        xylem_prefetch(short.first(hash))
      } else if size <= LongPieceTable.longestPiece {
        let hash = LongPieceTable.hash(Self.longKey(text + start, size, isSafe: start <= lastSafe, padded))
        highs[k] = 0
        hashes[k] = hash
        let set = long.first(hash)
        xylem_prefetch(set)
        xylem_prefetch(set + 64)
      } else {
        highs[k] = 0
      }
    }

    // 2: look-ups in the first set of each piece.
    let elsewhere = elsewhere.base
    var unknown = 0
    for k in 0..<count {
      let high = highs[k]
      if high != 0 {
        let found = ShortPieceTable.find(lows[k], high, in: short.first(hashes[k]), value: values + k)
        counts[k] = found
        elsewhere[unknown] = UInt16(truncatingIfNeeded: k)
        unknown &+= found == 0 ? 1 : 0
        if found > ShortPieceTable.mostPlainIDs { unpack(k) }
        continue
      }
      let start = Int(starts[k])
      let size = Int(ends[k]) &- start
      guard size <= xylem_merge_longest else {
        encodeAlone(k, UnsafeBufferPointer(start: text + start, count: size))
        continue
      }
      if size > LongPieceTable.longestPiece
        || !findLong(k, text + start, size, in: long.first(hashes[k]), lastSafe &- start)
      {
        elsewhere[unknown] = UInt16(truncatingIfNeeded: k)
        unknown &+= 1
      }
    }

    // Of those that are not there, the second sets are on their way; then look-ups in them.
    for m in 0..<unknown {
      let k = Int(elsewhere[m])
      if highs[k] != 0 {
        xylem_prefetch(short.second(hashes[k]))
      } else {
        let set = long.second(hashes[k])
        xylem_prefetch(set)
        xylem_prefetch(set + 64)
      }
    }
    var missing = 0
    for m in 0..<unknown {
      let k = Int(elsewhere[m])
      misses[missing] = UInt16(truncatingIfNeeded: k)
      if highs[k] != 0 {
        let found = ShortPieceTable.find(lows[k], highs[k], in: short.second(hashes[k]), value: values + k)
        counts[k] = found
        missing &+= found == 0 ? 1 : 0
        if found > ShortPieceTable.mostPlainIDs { unpack(k) }
        continue
      }
      let start = Int(starts[k])
      let size = Int(ends[k]) &- start
      if size > LongPieceTable.longestPiece
        || !findLong(k, text + start, size, in: long.second(hashes[k]), lastSafe &- start)
      {
        missing &+= 1
      }
    }
    lookupCount &+= count
    missCount &+= missing
    if missing > 0 { mergeMisses(text, length: length, starts: starts, ends: ends, count: missing) }
  }

  /// The ids of a piece of 16 to 46 bytes, if `set` has them. `room` is how far the piece is from where less than 48 bytes
  /// may be read, negative beyond.
  @inline(__always)
  private mutating func findLong(
    _ k: Int, _ piece: UnsafePointer<UInt8>, _ size: Int, in set: UnsafeMutableRawPointer, _ room: Int
  ) -> Bool {
    let key = Self.longKey(piece, size, isSafe: room >= 0, padded.base)
    guard let entry = LongPieceTable.find(key, in: set) else { return false }
    overflow.reserve(overflow.count + PackedIDs.most)
    let first = overflow.count
    overflow.appendUninitialized(LongPieceTable.ids(of: entry, overflow.base + first))
    setOverflow(k, first)
    return true
  }

  /// The ids of a short piece that has more than four.
  @inline(never)
  private mutating func unpack(_ k: Int) {
    let first = overflow.count
    overflow.reserve(first + PackedIDs.most)
    PackedIDs.unpack(unsafeBitCast(values[k], to: SIMD2<UInt64>.self), overflow.base + first)
    overflow.appendUninitialized(Int(counts[k]))
    setOverflow(k, first)
  }

  /// 3: merges the pieces of `misses`, in groups of similar length, and remembers them.
  private mutating func mergeMisses(
    _ text: UnsafePointer<UInt8>, length: Int, starts: UnsafePointer<UInt32>, ends: UnsafePointer<UInt32>, count: Int
  ) {
    let lastSafe = length - 48
    let misses = misses.base
    let ordered = ordered.base
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 66) { places in
      for k in 0..<66 { places[k] = 0 }
      for m in 0..<count {
        let k = Int(misses[m])
        places[Int(ends[k] &- starts[k]) &+ 1] &+= 1
      }
      for k in 1..<66 { places[k] &+= places[k &- 1] }
      for m in 0..<count {
        let k = Int(misses[m])
        let size = Int(ends[k] &- starts[k])
        ordered[places[size]] = misses[m]
        places[size] &+= 1
      }
    }
    let lanes = xylem_merge_lanes
    guard table.hasAllBytes else {
      for m in 0..<count {
        let k = Int(misses[m])
        encodeAlone(k, UnsafeBufferPointer(start: text + Int(starts[k]), count: Int(ends[k] &- starts[k])))
      }
      return
    }
    let merged = merged.base
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: lanes) { laneStarts in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: lanes) { laneLengths in
        guard let laneStart = laneStarts.baseAddress, let laneLength = laneLengths.baseAddress else { return }
        let boundaries = boundaries.base
        let tokenIDs = table.ids
        var from = 0
        while from < count {
          let group = min(lanes, count &- from)
          for l in 0..<group {
            let k = Int(ordered[from &+ l])
            laneStart[l] = starts[k]
            laneLength[l] = UInt8(truncatingIfNeeded: ends[k] &- starts[k])
          }
          withUnsafePointer(to: kernelTable) {
            xylem_merge_pieces($0, text, laneStart, laneLength, group, merged, boundaries)
          }
          for l in 0..<group {
            let k = Int(ordered[from &+ l])
            let ids = merged + 64 &* l
            let size = Int(laneLength[l])
            var found = boundaries[l].nonzeroBitCount
            if let offset = table.idOffset {
              // Without a look-up at random, but for single bytes.
              for i in 0..<found {
                ids[i] = ids[i] < 256 ? tokenIDs[Int(ids[i])] : ids[i] &+ offset
              }
            } else {
              for i in 0..<found { ids[i] = tokenIDs[Int(ids[i])] }
            }
            if ignoresMerges, found > 1,
              let id = vocabulary.id(of: UnsafeBufferPointer(start: text + Int(starts[k]), count: size), .alphabet)
            {
              ids[0] = id
              found = 1
            }
            if size <= ShortPieceTable.longestPiece, found <= ShortPieceTable.mostIDs {
              let isPlain = found <= ShortPieceTable.mostPlainIDs
              let value =
                isPlain
                ? UnsafeRawPointer(ids).loadUnaligned(as: SIMD4<UInt32>.self)
                : unsafeBitCast(PackedIDs.pack(ids, count: found), to: SIMD4<UInt32>.self)
              values[k] = value
              counts[k] = UInt8(truncatingIfNeeded: found)
              short.insert(lows[k], highs[k], value, count: UInt8(truncatingIfNeeded: found))
              if !isPlain { unpack(k) }
              continue
            }
            let first = overflow.count
            overflow.append(from: ids, count: found)
            setOverflow(k, first)
            if size > ShortPieceTable.longestPiece, size <= LongPieceTable.longestPiece,
              found <= LongPieceTable.mostIDs
            {
              let start = Int(starts[k])
              long.insert(
                Self.longKey(text + start, size, isSafe: start <= lastSafe, padded.base), ids, count: found)
            }
          }
          from &+= group
        }
      }
    }
  }

  /// One piece by itself: a long one, or any where the kernel's table does not say everything.
  private mutating func encodeAlone(_ k: Int, _ piece: UnsafeBufferPointer<UInt8>) {
    let first = overflow.count
    if ignoresMerges, let id = vocabulary.id(of: piece, .alphabet) {
      overflow.append(id)
    } else {
      longPieces.encode(piece, into: &overflow)
      for at in first..<overflow.count { overflow[at] = table.ids[Int(overflow[at])] }
    }
    setOverflow(k, first)
  }

  /// 4: appends the ids of the pieces from `first` to below `end`, in order.
  mutating func emit(from first: Int, to end: Int, into output: inout RawArray<UInt32>) {
    output.reserve(output.count + 4 * (end - first) + 4 + overflow.count)
    overflow.reserve(overflow.count + 4)
    var out = output.base + output.count
    let values = values.base
    let counts = counts.base
    for k in first..<end {
      let value = values[k]
      let count = counts[k]
      if count == Self.overflowMark {
        // Four at a time: there is room behind both.
        let source = UnsafeRawPointer(overflow.base + Int(value[0]))
        for at in stride(from: 0, to: Int(value[1]), by: 4) {
          let four = (source + 4 &* at).loadUnaligned(as: SIMD4<UInt32>.self)
          UnsafeMutableRawPointer(out + at).storeBytes(of: four, as: SIMD4<UInt32>.self)
        }
        out += Int(value[1])
        continue
      }
      UnsafeMutableRawPointer(out).storeBytes(of: value, as: SIMD4<UInt32>.self)
      out += Int(count)
    }
    output.appendUninitialized(out - (output.base + output.count))
  }

  @inline(__always)
  private mutating func setOverflow(_ k: Int, _ first: Int) {
    counts[k] = Self.overflowMark
    values[k] = SIMD4(UInt32(truncatingIfNeeded: first), UInt32(truncatingIfNeeded: overflow.count &- first), 0, 0)
  }

  // Not methods of the value: for each of their calls the compiler would copy all of it, 912 bytes.

  /// The piece in memory that may be read 48 bytes on: the 64 bytes of `padded`.
  @inline(never)
  private static func padding(
    _ piece: UnsafePointer<UInt8>, _ size: Int, _ padded: UnsafeMutablePointer<UInt8>
  ) -> UnsafeRawPointer {
    padded.update(repeating: 0, count: 64)
    padded.update(from: piece, count: size)
    return UnsafeRawPointer(padded)
  }

  @inline(__always)
  private static func longKey(
    _ piece: UnsafePointer<UInt8>, _ size: Int, isSafe: Bool, _ padded: UnsafeMutablePointer<UInt8>
  ) -> LongPieceTable.Key {
    var at = UnsafeRawPointer(piece)
    if !isSafe { at = padding(piece, size, padded) }
    @inline(__always)
    func word(_ index: Int) -> UInt64 {
      let bytes = size &- 8 &* index
      let mask: UInt64 = bytes >= 8 ? .max : bytes <= 0 ? 0 : (1 &<< UInt64(truncatingIfNeeded: 8 &* bytes)) &- 1
      return (at + 8 &* index).loadUnaligned(as: UInt64.self) & mask
    }
    return (
      SIMD2(word(0), word(1)), SIMD2(word(2), word(3)),
      SIMD2(word(4), word(5) | UInt64(truncatingIfNeeded: size) << 48)
    )
  }
}

/// The first `size` of 8 bytes, for sizes up to 15.
@inline(__always)
private func lowMask(_ size: Int) -> UInt64 {
  size >= 8 ? .max : (1 &<< UInt64(truncatingIfNeeded: 8 &* size)) &- 1
}

/// Of bytes 8 to 15, those below `size`.
@inline(__always)
private func highMask(_ size: Int) -> UInt64 {
  size <= 8 ? 0 : (1 &<< UInt64(truncatingIfNeeded: 8 &* (size &- 8))) &- 1
}
