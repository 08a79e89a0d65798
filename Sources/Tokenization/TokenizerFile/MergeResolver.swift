// From the strings of merges to ids.
import CKernels

/// A merge that waits for its ids. Its bytes are those of left and right, end to end.
struct PendingMerge {
  var bytes: UnsafePointer<UInt8>
  var leftCount: Int
  var rightCount: Int
  var left: TokenKey
  var right: TokenKey
  /// What it makes; `MergeResolver.unknown` until that is looked up.
  var id: UInt32
}

/// Finds the ids of merges. Look-ups wait for one another in batches: what each reads was asked for while the strings of
/// the next ones were parsed.
struct MergeResolver: ~Copyable {
  static let unknown = UInt32.max
  private static let batch = 128

  private let table: TokenTable
  private var merges: RawArray<Merge>
  /// What the next merge makes, if it is as in most files: the token behind the last one.
  private(set) var expected: UInt32 = 0
  private var pending = RawArray<PendingMerge>(capacity: batch)
  /// Ids their parts may have; `unknown` when they have none.
  private let candidates = RawArray<(left: UInt32, right: UInt32)>(capacity: batch)
  /// Bytes of the merges that wait.
  private let scratch: RawArray<UInt8>
  private var used = 0

  /// For about `capacity` merges, with room for `bytes` of those that wait. Memory is touched only as far as it is used.
  init(_ table: TokenTable, capacity: Int, bytes: Int) {
    self.table = table
    merges = RawArray(inLargePages: min(capacity, TokenizerModel.largestMergeCount))
    scratch = RawArray(capacity: bytes + max(TokenKey.readBytes, Int(xylem_token_slack)))
  }

  /// Where the bytes of the next merge go: left, then right.
  var room: UnsafeMutablePointer<UInt8> { scratch.base + used }

  /// Adds the merge whose bytes were just written to `room`.
  mutating func add(_ leftCount: Int, _ rightCount: Int) throws(TokenizationFailure) {
    let bytes = UnsafePointer(room)
    used &+= leftCount &+ rightCount
    let isExpected = table.isToken(expected, TokenKey(reading: bytes, count: leftCount &+ rightCount), bytes)
    try add(bytes, leftCount, rightCount, isExpected ? expected : Self.unknown)
  }

  /// Adds the merge that makes the expected token; its left part has `leftCount` bytes.
  @inline(__always)
  mutating func addExpected(_ leftCount: Int) throws(TokenizationFailure) {
    let whole = table.bytes(expected)
    guard let bytes = whole.baseAddress, leftCount <= whole.count else {
      preconditionFailure("the expected token is in the table, and holds its left part")
    }
    try add(bytes, leftCount, whole.count &- leftCount, expected)
  }

  @inline(__always)
  private mutating func add(
    _ bytes: UnsafePointer<UInt8>, _ leftCount: Int, _ rightCount: Int, _ id: UInt32
  ) throws(TokenizationFailure) {
    let left = TokenKey(reading: bytes, count: leftCount)
    let right = TokenKey(reading: bytes + leftCount, count: rightCount)
    table.prefetchSlot(left.hash)
    table.prefetchSlot(right.hash)
    pending.append(
      PendingMerge(bytes: bytes, leftCount: leftCount, rightCount: rightCount, left: left, right: right, id: id))
    if id != Self.unknown { expected = id &+ 1 }
    if pending.count == Self.batch { try resolvePending() }
  }

  /// Adds a merge of two strings of any kind, as files write them.
  mutating func add(_ left: [UInt8], _ right: [UInt8]) throws(TokenizationFailure) {
    try resolvePending()
    guard merges.count < TokenizerModel.largestMergeCount else { throw Self.tooMany }
    guard let leftID = table.id(written: left), let rightID = table.id(written: right),
      let id = table.id(written: left + right)
    else { throw missing(left, right) }
    merges.append((leftID, rightID, id))
    expected = id &+ 1
  }

  /// Adds a merge in the older spelling, two tokens and a space; nothing for a line with a version.
  mutating func add(spaced text: [UInt8]) throws(TokenizationFailure) {
    if text.starts(with: "#version".utf8) { return }
    let parts = text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      try resolvePending()
      throw .malformedFile("merge \(merges.count), `\(shown(text))`, is not two tokens and a space")
    }
    try add(Array(parts[0]), Array(parts[1]))
  }

  /// All merges, in order.
  consuming func finish() throws(TokenizationFailure) -> MergeList {
    try resolvePending()
    return MergeList(merges)
  }

  private mutating func resolvePending() throws(TokenizationFailure) {
    guard merges.count <= TokenizerModel.largestMergeCount - pending.count else { throw Self.tooMany }
    for index in 0..<pending.count {
      let left = table.candidate(pending[index].left.hash) ?? Self.unknown
      candidates[index] = (left, table.candidate(pending[index].right.hash) ?? Self.unknown)
    }
    for index in 0..<pending.count {
      let merge = pending[index]
      let bytes = merge.bytes
      guard let left = id(candidates[index].left, merge.left, bytes),
        let right = id(candidates[index].right, merge.right, bytes + merge.leftCount),
        let id = merge.id != Self.unknown ? merge.id : made(by: merge)
      else {
        throw missing(
          ByteAlphabet.spell(UnsafeBufferPointer(start: bytes, count: merge.leftCount)),
          ByteAlphabet.spell(UnsafeBufferPointer(start: bytes + merge.leftCount, count: merge.rightCount)))
      }
      merges.append((left, right, id))
    }
    if pending.count > 0, pending[pending.count - 1].id == Self.unknown {
      expected = merges[merges.count - 1].id &+ 1
    }
    pending.removeAll()
    used = 0
  }

  /// The id of a token, which is nearly always its candidate.
  @inline(__always)
  private func id(_ candidate: UInt32, _ key: TokenKey, _ bytes: UnsafePointer<UInt8>) -> UInt32? {
    table.isToken(candidate, key, bytes) ? candidate : table.id(of: key, key.hash, bytes)
  }

  private func made(by merge: PendingMerge) -> UInt32? {
    let whole = TokenKey(reading: merge.bytes, count: merge.leftCount &+ merge.rightCount)
    return table.id(of: whole, whole.hash, merge.bytes)
  }

  private func missing(_ left: [UInt8], _ right: [UInt8]) -> TokenizationFailure {
    .malformedFile(
      "merge \(merges.count), `\(shown(left))` and `\(shown(right))`, names or makes a token that the vocabulary "
        + "lacks")
  }

  private static let tooMany = TokenizationFailure.unsupportedPart(
    name: "merges", detail: "more than the \(TokenizerModel.largestMergeCount) that are accepted")
}

/// The beginning of a foreign string, for a message.
func shown(_ text: some Collection<UInt8>) -> String { String(decoding: text.prefix(80), as: UTF8.self) }
