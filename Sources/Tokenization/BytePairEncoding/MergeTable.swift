// Which pairs merge, how early, and into what: shared by all encoders, never changed.
import CKernels

/// Ranks by pair of symbols. A symbol is a byte or what a merge gives: byte b is symbol b, the merge of rank r gives
/// 256 + r; so nothing is looked up to know what comes of a merge. Ids are asked for only when a piece is finished.
///
/// Pairs lie in a perfect hash (hash and displace: Belazzougui, Botelho, Dietzfelbinger, ESA 2009), eight bytes a merge:
/// 2.3 MB for 250,000 merges, one look-up whether the pair is there or not.
final class MergeTable: @unchecked Sendable {
  // Memory is written in `init` only, and freed with the last user: sharing it between threads is safe.
  static let noRank = XYLEM_NO_MERGE
  /// Symbols have 20 bits, one of which stands for "nothing".
  static let mostMerges = (1 << 20) - 1 - 256

  /// What the kernels of CKernels read. Its pointers live as long as this object.
  let kernelTable: xylem_merge_table
  /// Id by symbol; `.max` for a byte the vocabulary lacks.
  let ids: UnsafeMutablePointer<UInt32>
  /// Symbol of a byte: the byte, unless an earlier one has the same id.
  let byteSymbols: UnsafeMutablePointer<UInt32>
  /// What to add to a merge's symbol for its id, where that is the same for all merges.
  let idOffset: UInt32?
  /// Bytes of a symbol.
  let lengths: UnsafeMutablePointer<UInt32>
  /// Rank of two neighbouring bytes, by `first << 8 | second`.
  let bytePairRank: UnsafeMutablePointer<UInt32>
  /// Every byte has an id of its own.
  let hasAllBytes: Bool
  /// Every merge comes after the merges that make its two parts. Then a sequence of tokens is the encoding of its bytes
  /// exactly when each two neighbours are the encoding of theirs: long pieces can be encoded in overlapping windows.
  let isOrdered: Bool
  /// The two symbols of a merge, by rank.
  private let parts: UnsafeMutablePointer<UInt64>
  private let symbolOfRank: UnsafeMutablePointer<UInt32>?
  private let displacements: UnsafeMutablePointer<UInt16>
  private let slots: UnsafeMutablePointer<UInt64>
  /// Where the pairs of a table of this size went, for a later one of the same merges; empty where that took more than
  /// one try.
  let placement: UnsafeBufferPointer<UInt16>
  /// What the kernel knows of two neighbouring bytes (`xylem_pair_entry`).
  private let bytePairs: UnsafeMutablePointer<UInt64>
  /// What it knows of characters of three bytes (`xylem_character`, `xylem_character_limit`).
  private let characterRanks: UnsafeMutablePointer<UInt32>
  private let characterLimits: UnsafeMutablePointer<UInt32>
  private static let characterCount = xylem_characters
  private static let limitCount = (1 << 10) * xylem_limit_columns
  /// All of the above lie here, side by side, in large pages where the system has them.
  private let memory: ZeroedMemory

