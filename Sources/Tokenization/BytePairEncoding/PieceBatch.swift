// Pieces to ids, some thousands at a time, step by step: keys and hashes, look-ups, merging of what no cache knows
// (thirty-two pieces at once), ids in order. Look-ups run over blocks of a thousand pieces, so that the cache lines one
// needs were asked for while the step before was busy; merging runs over all blocks at once, so that there are many
// pieces to make groups of one length from.
import CKernels
import CorpusCore

/// Encodes pieces of one text buffer; scratch and caches for one thread.
struct PieceBatch: ~Copyable {
  static let capacity = 4 * block
  /// Pieces that are looked up side by side: what is noted of them should stay in a core's own caches.
  private static let block = 1024
  /// Windows of pieces too long for one lane that are merged with the other pieces of a batch.
  private static let mostWindows = 1024
  /// In `counts`: the ids are in `overflow`; `values` has their place and number.
  private static let overflowMark = UInt8(255)

  /// What a piece is looked up in before it is merged; nil where merges are not ignored.
  private let vocabulary: TokenTable?
  private let table: MergeTable
  private let kernelTable: xylem_merge_table
  private var short: ShortPieceTable
  private var long: LongPieceTable
  private var large: LargePieceTable
  private var longPieces: LongPieceEncoder

  // Of a block.
  private var lows = RawArray<UInt64>(repeating: 0, count: block)
  private var highs = RawArray<UInt64>(repeating: 0, count: block)
  // Of the batch.
  private var hashes = RawArray<UInt64>(repeating: 0, count: capacity)
  private var values = RawArray<SIMD4<UInt32>>(repeating: .zero, count: capacity)
  private var counts = RawArray<UInt8>(repeating: 0, count: capacity)
  private var overflow = RawArray<UInt32>(capacity: 1 << 12)
  /// Ids of `overflow` that are read out once more, for repetitions.
  private var overflowUses = 0
  // Of a block, the pieces that may be in their second sets, and those that are in none; of the batch, what is to be merged,
  // in order and sorted by length, and the pieces that are the same as an earlier one that is.
  private var elsewhere = RawArray<UInt16>(repeating: 0, count: block)
  private var nowhere = RawArray<UInt16>(repeating: 0, count: block)
  private var waiting = RawArray<Lane>(capacity: 256)
  private var lanes = RawArray<Lane>(capacity: 256)
  private var repetitions = RawArray<(piece: UInt16, of: UInt16)>(capacity: 256)
  /// By some bits of the hash: a piece that no cache knew, of this batch or an earlier one.
  private let latest = RawArray<UInt16>(repeating: 0, count: 1 << latestBits)
  private static let latestBits = 13
  // Pieces of several windows, and what became of these.
  private var windowed = RawArray<UInt16>(capacity: 256)
  private var windowCount = 0
  private var windowSymbols = RawArray<UInt32>(capacity: 256)
  private var windowBoundaries = RawArray<UInt64>(capacity: 256)
  private var merged = RawArray<UInt32>(repeating: 0, count: 64 * xylem_merge_lanes)
  private var boundaries = RawArray<UInt64>(repeating: 0, count: xylem_merge_lanes)
  /// A copy of the last bytes of a buffer, which may be read beyond.
  private var padded = RawArray<UInt8>(repeating: 0, count: 64)

  // Numbers of looked-up pieces, and of those no cache knew.
  private(set) var lookupCount = 0
  private(set) var missCount = 0

  init(model: TokenizerModel, cacheBytes: Int) {
    vocabulary = model.ignoresMerges ? model.table : nil
    table = model.merges
    kernelTable = table.kernelTable
    short = ShortPieceTable(bytes: cacheBytes / 4 * 3)
    long = LongPieceTable(bytes: cacheBytes / 4)
    large = LargePieceTable(bytes: cacheBytes / 32)
    longPieces = LongPieceEncoder(table: table)
  }

