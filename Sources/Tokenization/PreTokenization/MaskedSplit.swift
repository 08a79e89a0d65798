// Splits whose kernel says where pieces begin as masks of 64 bytes.
import CKernels

enum MaskedSplit {
  /// Words of 64 positions per kernel call: 4 KiB of text, so that dispatch costs nothing and masks stay in L1.
  private static let wordsPerCall = 64

  /// Writes the ends of pieces in `from..<to` to `ends`, which has room for `to - from + 96`, as `base` plus position
  /// modulo 2^32; with the end of the text where `to` is that. Returns how many. `from` is a multiple of 64, `to` one
  /// or `count`. `boundaries(at, words, wordCount)` writes the masks from `at` on.
  @inline(__always)
  static func scan(
    _ text: UnsafePointer<UInt8>, _ count: Int, from: Int, to: Int, base: UInt32, _ ends: UnsafeMutablePointer<UInt32>,
    _ boundaries: (Int, UnsafeMutablePointer<UInt64>, Int) -> Void
  ) -> Int {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: wordsPerCall) { masks in
      guard let words = masks.baseAddress else { return 0 }
      var found = 0
      var at = from
      while at < to {
        let wordCount = min(wordsPerCall, (to - at + 63) / 64)
        boundaries(at, words, wordCount)
        // No piece ends where the text begins.
        if at == 0 { words[0] &= ~1 }
        found += xylem_bit_positions(words, wordCount, base &+ UInt32(truncatingIfNeeded: at), ends + found)
        at += wordCount * 64
      }
      guard to == count, count > 0 else { return found }
      ends[found] = base &+ UInt32(truncatingIfNeeded: count)
      return found + 1
    }
  }
}
