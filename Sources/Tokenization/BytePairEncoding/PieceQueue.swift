// Pieces that wait to be encoded: split from text, long ones cut where that is exact.

/// Pieces as offsets in one text buffer; scratch for one thread. A value, so that a batch of pieces costs its owner one
/// check of exclusive access and not one each.
struct PieceQueue: ~Copyable {
  private(set) var starts = RawArray<UInt32>(capacity: 1 << 14)
  private(set) var ends = RawArray<UInt32>(capacity: 1 << 14)
  private var uncut = RawArray<UInt32>(capacity: 1 << 10)
  private var boundaries = CharacterCuts.Queue()

  var count: Int { ends.count }

  /// Splits a part of the buffer, which is not empty, and lets its pieces wait.
  mutating func add(
    _ range: Range<Int>, of base: UnsafePointer<UInt8>, _ preTokenizer: PreTokenizer, _ cuts: CharacterCutsOnDemand?
  ) {
    let text = UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
    let first = ends.count
    preTokenizer.appendEnds(of: text, base: UInt32(range.lowerBound), to: &ends)
    if let cuts { cut(base, from: range.lowerBound, piecesFrom: first, cuts) }
    let added = ends.count - first
    starts.appendUninitialized(added)
    starts[first] = UInt32(range.lowerBound)
    (starts.base + first + 1).update(from: ends.base + first, count: added - 1)
  }

  /// Cuts the pieces from `first` on, where that is worth it and exact.
  private mutating func cut(
    _ text: UnsafePointer<UInt8>, from start: Int, piecesFrom first: Int, _ onDemand: CharacterCutsOnDemand
  ) {
    var start = start
    var piece = first
    while piece < ends.count, !CharacterCuts.isWorthIt(text, start, Int(ends[piece])) {
      start = Int(ends[piece])
      piece += 1
    }
    guard piece < ends.count, let cuts = onDemand.cuts else { return }
    // From the first that is cut on, ends move: they are taken from a copy.
    uncut.removeAll()
    uncut.append(from: ends.base + piece, count: ends.count - piece)
    ends.truncate(to: piece)
    for index in 0..<uncut.count {
      let end = Int(uncut[index])
      if CharacterCuts.isWorthIt(text, start, end) {
        cuts.addPiece(text, start, end, to: &boundaries, &ends)
      } else {
        cuts.addEnd(end, to: &boundaries, &ends)
      }
      start = end
    }
    cuts.flush(&boundaries, to: &ends)
  }

  /// Forgets the first pieces.
  mutating func removeFirst(_ removed: Int) {
    starts.removeFirst(removed)
    ends.removeFirst(removed)
  }
}
