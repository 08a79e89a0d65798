// Pieces longer than the merge kernel takes: encoded in overlapping windows, exactly.
//
// When every merge comes after the merges that make its parts, a sequence of tokens is the encoding of its bytes exactly
// when each two neighbours alone are the encoding of theirs (the property that github/rust-gems' bpe crate builds on).
// Neighbours inside any one window's encoding fulfil this. So two overlapping windows join at a token that both have at
// the same place, whatever stands around it; where they have none, a window begins at a boundary that is certain.
import CKernels

/// Encodes long pieces; scratch for one thread. A text of repetitions may have tokens longer than a window: then a few
/// thousand bytes at a time are merged by heap, and repetitions of them are copied.
struct LongPieceEncoder: ~Copyable {
  private static let window = xylem_merge_longest
  private static let usualStride = 44
  private static let chunk = 4096

  private let table: MergeTable
  private let kernelTable: xylem_merge_table
  private var merger: PieceMerger
  private var windowSymbols = RawArray<UInt32>(repeating: 0, count: xylem_merge_longest * xylem_merge_lanes)
  private var boundaries = RawArray<UInt64>(repeating: 0, count: xylem_merge_lanes)
  private var chunkSymbols = RawArray<UInt32>(capacity: 1 << 10)
  private var pairSymbols = RawArray<UInt32>(capacity: 16)

  init(table: MergeTable) {
    self.table = table
    kernelTable = table.kernelTable
    merger = PieceMerger(table: table)
  }

  // MARK: Windows merged by others

  /// Whether pieces are encoded in windows.
  var hasWindows: Bool { table.isOrdered && table.symbols.hasAllBytes }

  /// The longest piece whose windows are few enough to be merged with those of other pieces.
  static let fewWindows = window + 7 * usualStride

  /// Number of windows `step` bytes apart that a piece of `size` bytes has.
  static func windowCount(of size: Int, step: Int = usualStride) -> Int {
    1 + max(0, size - window + step - 1) / step
  }

  /// Where the windows of a piece begin, and how long they are; the first 32 of them.
  @inline(__always)
  static func forEachWindow(of size: Int, step: Int = usualStride, _ body: (_ from: Int, _ length: Int) -> Void) {
    for index in 0..<min(windowCount(of: size, step: step), xylem_merge_lanes) {
      body(step &* index, min(window, size &- step &* index))
    }
  }

  /// Appends the symbols of `piece`, of at most `fewWindows` bytes, whose windows the kernel has merged already: what it
  /// gave for them, `xylem_merge_longest` symbols apart.
  mutating func encode(
    _ piece: UnsafeBufferPointer<UInt8>, merged: UnsafePointer<UInt32>, _ mergedBoundaries: UnsafePointer<UInt64>,
    into symbols: inout RawArray<UInt32>
  ) {
    let ready = Self.windowCount(of: piece.count)
    windowSymbols.base.update(from: merged, count: Self.window * ready)
    boundaries.base.update(from: mergedBoundaries, count: ready)
    encode(piece, ready: ready, into: &symbols)
  }

  // MARK: Encoding

  /// Appends the symbols of `piece`, at most 2^31 bytes. O(n) where windows join, O(n log n) at worst.
  mutating func encode(_ piece: UnsafeBufferPointer<UInt8>, into symbols: inout RawArray<UInt32>) {
    encode(piece, ready: 0, into: &symbols)
  }