  /// `list`: merges, at most `mostMerges`; ids are below 2^20. A pair that occurs twice keeps its last rank, as in
  /// Hugging Face's reader; a merge of a token that nothing gives can never happen and is left out. `ranks`: the rank of
  /// each merge where several that make one token share it, each below `merges.count`; nil: its index. `placement`: what
  /// `placement` of a table of the same merges was, which spares the search for it; any other costs time only. Throws
  /// when the pairs cannot be placed, which takes a list that was made for that.
  init(
    _ list: MergeList, ranks sharedRanks: [UInt32]? = nil, byteID: [UInt32], placement known: [UInt16] = []
  ) throws(TokenizationFailure) {
    let merges = list.elements
    let shape = PairHash.Shape(pairs: merges.count)
    let symbolCount = 256 + merges.count
    let ofMerges = 8 * (merges.count + 1) + 8 * symbolCount + 4 * (merges.count + 1)
    let ofCharacters = 4 * (Self.characterCount + Self.limitCount)
    memory = ZeroedMemory(
      byteCount: 8 * shape.slotCount + ofMerges + (8 + 4) * (1 << 16) + 4 * 256 + ofCharacters
        + 2 * (shape.bucketCount + 1))
    slots = memory.base.bindMemory(to: UInt64.self, capacity: shape.slotCount)
    parts = slots + shape.slotCount
    bytePairs = parts + merges.count + 1
    bytePairRank = UnsafeMutableRawPointer(bytePairs + (1 << 16)).bindMemory(to: UInt32.self, capacity: 1 << 16)
    byteSymbols = bytePairRank + (1 << 16)
    ids = byteSymbols + 256
    lengths = ids + symbolCount
    characterRanks = lengths + symbolCount
    characterLimits = characterRanks + Self.characterCount
    let symbols = characterLimits + Self.limitCount
    displacements = UnsafeMutableRawPointer(symbols + merges.count + 1).bindMemory(
      to: UInt16.self, capacity: shape.bucketCount)
    hasAllBytes = !byteID.contains(.max) && Set(byteID).count == 256

    // Symbols by id. Only bytes and results of merges have one.
    let largest = merges.reduce(UInt32(0)) { max($0, $1.left, $1.right, $1.id) }
    let idCount = Int(max(largest, byteID.reduce(0) { $1 == .max ? $0 : max($0, $1) })) + 1
    let symbolOfID = RawArray<UInt32>(inLargePages: idCount, repeating: .max)
    for byte in 0..<256 {
      ids[byte] = byteID[byte]
      lengths[byte] = 1
      byteSymbols[byte] = UInt32(byte)
      if byteID[byte] == .max { continue }
      if symbolOfID[Int(byteID[byte])] == .max { symbolOfID[Int(byteID[byte])] = UInt32(byte) }
      byteSymbols[byte] = symbolOfID[Int(byteID[byte])]
    }
    var isPlain = true
    for index in merges.indices {
      let id = merges[index].id
      let rank = sharedRanks?[index] ?? UInt32(truncatingIfNeeded: index)
      if symbolOfID[Int(id)] == .max { symbolOfID[Int(id)] = 256 + rank }
      symbols[Int(rank)] = symbolOfID[Int(id)]
      if symbols[Int(rank)] != 256 + rank { isPlain = false }
      ids[256 + Int(rank)] = id
    }
    symbolOfRank = isPlain ? nil : symbols
    let offset = merges.isEmpty ? 0 : ids[256] &- 256
    let table = ids
    idOffset = (256..<symbolCount).allSatisfy { table[$0] == UInt32(truncatingIfNeeded: $0) &+ offset } ? offset : nil

    // The last rank that makes each symbol: where each merge makes its own, that is known without a list.
    let lastRank = RawArray<Int32>(repeating: -1, count: isPlain ? 0 : symbolCount)
    if !isPlain {
      for index in merges.indices {
        let rank = sharedRanks?[index] ?? UInt32(truncatingIfNeeded: index)
        lastRank[Int(symbols[Int(rank)])] = Int32(rank)
      }
    }
    bytePairRank.update(repeating: Self.noRank, count: 1 << 16)
    var isOrdered = true
    var pairs = RawArray<UInt64>(inLargePages: merges.count)
    for index in merges.indices {
      let merge = merges[index]
      let rank = sharedRanks?[index] ?? UInt32(truncatingIfNeeded: index)
      let left = symbolOfID[Int(merge.left)]
      let right = symbolOfID[Int(merge.right)]
      if left == .max || right == .max { continue }
      parts[Int(rank)] = UInt64(left) << 32 | UInt64(right)
      lengths[256 + Int(rank)] = lengths[Int(left)] &+ lengths[Int(right)]
      if isPlain {
        if max(left, right) >= 256 + rank { isOrdered = false }
      } else if lastRank[Int(left)] >= rank || lastRank[Int(right)] >= rank {
        isOrdered = false
      }
      // Of equal pairs the last counts, here as in the hash.
      if max(left, right) < 256 { bytePairRank[Int(left << 8 | right)] = rank }
      pairs.append(UInt64(left) << 44 | UInt64(right) << 24 | UInt64(rank))
    }
    self.isOrdered = isOrdered && sharedRanks == nil
    var hash = PairHash(displacements: displacements, slots: slots, slotCount: shape.slotCount, shape: shape)
    if !hash.place(pairs, by: known) {
      // A list that does not fit gets other room, which changes where everything falls.
      var tries = PairHash.mostTries
      while !hash.place(pairs) {
        tries -= 1
        hash.slotCount -= 1
        guard tries > 0 else {
          throw .unsupportedPart(
            name: "merges",
            detail: "their \(merges.count) pairs crowd together in the hash that finds them, which those of a trained "
              + "tokenizer do not; take the file from where it was trained, or train one anew")
        }
      }
    }
    placement =
      UnsafeBufferPointer(
        start: displacements, count: hash.slotCount == shape.slotCount ? shape.bucketCount : 0)
    kernelTable = xylem_merge_table(
      byte_pairs: bytePairs, displacements: displacements, slots: slots, symbol_of_rank: symbolOfRank,
      character_ranks: characterRanks, character_limits: characterLimits, slot_count: UInt32(hash.slotCount),
      bucket_shift: UInt32(64 - shape.bucketBits))
    fillBytePairs(mergeCount: merges.count)
    withExtendedLifetime(list) {}
  }

