// Counting one language's words and tokens, document by document.
import Foundation
import Tokenization

/// Counts of the text of a language, and of what each tokenizer made of it.
struct FertilityTally: Sendable {
  struct Tokens: Sendable {
    var tokens = 0
    /// Tokens of one byte.
    var singleBytes = 0
    /// Words whose core lies in one token, of those in `judgedWords`.
    var wholeWords = 0
    /// Words of documents whose tokens spell the text byte by byte; a tokenizer with blank-eating added tokens has others.
    var judgedWords = 0

    mutating func add(_ other: Tokens) {
      tokens += other.tokens
      singleBytes += other.singleBytes
      wholeWords += other.wholeWords
      judgedWords += other.judgedWords
    }
  }

  var documents = 0
  var bytes = 0
  var characters = 0
  var words = 0
  var tokenizers: [Tokens]

  init(tokenizers count: Int) { tokenizers = Array(repeating: Tokens(), count: count) }

  mutating func add(_ other: FertilityTally) {
    documents += other.documents
    bytes += other.bytes
    characters += other.characters
    words += other.words
    for (index, tokens) in other.tokenizers.enumerated() { tokenizers[index].add(tokens) }
  }
}

/// Bytes each id stands for.
struct TokenLengths: Sendable {
  private let lengths: [UInt32]
  private let addsPrefixSpace: Bool

  init(_ model: TokenizerModel) {
    lengths = (0..<UInt32(model.vocabularySize)).map { id in model.withTokenBytes(id) { UInt32($0.count) } }
    addsPrefixSpace = model.addsPrefixSpace
  }

  /// Adds a text's tokens to `sum`: `words` are the cores of its words, ascending, and `size` its bytes. O(tokens + words).
  func count(
    _ ids: UnsafeBufferPointer<UInt32>, words: [Range<Int>], size: Int, into sum: inout FertilityTally.Tokens
  ) {
    sum.tokens += ids.count
    lengths.withUnsafeBufferPointer { lengths in
      words.withUnsafeBufferPointer { words in
        var spelled = 0
        var singles = 0
        for id in ids {
          let length = Int(id) < lengths.count ? Int(lengths[Int(id)]) : 0
          spelled &+= length
          if length == 1 { singles &+= 1 }
        }
        sum.singleBytes += singles
        // A space put before the text is no byte of it.
        let excess = spelled - size
        guard excess == 0 || (excess == 1 && addsPrefixSpace) else { return }
        sum.judgedWords += words.count
        var at = -excess
        var word = 0
        var isCut = false
        for id in ids {
          at &+= Int(lengths[Int(id)])
          while word < words.count, words[word].upperBound <= at {
            if !isCut { sum.wholeWords += 1 }
            isCut = false
            word &+= 1
          }
          if word < words.count, words[word].lowerBound < at { isCut = true }
        }
      }
    }
  }
}

/// Things that threads borrow one at a time: made when none is idle.
final class BorrowedPool<Item>: @unchecked Sendable {
  // `all` and `idle` are guarded by `lock`; an item is used by the thread that holds it, and by none before or after at
  // the same time.
  private let lock = NSLock()
  private var idle: [Item] = []
  private var all: [Item] = []
  private let make: @Sendable () throws -> Item

  init(_ make: @escaping @Sendable () throws -> Item) { self.make = make }

  func borrow<Result>(_ body: (Item) throws -> Result) throws -> Result {
    let item = try take()
    defer { give(item) }
    return try body(item)
  }

  /// An item for longer than a call, to be given back.
  func take() throws -> Item {
    try lock.withLock {
      if let item = idle.popLast() { return item }
      let item = try make()
      all.append(item)
      return item
    }
  }

  func give(_ item: Item) { lock.withLock { idle.append(item) } }

  /// Every item made, once no thread holds any.
  func drain() -> [Item] {
    lock.withLock {
      defer { (idle, all) = ([], []) }
      return all
    }
  }
}
