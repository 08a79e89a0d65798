// Tokens of a vocabulary: bytes by id, id by bytes. All bytes lie end to end in one arena; ids are found through one
// flat table of 4-byte slots, small enough for the second-level cache.
import CKernels
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

  private let arena: RawArray<UInt8>
  private let index: TokenIndex

  /// Largest id + 1.
  let size: Int

  /// Tokens in the table.
  let count: Int

  fileprivate init(_ arena: consuming RawArray<UInt8>, _ index: consuming TokenIndex, count: Int) {
    // `index` points into `arena`, whose memory does not move when the array does.
    self.arena = arena
    size = index.size
    self.index = index
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
    return index.bytes(index.span(id))
  }

  func spelling(_ id: UInt32) -> TokenSpelling? {
    Int(id) < size ? TokenSpelling(rawValue: UInt32(truncatingIfNeeded: index.span(id) & 3)) : nil
  }

  /// The id of the token with these bytes and this spelling. O(length).
  func id(of bytes: UnsafeBufferPointer<UInt8>, _ spelling: TokenSpelling) -> UInt32? {
    let key = TokenKey(bytes, spelling)
    return index.find(key, key.hash, bytes.baseAddress)
  }

  /// The id of a token as a tokenizer file writes it: in the byte alphabet, or else as it is.
  func id(written text: [UInt8]) -> UInt32? {
    if let bytes = ByteAlphabet.bytes(spelledBy: text) {
      return bytes.withUnsafeBufferPointer { id(of: $0, .alphabet) }
    }
    return text.withUnsafeBufferPointer { id(of: $0, .literal) }
  }

  // MARK: Many look-ups at once

  /// Asks for the memory that a look-up reads first.
  @inline(__always)
  func prefetchSlot(_ hash: UInt64) { index.prefetchSlot(hash) }

  /// Asks for what the look-up reads next; the slot should have arrived.
  @inline(__always)
  func prefetchKey(_ hash: UInt64) { index.prefetchKey(hash) }

  /// The id of the token whose key, hash and bytes these are.
  @inline(__always)
  func id(of key: TokenKey, _ hash: UInt64, _ bytes: UnsafePointer<UInt8>) -> UInt32? { index.find(key, hash, bytes) }

  /// Whether a merge joins two tokens of the byte alphabet to a third that has the bytes of both. O(length).
  @inline(__always)
  func isSound(_ merge: Merge) -> Bool {
    guard Int(merge.left) < size, Int(merge.right) < size, Int(merge.id) < size else { return false }
    return index.isSound(merge)
  }

  /// Whether `id` is the token whose key and bytes these are.
  @inline(__always)
  func isToken(_ id: UInt32, _ key: TokenKey, _ bytes: UnsafePointer<UInt8>) -> Bool {
    Int(id) < size && index.isToken(id, key, bytes)
  }
}

/// Gathers tokens, then builds the table; refuses a token or an id that comes twice.
struct TokenTableBuilder: ~Copyable {
  /// Bytes of all tokens so far. A reader may write a token behind its end before it adds it.
  var arena: RawArray<UInt8>
  /// Where the file has them.
  let written = WrittenTokens()
  private var rows = TokenRows()
  private(set) var count = 0

  /// Where the next of tokens lies whose bytes were there at the beginning.
  private var packedEnd = 0

  /// `arenaBytes` should hold all tokens: the size of the file will do. Memory is touched only as far as it is used.
  init(arenaBytes: Int) { arena = RawArray(capacity: arenaBytes) }

  /// For tokens whose bytes these are, end to end: see `addNext`.
  init(packed bytes: UnsafeBufferPointer<UInt8>) {
    arena = RawArray(inLargePages: bytes.count + TokenKey.readBytes)
    if let base = bytes.baseAddress { arena.append(from: base, count: bytes.count) }
  }

  /// A token whose bytes end the arena and begin at `start`. Throws `malformedFile` for an id that came before.
  @inline(__always)
  mutating func add(from start: Int, _ spelling: TokenSpelling, id: UInt32) throws(TokenizationFailure) {
    // Keys are read beyond a token's end.
    if arena.capacity &- arena.count < TokenKey.readBytes { arena.reserve(arena.count + TokenKey.readBytes) }
    try add(from: start, count: arena.count &- start, spelling, id: id)
  }

