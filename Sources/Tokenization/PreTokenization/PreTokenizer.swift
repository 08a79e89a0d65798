// Cutting text into the pieces inside which byte pairs may merge. Each kind is a published regular expression, written
// as a scanner that gives the same pieces.

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
    case .cl100k, .o200k, .deepseek, .rules: body(text)
    }
  }

  /// Appends `base` plus the end of each piece of `text`, ascending. `base + text.count` is below 2^32.
  func appendEnds(of text: UnsafeBufferPointer<UInt8>, base: UInt32, to ends: inout RawArray<UInt32>) {
    guard let start = text.baseAddress else { return }
    forEachPiece(text) { piece in
      let offset = (piece.baseAddress ?? start) - start + piece.count
      ends.append(base &+ UInt32(truncatingIfNeeded: offset))
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
