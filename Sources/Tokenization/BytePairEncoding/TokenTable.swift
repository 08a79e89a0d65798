// Tokens of a vocabulary: bytes by id, id by bytes. All bytes lie end to end in one arena; ids are found through one
// flat table of 4-byte slots, small enough for the second-level cache.
import CorpusCore

/// How a token's string in a tokenizer file became its bytes.
enum TokenSpelling: UInt32 {
  /// Every character was of the byte alphabet; each stands for a byte. Only these tokens can come out of merging.
  case alphabet = 1
  /// Some character was not: the bytes are the string's UTF-8. So is the content of an added token.
  case literal = 2
}

/// Tokens by id and ids by token; written once by a builder, then shared and never changed.
final class TokenTable: @unchecked Sendable {
  // All memory is written before the table is shared, so reading it from many threads is safe.

  /// Slots hold 12 bits of the hash above 20 bits of id; `emptySlot` can be no id, for ids stay below 2^20 - 1.
  fileprivate static let emptySlot = UInt32.max
  fileprivate static let idMask: UInt32 = 0xF_FFFF

  private let arena: RawArray<UInt8>
  /// By id: start of its bytes in the arena << 32 | length << 2 | spelling; the lower half is 0 for no token.
  private let spans: RawArray<UInt64>
  private let slots: RawArray<UInt32>
  private let shift: UInt64

  /// Largest id + 1.
  let size: Int

  /// Tokens in the table.
  let count: Int

  fileprivate init(_ arena: consuming RawArray<UInt8>, _ slots: consuming TokenSlots, count: Int) {
    // `slots` points into `arena`, whose memory does not move when the array does.
    self.arena = arena
    size = slots.spans.count
    spans = slots.spans
    shift = slots.shift
    self.slots = slots.slots
    self.count = count
  }

  /// This table and further tokens, whose strings are not of the byte alphabet or count as such. O(size).
  func adding(_ tokens: [(bytes: [UInt8], id: UInt32)]) throws(TokenizationFailure) -> TokenTable {
    guard !tokens.isEmpty else { return self }
    var builder = TokenTableBuilder(arenaBytes: arena.count + tokens.reduce(0) { $0 + $1.bytes.count })
    for id in 0..<UInt32(truncatingIfNeeded: size) {
      guard let spelling = spelling(id) else { continue }
      let bytes = bytes(id)
      let start = builder.arena.count
      if let base = bytes.baseAddress { builder.arena.append(from: base, count: bytes.count) }
      try builder.add(from: start, spelling, id: id)
    }
    for token in tokens { try builder.add(token.bytes, .literal, id: token.id) }
    return try builder.build()
  }

  /// The bytes of `id`, empty for an id without a token. They live as long as the table.
  @inline(__always)
  func bytes(_ id: UInt32) -> UnsafeBufferPointer<UInt8> {
    guard Int(id) < size else { return UnsafeBufferPointer(start: nil, count: 0) }
    let span = spans[Int(id)]
    return UnsafeBufferPointer(
      start: arena.base + Int(truncatingIfNeeded: span >> 32), count: Int(truncatingIfNeeded: span & 0xFFFF_FFFF) >> 2)
  }

  func spelling(_ id: UInt32) -> TokenSpelling? {
    Int(id) < size ? TokenSpelling(rawValue: UInt32(truncatingIfNeeded: spans[Int(id)] & 3)) : nil
  }

  /// The id of the token with these bytes and this spelling. O(length).
  @inline(__always)
  func id(of bytes: UnsafeBufferPointer<UInt8>, _ spelling: TokenSpelling) -> UInt32? {
    find(bytes, spelling, Self.hash(bytes, spelling))
  }

  /// The id of a token as a tokenizer file writes it: in the byte alphabet, or else as it is.
  func id(written text: [UInt8]) -> UInt32? {
    if let bytes = ByteAlphabet.bytes(spelledBy: text) {
      return bytes.withUnsafeBufferPointer { id(of: $0, .alphabet) }
    }
    return text.withUnsafeBufferPointer { id(of: $0, .literal) }
  }