  /// A token whose bytes are in the arena, with `TokenKey.readBytes` more of memory behind them.
  @inline(__always)
  private mutating func add(
    from start: Int, count size: Int, _ spelling: TokenSpelling, id: UInt32
  ) throws(TokenizationFailure) {
    guard Int(id) < TokenizerModel.largestVocabulary else {
      throw .unsupportedPart(
        name: "vocab", detail: "id \(id); ids up to \(TokenizerModel.largestVocabulary - 1) are accepted")
    }
    guard arena.count <= 1 << 30 else { throw .tooLarge("a vocabulary of more than 1 GiB") }
    let bytes = UnsafeBufferPointer(start: arena.base + start, count: size)
    guard rows.spans[Int(id)] == 0 else {
      throw .malformedFile("the id \(id) occurs twice, the second time for `\(shown(bytes))`")
    }
    rows.spans[Int(id)] = UInt64(start) << 32 | UInt64(size) << 2 | UInt64(spelling.rawValue)
    rows.keys[Int(id)] =
      spelling == .alphabet ? TokenKey(reading: arena.base + start, count: size) : TokenKey(bytes, spelling)
    rows.size = max(rows.size, Int(id) &+ 1)
    count &+= 1
  }

  /// The token that begins where the last one ended, `size` its length << 2 | spelling.
  @inline(__always)
  mutating func addNext(_ size: UInt32, id: UInt32) throws(TokenizationFailure) {
    let count = Int(size >> 2)
    guard let spelling = TokenSpelling(rawValue: size & 3), count <= arena.count &- packedEnd else {
      throw .malformedFile("the token \(id) ends behind the last byte, or is spelled in no known way")
    }
    try add(from: packedEnd, count: count, spelling, id: id)
    packedEnd &+= count
  }

  /// Whether the last token ended where the bytes do.
  var isAtEnd: Bool { packedEnd == arena.count }

  mutating func add(_ bytes: [UInt8], _ spelling: TokenSpelling, id: UInt32) throws(TokenizationFailure) {
    let start = arena.count
    bytes.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { arena.append(from: base, count: source.count) }
    }
    try add(from: start, spelling, id: id)
  }

  /// The table of all tokens, which is asked for once. Throws `malformedFile` for a token that came twice.
  /// O(tokens + largest id).
  mutating func build() throws(TokenizationFailure) -> TokenTable {
    var tokens = RawArray<UInt8>()
    swap(&tokens, &arena)
    // Keys of tokens and of their parts are read beyond the last token's end.
    for _ in 0..<TokenKey.readBytes { tokens.append(0) }
    tokens.shrink()
    var built = TokenRows()
    swap(&built, &rows)
    let index = TokenIndex(arena: tokens.base, rows: built, count: count)
    try index.insertAll()
    return TokenTable(tokens, index, count: count)
  }
}

/// Where a file has the strings of tokens that are written without an escape, from behind the opening quotation mark on.
struct WrittenTokens: ~Copyable {
  // For all ids there can be, and touched only where it is used: start << 32 | length, 0 for a token that is not there.
  private let memory = ZeroedMemory(byteCount: MemoryLayout<UInt64>.stride * TokenizerModel.largestVocabulary)
  private let spans: UnsafeMutablePointer<UInt64>

  init() { spans = memory.base.bindMemory(to: UInt64.self, capacity: TokenizerModel.largestVocabulary) }

  /// Takes note of a token whose id was accepted. A string may begin anywhere in the first 2^32 - 1 bytes of a file.
  @inline(__always)
  func note(_ id: UInt32, from start: Int, count: Int) {
    guard start &+ count < Int(UInt32.max) else { return }
    spans[Int(id)] = UInt64(start) << 32 | UInt64(count)
  }

  /// Where the token stands; empty when that is not known.
  @inline(__always)
  func span(_ id: UInt32) -> (start: Int, count: Int) {
    guard Int(id) < TokenizerModel.largestVocabulary else { return (0, 0) }
    let span = spans[Int(id)]
    return (Int(truncatingIfNeeded: span >> 32), Int(truncatingIfNeeded: span & 0xFFFF_FFFF))
  }
}

/// What is known of each id.
struct TokenRows: ~Copyable {
  /// For all ids there can be: what is not used is never touched.
  private let memory = ZeroedMemory(
    byteCount: (MemoryLayout<TokenKey>.stride + MemoryLayout<UInt64>.stride) * TokenizerModel.largestVocabulary)
  let keys: UnsafeMutablePointer<TokenKey>
  /// Start of the token's bytes in the arena << 32 | length << 2 | spelling; 0 for no token.
  let spans: UnsafeMutablePointer<UInt64>
  /// Largest id + 1.
  var size = 0

  init() {
    keys = memory.base.bindMemory(to: TokenKey.self, capacity: TokenizerModel.largestVocabulary)
    spans = UnsafeMutableRawPointer(keys + TokenizerModel.largestVocabulary)
      .bindMemory(to: UInt64.self, capacity: TokenizerModel.largestVocabulary)
  }
}

/// The hash table: filled by a builder, then only read.
struct TokenIndex: ~Copyable {
  // A slot holds 12 bits of the hash above an id + 1, which has 20 bits; zeros are an empty one.
  private static let idMask: UInt32 = 0xF_FFFF
  private let arena: UnsafePointer<UInt8>
  private let rows: TokenRows
  private let keys: UnsafeMutablePointer<TokenKey>
  private let slots: UnsafeMutablePointer<UInt32>
  private let slotMemory: ZeroedMemory
  private let shift: UInt64
  private let mask: Int

