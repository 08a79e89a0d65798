// Merges as encoders meet them: between symbols, not ids.

/// The merges of a tokenizer by rank. A symbol is a byte or what a merge gives: byte b is symbol b, the merge of rank r
/// gives 256 + r; so nothing is looked up to know what comes of a merge. Where several merges give one id, its symbol is
/// that of the first.
struct MergeSymbols: ~Copyable {
  /// Parts of a merge that can never happen: nothing makes one of its tokens.
  static let idle = UInt64.max
  /// Stands for the symbol of an id that has none.
  static let none = UInt32.max

  let count: Int
  /// Left symbol << 32 | right symbol by rank, or `idle`; of merges that share a rank, the last one's.
  let parts: UnsafeMutablePointer<UInt64>
  /// Id by symbol; `.max` for a byte the vocabulary lacks.
  let ids: UnsafeMutablePointer<UInt32>
  /// Symbol of a byte: the byte, unless an earlier one has the same id.
  let byteSymbols: UnsafeMutablePointer<UInt32>
  /// Every byte has an id of its own.
  let hasAllBytes: Bool
  /// Bytes without a token, whether or not an unknown one stands for them.
  let lackingBytes: [UInt8]
  /// What to add to a merge's symbol for its id, where that is the same for all merges.
  private(set) var idOffset: UInt32?
  /// Symbol by rank; nil where each merge gives one of its own.
  private(set) var symbolOfRank: UnsafeMutablePointer<UInt32>?

  /// The merges that can never happen, by ids, in the order of the list.
  private(set) var idleMerges: [Merge] = []
  /// Lengths of symbols that are told, because their merges need not tell them.
  private(set) var givenLengths: [(symbol: UInt32, length: UInt32)] = []

  /// Several merges that make one token have one rank.
  let hasSharedRanks: Bool
  /// In that case the rank of each merge of the list, and its parts.
  private var listRanks = RawArray<UInt32>(capacity: 1)
  private var listParts = RawArray<UInt64>(capacity: 1)
  private let memory: ZeroedMemory

  /// Ids from 256 on and parts are set by the caller.
  private init(count: Int, hasSharedRanks: Bool, byteID: [UInt32], unknownID: UInt32?) {
    self.count = count
    self.hasSharedRanks = hasSharedRanks
    memory = ZeroedMemory(byteCount: 8 * (count + 1) + 4 * (256 + count) + 4 * 256 + 4 * (count + 1))
    parts = memory.base.bindMemory(to: UInt64.self, capacity: count + 1)
    ids = UnsafeMutableRawPointer(parts + count + 1).bindMemory(to: UInt32.self, capacity: 512 + 2 * count + 1)
    byteSymbols = ids + 256 + count
    for byte in 0..<256 { ids[byte] = byteID[byte] == Self.none ? unknownID ?? Self.none : byteID[byte] }
    lackingBytes = (UInt8.min...UInt8.max).filter { byteID[Int($0)] == Self.none }
    hasAllBytes = Set(UnsafeBufferPointer(start: ids, count: 256)).subtracting([Self.none]).count == 256
  }

  /// `list`: merges, at most `MergeTable.mostMerges`; ids are below 2^20. `ranks`: the rank of each merge where several
  /// that make one token share it, each below `list.count`; nil: its index. `byteID`: ids of the bytes, `none` for one
  /// without a token, for which `unknownID` stands. O(merges + largest id).
  init(_ list: MergeList, ranks: [UInt32]? = nil, byteID: [UInt32], unknownID: UInt32? = nil) {
    let merges = list.elements
    self.init(count: merges.count, hasSharedRanks: ranks != nil, byteID: byteID, unknownID: unknownID)
    for rank in ranks ?? [] { listRanks.append(rank) }
    for index in merges.indices { ids[256 + rank(index)] = merges[index].id }
    let numbering = number()
    for index in merges.indices {
      let merge = merges[index]
      let (left, right) = (numbering[merge.left], numbering[merge.right])
      var pair = UInt64(left) << 32 | UInt64(right)
      if left == Self.none || right == Self.none {
        pair = Self.idle
        idleMerges.append(merge)
      }
      parts[rank(index)] = pair
      if hasSharedRanks { listParts.append(pair) }
    }
    withExtendedLifetime(list) {}
  }

