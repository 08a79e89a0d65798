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

/// Tokens by id; written once by a builder, then shared and never changed.
final class TokenBytes: @unchecked Sendable {
  // All memory is written before it is shared, so reading it from many threads is safe.

  /// Bytes of all tokens, and `TokenKey.readBytes` more.
  fileprivate let arena: RawArray<UInt8>
  /// Start of the token's bytes in the arena << 32 | length << 2 | spelling; 0 for no token.
  fileprivate let spans: RowsByID<UInt64>

  /// Largest id + 1.
  let size: Int

  /// How many there are.
  let count: Int

  fileprivate init(
    _ arena: consuming RawArray<UInt8>, _ spans: consuming RowsByID<UInt64>, size: Int, count: Int
  ) {
    self.arena = arena
    self.spans = spans
    self.size = size
    self.count = count
  }

  /// The bytes of `id`, empty for an id without a token. They live as long as this object.
  @inline(__always)
  func bytes(_ id: UInt32) -> UnsafeBufferPointer<UInt8> {
    guard Int(id) < size else { return UnsafeBufferPointer(start: nil, count: 0) }
    return known(id)
  }

  /// The same for an id below `size`.
  @inline(__always)
  fileprivate func known(_ id: UInt32) -> UnsafeBufferPointer<UInt8> {
    let span = spans.base[Int(id)]
    return UnsafeBufferPointer(
      start: arena.base + Int(truncatingIfNeeded: span >> 32), count: Int(truncatingIfNeeded: span & 0xFFFF_FFFF) >> 2)
  }

  func spelling(_ id: UInt32) -> TokenSpelling? {
    Int(id) < size ? TokenSpelling(rawValue: UInt32(truncatingIfNeeded: spans.base[Int(id)] & 3)) : nil
  }
}

/// Tokens by id and ids by token; never changed either.
final class TokenTable: Sendable {
  /// What is left when ids are no longer asked for.
  let tokens: TokenBytes
  private let index: TokenIndex

  /// Largest id + 1.
  var size: Int { tokens.size }

  /// Tokens in the table.
  var count: Int { tokens.count }

  fileprivate init(_ tokens: TokenBytes, _ index: consuming TokenIndex) {
    self.tokens = tokens
    self.index = index
  }

  /// The table of tokens that one had before. O(bytes of all tokens).
  convenience init(_ tokens: TokenBytes) {
    let keys = RowsByID<TokenKey>()
    for id in 0..<UInt32(truncatingIfNeeded: tokens.size) {
      guard let spelling = tokens.spelling(id), let base = tokens.known(id).baseAddress else { continue }
      keys.base[Int(id)] = TokenKey(reading: base, count: tokens.known(id).count, spelling)
    }
    let index = TokenIndex(tokens, keys)
    _ = index.insertAll()
    self.init(tokens, index)
  }

  /// This table, what merges make that it lacks, and `outside`. Of two tokens that a damaged file gives the same bytes, the
  /// first is found by them. What merges make and all ids are checked: see `TokensOnDemand`. O(bytes of all tokens).
  func adding(madeBy merges: MergeTable, outside: [(bytes: [UInt8], id: UInt32)]) -> TokenTable {
    var builder = TokenTableBuilder(arenaBytes: tokens.arena.count + Int(merges.lengthSum))
    for id in 0..<UInt32(truncatingIfNeeded: size) {
      if let spelling = spelling(id) { builder.put(bytes(id), spelling, id: id) }
    }
    for rank in 0..<merges.symbols.count {
      let id = merges.ids[256 + rank]
      guard !builder.hasToken(id), let (left, right) = merges.parts(ofRank: rank) else { continue }
      builder.put(joining: merges.ids[left], merges.ids[right], id: id)
    }
    for token in outside where !builder.hasToken(token.id) {
      token.bytes.withUnsafeBufferPointer { builder.put($0, .literal, id: token.id) }
    }
    return builder.finish().table
  }

