// Cutting added tokens such as `</s>` out of raw text, exactly as Hugging Face's `AddedVocabulary` does: leftmost,
// and the longest of those that begin at one place; tokens that are not normalized first, then the others in what is
// left.
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The added tokens of a tokenizer, ready to be found in text. Immutable: one serves all threads.
public struct AddedTokenScanner: Sendable {
  /// A part of a text.
  public enum Segment: Equatable {
    /// Text to be split and merged; never empty.
    case text(Range<Int>)
    /// An added token.
    case token(id: UInt32)
  }

  private let plain: AddedTokenTrie
  private let normalized: AddedTokenTrie

  /// Whether there is nothing to find: every text is one segment.
  public let isEmpty: Bool

  public init(_ tokens: [AddedToken]) {
    plain = AddedTokenTrie(tokens.filter { !$0.isNormalized })
    normalized = AddedTokenTrie(tokens.filter(\.isNormalized))
    isEmpty = tokens.isEmpty
  }

  /// Calls `body` with the segments of `text` in order and returns how many special tokens the text spells. Under
  /// `.text` special tokens are counted and stay text. Segments tile the text, but for blanks that a token with
  /// `lstrip` or `rstrip` takes in; where a token follows inside of blanks just taken in, text may be given twice, as
  /// Hugging Face does. O(n); about 10 GB/s where no token's first byte occurs.
  @discardableResult
  public func forEachSegment(
    _ text: UnsafeBufferPointer<UInt8>, _ policy: SpecialTokensInText, _ body: (Segment) -> Void
  ) -> Int {
    guard text.count > 0 else { return 0 }
    guard !isEmpty else {
      body(.text(0..<text.count))
      return 0
    }
    var met = 0
    met += plain.cut(text, 0..<text.count, policy) { segment in
      if case .text(let range) = segment, !normalized.isEmpty {
        met += normalized.cut(text, range, policy, body)
      } else {
        body(segment)
      }
    }
    return met
  }
}

/// Added tokens by their bytes: nodes whose edges are sorted, after a table for the first byte.
struct AddedTokenTrie: Sendable {
  private static let none = UInt32.max

  private struct Node {
    /// Edges of this node: `edgeStart ..< edgeEnd`.
    var edgeStart: UInt32
    var edgeEnd: UInt32
    /// Index in `tokens` of the token that ends here.
    var token = none
  }
  private let tokens: [AddedToken]
  private var nodes: [Node] = []
  private var edgeBytes: [UInt8] = []
  private var edgeTargets: [UInt32] = []
  private var rootTarget = [UInt32](repeating: none, count: 256)
  private var firstBytes: [UInt8] = []

  var isEmpty: Bool { tokens.isEmpty }

  /// Of tokens with one content the last counts; empty contents are never found. O(total length).
  init(_ tokens: [AddedToken]) {
    self.tokens = tokens
    let contents = tokens.map { Array($0.content.utf8) }
    let order = contents.indices.filter { !contents[$0].isEmpty }
      .sorted { contents[$0].lexicographicallyPrecedes(contents[$1]) || (contents[$0] == contents[$1] && $0 < $1) }
    // Each entry is a node, the tokens below it and how much of them is spelled.
    var open: [(range: Range<Int>, depth: Int)] = [(order.indices, 0)]
    nodes = [Node(edgeStart: 0, edgeEnd: 0)]
    var at = 0
    while at < open.count {
      var (range, depth) = open[at]
      while let first = range.first, contents[order[first]].count == depth {
        nodes[at].token = UInt32(order[first])
        range.removeFirst()
      }
      nodes[at].edgeStart = UInt32(edgeBytes.count)
      var start = range.lowerBound
      while start < range.upperBound {
        let byte = contents[order[start]][depth]
        var end = start + 1
        while end < range.upperBound, contents[order[end]][depth] == byte { end += 1 }
        edgeBytes.append(byte)
        edgeTargets.append(UInt32(open.count))
        open.append((start..<end, depth + 1))
        nodes.append(Node(edgeStart: 0, edgeEnd: 0))
        start = end
      }
      nodes[at].edgeEnd = UInt32(edgeBytes.count)
      at += 1
    }
    for edge in Int(nodes[0].edgeStart)..<Int(nodes[0].edgeEnd) {
      rootTarget[Int(edgeBytes[edge])] = edgeTargets[edge]
      firstBytes.append(edgeBytes[edge])
    }
  }