  /// Ranks of neighbouring bytes, and of the first two bytes of a character and the third; and the lowest ones of the
  /// merges that could take one of the two away.
  private func fillBytePairs(mergeCount: Int) {
    // A foreign file may have a merge that makes what stands for a byte, too.
    let isKnown = isOrdered && hasAllBytes && (0..<mergeCount).allSatisfy { symbol(ofRank: UInt32($0)) >= 256 }
    let none = isKnown ? UInt32(XYLEM_NO_RANK) : 0
    for pair in 0..<(1 << 16) {
      let rank = bytePairRank[pair]
      bytePairs[pair] = xylem_pair_entry(rank == Self.noRank ? UInt32(XYLEM_NO_RANK) : rank, none, none)
    }
    characterRanks.update(repeating: UInt32(XYLEM_NO_RANK), count: Self.characterCount)
    characterLimits.update(repeating: UInt32(XYLEM_NO_RANK), count: Self.limitCount)
    guard isKnown else { return }
    // First byte of each symbol in the low half, its last one in the high half. Ranks ascend, so parts are known.
    let ends = RawArray<UInt16>(repeating: 0, count: 256 + mergeCount)
    for byte in 0..<256 { ends[byte] = UInt16(byte) << 8 | UInt16(byte) }
    for rank in 0..<mergeCount {
      let (left, right) = parts(ofRank: rank)
      ends[Int(symbol(ofRank: UInt32(truncatingIfNeeded: rank)))] = ends[left] & 0xFF | ends[right] & 0xFF00
      let lowest = UInt32(truncatingIfNeeded: rank)
      if right < 256 { lower(Int(ends[left] >> 8) << 8 | right, before: lowest, behind: .max) }
      if left < 256 { lower(left << 8 | Int(ends[right] & 0xFF), before: .max, behind: lowest) }
      if lengths[right] == 2 { limit(ends[right], behind: UInt32(ends[left] >> 8), lowest) }
      if lengths[left] == 2, right < 256, Self.beginsCharacter(ends[left]), right & 0xC0 == 0x80 {
        let character = xylem_character(UInt32(ends[left] & 0xFF), UInt32(ends[left] >> 8), UInt32(right))
        characterRanks[Int(character)] = lowest
      }
    }
  }

  /// Whether two bytes, the first in the low half, begin a character of three.
  private static func beginsCharacter(_ two: UInt16) -> Bool { two & 0xC0F0 == 0x80E0 }