  /// This table and further tokens, whose strings are not of the byte alphabet or count as such. O(size).
  func adding(_ further: [(bytes: [UInt8], id: UInt32)]) throws(TokenizationFailure) -> TokenTable {
    guard !further.isEmpty else { return self }
    var builder = TokenTableBuilder(arenaBytes: tokens.arena.count + further.reduce(0) { $0 + $1.bytes.count })
    for id in 0..<UInt32(truncatingIfNeeded: size) {
      guard let spelling = spelling(id) else { continue }
      builder.put(bytes(id), spelling, id: id)
    }
    for token in further { try builder.add(token.bytes, .literal, id: token.id) }
    return try builder.build()
  }

  /// See `TokenBytes`.
  @inline(__always)
  func bytes(_ id: UInt32) -> UnsafeBufferPointer<UInt8> { tokens.bytes(id) }

  func spelling(_ id: UInt32) -> TokenSpelling? { tokens.spelling(id) }

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

  /// The first id whose hash may be this one, and asks for its key; nil when there is none. The slot should have arrived.
  @inline(__always)
  func candidate(_ hash: UInt64) -> UInt32? { index.candidate(hash) }

  /// The id of the token whose key, hash and bytes these are.
  @inline(__always)
  func id(of key: TokenKey, _ hash: UInt64, _ bytes: UnsafePointer<UInt8>) -> UInt32? { index.find(key, hash, bytes) }

  /// Whether `id` is the token whose key and bytes these are.
  @inline(__always)
  func isToken(_ id: UInt32, _ key: TokenKey, _ bytes: UnsafePointer<UInt8>) -> Bool {
    Int(id) < tokens.size && index.isToken(id, key, bytes)
  }
}

/// Gathers tokens, then builds the table; refuses a token or an id that comes twice.
struct TokenTableBuilder: ~Copyable {
  /// Bytes of all tokens so far. A reader may write a token behind its end before it adds it.
  var arena: RawArray<UInt8>
  /// Where the file has them.
  let written = WrittenTokens()
  private var keys: RowsByID<TokenKey>
  /// See `TokenBytes`.
  private var spans: RowsByID<UInt64>
  private var size = 0
  private(set) var count = 0

  /// `arenaBytes` should hold all tokens: the size of the file will do. Memory is touched only as far as it is used.
  /// For a few hundred tokens large pages would cost more to clear than they save.
  init(arenaBytes: Int, isForFew: Bool = false) {
    arena = RawArray(capacity: arenaBytes)
    keys = RowsByID(inLargePages: !isForFew)
    spans = RowsByID(inLargePages: !isForFew)
  }

  /// A token whose bytes end the arena and begin at `start`. Throws `malformedFile` for an id that came before.
  @inline(__always)
  mutating func add(from start: Int, _ spelling: TokenSpelling, id: UInt32) throws(TokenizationFailure) {
    guard Int(id) < TokenizerModel.largestVocabulary else {
      throw .unsupportedPart(
        name: "vocab", detail: "id \(id); ids up to \(TokenizerModel.largestVocabulary - 1) are accepted")
    }
    guard arena.count <= 1 << 30 else { throw .tooLarge("a vocabulary of more than 1 GiB") }
    guard !hasToken(id) else {
      let bytes = UnsafeBufferPointer(start: arena.base + start, count: arena.count - start)
      throw .malformedFile("the id \(id) occurs twice, the second time for `\(shown(bytes))`")
    }
    put(from: start, spelling, id: id)
  }

  /// The same for an id that is known to be below the largest one and to have no token.
  @inline(__always)
  private mutating func put(from start: Int, _ spelling: TokenSpelling, id: UInt32) {
    // Keys are read beyond a token's end.
    if arena.capacity &- arena.count < TokenKey.readBytes { arena.reserve(arena.count + TokenKey.readBytes) }
    let length = arena.count &- start
    spans.base[Int(id)] = UInt64(start) << 32 | UInt64(length) << 2 | UInt64(spelling.rawValue)
    keys.base[Int(id)] = TokenKey(reading: arena.base + start, count: length, spelling)
    size = max(size, Int(id) &+ 1)
    count &+= 1
  }