  /// Finds the ids of the pieces `starts[k]..<ends[k]` of `text`, k below `count`, at most `capacity` of them, none
  /// empty. `text` holds `length` bytes. They are read out with `emit`.
  mutating func encode(
    _ text: UnsafePointer<UInt8>, length: Int, starts: UnsafePointer<UInt32>, ends: UnsafePointer<UInt32>, count: Int
  ) {
    overflow.removeAll()
    overflowUses = 0
    repetitions.removeAll()
    waiting.removeAll()
    windowed.removeAll()
    windowCount = 0
    for first in stride(from: 0, to: count, by: Self.block) {
      lookUp(text, length, starts, ends, first..<min(first + Self.block, count))
    }
    lookupCount &+= count
    missCount &+= waiting.count &- windowCount
    if waiting.count > 0 { mergeWaiting(text, length, starts, ends) }
    for index in 0..<repetitions.count {
      let repetition = repetitions[index]
      let value = values[Int(repetition.of)]
      values[Int(repetition.piece)] = value
      counts[Int(repetition.piece)] = counts[Int(repetition.of)]
      if counts[Int(repetition.of)] == Self.overflowMark { overflowUses &+= Int(value[1]) }
    }
  }

  /// 1 and 2: finds the ids of those pieces of a block that a cache knows, and encodes the very long ones. The others wait.
  @inline(__always)
  private mutating func lookUp(
    _ text: UnsafePointer<UInt8>, _ length: Int, _ allStarts: UnsafePointer<UInt32>, _ allEnds: UnsafePointer<UInt32>,
    _ pieces: Range<Int>
  ) {
    let lows = lows.base
    let highs = highs.base
    let first = pieces.lowerBound
    let hashes = hashes.base + first
    let starts = allStarts + first
    let ends = allEnds + first
    let values = values.base + first
    let counts = counts.base + first

    // 1: keys, sets, and the caches' lines on their way.
    let lastSafe = length - 48
    let padded = padded.base
    for i in 0..<pieces.count {
      let start = Int(starts[i])
      let size = Int(ends[i]) &- start
      if size <= ShortPieceTable.longestPiece {
        let (low, high) = Self.shortKey(text + start, size, isSafe: start <= lastSafe, padded)
        lows[i] = low
        highs[i] = high
        let hash = ShortPieceTable.hash(low, high)
        hashes[i] = hash
        xylem_prefetch(short.first(hash))
      } else if size <= LongPieceTable.longestPiece {
        let hash = LongPieceTable.hash(Self.longKey(text + start, size, isSafe: start <= lastSafe, padded))
        highs[i] = 0
        hashes[i] = hash
        let set = long.first(hash)
        xylem_prefetch(set)
        xylem_prefetch(set + 64)
      } else {
        highs[i] = 0
        if size <= LargePieceTable.longestPiece {
          hashes[i] = hash64(UnsafeRawBufferPointer(start: text + start, count: size))
        }
      }
    }

    // 2: look-ups in the first set of each piece.
    let elsewhere = elsewhere.base
    let nowhere = nowhere.base
    var unknown = 0
    for i in 0..<pieces.count {
      let high = highs[i]
      if high != 0 {
        let found = ShortPieceTable.find(lows[i], high, in: short.first(hashes[i]), value: values + i)
        counts[i] = found
        nowhere[unknown] = UInt16(truncatingIfNeeded: i)
        unknown &+= found == 0 ? 1 : 0
        if found > ShortPieceTable.mostPlainIDs { unpack(first &+ i) }
        continue
      }
      let start = Int(starts[i])
      let size = Int(ends[i]) &- start
      if size > LongPieceTable.longestPiece
        || !findLong(first &+ i, text + start, size, in: long.first(hashes[i]), lastSafe &- start)
      {
        nowhere[unknown] = UInt16(truncatingIfNeeded: i)
        unknown &+= 1
      }
    }

    // A full set may have sent some of its pieces elsewhere: their second sets are on their way; then look-ups in them.
    var elsewhereCount = 0
    var nowhereCount = 0
    for m in 0..<unknown {
      let i = Int(nowhere[m])
      let isFull: Bool
      if highs[i] != 0 {
        isFull = ShortPieceTable.isFull(short.first(hashes[i]))
        if isFull { xylem_prefetch(short.second(hashes[i])) }
      } else {
        isFull =
          Int(ends[i] &- starts[i]) <= LongPieceTable.longestPiece && LongPieceTable.isFull(long.first(hashes[i]))
        if isFull {
          let set = long.second(hashes[i])
          xylem_prefetch(set)
          xylem_prefetch(set + 64)
        }
      }
      // Those that are nowhere stay in their order, in front of what was read.
      nowhere[nowhereCount] = UInt16(truncatingIfNeeded: i)
      elsewhere[elsewhereCount] = UInt16(truncatingIfNeeded: i)
      nowhereCount &+= isFull ? 0 : 1
      elsewhereCount &+= isFull ? 1 : 0
    }
    for m in 0..<elsewhereCount {
      let i = Int(elsewhere[m])
      let start = Int(starts[i])
      let isKnown: Bool
      if highs[i] != 0 {
        let found = ShortPieceTable.find(lows[i], highs[i], in: short.second(hashes[i]), value: values + i)
        counts[i] = found
        if found > ShortPieceTable.mostPlainIDs { unpack(first &+ i) }
        isKnown = found != 0
      } else {
        let size = Int(ends[i]) &- start
        isKnown = findLong(first &+ i, text + start, size, in: long.second(hashes[i]), lastSafe &- start)
      }
      nowhere[nowhereCount] = UInt16(truncatingIfNeeded: i)
      nowhereCount &+= isKnown ? 0 : 1
    }

    // What neither table knows.
    for m in 0..<nowhereCount {
      let i = Int(nowhere[m])
      let start = Int(starts[i])
      let size = Int(ends[i]) &- start
      if highs[i] == 0 {
        guard size <= LargePieceTable.longestPiece else {
          encodeAlone(first &+ i, UnsafeBufferPointer(start: text + start, count: size))
          continue
        }
        if findLarge(first &+ i, text + start, size, hashes[i]) { continue }
      }
      wait(first &+ i, text, size, hashes[i], allStarts, allEnds)
    }
  }

