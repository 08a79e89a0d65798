// Which pairs merge, how early, and into what: shared by all encoders, never changed.
import CKernels

/// Ranks by pair of symbols (see `MergeSymbols`). Ids are asked for only when a piece is finished.
///
/// Pairs lie in a perfect hash (hash and displace: Belazzougui, Botelho, Dietzfelbinger, ESA 2009), eight bytes a merge:
/// 2.5 MB for 250,000 merges, one look-up whether the pair is there or not.
final class MergeTable: @unchecked Sendable {
  // Memory is written in `init` only, and freed with the last user: sharing it between threads is safe.
  static let noRank = XYLEM_NO_MERGE
  /// Symbols have 20 bits, one of which stands for "nothing".
  static let mostMerges = (1 << 20) - 1 - 256

  let symbols: MergeSymbols
  /// What the kernels of CKernels read. Its pointers live as long as this object.
  let kernelTable: xylem_merge_table
  /// Bytes of a symbol; 0 where its merge came before those that make its parts, or where a byte has no token.
  let lengths: RawArray<UInt32>
  /// All of `lengths`, and whether the symbol of any merge that can happen has none.
  private(set) var lengthSum: UInt64 = 0
  private(set) var hasAllLengths = true
  /// Rank of two neighbouring bytes, by `first << 8 | second`.
  let bytePairRank: UnsafeMutablePointer<UInt32>
  /// Every merge comes after the merges that make its two parts. Then a sequence of tokens is the encoding of its bytes
  /// exactly when each two neighbours are the encoding of theirs: long pieces can be encoded in overlapping windows.
  private(set) var isOrdered = true
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
  /// What is looked up at random lies here, side by side, in large pages where the system has them.
  private let memory: ZeroedMemory

  /// A pair that occurs twice keeps its last rank, as in Hugging Face's reader; a merge that can never happen is left out.
  /// `placement`: what `placement` of a table of the same merges was, which spares the search for it; any other costs time
  /// only. Throws when the pairs cannot be placed, which takes a list that was made for that.
  init(_ list: consuming MergeSymbols, placement known: [UInt16] = []) throws(TokenizationFailure) {
    let shape = PairHash.Shape(pairs: list.count)
    lengths = RawArray(repeating: 0, count: 256 + list.count)
    memory = ZeroedMemory(
      byteCount: 8 * shape.slotCount + (8 + 4) * (1 << 16) + 4 * (Self.characterCount + Self.limitCount)
        + 2 * shape.bucketCount)
    slots = memory.base.bindMemory(to: UInt64.self, capacity: shape.slotCount)
    bytePairs = slots + shape.slotCount
    bytePairRank = UnsafeMutableRawPointer(bytePairs + (1 << 16)).bindMemory(to: UInt32.self, capacity: 1 << 16)
    characterRanks = bytePairRank + (1 << 16)
    characterLimits = characterRanks + Self.characterCount
    displacements = UnsafeMutableRawPointer(characterLimits + Self.limitCount).bindMemory(
      to: UInt16.self, capacity: shape.bucketCount)
    var hash = PairHash(displacements: displacements, slots: slots, slotCount: shape.slotCount, shape: shape)
    if !hash.place(list, by: known) {
      // A list that does not fit gets other room, which changes where everything falls.
      var tries = PairHash.mostTries
      while !hash.place(list) {
        tries -= 1
        hash.slotCount -= 1
        guard tries > 0 else {
          throw .unsupportedPart(
            name: "merges",
            detail: "their \(list.count) pairs crowd together in the hash that finds them, which those of a trained "
              + "tokenizer do not; take the file from where it was trained, or train one anew")
        }
      }
    }
    placement =
      UnsafeBufferPointer(
        start: displacements, count: hash.slotCount == shape.slotCount ? shape.bucketCount : 0)
    kernelTable = xylem_merge_table(
      byte_pairs: bytePairs, displacements: displacements, slots: slots, symbol_of_rank: list.symbolOfRank,
      character_ranks: characterRanks, character_limits: characterLimits, slot_count: UInt32(hash.slotCount),
      bucket_shift: UInt32(64 - shape.bucketBits))
    symbols = list
    fill()
  }

