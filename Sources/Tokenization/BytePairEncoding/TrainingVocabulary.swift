// Tokens of a training by id and by spelling: spellings back to back in one array, found by hash.
import CKernels
import CorpusCore

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Special tokens first, then bytes, then what merges make. About 30 bytes a token.
struct TrainingVocabulary: ~Copyable {
  let specialTokens: [String]
  private(set) var count = 0
  /// Id by byte; `absent` for a byte that the alphabet leaves out.
  private(set) var byteID = [UInt32](repeating: absent, count: 256)
  private(set) var isInitial: RawArray<Bool>
  private var arena = RawArray<UInt8>(capacity: 1 << 12)
  private var ends = RawArray<Int>(capacity: 1 << 12)
  private var slots: RawArray<UInt32>

  static let absent = UInt32.max

  /// Numbers the special tokens (repetitions are skipped) and then the bytes of `alphabet` in the order of their code
  /// points. A special token that spells a byte is that byte's token.
  init(specialTokens listed: [String], alphabet: Set<UInt8>, capacity: Int) {
    var seen = Set<[UInt8]>()
    specialTokens = listed.filter { seen.insert(Array($0.utf8)).inserted }
    isInitial = RawArray(repeating: false, count: capacity)
    var slotCount = 1 << 10
    while slotCount < capacity * 2 { slotCount *= 2 }
    slots = RawArray(inLargePages: slotCount, repeating: 0)
    for token in specialTokens {
      let text = Array(token.utf8)
      // Hugging Face finds a token by its string, and strings of learned tokens are written in the byte alphabet.
      let spelling = ByteAlphabet.bytes(spelledBy: text)
      _ = append(spelling ?? text, isFound: spelling != nil)
    }
    for byte in ByteAlphabet.sortedBytes where alphabet.contains(byte) {
      let id = find([byte]) ?? append([byte], isFound: true)
      byteID[Int(byte)] = id
      isInitial[Int(id)] = true
    }
  }

  var byteCount: Int { arena.byteCount + ends.byteCount + slots.byteCount + isInitial.byteCount }

  @inline(__always)
  private func start(_ id: Int) -> Int { id == 0 ? 0 : ends[id &- 1] }

  func spelling(_ id: UInt32) -> UnsafeBufferPointer<UInt8> {
    let start = start(Int(id))
    return UnsafeBufferPointer(start: arena.base + start, count: ends[Int(id)] - start)
  }

  private mutating func find(_ bytes: [UInt8]) -> UInt32? {
    bytes.withUnsafeBufferPointer { bytes in
      bytes.baseAddress.flatMap { slot(of: $0, bytes.count).id }
    }
  }

  private mutating func append(_ bytes: [UInt8], isFound: Bool) -> UInt32 {
    bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      if isFound { slots[slot(of: base, bytes.count).at] = UInt32(count + 1) }
      arena.append(from: base, count: bytes.count)
    }
    ends.append(arena.count)
    count += 1
    return UInt32(count - 1)
  }

  /// Asks for what `join` needs first.
  @inline(__always)
  func prefetch(_ left: UInt32, _ right: UInt32) {
    xylem_prefetch(ends.base + Int(left))
    xylem_prefetch(ends.base + Int(right))
  }

  /// And for what it needs then.
  @inline(__always)
  func prefetchSpelling(_ left: UInt32, _ right: UInt32) {
    xylem_prefetch(arena.base + start(Int(left)))
    xylem_prefetch(arena.base + start(Int(right)))
  }

  /// The token that `left` and `right` make together: an existing one of that spelling, or a new one.
  mutating func join(_ left: UInt32, _ right: UInt32) -> (id: UInt32, isNew: Bool) {
    let a = start(Int(left))..<ends[Int(left)]
    let b = start(Int(right))..<ends[Int(right)]
    let length = a.count + b.count
    // Written behind the last token first: to be hashed, and there to stay if it is new.
    arena.reserve(arena.count + length)
    let tail = arena.base + arena.count
    tail.update(from: arena.base + a.lowerBound, count: a.count)
    (tail + a.count).update(from: arena.base + b.lowerBound, count: b.count)
    let (at, known) = slot(of: tail, length)
    if let known { return (known, false) }
    arena.appendUninitialized(length)
    ends.append(arena.count)
    count += 1
    slots[at] = UInt32(count)
    return (UInt32(count - 1), true)
  }

  private func slot(of bytes: UnsafePointer<UInt8>, _ length: Int) -> (at: Int, id: UInt32?) {
    let mask = slots.count - 1
    var at = Int(truncatingIfNeeded: hash64(UnsafeRawBufferPointer(start: bytes, count: length))) & mask
    while slots[at] != 0 {
      let id = slots[at] - 1
      let known = spelling(id)
      if known.count == length, let base = known.baseAddress, memcmp(base, bytes, length) == 0 { return (at, id) }
      at = (at + 1) & mask
    }
    return (at, nil)
  }

  /// Bytes of each token, by id; of a special token, its text.
  func tokens() -> [[UInt8]] {
    (0..<count).map { $0 < specialTokens.count ? Array(specialTokens[$0].utf8) : Array(spelling(UInt32($0))) }
  }
}
