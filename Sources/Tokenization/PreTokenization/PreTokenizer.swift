// Cutting text into the pieces inside which byte pairs may merge. Each published kind is a regular expression, written
// as a scanner that gives the same pieces; other expressions go through PCRE2.
import CKernels

/// A scanner that cuts text into pieces; the pieces laid end to end are the text.
public struct PreTokenizer: Sendable {
  /// Who does the work.
  private enum Scanner: Sendable {
    case bloom, gpt2
    case automaton(SplitAutomaton)
    case regex(RegexSplit)
    /// Rules that could not be compiled: a text is one piece, and `checkFailures` throws.
    case none
  }

  public let kind: PreTokenizerKind
  private let scanner: Scanner
  private let failures = SplitFailures()

  public init(kind: PreTokenizerKind) {
    self.kind = kind
    switch kind {
    case .bloom: scanner = .bloom
    case .gpt2: scanner = .gpt2
    case .cl100k: scanner = .automaton(GPT4Split.cl100k)
    case .o200k: scanner = .automaton(GPT4oSplit.automaton)
    case .deepseek: scanner = .automaton(DeepSeekSplit.automaton)
    case .rules(let rules):
      if let automaton = PublishedPattern.scanner(rules) {
        scanner = .automaton(automaton)
      } else {
        do throws(TokenizationFailure) {
          scanner = .regex(try RegexSplit(rules: rules))
        } catch {
          scanner = .none
          failures.record(error)
        }
      }
    }
  }

  /// Throws what a split by regular expressions has met since this value was made: `TokenizationFailure.tooLarge` for a
  /// match that took too many steps, with its place; the text's rest was one piece then, so results are not to be used.
  /// Copies share what they met. Never throws for kinds that are not slow; callers ask once a batch.
  public func checkFailures() throws(TokenizationFailure) {
    if let failure = failures.failure { throw failure }
  }

  /// Calls `body` with each piece of `text` in order. `text` should be UTF-8; other bytes are safe.
  /// O(n): see `appendEnds` for rates.
  public func forEachPiece(_ text: Span<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    text.withUnsafeBufferPointer { forEachPiece($0, body) }
  }

  /// The same for text that is already in memory of its own. A piece points into `text`, and has less than 2^32 bytes.
  @inline(__always)
  public func forEachPiece(_ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    guard let base = text.baseAddress, text.count > 0 else { return }
    if isSlow { return forEachSlowPiece(text, body) }
    let step = min(Self.bytesPerCall, text.count)
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: step + Self.slack) { room in
      guard let ends = room.baseAddress else { return }
      var position = xylem_split_position()
      var start = 0
      var from = 0
      while from < text.count {
        let to = min(from + step, text.count)
        let found = scan(base, text.count, from: from, to: to, base: 0, &position, ends)
        for index in 0..<found {
          // Ends are known modulo 2^32 and ascend.
          let length = Int(ends[index] &- UInt32(truncatingIfNeeded: start))
          body(UnsafeBufferPointer(start: base + start, count: length))
          start += length
        }
        from = to
      }
    }
  }

  private var isSlow: Bool {
    switch scanner {
    case .bloom, .gpt2, .automaton: false
    case .regex, .none: true
    }
  }

  private func forEachSlowPiece(_ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    var start = 0
    for end in slowEnds(text) {
      body(UnsafeBufferPointer(rebasing: text[start..<end]))
      start = end
    }
  }

  private func slowEnds(_ text: UnsafeBufferPointer<UInt8>) -> [Int] {
    guard case .regex(let split) = scanner else { return text.isEmpty ? [] : [text.count] }
    var ends: [Int] = []
    if let failure = split.appendEnds(of: text, to: &ends) { failures.record(failure) }
    return ends
  }

  /// Text a call of a scanner takes: a multiple of 64.
  private static let bytesPerCall = 1 << 12
  /// Places a call may write beside one a byte.
  private static let slack = 96

  /// Appends `base` plus the end of each piece of `text`, ascending. `base + text.count` is below 2^32.
  func appendEnds(of text: UnsafeBufferPointer<UInt8>, base: UInt32, to ends: inout RawArray<UInt32>) {
    guard let start = text.baseAddress else { return }
    if isSlow {
      for end in slowEnds(text) { ends.append(base &+ UInt32(truncatingIfNeeded: end)) }
      return
    }
    var position = xylem_split_position()
    var from = 0
    while from < text.count {
      let to = min(from + Self.bytesPerCall, text.count)
      ends.append(room: to - from + Self.slack) {
        scan(start, text.count, from: from, to: to, base: base, &position, $0)
      }
      from = to
    }
  }

  @inline(__always)
  private func scan(
    _ text: UnsafePointer<UInt8>, _ count: Int, from: Int, to: Int, base: UInt32,
    _ position: inout xylem_split_position, _ ends: UnsafeMutablePointer<UInt32>
  ) -> Int {
    switch scanner {
    case .bloom: BloomSplit.scan(text, count, from: from, to: to, base: base, ends)
    case .gpt2: GPT2Split.scan(text, count, from: from, to: to, base: base, ends)
    case .automaton(let automaton): automaton.scan(text, count, from: from, to: to, base: base, &position, ends)
    case .regex, .none: 0
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