  /// Lengths, whether the merges are ordered, and what the kernel reads beside the hash: ranks of neighbouring bytes, and
  /// of the first two bytes of a character and the third; and the lowest ranks of the merges that could take one of the two
  /// away.
  private func fill() {
    let none = UInt32(XYLEM_NO_RANK)
    bytePairRank.update(repeating: Self.noRank, count: 1 << 16)
    bytePairs.update(repeating: xylem_pair_entry(none, none, none), count: 1 << 16)
    characterRanks.update(repeating: none, count: Self.characterCount)
    characterLimits.update(repeating: none, count: Self.limitCount)
    let symbolCount = 256 + symbols.count
    // First byte of each symbol in the low half, its last one in the high half.
    let ends = RawArray<UInt16>(repeating: 0, count: symbolCount)
    for byte in 0..<256 {
      ends[byte] = UInt16(byte) << 8 | UInt16(byte)
      lengths[byte] = 1
    }
    for byte in symbols.lackingBytes { lengths[Int(byte)] = 0 }
    for (symbol, length) in symbols.givenLengths { lengths[Int(symbol)] = length }
    // The last rank that makes each symbol: where each merge makes its own, that is known without a list.
    let isPlain = symbols.symbolOfRank == nil
    let lastRank = RawArray<Int32>(repeating: -1, count: isPlain ? 0 : symbolCount)
    if !isPlain {
      for rank in 0..<symbols.count { lastRank[Int(symbols.symbol(ofRank: rank))] = Int32(rank) }
    }
    // A foreign file may have a merge that makes what stands for a byte, too.
    var isKnown = symbols.hasAllBytes && !symbols.hasSharedRanks
    for index in 0..<symbols.count {
      let pair = symbols.pair(index)
      if pair == MergeSymbols.idle { continue }
      let rank = symbols.rank(index)
      let lowest = UInt32(truncatingIfNeeded: rank)
      let (left, right) = (Int(truncatingIfNeeded: pair >> 32), Int(truncatingIfNeeded: pair & 0xFFFF_FFFF))
      let (leftLength, rightLength) = (lengths[left], lengths[right])
      let own = 256 &+ rank
      let symbol = Int(symbols.symbol(ofRank: rank))
      if lengths[own] == 0 {
        if symbol == own, leftLength == 0 || rightLength == 0 { hasAllLengths = false }
        let (sum, isTooLong) = leftLength.addingReportingOverflow(rightLength)
        lengths[own] = isTooLong ? .max : sum
      }
      lengthSum += UInt64(lengths[own])
      if isPlain {
        if max(left, right) >= own { isOrdered = false }
      } else {
        if lastRank[left] >= rank || lastRank[right] >= rank { isOrdered = false }
        if symbol < 256 { isKnown = false }
      }
      ends[symbol] = ends[left] & 0xFF | ends[right] & 0xFF00
      if right < 256 { lower(Int(ends[left] >> 8) << 8 | right, before: lowest, behind: .max) }
      if left < 256 {
        lower(left << 8 | Int(ends[right] & 0xFF), before: .max, behind: lowest)
        // Of equal pairs the last counts, here as in the hash.
        if right < 256 { bytePairRank[left << 8 | right] = lowest }
      }
      if rightLength == 2 { limit(ends[right], behind: UInt32(ends[left] >> 8), lowest) }
      if leftLength == 2, right < 256, Self.beginsCharacter(ends[left]), right & 0xC0 == 0x80 {
        let character = xylem_character(UInt32(ends[left] & 0xFF), UInt32(ends[left] >> 8), UInt32(right))
        characterRanks[Int(character)] = lowest
      }
    }
    if symbols.hasSharedRanks { isOrdered = false }
    isKnown = isKnown && isOrdered
    for pair in 0..<(1 << 16) {
      let rank = bytePairRank[pair] == Self.noRank ? none : bytePairRank[pair]
      let entry = bytePairs[pair]
      bytePairs[pair] = xylem_pair_entry(
        rank, isKnown ? xylem_pair_before(entry) : 0, isKnown ? xylem_pair_behind(entry) : 0)
    }
    // What bounds tell of characters is exact where merges are ordered.
    if !isKnown { characterRanks.update(repeating: none, count: Self.characterCount) }
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

  /// Id by symbol; `.max` for a byte the vocabulary lacks.
  @inline(__always)
  var ids: UnsafeMutablePointer<UInt32> { symbols.ids }

  /// Symbol that a rank gives.
  @inline(__always)
  func symbol(ofRank rank: UInt32) -> UInt32 { symbols.symbol(ofRank: Int(rank)) }

  /// Appends the bytes of a symbol.
  func appendBytes(of symbol: UInt32, to bytes: inout [UInt8]) {
    guard symbol >= 256 else { return bytes.append(UInt8(truncatingIfNeeded: symbol)) }
    let parts = symbols.parts[Int(symbol) - 256]
    appendBytes(of: UInt32(truncatingIfNeeded: parts >> 32), to: &bytes)
    appendBytes(of: UInt32(truncatingIfNeeded: parts), to: &bytes)
  }

  /// The two symbols that the merge of a rank joins, nil when it can never happen; of merges that share the rank, the last
  /// one's.
  @inline(__always)
  func parts(ofRank rank: Int) -> (left: Int, right: Int)? {
    let pair = symbols.parts[rank]
    if pair == MergeSymbols.idle { return nil }
    return (Int(truncatingIfNeeded: pair >> 32), Int(truncatingIfNeeded: pair & 0xFFFF_FFFF))
  }
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

  /// What stands in a slot, left << 44 | right << 24 | rank, for a merge of the list; nil for one that is left out.
  @inline(__always)
  private func entry(_ merges: borrowing MergeSymbols, _ index: Int) -> UInt64? {
    let pair = merges.pair(index)
    if pair == MergeSymbols.idle { return nil }
    let (left, right) = (pair >> 32, pair & 0xFFFF_FFFF)
    return left << 44 | right << 24 | UInt64(truncatingIfNeeded: merges.rank(index))
  }

  /// Places merges by displacements found before; of equal pairs the last. Fails when these are not of this shape or send
  /// two pairs to one slot.
  func place(_ merges: borrowing MergeSymbols, by known: [UInt16]) -> Bool {
    guard known.count == shape.bucketCount else { return false }
    for (bucket, displacement) in known.enumerated() { displacements[bucket] = displacement }
    slots.update(repeating: .max, count: slotCount)
    for index in 0..<merges.count {
      guard let pair = entry(merges, index) else { continue }
      let displacement = UInt32(displacements[bucket(pair)])
      let slot = Int(
        xylem_pair_slot(xylem_pair_hash(pair >> 24), displacement, UInt32(truncatingIfNeeded: slotCount)))
      guard slots[slot] == .max || slots[slot] >> 24 == pair >> 24 else { return false }
      slots[slot] = pair
    }
    return true
  }

  /// The same with a search for displacements. Fails when a bucket has too many pairs or no displacement suits it.
  func place(_ merges: borrowing MergeSymbols) -> Bool {
    let buckets = shape.bucketCount
    displacements.update(repeating: 0, count: buckets)
    slots.update(repeating: .max, count: slotCount)
    // Pairs in the order of their buckets.
    let firstOf = RawArray<Int32>(repeating: 0, count: buckets + 1)
    for index in 0..<merges.count {
      if let pair = entry(merges, index) { firstOf[bucket(pair) + 1] += 1 }
    }
    var largest = 0
    for index in 0..<buckets {
      largest = max(largest, Int(firstOf[index + 1]))
      firstOf[index + 1] += firstOf[index]
    }
    let next = RawArray<Int32>(repeating: 0, count: buckets)
    next.base.update(from: firstOf.base, count: buckets)
    var members = RawArray<UInt64>(inLargePages: merges.count)
    members.appendUninitialized(merges.count)
    for index in 0..<merges.count {
      guard let pair = entry(merges, index) else { continue }
      let bucket = bucket(pair)
      members[Int(next[bucket])] = pair
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
        if same < pending.count {
          pending[same] = pair
        } else {
          hashes[same] = xylem_pair_hash(pair >> 24)
          pending.append(pair)
        }
        if pending.count > Self.mostOfABucket { return false }
      }
      if pending.count == 0 { break }
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