  /// Two bytes merge at this rank with what stands before and ends with `last`. Ranks ascend: the first is the lowest.
  private func limit(_ two: UInt16, behind last: UInt32, _ rank: UInt32) {
    guard Self.beginsCharacter(two) else { return }
    let column = last & 0xC0 == 0x80 ? last & 63 : UInt32(xylem_limit_other)
    let place = Int(xylem_character_limit(UInt32(two & 0xFF), UInt32(two >> 8), column))
    characterLimits[place] = min(characterLimits[place], rank)
  }

  private func lower(_ pair: Int, before: UInt32, behind: UInt32) {
    let entry = bytePairs[pair]
    bytePairs[pair] = xylem_pair_entry(
      xylem_pair_rank(entry), min(xylem_pair_before(entry), before), min(xylem_pair_behind(entry), behind))
  }

  /// Rank of a pair of symbols, `noRank` when it does not merge.
  @inline(__always)
  func rank(_ left: UInt32, _ right: UInt32) -> UInt32 {
    let pair = UInt64(left) << 20 | UInt64(right)
    let hash = xylem_pair_hash(pair)
    let displacement = displacements[Int(truncatingIfNeeded: hash >> UInt64(kernelTable.bucket_shift))]
    let slot = slots[Int(xylem_pair_slot(hash, UInt32(displacement), kernelTable.slot_count))]
    return slot >> 24 == pair ? UInt32(truncatingIfNeeded: slot) & 0xFF_FFFF : Self.noRank
  }

  /// Appends the bytes of a symbol. The parts of a merge are kept for this alone.
  func appendBytes(of symbol: UInt32, to bytes: inout [UInt8]) {
    guard symbol >= 256 else { return bytes.append(UInt8(truncatingIfNeeded: symbol)) }
    let parts = parts[Int(symbol) - 256]
    appendBytes(of: UInt32(truncatingIfNeeded: parts >> 32), to: &bytes)
    appendBytes(of: UInt32(truncatingIfNeeded: parts), to: &bytes)
  }

  /// The two symbols that the merge of a rank joins; of merges that share the rank, the last one's.
  func parts(ofRank rank: Int) -> (left: Int, right: Int) {
    (Int(truncatingIfNeeded: parts[rank] >> 32), Int(truncatingIfNeeded: parts[rank] & 0xFFFF_FFFF))
  }

  /// Symbol that a rank gives.
  @inline(__always)
  func symbol(ofRank rank: UInt32) -> UInt32 { symbolOfRank?[Int(rank)] ?? (256 + rank) }
}

/// Builds the perfect hash: pairs fall into buckets; the fullest bucket first, each looks for the displacement that
/// sends all its pairs to free slots.
private struct PairHash {
  struct Shape {
    let bucketBits: Int
    let slotCount: Int
    var bucketCount: Int { 1 << bucketBits }

    /// About five pairs a bucket and 80 % of the slots used: look-ups that a core's own caches nearly hold, and free slots
    /// that are found soon.
    init(pairs: Int) {
      var bits = 1
      while 5 << bits < pairs { bits += 1 }
      bucketBits = bits
      slotCount = max(pairs + pairs / 4, 64)
    }
  }

  /// Sizes of the table that are tried. One is enough for every list that training gives.
  static let mostTries = 8
  /// Different pairs of one bucket, of which there are five on average. A file may be made to have many more: finding equal
  /// ones among them and a displacement for them would take as long as it likes.
  private static let mostOfABucket = 64

  let displacements: UnsafeMutablePointer<UInt16>
  let slots: UnsafeMutablePointer<UInt64>
  var slotCount: Int
  let shape: Shape

  /// Places `pairs` (left << 44 | right << 24 | rank) by displacements found before; of equal pairs the last. Fails when
  /// these are not of this shape or send two pairs to one slot.
  func place(_ pairs: borrowing RawArray<UInt64>, by known: [UInt16]) -> Bool {
    guard known.count == shape.bucketCount else { return false }
    for (bucket, displacement) in known.enumerated() { displacements[bucket] = displacement }
    slots.update(repeating: .max, count: slotCount)
    for index in 0..<pairs.count {
      let pair = pairs[index]
      let displacement = UInt32(displacements[bucket(pair)])
      let slot = Int(
        xylem_pair_slot(xylem_pair_hash(pair >> 24), displacement, UInt32(truncatingIfNeeded: slotCount)))
      guard slots[slot] == .max || slots[slot] >> 24 == pair >> 24 else { return false }
      slots[slot] = pair
    }
    return true
  }