  /// A token of these bytes, which are not in the arena.
  mutating func put(_ bytes: UnsafeBufferPointer<UInt8>, _ spelling: TokenSpelling, id: UInt32) {
    let start = arena.count
    if let base = bytes.baseAddress { arena.append(from: base, count: bytes.count) }
    put(from: start, spelling, id: id)
  }

  /// A token of the bytes of two that were added.
  mutating func put(joining left: UInt32, _ right: UInt32, id: UInt32) {
    let start = arena.count
    let (first, second) = (spans.base[Int(left)], spans.base[Int(right)])
    let counts = (Int(first & 0xFFFF_FFFF) >> 2, Int(second & 0xFFFF_FFFF) >> 2)
    // What is copied lies in the arena, which must not move meanwhile.
    arena.reserve(start + counts.0 + counts.1)
    arena.append(from: arena.base + Int(first >> 32), count: counts.0)
    arena.append(from: arena.base + Int(second >> 32), count: counts.1)
    put(from: start, .alphabet, id: id)
  }

  /// `id` is below the largest one.
  @inline(__always)
  func hasToken(_ id: UInt32) -> Bool { spans.base[Int(id)] != 0 }

  mutating func add(
    _ bytes: UnsafeBufferPointer<UInt8>, _ spelling: TokenSpelling, id: UInt32
  ) throws(TokenizationFailure) {
    let start = arena.count
    if let base = bytes.baseAddress { arena.append(from: base, count: bytes.count) }
    try add(from: start, spelling, id: id)
  }

  mutating func add(_ bytes: [UInt8], _ spelling: TokenSpelling, id: UInt32) throws(TokenizationFailure) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(TokenizationFailure) in try add(buffer, spelling, id: id) }
  }

  /// The table of all tokens, which is asked for once. Throws `malformedFile` for a token that came twice.
  /// O(tokens + largest id).
  mutating func build() throws(TokenizationFailure) -> TokenTable {
    let (table, repeated) = finish()
    if let repeated { throw .malformedFile("a token occurs twice: `\(shown(table.bytes(repeated)))`") }
    return table
  }

  /// The same, with the id of a token that came twice, if any did.
  mutating func finish() -> (table: TokenTable, repeated: UInt32?) {
    var bytes = RawArray<UInt8>()
    swap(&bytes, &arena)
    // Keys of tokens and of their parts are read beyond the last token's end.
    for _ in 0..<TokenKey.readBytes { bytes.append(0) }
    bytes.shrink()
    var builtKeys = RowsByID<TokenKey>(inLargePages: false)
    var builtSpans = RowsByID<UInt64>(inLargePages: false)
    swap(&builtKeys, &keys)
    swap(&builtSpans, &spans)
    let tokens = TokenBytes(bytes, builtSpans, size: size, count: count)
    let index = TokenIndex(tokens, builtKeys)
    let repeated = index.insertAll()
    return (TokenTable(tokens, index), repeated)
  }
}

/// Where a file has the strings of tokens that are written without an escape, from behind the opening quotation mark on.
struct WrittenTokens: ~Copyable {
  // start << 32 | length, 0 for a token that is not there.
  private let spans = RowsByID<UInt64>()

  /// Takes note of a token whose id was accepted. A string may begin anywhere in the first 2^32 - 1 bytes of a file.
  @inline(__always)
  func note(_ id: UInt32, from start: Int, count: Int) {
    guard start &+ count < Int(UInt32.max) else { return }
    spans.base[Int(id)] = UInt64(start) << 32 | UInt64(count)
  }

  /// Where the token stands; empty when that is not known.
  @inline(__always)
  func span(_ id: UInt32) -> (start: Int, count: Int) {
    guard Int(id) < TokenizerModel.largestVocabulary else { return (0, 0) }
    let span = spans.base[Int(id)]
    return (Int(truncatingIfNeeded: span >> 32), Int(truncatingIfNeeded: span & 0xFFFF_FFFF))
  }
}

