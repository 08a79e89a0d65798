// BLOOM's split. Outside of words stand 39 code points (white space, brackets, stops of several scripts); a run of them
// is one piece, a run of others is one piece, and a space directly before a word belongs to the word.
import CKernels

enum BloomSplit {
  /// Writes the ends of pieces: see `MaskedSplit.scan`.
  @inline(__always)
  static func scan(
    _ text: UnsafePointer<UInt8>, _ count: Int, from: Int, to: Int, base: UInt32, _ ends: UnsafeMutablePointer<UInt32>
  ) -> Int {
    MaskedSplit.scan(text, count, from: from, to: to, base: base, ends) { at, words, wordCount in
      xylem_bloom_boundaries(text, count, at, words, wordCount)
    }
  }
}
