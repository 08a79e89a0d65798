// Where a piece of unspaced text may be cut before it is merged, without changing a token.
//
// A merge that is the first to cross the boundary between two characters joins a symbol that ends there to one that
// begins there. So where no merge of the table has a left part that ends like the text before and a right part that
// begins like the text behind, nothing ever crosses, and the two sides can be encoded (and remembered) apart. Chinese
// clauses hardly ever repeat; the words between such boundaries do.
import CKernels
import Synchronization

/// The cuts of a table, made when the first piece asks for them: most scripts never do, and making them is a twentieth of
/// loading a tokenizer.
final class CharacterCutsOnDemand: Sendable {
  private let table: MergeTable
  /// nil: not asked for yet.
  private let made = Mutex<CharacterCuts?>(nil)

  init(_ table: MergeTable) { self.table = table }

  /// nil where cutting is of no use. O(merges) the first time.
  var cuts: CharacterCuts? {
    made.withLock { made in
      let cuts = made ?? CharacterCuts(table)
      made = cuts
      return cuts.isUseful ? cuts : nil
    }
  }
}

/// The pairs of characters that some merge joins. Only characters of three bytes from U+3000 to U+9FFF are asked about:
/// kana, Han and the signs among them, where pieces are long.
final class CharacterCuts: @unchecked Sendable {
  /// Bits of the filter: 512 KB, so that it stays near.
  private static let filterBits = 22
  // Written in `init` only.
  private let filter: ZeroedMemory
  /// Whether cutting pays: not where nearly everything is joined, or nothing.
  let isUseful: Bool

  /// First bytes of the characters in question.
  private static let leads: ClosedRange<UInt8> = 0xE3...0xE9

  /// O(merges). Of no use to a table that is not ordered, or whose merges share ranks.
  init(_ table: MergeTable) {
    let mergeCount = table.symbols.count
    // A word more: the bit behind the last one is always clear.
    filter = ZeroedMemory(byteCount: 1 << (Self.filterBits - 3) + 8)
    guard table.isOrdered, table.symbols.hasAllBytes else {
      isUseful = false
      return
    }
    var set = FilterWriter(bits: filter.base.assumingMemoryBound(to: UInt64.self), shift: 64 - Self.filterBits)
    // The first and the last bytes of each symbol, three at most, side by side.
    var edges = RawArray<(head: Few, tail: Few)>(inLargePages: 256 + mergeCount)
    edges.appendUninitialized(256 + mergeCount)
    for byte in 0..<256 {
      let few = Few(UInt8(byte))
      edges[byte] = (few, few)
    }
    for rank in 0..<mergeCount {
      if rank + Self.ahead < mergeCount {
        if let (left, right) = table.parts(ofRank: rank + Self.ahead) {
          xylem_prefetch(edges.base + left)
          xylem_prefetch(edges.base + right)
        }
      }
      guard let (leftSymbol, rightSymbol) = table.parts(ofRank: rank) else {
        edges[256 + rank] = (Few(), Few())
        continue
      }
      let (left, right) = (edges[leftSymbol], edges[rightSymbol])
      edges[256 + rank] = (left.head.appending(right.head), right.tail.prepending(left.tail))
      guard Self.canEnd(left.tail), Self.canBegin(right.head) else { continue }
      if left.tail.count == 3, right.head.count == 3 {
        // Nearly all: two whole characters.
        set.insert(Self.number(left.tail), Self.number(right.head))
      } else {
        set.insert(Self.endings(left.tail), Self.beginnings(right.head))
      }
      if set.count > Self.mostPairs { break }
    }
    isUseful = set.count > 0 && set.count <= Self.mostPairs
  }

  /// How many merges before its turn the edges of one's parts are asked for.
  private static let ahead = 12

  /// Beyond this the filter says "joined" of too many pairs that are not.
  private static let mostPairs = 1 << 20

  /// Up to three bytes, the first of them highest, below their number.
  struct Few {
    private var bits: UInt32 = 0