  init(arena: UnsafePointer<UInt8>, rows: consuming TokenRows, count: Int) {
    var bits = 10
    while 1 << bits < count * 2 { bits += 1 }
    self.arena = arena
    keys = rows.keys
    self.rows = rows
    slotMemory = ZeroedMemory(byteCount: 4 << bits)
    slots = slotMemory.base.bindMemory(to: UInt32.self, capacity: 1 << bits)
    shift = UInt64(64 - bits)
    mask = (1 << bits) - 1
  }

  var size: Int { rows.size }

  /// `id` is below `size`.
  @inline(__always)
  func span(_ id: UInt32) -> UInt64 { rows.spans[Int(id)] }

  @inline(__always)
  func bytes(_ span: UInt64) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(
      start: arena + Int(truncatingIfNeeded: span >> 32), count: Int(truncatingIfNeeded: span & 0xFFFF_FFFF) >> 2)
  }

  // MARK: Filling

  /// Fills the slots. Each is asked for while those before it are looked at.
  func insertAll() throws(TokenizationFailure) {
    let ahead = 24
    for id in 0..<UInt32(truncatingIfNeeded: size) {
      if Int(id) + ahead < size { prefetchSlot(keys[Int(id) &+ ahead].hash) }
      if span(id) != 0 { try insert(id) }
    }
  }

  @inline(__always)
  private func insert(_ id: UInt32) throws(TokenizationFailure) {
    let key = keys[Int(id)]
    let hash = key.hash
    let tag = Self.tag(hash)
    var at = Int(truncatingIfNeeded: hash >> shift)
    while slots[at] != 0 {
      if slots[at] >> 20 == tag, isToken((slots[at] & Self.idMask) &- 1, key, bytes(span(id)).baseAddress) {
        throw .malformedFile("a token occurs twice: `\(shown(bytes(span(id))))`")
      }
      at = (at &+ 1) & mask
    }
    slots[at] = tag << 20 | (id &+ 1)
  }

  // MARK: Looking up

  @inline(__always)
  func prefetchSlot(_ hash: UInt64) { xylem_prefetch(slots + Int(truncatingIfNeeded: hash >> shift)) }

  @inline(__always)
  func prefetchKey(_ hash: UInt64) {
    let slot = slots[Int(truncatingIfNeeded: hash >> shift)] & Self.idMask
    // An empty slot names the key before the first one; to ask for memory that is not there does no harm.
    xylem_prefetch(keys + (Int(slot) &- 1))
  }

  @inline(__always)
  func find(_ key: TokenKey, _ hash: UInt64, _ bytes: UnsafePointer<UInt8>?) -> UInt32? {
    let tag = Self.tag(hash)
    var at = Int(truncatingIfNeeded: hash >> shift)
    while true {
      let slot = slots[at]
      if slot == 0 { return nil }
      let id = (slot & Self.idMask) &- 1
      if slot >> 20 == tag, isToken(id, key, bytes) { return id }
      at = (at &+ 1) & mask
    }
  }

  @inline(__always)
  func isToken(_ id: UInt32, _ key: TokenKey, _ bytes: UnsafePointer<UInt8>?) -> Bool {
    keys[Int(id)] == key && (key.isShort || areEqual(id, bytes))
  }

  /// All ids of the merge are below `size`.
  @inline(__always)
  func isSound(_ merge: Merge) -> Bool {
    let (left, right, whole) = (keys[Int(merge.left)], keys[Int(merge.right)], keys[Int(merge.id)])
    return whole.isShort ? whole.joins(left, right) : isLongSound(merge)
  }

  @inline(never)
  private func isLongSound(_ merge: Merge) -> Bool {
    let (left, right, whole) = (bytes(span(merge.left)), bytes(span(merge.right)), bytes(span(merge.id)))
    guard whole.count == left.count &+ right.count, let base = whole.baseAddress,
      let leftBase = left.baseAddress, let rightBase = right.baseAddress
    else { return false }
    return [merge.left, merge.right, merge.id].allSatisfy { span($0) & 3 == TokenSpelling.alphabet.rawValue }
      && equalBytes(base, leftBase, left.count) && equalBytes(base + left.count, rightBase, right.count)
  }

  /// Keys are equal, so lengths are.
  @inline(never)
  private func areEqual(_ id: UInt32, _ other: UnsafePointer<UInt8>?) -> Bool {
    let known = bytes(span(id))
    guard let base = known.baseAddress, let other else { return known.isEmpty }
    return equalBytes(base, other, known.count)
  }

  @inline(__always)
  private static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash & 0xFFF) }
}
