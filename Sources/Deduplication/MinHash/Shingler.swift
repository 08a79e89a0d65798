// Shingles of simple words (Broder 1997): runs of letters and digits with the marks behind them, case-folded, punctuation
// left out; each character of a script without spaces is a word (docs/decisions/0007-words-of-shingles.md). No
// dictionary, so the shingles of a text never change.
import CorpusCore

/// Turns text into its set of hashed shingles. Reuse one: it keeps its buffers.
public struct Shingler: Sendable {
  private let wordsPerShingle: Int
  private let seed: UInt64
  private var hasher: WordHasher
  /// Word hashes of the text at hand; what stands behind them is left over from texts before.
  private var words: [UInt64] = []
  private var sorter = UniqueSorter()

  /// `options` have been validated.
  public init(options: NearDuplicateOptions) {
    precondition((1...64).contains(options.shingle), "a shingle has 1 to 64 words: validate the options first")
    wordsPerShingle = options.shingle
    seed = mix64(options.seed &+ goldenGamma)
    hasher = WordHasher(rule: options.words)
  }

  /// Replaces `hashes` by the sorted, unique shingle hashes of `text`, UTF-8 in NFC; at least one, whatever the text.
  ///
  /// Fewer words than a shingle has are one shingle; no words at all (symbols, emoji) give the hash of the bytes.
  /// O(n) for n bytes; 24 bytes of buffer a word.
  public mutating func shingles(of text: Span<UInt8>, into hashes: inout [UInt64]) {
    shinglesInOrder(of: text, into: &hashes)
    sorter.sortUnique(&hashes)
  }

  /// The same, but in the order of the text and with repeats.
  mutating func shinglesInOrder(of text: Span<UInt8>, into hashes: inout [UInt64]) {
    hashes.removeAll(keepingCapacity: true)
    let most = WordHasher.most(text.count)
    if words.count < most { words = [UInt64](repeating: 0, count: most + most / 4) }
    let count = text.withUnsafeBufferPointer { text in
      words.withUnsafeMutableBufferPointer { hasher.hash(text, into: $0) }
    }
    guard count > 0 else {
      hashes.append(text.withUnsafeBytes { hash64($0, seed: seed) })
      return
    }
    let length = min(wordsPerShingle, count)
    // Rolling polynomial over word hashes: value = sum of word[i] * base^(length - 1 - i) mod 2^64, then mixed with the
    // seed and the length, so that a text of three words is no prefix of one of five.
    let base = goldenGamma
    let salt = seed &+ UInt64(length) &* 0xD1B5_4A32_D192_ED03
    let topPower = (0..<length).reduce(UInt64(1)) { power, _ in power &* base }
    hashes.append(contentsOf: repeatElement(0, count: count - length + 1))
    hashes.withUnsafeMutableBufferPointer { hashes in
      words.withUnsafeBufferPointer { words in
        var value: UInt64 = 0
        for i in 0..<length { value = value &* base &+ words[i] }
        hashes[0] = mix64(value ^ salt)
        for i in length..<count {
          value = value &* base &+ words[i] &- words[i &- length] &* topPower
          hashes[i &- length &+ 1] = mix64(value ^ salt)
        }
      }
    }
    // A rare huge text must not hold its buffers for the rest of the run.
    if words.count > UniqueSorter.keptCapacity { words = [] }
  }
}