  /// The same where so many windows, from the beginning on, have been merged already.
  private mutating func encode(
    _ piece: UnsafeBufferPointer<UInt8>, ready: Int, into symbols: inout RawArray<UInt32>
  ) {
    guard hasWindows, let bytes = piece.baseAddress else {
      return merger.merge(piece, into: &symbols)
    }
    let count = piece.count
    let first = symbols.count
    var done = 0
    // The symbol that certainly may follow the last one: it did so in the window the last one is from.
    var expected: UInt32?
    var stride = Self.usualStride
    // A fresh start that fails goes back by symbols and on with more bytes at once, in the end with all of them.
    var chunk = Self.chunk
    var furthest = 0
    var ready = ready
    while done < count {
      let lanes = ready > 0 ? ready : mergeWindows(bytes + done, count - done, stride)
      ready = 0
      let outcome = joinWindows(lanes, count, from: &done, expected: &expected, stride: &stride, first, &symbols)
      if outcome == .windows { continue }
      if done > furthest {
        furthest = done
        chunk = Self.chunk
      } else {
        chunk = min(chunk * 4, count)
      }
      encodeChunks(bytes, count, chunk, from: &done, expected: &expected, first, &symbols)
    }
  }

  private enum Outcome { case windows, chunk }

  /// Joins as many of the `lanes` windows merged from `done` on as do; `done` moves to the boundary reached.
  private mutating func joinWindows(
    _ lanes: Int, _ count: Int, from done: inout Int, expected: inout UInt32?, stride: inout Int, _ first: Int,
    _ symbols: inout RawArray<UInt32>
  ) -> Outcome {
    let start = done
    let step = stride
    let isEnd = start + (lanes - 1) * step + Self.window >= count
    guard isPossible(windowSymbols[0], expected, symbols, first) else { return .chunk }

    // Of the window at hand: its first boundary that is certain, and the symbol there.
    var entry: UInt64 = 0
    var lane = 0
    while true {
      let mine = boundaries[lane]
      if isEnd, lane == lanes - 1 {
        append(lane, from: entry, to: UInt64(Self.window), &symbols)
        done = count
        expected = nil
        return .windows
      }
      if lane + 1 < lanes, let join = Self.join(mine, boundaries[lane + 1], step) {
        append(lane, from: entry, to: join + UInt64(step), &symbols)
        entry = join
        lane += 1
        continue
      }
      // The last window, or one that does not join the next: up to its last boundary that leaves some bytes for context.
      let limit = UInt64(usualLimit(mine))
      guard limit > entry else {
        if lane == 0 { return .chunk }
        return stop(at: start + lane * step + Int(entry), lane, entry, &done, &expected)
      }
      append(lane, from: entry, to: limit, &symbols)
      if lane + 1 < lanes { stride = Int(limit) >= Self.window / 3 ? Int(limit) : Self.usualStride }
      return stop(at: start + lane * step + Int(limit), lane, limit, &done, &expected)
    }
  }

