// What an identifier sees of a text: the letters of its first 2 KB, as words, and the hashes of their n-grams.
import CKernels

/// The words of a sample and its scripts.
struct LanguageSample {
  /// More text gains nothing: measured accuracy on 2 KB and on 4 KB is the same.
  static let bytes = 2048

  /// Lower-case letters and marks; a 0 before and after each word. Behind `count` of them stand zeros.
  private(set) var letters: [UInt32]
  private(set) var count = 0
  private(set) var scripts = ScriptHistogram()

  /// The letters of the first `limit` bytes of `text`: an apostrophe between letters is a letter, joiners are dropped,
  /// anything else ends a word. Malformed bytes end a word as well. O(limit). Meant for text in NFC.
  init(_ text: Span<UInt8>, limit: Int = LanguageSample.bytes) {
    let limit = min(limit, text.count)
    var histogram = ScriptHistogram()
    var count = 0
    letters = [UInt32](unsafeUninitializedCapacity: limit + 2 + xylem_language_padding) {
      letters, written in
      letters.initialize(repeating: 0)
      written = letters.count
      guard let target = letters.baseAddress else { return }
      text.withUnsafeBufferPointer { text in
        guard let bytes = text.baseAddress else {
          count = 1
          return
        }
        count = xylem_language_letters(
          bytes, text.count, limit, LetterTable.shared.entries, target, &histogram.letters)
      }
    }
    self.count = count
    scripts = histogram
  }

  /// The buckets of all n-grams: for every word with its two borders the runs of 1 to 5 characters (a border alone is
  /// none), and the whole word once more; in no certain order. O(letters).
  /// - Parameter bits: log2 of the number of buckets, 1 to 24.
  func buckets(bits: Int) -> [UInt32] {
    let room = count * xylem_language_buckets_per_letter + xylem_language_more_buckets
    return [UInt32](unsafeUninitializedCapacity: room) { buckets, written in
      guard let target = buckets.baseAddress else { return }
      written = xylem_language_buckets(letters, count, UInt32(bits), target)
    }
  }
}