    init() {}
    init(_ byte: UInt8) { bits = 1 << 24 | UInt32(byte) }
    private init(bytes: UInt32, count: Int) { bits = UInt32(truncatingIfNeeded: count) << 24 | bytes }

    var count: Int { Int(bits >> 24) }
    var bytes: UInt32 { bits & 0xFF_FFFF }

    @inline(__always)
    func appending(_ other: Few) -> Few {
      let taken = min(3 &- count, other.count)
      return Few(
        bytes: bytes &<< UInt32(truncatingIfNeeded: 8 &* taken)
          | other.bytes &>> UInt32(truncatingIfNeeded: 8 &* (other.count &- taken)),
        count: count &+ taken)
    }

    @inline(__always)
    func prepending(_ other: Few) -> Few {
      let taken = min(3 &- count, other.count)
      let added = other.bytes & ((1 &<< UInt32(truncatingIfNeeded: 8 &* taken)) &- 1)
      return Few(bytes: added &<< UInt32(truncatingIfNeeded: 8 &* count) | bytes, count: count &+ taken)
    }

    subscript(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: bytes >> UInt32(8 * (count - 1 - index))) }
  }

  /// Whether a character in question can end with these, the last bytes of a symbol.
  @inline(__always)
  private static func canEnd(_ tail: Few) -> Bool {
    guard tail.count > 0, isTail(UInt8(truncatingIfNeeded: tail.bytes)) else { return false }
    if tail.count == 1 { return true }
    return isTail(tail[tail.count - 2]) && (tail.count == 2 || leads.contains(tail[0]))
  }

  @inline(__always)
  private static func canBegin(_ head: Few) -> Bool {
    guard head.count > 0, leads.contains(head[0]) else { return false }
    return (head.count < 2 || isTail(head[1])) && (head.count < 3 || isTail(head[2]))
  }

  /// The characters that end with `tail`: itself, or all with its bytes behind.
  private static func endings(_ tail: Few) -> [ClosedRange<UInt32>] {
    switch tail.count {
    case 3: return [one(tail[0], tail[1], tail[2])]
    case 2: return leads.map { one($0, tail[0], tail[1]) }
    default: return leads.flatMap { lead in (UInt8(0x80)...0xBF).map { one(lead, $0, tail[0]) } }
    }
  }

  private static func beginnings(_ head: Few) -> [ClosedRange<UInt32>] {
    switch head.count {
    case 3: [one(head[0], head[1], head[2])]
    case 2: [number(head[0], head[1], 0x80)...number(head[0], head[1], 0xBF)]
    default: [number(head[0], 0x80, 0x80)...number(head[0], 0xBF, 0xBF)]
    }
  }

  private static func one(_ a: UInt8, _ b: UInt8, _ c: UInt8) -> ClosedRange<UInt32> {
    number(a, b, c)...number(a, b, c)
  }

  private static func number(_ few: Few) -> UInt32 { number(few[0], few[1], few[2]) }

  private static func isTail(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

  /// A character without the bits that say how long it is: 16 bits that ascend by one.
  private static func number(_ a: UInt8, _ b: UInt8, _ c: UInt8) -> UInt32 {
    UInt32(a & 0x0F) << 12 | UInt32(b & 0x3F) << 6 | UInt32(c & 0x3F)
  }

  @inline(__always)
  fileprivate static func place(_ before: UInt32, _ after: UInt32, shift: Int) -> Int {
    let pair = UInt64(before) << 16 | UInt64(after)
    return Int(truncatingIfNeeded: (pair &* 0x9E37_79B9_7F4A_7C15) >> UInt64(shift))
  }

  private struct FilterWriter {
    let bits: UnsafeMutablePointer<UInt64>
    let shift: Int
    var count = 0

    @inline(__always)
    mutating func insert(_ before: UInt32, _ after: UInt32) {
      let at = CharacterCuts.place(before, after, shift: shift)
      bits[at >> 6] |= 1 << UInt64(at & 63)
      count += 1
    }

    mutating func insert(_ befores: [ClosedRange<UInt32>], _ afters: [ClosedRange<UInt32>]) {
      for before in befores {
        for after in afters {
          for a in before { for b in after { insert(a, b) } }
        }
        if count > CharacterCuts.mostPairs { return }
      }
    }
  }

  // MARK: Cutting

  /// Boundaries that wait for their bits of the filter, which were asked for and come from beyond a core's own caches.
  struct Queue: ~Copyable {
    fileprivate static let capacity = 1 << 10
    fileprivate let offsets = RawArray<UInt32>(repeating: 0, count: capacity + 1)
    fileprivate let places = RawArray<UInt32>(repeating: 0, count: capacity + 1)
    fileprivate var count = 0
  }

  /// Queues the end of a piece that is not to be cut inside.
  @inline(__always)
  func addEnd(_ end: Int, to queue: inout Queue, _ ends: inout RawArray<UInt32>) {
    if queue.count == Queue.capacity { flush(&queue, to: &ends) }
    queue.offsets[queue.count] = UInt32(truncatingIfNeeded: end)
    queue.places[queue.count] = 1 << UInt32(Self.filterBits)
    queue.count &+= 1
  }

  /// Queues the boundaries of a piece, `text[start..<end]`, and its end. May keep a boundary that could be cut, never cuts
  /// one that could be crossed. Text that is no UTF-8 is not cut inside.
  func addPiece(
    _ text: UnsafePointer<UInt8>, _ start: Int, _ end: Int, to queue: inout Queue, _ ends: inout RawArray<UInt32>
  ) {
    let bits = filter.base.assumingMemoryBound(to: UInt64.self)
    let shift = 64 - Self.filterBits
    var before: UInt32 = 0
    // A boundary is asked about when characters in question stand on both sides of it.
    var follows = 0
    var at = start
    while at < end {
      if queue.count == Queue.capacity { flush(&queue, to: &ends) }
      let (offsets, places) = (queue.offsets.base, queue.places.base)
      var count = queue.count
      // Written for every character and counted where it is a boundary: which it is cannot be predicted.
      while at < end, count < Queue.capacity {
        let first = text[at]
        guard Self.leads.contains(first), at &+ 2 < end, Self.isTail(text[at &+ 1]), Self.isTail(text[at &+ 2]) else {
          follows = 0
          at &+= 1
          continue
        }
        let character = Self.number(first, text[at &+ 1], text[at &+ 2])
        let place = Self.place(before, character, shift: shift)
        xylem_prefetch(bits + (place >> 6))
        offsets[count] = UInt32(truncatingIfNeeded: at)
        places[count] = UInt32(truncatingIfNeeded: place)
        count &+= follows
        before = character
        follows = 1
        at &+= 3
      }
      queue.count = count
    }
    addEnd(end, to: &queue, &ends)
  }

  /// Appends those of the queued boundaries that nothing crosses.
  func flush(_ queue: inout Queue, to ends: inout RawArray<UInt32>) {
    let bits = filter.base.assumingMemoryBound(to: UInt64.self)
    let (offsets, places) = (queue.offsets.base, queue.places.base)
    let waiting = queue.count
    ends.append(room: waiting &+ 1) { out in
      var count = 0
      for index in 0..<waiting {
        let place = Int(places[index])
        let isJoined = Int(truncatingIfNeeded: bits[place >> 6] &>> UInt64(truncatingIfNeeded: place)) & 1
        out[count] = offsets[index]
        count &+= isJoined ^ 1
      }
      return count
    }
    queue.count = 0
  }

  /// Whether a piece is long and begins, but for a space, like text that is worth cutting.
  @inline(__always)
  static func isWorthIt(_ text: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
    end &- start > ShortPieceTable.longestPiece && (leads.contains(text[start]) || leads.contains(text[start &+ 1]))
  }
}