  /// Merges of which each has a rank of its own. `fill` sets their parts by rank, symbols below 256 + count or `idle`, and
  /// their ids by symbol from 256 on, below 2^20; it returns those that are idle. `lengths`: bytes of tokens by id that
  /// merges need not tell.
  init(
    count: Int, byteID: [UInt32], unknownID: UInt32?, lengths: [(id: UInt32, length: UInt32)],
    _ fill: (_ parts: UnsafeMutablePointer<UInt64>, _ ids: UnsafeMutablePointer<UInt32>)
      throws(TokenizationFailure) -> [Merge]
  ) throws(TokenizationFailure) {
    self.init(count: count, hasSharedRanks: false, byteID: byteID, unknownID: unknownID)
    idleMerges = try fill(parts, ids)
    let numbering = number()
    for (id, length) in lengths {
      let symbol = numbering[id]
      if symbol >= 256, symbol != Self.none { givenLengths.append((symbol, length)) }
    }
  }

  /// Symbols by id. Ids that follow one another, as those of most files do, need no table.
  private struct Numbering: ~Copyable {
    let first: UInt32
    let count: UInt32
    let others: RawArray<UInt32>

    @inline(__always)
    subscript(_ id: UInt32) -> UInt32 {
      let index = id &- first
      if index < count { return 256 &+ index }
      return Int(id) < others.count ? others[Int(id)] : MergeSymbols.none
    }
  }

  /// Gives ids their symbols; `ids` are set.
  private mutating func number() -> Numbering {
    let bytes = UnsafeBufferPointer(start: ids, count: 256).filter { $0 != Self.none }
    let merged = UnsafeBufferPointer(start: ids + 256, count: count)
    let first = merged.first ?? 0
    if merged.indices.allSatisfy({ merged[$0] == first &+ UInt32(truncatingIfNeeded: $0) }) { idOffset = first &- 256 }
    let isPlain = idOffset != nil && !bytes.contains { $0 &- first < UInt32(truncatingIfNeeded: count) }
    let largest = max(bytes.max() ?? 0, isPlain ? 0 : merged.max() ?? 0)
    let symbols = RawArray<UInt32>(inLargePages: Int(largest) + 1, repeating: Self.none)
    for byte in 0..<256 {
      byteSymbols[byte] = UInt32(byte)
      let id = Int(ids[byte])
      if ids[byte] == Self.none { continue }
      if symbols[id] == Self.none { symbols[id] = UInt32(byte) }
      byteSymbols[byte] = symbols[id]
    }
    if !isPlain {
      let table = byteSymbols + 256
      var isOneEach = true
      for rank in 0..<count {
        let (id, own) = (Int(merged[rank]), UInt32(truncatingIfNeeded: 256 + rank))
        if symbols[id] == Self.none { symbols[id] = own }
        table[rank] = symbols[id]
        isOneEach = isOneEach && symbols[id] == own
      }
      symbolOfRank = isOneEach ? nil : table
    }
    return Numbering(first: first, count: isPlain ? UInt32(truncatingIfNeeded: count) : 0, others: symbols)
  }

  /// The rank of merge `index` of the list.
  @inline(__always)
  func rank(_ index: Int) -> Int { hasSharedRanks ? Int(listRanks[index]) : index }

  /// Parts of merge `index` of the list, or `idle`.
  @inline(__always)
  func pair(_ index: Int) -> UInt64 { hasSharedRanks ? listParts[index] : parts[index] }

  /// Symbol that a rank gives.
  @inline(__always)
  func symbol(ofRank rank: Int) -> UInt32 { symbolOfRank?[rank] ?? UInt32(truncatingIfNeeded: 256 &+ rank) }

  /// The merges by ids as a file lists them. O(merges).
  var list: MergeList {
    var merges = RawArray<Merge>(inLargePages: count)
    var idle = idleMerges.makeIterator()
    for index in 0..<count {
      let pair = pair(index)
      if pair != Self.idle {
        merges.append((ids[Int(pair >> 32)], ids[Int(pair & 0xFFFF_FFFF)], ids[256 + rank(index)]))
      } else if let next = idle.next() {
        merges.append(next)
      }
    }
    return MergeList(merges)
  }
}