  /// Notes piece `k`, which no cache knows: as the same as an earlier one of the batch, which is not known either, or to be
  /// merged.
  @inline(__always)
  private mutating func wait(
    _ k: Int, _ text: UnsafePointer<UInt8>, _ size: Int, _ hash: UInt64, _ starts: UnsafePointer<UInt32>,
    _ ends: UnsafePointer<UInt32>
  ) {
    let start = Int(starts[k])
    let place = Int(truncatingIfNeeded: hash >> UInt64(64 - Self.latestBits))
    let earlier = Int(latest[place])
    latest[place] = UInt16(truncatingIfNeeded: k)
    // One from an earlier batch may stand there: then it only has its number.
    if earlier < k, Int(ends[earlier] &- starts[earlier]) == size,
      equalBytes(text + Int(starts[earlier]), text + start, size)
    {
      repetitions.append((UInt16(truncatingIfNeeded: k), UInt16(truncatingIfNeeded: earlier)))
      return
    }
    if size <= xylem_merge_longest {
      waiting.append(Lane(start, size, k))
    } else if !addWindows(k, start, size) {
      encodeAlone(k, UnsafeBufferPointer(start: text + start, count: size))
    }
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

  /// The ids of a piece of 16 bytes and more, if `large` has them.
  @inline(__always)
  private mutating func findLarge(_ k: Int, _ piece: UnsafePointer<UInt8>, _ size: Int, _ hash: UInt64) -> Bool {
    guard let ids = large.find(piece, size, hash) else { return false }
    let first = overflow.count
    overflow.append(from: ids.first, count: ids.count)
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

  /// Lets the windows of a piece wait for being merged; says whether it did.
  private mutating func addWindows(_ k: Int, _ start: Int, _ size: Int) -> Bool {
    guard longPieces.hasWindows, vocabulary == nil, windowCount + xylem_merge_lanes <= Self.mostWindows else {
      return false
    }
    windowed.append(UInt16(truncatingIfNeeded: k))
    LongPieceEncoder.forEachWindow(of: size) { from, length in
      waiting.append(Lane(start &+ from, length, Self.capacity &+ windowCount))
      windowCount &+= 1
    }
    return true
  }

  /// What one lane of the kernel merges: a piece, or behind all numbers of pieces a window.
  struct Lane {
    let start: UInt32
    let length: UInt8
    let owner: UInt16

    @inline(__always)
    init(_ start: Int, _ length: Int, _ owner: Int) {
      self.start = UInt32(truncatingIfNeeded: start)
      self.length = UInt8(truncatingIfNeeded: length)
      self.owner = UInt16(truncatingIfNeeded: owner)
    }
  }

  /// 3: merges what waits, in groups of similar length, and remembers it.
  private mutating func mergeWaiting(
    _ text: UnsafePointer<UInt8>, _ length: Int, _ starts: UnsafePointer<UInt32>, _ ends: UnsafePointer<UInt32>
  ) {
    guard table.symbols.hasAllBytes else {
      // Then no piece has windows.
      for index in 0..<waiting.count {
        let lane = waiting[index]
        encodeAlone(
          Int(lane.owner), UnsafeBufferPointer(start: text + Int(lane.start), count: Int(lane.length)))
      }
      return
    }
    sortWaiting()
    windowSymbols.reserve(xylem_merge_longest * windowCount)
    windowBoundaries.reserve(windowCount)
    let lanes = lanes.base
    let laneCount = self.lanes.count
    let merged = merged.base
    let boundaries = boundaries.base
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: xylem_merge_lanes) { laneStarts in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: xylem_merge_lanes) { laneLengths in
        guard let laneStart = laneStarts.baseAddress, let laneLength = laneLengths.baseAddress else { return }
        for from in stride(from: 0, to: laneCount, by: xylem_merge_lanes) {
          let group = min(xylem_merge_lanes, laneCount &- from)
          for l in 0..<group {
            let lane = lanes[from &+ l]
            laneStart[l] = lane.start
            laneLength[l] = lane.length
            // Its ids will be kept there. A window's are not, and its owner has no hash.
            let hash = hashes[Int(lane.owner) & (Self.capacity &- 1)]
            if lane.length <= ShortPieceTable.longestPiece {
              xylem_prefetch(short.first(hash))
            } else if lane.length <= LongPieceTable.longestPiece {
              xylem_prefetch(long.first(hash))
              xylem_prefetch(long.first(hash) + 64)
            }
          }
          withUnsafePointer(to: kernelTable) {
            xylem_merge_pieces($0, text, laneStart, laneLength, group, merged, boundaries)
          }
          for l in 0..<group {
            let symbols = merged + xylem_merge_longest &* l
            let owner = Int(lanes[from &+ l].owner)
            if owner < Self.capacity {
              finish(owner, text, length, Int(laneStart[l]), Int(laneLength[l]), symbols, boundaries[l].nonzeroBitCount)
            } else {
              let window = owner &- Self.capacity
              windowBoundaries.base[window] = boundaries[l]
              (windowSymbols.base + xylem_merge_longest &* window).update(
                from: symbols, count: boundaries[l].nonzeroBitCount)
            }
          }
        }
      }
    }
    joinWindows(text, starts, ends)
  }