  /// Whether `id` is the token with these bytes and this spelling.
  @inline(__always)
  func isToken(_ id: UInt32, _ bytes: UnsafeBufferPointer<UInt8>, _ spelling: TokenSpelling) -> Bool {
    guard Int(id) < size else { return false }
    let span = spans[Int(id)]
    return UInt32(truncatingIfNeeded: span) == UInt32(truncatingIfNeeded: bytes.count) << 2 | spelling.rawValue
      && Self.equal(arena.base + Int(truncatingIfNeeded: span >> 32), bytes.baseAddress, bytes.count)
  }

  @inline(__always)
  func find(_ bytes: UnsafeBufferPointer<UInt8>, _ spelling: TokenSpelling, _ hash: UInt64) -> UInt32? {
    let mask = slots.count &- 1
    let tag = UInt32(truncatingIfNeeded: hash & 0xFFF)
    var at = Int(truncatingIfNeeded: hash >> shift)
    while true {
      let slot = slots[at]
      if slot == Self.emptySlot { return nil }
      if slot >> 20 == tag, isToken(slot & Self.idMask, bytes, spelling) { return slot & Self.idMask }
      at = (at &+ 1) & mask
    }
  }

  /// The first id that a look-up of `hash` would compare with; reading the slots of many look-ups one after another
  /// lets their misses overlap.
  @inline(__always)
  func candidate(_ hash: UInt64) -> UInt32 { slots[Int(truncatingIfNeeded: hash >> shift)] & Self.idMask }

  /// Reads what a comparison with `id` would read, into a sum that means nothing.
  @inline(__always)
  func touch(_ id: UInt32) -> UInt8 {
    guard Int(id) < size else { return 0 }
    return arena.base[Int(truncatingIfNeeded: spans[Int(id)] >> 32)]
  }

  @inline(__always)
  static func hash(_ bytes: UnsafeBufferPointer<UInt8>, _ spelling: TokenSpelling) -> UInt64 {
    guard bytes.count <= 16, let base = bytes.baseAddress else {
      return hash64(UnsafeRawBufferPointer(bytes), seed: UInt64(spelling.rawValue))
    }
    // Up to 16 bytes as two overlapping words: shorter than a call, and tokens are rarely longer.
    let raw = UnsafeRawPointer(base)
    let count = bytes.count
    var low: UInt64 = 0
    var high: UInt64 = 0
    if count >= 8 {
      low = raw.loadUnaligned(as: UInt64.self)
      high = (raw + (count &- 8)).loadUnaligned(as: UInt64.self)
    } else if count >= 4 {
      low = UInt64(raw.loadUnaligned(as: UInt32.self))
      high = UInt64((raw + (count &- 4)).loadUnaligned(as: UInt32.self))
    } else if count > 0 {
      low = UInt64(base[0]) | UInt64(base[count >> 1]) << 8 | UInt64(base[count &- 1]) << 16
    }
    let seed = UInt64(truncatingIfNeeded: count) << 2 | UInt64(spelling.rawValue)
    let product = (low ^ 0xA076_1D64_78BD_642F ^ seed &* 0x9E37_79B9_7F4A_7C15)
      .multipliedFullWidth(by: high ^ 0xE703_7ED1_A0B4_28DB)
    let mixed = (product.high ^ product.low) &* 0x8EBC_6AF0_9C88_C6E3
    return mixed ^ mixed >> 29
  }

  @inline(__always)
  fileprivate static func equal(
    _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>?, _ count: Int
  ) -> Bool {
    guard let b else { return count == 0 }
    var i = 0
    while i &+ 8 <= count {
      let x = UnsafeRawPointer(a + i).loadUnaligned(as: UInt64.self)
      if x != UnsafeRawPointer(b + i).loadUnaligned(as: UInt64.self) { return false }
      i &+= 8
    }
    while i < count {
      if a[i] != b[i] { return false }
      i &+= 1
    }
    return true
  }
}

/// Gathers tokens, then builds the table; refuses a token or an id that comes twice.
struct TokenTableBuilder: ~Copyable {
  /// Bytes of all tokens so far. A reader may write a token behind its end before it adds it.
  var arena: RawArray<UInt8>
  private var ids: RawArray<UInt32>
  private var starts: RawArray<UInt32>
  private var lengths: RawArray<UInt32>
  private var largestID = -1

