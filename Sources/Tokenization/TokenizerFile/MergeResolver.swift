// From the strings of merges to ids.

/// One merge of a vocabulary: the pair and what it becomes.
typealias Merge = (left: UInt32, right: UInt32, id: UInt32)

/// A merge that was parsed and waits for its ids. Left and right lie end to end in the scratch memory.
struct PendingMerge {
  var start: Int
  var left: Int
  var right: Int
  var leftHash: UInt64
  var rightHash: UInt64
}

/// Finds the ids of merges.
struct MergeResolver {
  private let table: TokenTable
  private(set) var merges: [Merge] = []
  /// In most files each merge makes the token behind the last one.
  private var expected: UInt32 = 0
  /// Keeps the reads ahead from being left out.
  private var touched: UInt8 = 0

  init(_ table: TokenTable, capacity: Int) {
    self.table = table
    merges.reserveCapacity(min(capacity, TokenizerModel.largestMergeCount))
  }

  /// The ids of `count` merges whose bytes are in `scratch`.
  mutating func resolve(
    _ pending: UnsafePointer<PendingMerge>, _ count: Int, _ scratch: UnsafePointer<UInt8>
  ) throws(TokenizationFailure) {
    guard merges.count <= TokenizerModel.largestMergeCount - count else { throw Self.tooMany }
    // Two rounds of reads that wait for nothing, then comparisons whose memory is near.
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 2 * count) { candidates in
      var sum: UInt8 = 0
      for i in 0..<count {
        candidates[2 * i] = table.candidate(pending[i].leftHash)
        candidates[2 * i + 1] = table.candidate(pending[i].rightHash)
      }
      for id in candidates { sum &+= table.touch(id) }
      touched = sum
    }
    for i in 0..<count {
      let merge = pending[i]
      let leftBytes = UnsafeBufferPointer(start: scratch + merge.start, count: merge.left)
      let rightBytes = UnsafeBufferPointer(start: scratch + merge.start + merge.left, count: merge.right)
      let whole = UnsafeBufferPointer(start: scratch + merge.start, count: merge.left + merge.right)
      guard let left = table.find(leftBytes, .alphabet, merge.leftHash),
        let right = table.find(rightBytes, .alphabet, merge.rightHash),
        let id = table.isToken(expected, whole, .alphabet) ? expected : table.id(of: whole, .alphabet)
      else { throw missing(ByteAlphabet.spell(leftBytes), ByteAlphabet.spell(rightBytes)) }
      merges.append((left, right, id))
      expected = id &+ 1
    }
  }

  /// A merge of two strings of any kind, as files write them.
  mutating func resolve(_ left: [UInt8], _ right: [UInt8]) throws(TokenizationFailure) {
    guard merges.count < TokenizerModel.largestMergeCount else { throw Self.tooMany }
    guard let leftID = table.id(written: left), let rightID = table.id(written: right),
      let id = table.id(written: left + right)
    else { throw missing(left, right) }
    merges.append((leftID, rightID, id))
    expected = id &+ 1
  }

  /// A merge in the older spelling, two tokens and a space; nothing for a line with a version.
  mutating func resolve(spaced text: [UInt8]) throws(TokenizationFailure) {
    if text.starts(with: "#version".utf8) { return }
    let parts = text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw .malformedFile("merge \(merges.count), `\(shown(text))`, is not two tokens and a space")
    }
    try resolve(Array(parts[0]), Array(parts[1]))
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
