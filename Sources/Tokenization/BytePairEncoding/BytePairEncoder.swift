// Text to ids: added tokens are cut out, the rest is split into pieces, and pieces are encoded in batches.
import CorpusCore

/// What to do with a special token that a text happens to spell.
public enum SpecialTokensInText: String, Sendable, Codable {
  /// Give its id, as Hugging Face does by default.
  case parse
  /// Encode its characters like any others: Hugging Face's `encode_special_tokens`.
  case text
}

/// An encoder; one a thread. Ids equal those of Hugging Face's tokenizers.
public final class BytePairEncoder {
  /// What stands between pieces.
  private struct Event {
    /// Pieces of the queue that come before it.
    var piece: Int
    /// An added token's id, or `endOfText`.
    var id: UInt32
  }
  private static let endOfText = UInt32.max

  private let model: TokenizerModel
  private let preTokenizer: PreTokenizer
  private let specialTokensInText: SpecialTokensInText
  private var batch: PieceBatch
  /// Special tokens that texts spelled, whatever was done with them.
  public private(set) var metSpecialTokens = 0

  // Pieces that wait, of the buffer at hand, and what stands between them.
  private var queue = PieceQueue()
  private var events: [Event] = []
  private var textStart = 0
  /// A text whose parts got spaces before them.
  private var spaced: [UInt8] = []

  /// `cacheBytes` bounds the memory of remembered pieces; 0 remembers next to none. Other memory is bounded by the
  /// longest text.
  public init(model: TokenizerModel, specialTokensInText: SpecialTokensInText, cacheBytes: Int = 64 << 20) {
    self.model = model
    self.specialTokensInText = specialTokensInText
    preTokenizer = PreTokenizer(kind: model.preTokenizer)
    batch = PieceBatch(model: model, cacheBytes: cacheBytes)
  }

  /// Pieces looked up so far, and those that no cache knew.
  public var lookups: (all: Int, missed: Int) { (batch.lookupCount, batch.missCount) }

  /// Throws what splitting by a regular expression met so far: see `PreTokenizer.checkFailures`. Ask once a batch, before
  /// its ids are used.
  public func checkFailures() throws(TokenizationFailure) { try preTokenizer.checkFailures() }

  /// Appends the ids of `text`, which should be UTF-8. O(n log n) at worst.
  public func encode(_ text: Span<UInt8>, into ids: inout [UInt32]) {
    text.withUnsafeBufferPointer { encode($0, into: &ids) }
  }

  /// The same for text in memory of its own.
  public func encode(_ text: UnsafeBufferPointer<UInt8>, into ids: inout [UInt32]) {
    var block = TokenBlock()
    encode(CollectionOfOne(0..<text.count), of: text, into: &block)
    block.withTokens { ids.append(contentsOf: $0) }
  }

  /// Appends the ids of each of `texts`, ranges of `bytes`, and after those of a text that has any, `endOfDocument`. Many
  /// texts in one call are faster than one at a time. `bytes` are fewer than 2^32.
  public func encode(
    _ texts: some Sequence<Range<Int>>, of bytes: UnsafeBufferPointer<UInt8>, endOfDocument: UInt32? = nil,
    into block: inout TokenBlock
  ) {
    precondition(bytes.count < UInt32.max, "offsets are 32-bit: encode fewer texts at once")
    textStart = block.ids.count
    for text in texts {
      if model.addsPrefixSpace {
        encodeSpaced(UnsafeBufferPointer(rebasing: bytes[text]), endOfDocument, into: &block)
        continue
      }
      metSpecialTokens += model.addedTokenScanner.forEachSegment(
        UnsafeBufferPointer(rebasing: bytes[text]), specialTokensInText
      ) { segment in
        switch segment {
        case .token(let id): events.append(Event(piece: queue.count, id: id))
        case .text(let range):
          add(text.lowerBound + range.lowerBound..<text.lowerBound + range.upperBound, of: bytes)
        }
      }
      events.append(Event(piece: queue.count, id: Self.endOfText))
      if queue.count >= 4 * PieceBatch.capacity { drain(bytes, endOfDocument, isLast: false, into: &block) }
    }
    drain(bytes, endOfDocument, isLast: true, into: &block)
  }

  /// One text, in a copy where each part that does not begin with a space has one before it (`add_prefix_space`).
  private func encodeSpaced(
    _ text: UnsafeBufferPointer<UInt8>, _ endOfDocument: UInt32?, into block: inout TokenBlock
  ) {
    spaced.removeAll(keepingCapacity: true)
    var parts: [(range: Range<Int>, id: UInt32?)] = []
    metSpecialTokens += model.addedTokenScanner.forEachSegment(text, specialTokensInText) { segment in
      switch segment {
      case .token(let id): parts.append((0..<0, id))
      case .text(let range):
        let start = spaced.count
        if text[range.lowerBound] != 0x20 { spaced.append(0x20) }
        spaced.append(contentsOf: text[range])
        parts.append((start..<spaced.count, nil))
      }
    }
    spaced.withUnsafeBufferPointer { bytes in
      for part in parts {
        if let id = part.id {
          events.append(Event(piece: queue.count, id: id))
        } else {
          add(part.range, of: bytes)
        }
      }
      events.append(Event(piece: queue.count, id: Self.endOfText))
      drain(bytes, endOfDocument, isLast: true, into: &block)
    }
  }

  /// Splits a part of the buffer and lets its pieces wait.
  private func add(_ range: Range<Int>, of bytes: UnsafeBufferPointer<UInt8>) {
    guard let base = bytes.baseAddress, !range.isEmpty else { return }
    queue.add(range, of: base, preTokenizer, model.cuts)
  }

  /// Encodes the pieces that wait, in full batches unless these are the last.
  private func drain(
    _ bytes: UnsafeBufferPointer<UInt8>, _ endOfDocument: UInt32?, isLast: Bool, into block: inout TokenBlock
  ) {
    var done = 0
    var event = 0
    let waiting = queue.count
    while done < waiting || (isLast && event < events.count) {
      let count = min(PieceBatch.capacity, waiting - done)
      if count < PieceBatch.capacity && !isLast { break }
      if count > 0, let text = bytes.baseAddress {
        batch.encode(
          text, length: bytes.count, starts: queue.starts.base + done, ends: queue.ends.base + done, count: count)
      }
      var emitted = 0
      while event < events.count, events[event].piece <= done + count {
        batch.emit(from: emitted, to: events[event].piece - done, into: &block.ids)
        emitted = events[event].piece - done
        if events[event].id == Self.endOfText {
          if let endOfDocument, block.ids.count > textStart { block.ids.append(endOfDocument) }
          block.lengths.append(block.ids.count - textStart)
          textStart = block.ids.count
        } else {
          block.ids.append(events[event].id)
        }
        event += 1
      }
      batch.emit(from: emitted, to: count, into: &block.ids)
      done += count
    }
    events.removeFirst(event)
    for k in 0..<events.count { events[k].piece -= done }
    queue.removeFirst(done)
  }
}