  /// The same with a search for displacements. Fails when a bucket has too many pairs or no displacement suits it.
  func place(_ pairs: borrowing RawArray<UInt64>) -> Bool {
    let buckets = shape.bucketCount
    displacements.update(repeating: 0, count: buckets)
    slots.update(repeating: .max, count: slotCount)
    // Pairs in the order of their buckets.
    let firstOf = RawArray<Int32>(repeating: 0, count: buckets + 1)
    for index in 0..<pairs.count { firstOf[bucket(pairs[index]) + 1] += 1 }
    var largest = 0
    for index in 0..<buckets {
      largest = max(largest, Int(firstOf[index + 1]))
      firstOf[index + 1] += firstOf[index]
    }
    let next = RawArray<Int32>(repeating: 0, count: buckets)
    next.base.update(from: firstOf.base, count: buckets)
    var members = RawArray<UInt64>(inLargePages: pairs.count)
    members.appendUninitialized(pairs.count)
    for index in 0..<pairs.count {
      let bucket = bucket(pairs[index])
      members[Int(next[bucket])] = pairs[index]
      next[bucket] += 1
    }
    let order = fullestFirst(firstOf, largest)
    // One bit a slot, which stays in the first-level cache.
    let isUsed = RawArray<UInt64>(repeating: 0, count: slotCount / 64 + 1)
    var pending = RawArray<UInt64>(capacity: largest + 1)
    let hashes = RawArray<UInt64>(repeating: 0, count: largest)
    for index in 0..<buckets {
      if index + 8 < buckets { xylem_prefetch(members.base + Int(firstOf[Int(order[index + 8])])) }
      let bucket = Int(order[index])
      pending.removeAll()
      for at in Int(firstOf[bucket])..<Int(firstOf[bucket + 1]) {
        let pair = members[at]
        var same = 0
        while same < pending.count, pending[same] >> 24 != pair >> 24 { same += 1 }
        if same < pending.count { pending[same] = pair } else { pending.append(pair) }
        if pending.count > Self.mostOfABucket { return false }
      }
      if pending.count == 0 { break }
      for index in 0..<pending.count { hashes[index] = xylem_pair_hash(pending[index] >> 24) }
      let displacement = xylem_free_displacement(
        hashes.base, pending.count, isUsed.base, UInt32(truncatingIfNeeded: slotCount))
      guard displacement != 0 else { return false }
      displacements[bucket] = UInt16(displacement)
      for index in 0..<pending.count {
        let slot = xylem_pair_slot(hashes[index], displacement, UInt32(truncatingIfNeeded: slotCount))
        slots[Int(slot)] = pending[index]
      }
    }
    return true
  }

  /// Buckets by falling number of pairs, equals in ascending order.
  private func fullestFirst(_ firstOf: borrowing RawArray<Int32>, _ largest: Int) -> RawArray<Int32> {
    let buckets = shape.bucketCount
    let places = RawArray<Int>(repeating: 0, count: largest + 2)
    // `places[n + 1]` counts those whose number is n below the largest.
    for index in 0..<buckets { places[largest - Int(firstOf[index + 1] - firstOf[index]) + 1] += 1 }
    for size in 0..<largest { places[size + 1] += places[size] }
    let order = RawArray<Int32>(repeating: 0, count: buckets)
    for index in 0..<buckets {
      let size = largest - Int(firstOf[index + 1] - firstOf[index])
      order[places[size]] = Int32(truncatingIfNeeded: index)
      places[size] += 1
    }
    return order
  }

  private func bucket(_ pair: UInt64) -> Int {
    Int(truncatingIfNeeded: xylem_pair_hash(pair >> 24) >> UInt64(64 - shape.bucketBits))
  }
}