  /// Merges windows `step` bytes apart, up to 32 of them; returns how many.
  private mutating func mergeWindows(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ step: Int) -> Int {
    var lanes = 0
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: xylem_merge_lanes) { starts in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: xylem_merge_lanes) { lengths in
        Self.forEachWindow(of: count, step: step) { from, length in
          starts[lanes] = UInt32(truncatingIfNeeded: from)
          lengths[lanes] = UInt8(truncatingIfNeeded: length)
          lanes &+= 1
        }
        withUnsafePointer(to: kernelTable) {
          xylem_merge_pieces(
            $0, bytes, starts.baseAddress, lengths.baseAddress, lanes, windowSymbols.base, boundaries.base)
        }
      }
    }
    return lanes
  }

  private func stop(
    at place: Int, _ lane: Int, _ boundary: UInt64, _ done: inout Int, _ expected: inout UInt32?
  ) -> Outcome {
    done = place
    expected = symbol(lane, at: boundary)
    return .windows
  }

  /// The last boundary of a window with a quarter of it behind.
  private func usualLimit(_ boundaries: UInt64) -> Int {
    let early = boundaries & ((1 << UInt64(Self.window * 3 / 4 + 1)) - 1)
    return 63 - early.leadingZeroBitCount
  }

  /// A place, in the second window's bytes, where both windows have the same symbol.
  @inline(__always)
  private static func join(_ left: UInt64, _ right: UInt64, _ step: Int) -> UInt64? {
    // The left window ends after `overlap` bytes of the right one: a boundary, too.
    let overlap = UInt64(window &- step)
    let ours = left &>> UInt64(truncatingIfNeeded: step) | 1 &<< overlap
    var common = ours & right & ((1 &<< overlap) &- 1)
    while common != 0 {
      let place = UInt64(common.trailingZeroBitCount)
      let above = ~UInt64(0) &<< (place &+ 1)
      if (ours & above).trailingZeroBitCount == (right & above).trailingZeroBitCount { return place }
      common &= common &- 1
    }
    return nil
  }

  /// Index of the symbol of `lane` that begins at `boundary`.
  @inline(__always)
  private func index(_ lane: Int, at boundary: UInt64) -> Int {
    boundary >= 64
      ? boundaries[lane].nonzeroBitCount
      : (boundaries[lane] & ((1 &<< boundary) &- 1)).nonzeroBitCount
  }

  private func symbol(_ lane: Int, at boundary: UInt64) -> UInt32 {
    windowSymbols[lane * Self.window + index(lane, at: boundary)]
  }

  @inline(__always)
  private func append(_ lane: Int, from: UInt64, to end: UInt64, _ symbols: inout RawArray<UInt32>) {
    let first = index(lane, at: from)
    symbols.append(
      from: windowSymbols.base + lane &* Self.window + first, count: index(lane, at: end) &- first)
  }

  /// Whether `next` may follow what stands: it is expected, or the two alone encode to themselves.
  private mutating func isPossible(
    _ next: UInt32, _ expected: UInt32?, _ symbols: borrowing RawArray<UInt32>, _ first: Int
  ) -> Bool {
    guard symbols.count > first, next != expected else { return true }
    let last = symbols[symbols.count - 1]
    pairSymbols.removeAll()
    merger.join(last, next, into: &pairSymbols)
    return pairSymbols.count == 2 && pairSymbols[0] == last && pairSymbols[1] == next
  }

  /// Merges by heap from `done` on, and copies the result for as long as the text repeats.
  private mutating func encodeChunks(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ chunk: Int, from done: inout Int, expected: inout UInt32?,
    _ first: Int, _ symbols: inout RawArray<UInt32>
  ) {
    var size = min(chunk, count - done)
    while true {
      chunkSymbols.removeAll()
      merger.merge(UnsafeBufferPointer(start: bytes + done, count: size), into: &chunkSymbols)
      if !isPossible(chunkSymbols[0], expected, symbols, first) {
        let last = symbols.removeLast()
        let length = Int(table.lengths[Int(last)])
        done -= length
        size += length
        expected = symbols.count > first ? last : nil
        continue
      }
      if done + size == count {
        symbols.append(from: chunkSymbols.base, count: chunkSymbols.count)
        done = count
        return
      }
      // Up to the last boundary with an eighth of the chunk behind; a chunk of one symbol or two is too small.
      var kept = 0
      var keptBytes = 0
      while kept < chunkSymbols.count {
        let next = keptBytes + Int(table.lengths[Int(chunkSymbols[kept])])
        if next > size - size / 8 { break }
        keptBytes = next
        kept += 1
      }
      if kept == 0 {
        size = min(size * 4, count - done)
        continue
      }
      repeat {
        symbols.append(from: chunkSymbols.base, count: kept)
        done += keptBytes
        expected = chunkSymbols[kept]
      } while chunkSymbols[0] == chunkSymbols[kept] && repeats(bytes + done, by: keptBytes, size, count - done)
      return
    }
  }

  /// Whether `size` bytes from `here` on are those that stand `distance` before them.
  private func repeats(_ here: UnsafePointer<UInt8>, by distance: Int, _ size: Int, _ rest: Int) -> Bool {
    rest > size && equalBytes(here, here - distance, size)
  }
}