  /// `arenaBytes` should hold all tokens: the size of the file will do. Memory is touched only as far as it is used.
  init(arenaBytes: Int) {
    arena = RawArray(capacity: arenaBytes)
    ids = RawArray(capacity: 1 << 10)
    starts = RawArray(capacity: 1 << 10)
    lengths = RawArray(capacity: 1 << 10)
  }

  var count: Int { ids.count }

  /// A token whose bytes end the arena and begin at `start`.
  @inline(__always)
  mutating func add(from start: Int, _ spelling: TokenSpelling, id: UInt32) throws(TokenizationFailure) {
    guard Int(id) < TokenizerModel.largestVocabulary else {
      throw .unsupportedPart(
        name: "vocab", detail: "id \(id); ids up to \(TokenizerModel.largestVocabulary - 1) are accepted")
    }
    guard arena.count <= 1 << 30 else { throw .tooLarge("a vocabulary of more than 1 GiB") }
    ids.append(id)
    starts.append(UInt32(truncatingIfNeeded: start))
    lengths.append(UInt32(truncatingIfNeeded: arena.count &- start) << 2 | spelling.rawValue)
    largestID = max(largestID, Int(id))
  }

  mutating func add(_ bytes: [UInt8], _ spelling: TokenSpelling, id: UInt32) throws(TokenizationFailure) {
    let start = arena.count
    bytes.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { arena.append(from: base, count: source.count) }
    }
    try add(from: start, spelling, id: id)
  }

  /// The table of all tokens so far. Throws `malformedFile` for a token or an id that came twice.
  /// O(tokens + largest id).
  func build() throws(TokenizationFailure) -> TokenTable {
    var exact = RawArray<UInt8>(capacity: arena.count + 1)
    exact.append(from: arena.base, count: arena.count)
    var bits = 10
    while 1 << bits < ids.count * 2 { bits += 1 }
    let slots = TokenSlots(arena: exact.base, spans: RawArray(repeating: 0, count: largestID + 1), bits: bits)
    for entry in 0..<ids.count { try slots.insert(id: ids[entry], start: starts[entry], length: lengths[entry]) }
    return TokenTable(exact, slots, count: ids.count)
  }
}

/// The hash table while it is filled.
struct TokenSlots: ~Copyable {
  fileprivate let arena: UnsafePointer<UInt8>
  fileprivate let spans: RawArray<UInt64>
  fileprivate let slots: RawArray<UInt32>
  fileprivate let shift: UInt64

  fileprivate init(arena: UnsafePointer<UInt8>, spans: consuming RawArray<UInt64>, bits: Int) {
    self.arena = arena
    self.spans = spans
    slots = RawArray(repeating: TokenTable.emptySlot, count: 1 << bits)
    shift = UInt64(64 - bits)
  }

  @inline(__always)
  fileprivate func insert(id: UInt32, start: UInt32, length: UInt32) throws(TokenizationFailure) {
    let bytes = UnsafeBufferPointer(start: arena + Int(start), count: Int(length >> 2))
    guard spans[Int(id)] == 0 else {
      throw .malformedFile("the id \(id) occurs twice, the second time for `\(shown(bytes))`")
    }
    guard let spelling = TokenSpelling(rawValue: length & 3) else { return }
    let hash = TokenTable.hash(bytes, spelling)
    let tag = UInt32(truncatingIfNeeded: hash & 0xFFF)
    let mask = slots.count &- 1
    var at = Int(truncatingIfNeeded: hash >> shift)
    while slots[at] != TokenTable.emptySlot {
      let other = slots[at]
      if other >> 20 == tag {
        let known = spans[Int(other & TokenTable.idMask)]
        if UInt32(truncatingIfNeeded: known) == length,
          TokenTable.equal(arena + Int(truncatingIfNeeded: known >> 32), bytes.baseAddress, bytes.count)
        {
          throw .malformedFile("a token occurs twice: `\(shown(bytes))`")
        }
      }
      at = (at &+ 1) & mask
    }
    slots[at] = tag << 20 | id
    spans[Int(id)] = UInt64(start) << 32 | UInt64(length)
  }
}
