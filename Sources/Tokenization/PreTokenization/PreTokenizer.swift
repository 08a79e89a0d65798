// Cutting text into the pieces inside which byte pairs may merge. Each kind is a published regular expression, written
// as a scanner that gives the same pieces.

/// Which published split to follow.
public enum PreTokenizerKind: String, Sendable, Codable {
  /// BLOOM's ` ?[^(\s|[.,!?…。，、।۔،])]+`, matches and gaps isolated (arXiv 2211.05100, section 3.2).
  case bloom
  /// GPT-2's split: contractions, letters, numbers, other signs, each with the space before it.
  case gpt2

  /// The kind called `name`; fails for splits this version does not know.
  public static func named(_ name: String) throws(TokenizationFailure) -> PreTokenizerKind {
    guard let kind = PreTokenizerKind(rawValue: name) else {
      throw .unsupportedPart(name: "pre-tokenizer", detail: "`\(name)` is not one of bloom, gpt2")
    }
    return kind
  }
}

/// A scanner that cuts text into pieces; the pieces laid end to end are the text.
public struct PreTokenizer: Sendable {
  public let kind: PreTokenizerKind
  private let classes: CharacterClassTable

  public init(kind: PreTokenizerKind) {
    self.kind = kind
    classes = kind == .gpt2 ? .shared : .none
  }

  /// Calls `body` with each piece of `text` in order. `text` should be UTF-8; other bytes are safe and count as signs.
  /// O(n): about 1.5 GB/s for `bloom`.
  public func forEachPiece(_ text: Span<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    text.withUnsafeBufferPointer { forEachPiece($0, body) }
  }

  /// The same for text that is already in memory of its own. A piece points into `text`.
  @inline(__always)
  public func forEachPiece(_ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    guard let base = text.baseAddress else { return }
    switch kind {
    case .bloom:
      BloomSplit.scan(base, text.count) { start, end in
        body(UnsafeBufferPointer(start: base + start, count: end - start))
      }
    case .gpt2:
      GPT2Split.scan(base, text.count, classes) { start, end in
        body(UnsafeBufferPointer(start: base + start, count: end - start))
      }
    }
  }

  /// Appends the end of each piece of `text`, in order. At most 2^31 - 1 bytes can be addressed: a longer text is an
  /// error of the caller.
  public func boundaries(of text: UnsafeBufferPointer<UInt8>, into ends: inout [Int32]) {
    precondition(text.count <= Int(Int32.max), "boundaries are 32-bit: cut longer texts first")
    var end: Int32 = 0
    forEachPiece(text) { piece in
      end &+= Int32(truncatingIfNeeded: piece.count)
      ends.append(end)
    }
  }
}