  /// The segments of one part of a text; returns the special tokens met.
  func cut(
    _ whole: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ policy: SpecialTokensInText,
    _ body: (AddedTokenScanner.Segment) -> Void
  ) -> Int {
    let text = UnsafeBufferPointer(rebasing: whole[range])
    var met = 0
    var start = 0
    var finder = FirstByteFinder(firstBytes)
    var from = 0
    while let at = finder.next(in: text, from: from, rootTarget) {
      guard let found = longest(text, at) else {
        from = at + 1
        continue
      }
      // The search goes on behind the token itself, even where the token is passed over or takes in blanks.
      from = found.end
      let token = tokens[found.token]
      if token.isSingleWord,
        WordCharacters.end(UnsafeBufferPointer(rebasing: text[..<at]))
          || WordCharacters.begin(UnsafeBufferPointer(rebasing: text[found.end...]))
      {
        continue
      }
      if token.isSpecial {
        met += 1
        if policy == .text { continue }
      }
      var left = at
      var right = found.end
      if token.stripsLeft {
        left = max(WordCharacters.startOfTrailingBlanks(UnsafeBufferPointer(rebasing: text[..<at])), start)
      }
      if token.stripsRight {
        right += WordCharacters.endOfLeadingBlanks(UnsafeBufferPointer(rebasing: text[right...]))
      }
      if start < left { body(.text(range.lowerBound + start..<range.lowerBound + left)) }
      // Nothing is left of a token inside of blanks that the one before took in, if it strips them as well.
      if left < right { body(.token(id: token.id)) }
      start = right
    }
    if start < text.count { body(.text(range.lowerBound + start..<range.upperBound)) }
    return met
  }

  /// The longest token that begins at `start`.
  private func longest(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> (token: Int, end: Int)? {
    var node = rootTarget[Int(text[start])]
    var at = start + 1
    var best: (token: Int, end: Int)?
    while node != Self.none {
      let here = nodes[Int(node)]
      if here.token != Self.none { best = (Int(here.token), at) }
      guard at < text.count else { break }
      node = edge(here, text[at])
      at += 1
    }
    return best
  }

  private func edge(_ node: Node, _ byte: UInt8) -> UInt32 {
    var low = Int(node.edgeStart)
    var high = Int(node.edgeEnd)
    while low < high {
      let middle = (low + high) / 2
      if edgeBytes[middle] < byte { low = middle + 1 } else { high = middle }
    }
    return low < Int(node.edgeEnd) && edgeBytes[low] == byte ? edgeTargets[low] : Self.none
  }
}

/// Where the next byte of a set occurs. Up to four bytes are each looked for with `memchr` and their next places kept;
/// larger sets are looked up byte by byte.
private struct FirstByteFinder {
  private static let most = 4
  private let bytes: [UInt8]
  /// Next place of each byte, at or behind the last place asked for.
  private var places: InlineArray<4, Int> = .init(repeating: -1)

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next(
    in text: UnsafeBufferPointer<UInt8>, from start: Int, _ targets: [UInt32]
  ) -> Int? {
    guard let base = text.baseAddress, start < text.count else { return nil }
    if bytes.count > Self.most {
      return targets.withUnsafeBufferPointer { targets in
        var at = start
        while at < text.count {
          if targets[Int(base[at])] != UInt32.max { return at }
          at &+= 1
        }
        return nil
      }
    }
    var best = Int.max
    for i in 0..<bytes.count {
      if places[i] < start {
        if let found = memchr(base + start, Int32(bytes[i]), text.count - start) {
          places[i] = UnsafeRawPointer(found) - UnsafeRawPointer(base)
        } else {
          places[i] = Int.max
        }
      }
      best = min(best, places[i])
    }
    return best == Int.max ? nil : best
  }
}