/// Something of each id, zeros at first: for all ids there can be, of which those that are not used are never touched.
struct RowsByID<Row: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  // Shared only with what was written before.
  private let memory: ZeroedMemory
  let base: UnsafeMutablePointer<Row>

  init(inLargePages: Bool = true) {
    let count = TokenizerModel.largestVocabulary
    memory = ZeroedMemory(byteCount: MemoryLayout<Row>.stride * count, inLargePages: inLargePages)
    base = memory.base.bindMemory(to: Row.self, capacity: count)
  }
}

/// The hash table: filled by a builder, then only read.
struct TokenIndex: ~Copyable, @unchecked Sendable {
  // A slot holds 12 bits of the hash above an id + 1, which has 20 bits; zeros are an empty one.
  private static let idMask: UInt32 = 0xF_FFFF
  private let tokens: TokenBytes
  private let keys: RowsByID<TokenKey>
  private let slots: UnsafeMutablePointer<UInt32>
  private let slotMemory: ZeroedMemory
  private let shift: UInt64
  private let mask: Int

  /// For these tokens, whose keys are known.
  init(_ tokens: TokenBytes, _ keys: consuming RowsByID<TokenKey>) {
    var bits = 10
    while 1 << bits < tokens.count * 2 { bits += 1 }
    self.tokens = tokens
    self.keys = keys
    slotMemory = ZeroedMemory(byteCount: 4 << bits)
    slots = slotMemory.base.bindMemory(to: UInt32.self, capacity: 1 << bits)
    shift = UInt64(64 - bits)
    mask = (1 << bits) - 1
  }

  // MARK: Filling

  /// Fills the slots. Each is asked for while those before it are looked at. Gives the first token that is equal to an
  /// earlier one; such are left out.
  func insertAll() -> UInt32? {
    let ahead = 24
    let (size, spans) = (tokens.size, tokens.spans.base)
    var repeated: UInt32?
    for id in 0..<UInt32(truncatingIfNeeded: size) {
      if Int(id) + ahead < size { prefetchSlot(keys.base[Int(id) &+ ahead].hash) }
      if spans[Int(id)] != 0, !insert(id), repeated == nil { repeated = id }
    }
    return repeated
  }

  @inline(__always)
  private func insert(_ id: UInt32) -> Bool {
    let key = keys.base[Int(id)]
    let hash = key.hash
    let tag = Self.tag(hash)
    var at = Int(truncatingIfNeeded: hash >> shift)
    while slots[at] != 0 {
      if slots[at] >> 20 == tag, isToken((slots[at] & Self.idMask) &- 1, key, tokens.known(id).baseAddress) {
        return false
      }
      at = (at &+ 1) & mask
    }
    slots[at] = tag << 20 | (id &+ 1)
    return true
  }

  // MARK: Looking up

  @inline(__always)
  func prefetchSlot(_ hash: UInt64) { xylem_prefetch(slots + Int(truncatingIfNeeded: hash >> shift)) }

  @inline(__always)
  func candidate(_ hash: UInt64) -> UInt32? {
    let tag = Self.tag(hash)
    var at = Int(truncatingIfNeeded: hash >> shift)
    while true {
      let slot = slots[at]
      if slot == 0 { return nil }
      if slot >> 20 == tag {
        let id = (slot & Self.idMask) &- 1
        xylem_prefetch(keys.base + Int(id))
        return id
      }
      at = (at &+ 1) & mask
    }
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
    keys.base[Int(id)] == key && (key.isShort || areEqual(id, bytes))
  }

  /// Keys are equal, so lengths are.
  @inline(never)
  private func areEqual(_ id: UInt32, _ other: UnsafePointer<UInt8>?) -> Bool {
    let known = tokens.known(id)
    guard let base = known.baseAddress, let other else { return known.isEmpty }
    return equalBytes(base, other, known.count)
  }

  @inline(__always)
  private static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash & 0xFFF) }
}