  /// Sorts what waits by length into `lanes`.
  private mutating func sortWaiting() {
    let waiting = waiting.elements
    lanes.removeAll()
    lanes.appendUninitialized(waiting.count)
    let lanes = lanes.base
    withUnsafeTemporaryAllocation(of: Int.self, capacity: xylem_merge_longest + 2) { places in
      places.initialize(repeating: 0)
      for lane in waiting { places[Int(lane.length) &+ 1] &+= 1 }
      for size in 1..<places.count { places[size] &+= places[size &- 1] }
      for lane in waiting {
        lanes[places[Int(lane.length)]] = lane
        places[Int(lane.length)] &+= 1
      }
    }
  }

  /// Makes ids of the symbols of piece `k`, `found` of them, and remembers it. There is room for four symbols at least.
  @inline(__always)
  private mutating func finish(
    _ k: Int, _ text: UnsafePointer<UInt8>, _ length: Int, _ start: Int, _ size: Int,
    _ ids: UnsafeMutablePointer<UInt32>, _ found: Int
  ) {
    var found = found
    let tokenIDs = table.ids
    if let offset = table.symbols.idOffset {
      // Without a look-up at random, but for single bytes.
      for i in 0..<found {
        ids[i] = ids[i] < 256 ? tokenIDs[Int(ids[i])] : ids[i] &+ offset
      }
    } else {
      for i in 0..<found { ids[i] = tokenIDs[Int(ids[i])] }
    }
    if let vocabulary, found > 1,
      let id = vocabulary.id(of: UnsafeBufferPointer(start: text + start, count: size), .alphabet)
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
      let (low, high) = Self.shortKey(text + start, size, isSafe: start <= length &- 48, padded.base)
      short.insert(low, high, hash: hashes[k], value, count: UInt8(truncatingIfNeeded: found))
      if !isPlain { unpack(k) }
      return
    }
    let first = overflow.count
    overflow.append(from: ids, count: found)
    setOverflow(k, first)
    guard size > ShortPieceTable.longestPiece else { return }
    if size <= LongPieceTable.longestPiece, found <= LongPieceTable.mostIDs {
      let key = Self.longKey(text + start, size, isSafe: start <= length &- 48, padded.base)
      long.insert(key, hash: hashes[k], ids, count: found)
    } else {
      large.insert(text + start, size, hashes[k], ids, count: found)
    }
  }

  /// Joins the windows of each piece that has some.
  private mutating func joinWindows(
    _ text: UnsafePointer<UInt8>, _ starts: UnsafePointer<UInt32>, _ ends: UnsafePointer<UInt32>
  ) {
    var window = 0
    for index in 0..<windowed.count {
      let k = Int(windowed[index])
      let start = text + Int(starts[k])
      let size = Int(ends[k] &- starts[k])
      let first = overflow.count
      longPieces.encode(
        UnsafeBufferPointer(start: start, count: size),
        merged: windowSymbols.base + xylem_merge_longest * window, windowBoundaries.base + window, into: &overflow)
      window += LongPieceEncoder.windowCount(of: size)
      giveIDs(k, from: first)
      large.insert(start, size, hashes[k], overflow.base + first, count: overflow.count - first)
    }
  }

  /// One piece by itself: a long one, or any where the kernel's table does not say everything.
  private mutating func encodeAlone(_ k: Int, _ piece: UnsafeBufferPointer<UInt8>) {
    let first = overflow.count
    if let id = vocabulary?.id(of: piece, .alphabet) {
      overflow.append(id)
    } else {
      longPieces.encode(piece, into: &overflow)
      return giveIDs(k, from: first)
    }
    setOverflow(k, first)
  }

  /// Makes ids of the symbols at the end of `overflow`, which are those of piece `k`.
  private mutating func giveIDs(_ k: Int, from first: Int) {
    for at in first..<overflow.count { overflow[at] = table.ids[Int(overflow[at])] }
    setOverflow(k, first)
  }

  /// 4: appends the ids of the pieces from `first` to below `end`, in order.
  mutating func emit(from first: Int, to end: Int, into output: inout RawArray<UInt32>) {
    output.reserve(output.count + 4 * (end - first) + 4 + overflow.count + overflowUses)
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
  private static func shortKey(
    _ piece: UnsafePointer<UInt8>, _ size: Int, isSafe: Bool, _ padded: UnsafeMutablePointer<UInt8>
  ) -> (low: UInt64, high: UInt64) {
    var at = UnsafeRawPointer(piece)
    if !isSafe { at = padding(piece, size, padded) }
    return (
      at.loadUnaligned(as: UInt64.self) & lowMask(size),
      (at + 8).loadUnaligned(as: UInt64.self) & highMask(size) | UInt64(truncatingIfNeeded: size) << 56
    )
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
