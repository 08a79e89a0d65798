// From text to the hashes of its words, in three steps of which none has a branch that text decides often: characters to
// table entries, entries to bits of class, bits to words. The plain twin, of the words, is `naiveWords` of the tests.
import CKernels
import CTextShim

/// Cuts text into words (docs/decisions/0007-words-of-shingles.md) and hashes them. Reuse one: it keeps its buffers,
/// 170 KB however long the text is.
struct WordHasher: Sendable {
  private let characters = CharacterTable()
  private let marksBreak: Bool
  /// Room for `carried` values of an unfinished word, then for the entries of a chunk, of which each character can have
  /// three, and for what is read past it.
  private var entries = [UInt32](repeating: 0, count: carried + 3 * chunk + group + run)
  /// Characters of a chunk before their entries are looked up.
  private var scalars = [UInt32](repeating: 0, count: chunk)
  /// The lower and the upper bit of the class of each character of a chunk.
  private var lowBits = [UInt64](repeating: 0, count: 3 * chunk / run + 1)
  private var highBits = [UInt64](repeating: 0, count: 3 * chunk / run + 1)
  /// Beginning and end of each word that ends in a chunk; every character can be one.
  private var ranges = [Int32](repeating: 0, count: 2 * (3 * chunk + run))

  /// Characters of a chunk: what is done with it stays in the cache.
  private static let chunk = 4096
  private static let run = Int(xylem_run)
  private static let group = Int(xylem_character_group)
  private static let carried = group

  init(rule: WordRule) { marksBreak = rule == .marksBreak }

  /// The most words that `byteCount` bytes can have: a word takes two bytes, one and what stands before the next, or three
  /// when it is a single character.
  static func most(_ byteCount: Int) -> Int { byteCount / 2 + 1 }

  /// Writes the hash of every word of `text` to the front of `words`, which has room for `most(text.count)`; returns how
  /// many there are. O(n). What folds to several characters (ß, ŉ) is hashed as the several.
  mutating func hash(_ text: UnsafeBufferPointer<UInt8>, into words: UnsafeMutableBufferPointer<UInt64>) -> Int {
    let marksBreak = marksBreak
    return entries.withUnsafeMutableBufferPointer { entries in
      scalars.withUnsafeMutableBufferPointer { scalars in
        lowBits.withUnsafeMutableBufferPointer { low in
          highBits.withUnsafeMutableBufferPointer { high in
            ranges.withUnsafeMutableBufferPointer { ranges in
              guard let entries = entries.baseAddress, let scalars = scalars.baseAddress, let low = low.baseAddress,
                let high = high.baseAddress, let ranges = ranges.baseAddress
              else { return 0 }
              var cutter = Cutter(marksBreak: marksBreak, entries: entries + Self.carried, ranges: ranges)
              var rest = text
              var count = 0
              // Entries of the chunk before that did not fill a run.
              var left = 0
              while true {
                let out = cutter.entries + left
                var filled = left + Self.fill(characters, &rest, scalars, out, Self.chunk - left)
                if rest.isEmpty {
                  // Behind the text there is no word, so the last one ends.
                  let padding = Self.run - filled % Self.run
                  (cutter.entries + filled).update(repeating: 0, count: padding)
                  filled += padding
                }
                let runs = filled / Self.run
                xylem_take_classes(cutter.entries, runs, UInt32(xylem_dedup_class_shift), low, high)
                for run in 0..<runs { cutter.cut(low[run], high[run], at: run * Self.run) }
                count += cutter.hashWords(into: UnsafeMutableBufferPointer(rebasing: words[count...]))
                if rest.isEmpty { return count }
                cutter.carry(end: runs * Self.run)
                left = filled - runs * Self.run
                cutter.entries.update(from: cutter.entries + runs * Self.run, count: left)
              }
            }
          }
        }
      }
    }
  }

  /// Writes the entries of at most `room` characters from the front of `text`, which loses them; returns how many entries.
  /// Invariant: `scalars` has room for `room`, and `out` for three times as many, which is what a character folds to at most.
  private static func fill(
    _ table: CharacterTable, _ text: inout UnsafeBufferPointer<UInt8>, _ scalars: UnsafeMutablePointer<UInt32>,
    _ out: UnsafeMutablePointer<UInt32>, _ room: Int
  ) -> Int {
    var index = 0
    var decoded = 0
    while index < text.count, decoded < room, let base = text.baseAddress {
      var written = 0
      index &+= xylem_decode_utf8(base + index, text.count &- index, scalars + decoded, room &- decoded, &written)
      decoded &+= written
      // What the kernel leaves, at the end or where bytes are no UTF-8: a block of it, a character at a time.
      let stop = min(index &+ Int(xylem_decode_ahead), text.count)
      while index < stop, decoded < room {
        scalars[decoded] = nextScalar(text, &index)
        decoded &+= 1
      }
    }
    text = UnsafeBufferPointer(rebasing: text[index...])
    var made = 0
    var place = 0
    while place < decoded {
      // Hardly a block has a character that folds to several.
      let end = min(place &+ run, decoded)
      var all: UInt32 = 0
      for offset in 0..<(end &- place) {
        let entry = table.entry(scalars[place &+ offset])
        out[made &+ offset] = entry
        all |= entry
      }
      if CharacterTable.expands(all) {
        for scalar in place..<end { made = expand(table, table.entry(scalars[scalar]), out, made) }
      } else {
        made &+= end &- place
      }
      place = end
    }
    return made
  }

  /// Writes the entries of a character's folding at `made`; returns where the next belongs.
  private static func expand(
    _ table: CharacterTable, _ entry: UInt32, _ out: UnsafeMutablePointer<UInt32>, _ made: Int
  ) -> Int {
    guard CharacterTable.expands(entry) else {
      out[made] = entry
      return made &+ 1
    }
    // All characters of a folding are of the class of the character.
    let folding = table.expansion(entry)
    for (offset, value) in folding.enumerated() {
      out[made &+ offset] = value | CharacterTable.wordClass(entry) << UInt32(xylem_dedup_class_shift)
    }
    return made &+ folding.count
  }

  /// Where the cutting of a text stands.
  private struct Cutter {
    let marksBreak: Bool
    /// The characters of the chunk, folded; `carried` more may be read and written before them.
    let entries: UnsafeMutablePointer<UInt32>
    /// Beginnings and ends of words of the chunk, which `hashWords` takes.
    let ranges: UnsafeMutablePointer<Int32>
    var ended = 0
    /// Where the word that is open begins, from `-carried` on, and the hash of what is gone of it; nil between words.
    var open: Int?
    var state = xylem_empty_hash
    /// Whether the last character is in a word, and whether a letter would continue it.
    var inWord: UInt64 = 0
    var goesOn: UInt64 = 0

    /// Takes down the words that end in a run of 64 characters, whose first is `first`.
    @inline(__always)
    mutating func cut(_ low: UInt64, _ high: UInt64, at first: Int) {
      let letters = low & ~high
      let marks = high & ~low
      let singles = low & high
      var inside = letters | singles
      var continuable = letters
      if marks != 0 {
        // A mark goes on with whatever word is open, and without one opens none.
        inside |= Self.flood(marks, from: inside &<< 1 | inWord)
        if !marksBreak { continuable |= Self.flood(marks, from: letters &<< 1 | goesOn) }
      }
      let starts = singles | letters & ~(continuable &<< 1 | goesOn)
      var borders = starts | ~inside & (inside &<< 1 | inWord)
      inWord = inside &>> 63
      goesOn = continuable &>> 63
      while borders != 0 {
        let place = first &+ borders.trailingZeroBitCount
        if let open {
          // Invariant: words do not overlap, so there are no more of them than characters.
          ranges[2 &* ended] = Int32(truncatingIfNeeded: open)
          ranges[2 &* ended &+ 1] = Int32(truncatingIfNeeded: place)
          ended &+= 1
        }
        open = starts & borders & (0 &- borders) != 0 ? place : nil
        borders &= borders &- 1
      }
    }

    /// The bits of the stretches of ones in `marks` that have a bit of `seeds` at their beginning.
    @inline(__always)
    private static func flood(_ marks: UInt64, from seeds: UInt64) -> UInt64 {
      let begun = marks & seeds
      // The carry runs through each stretch that has begun, and turns all of its ones to zeros.
      return marks & (~(marks &+ begun) | begun)
    }

    /// Writes the hashes of the words taken down; returns how many they are.
    mutating func hashWords(into words: UnsafeMutableBufferPointer<UInt64>) -> Int {
      guard ended > 0, let target = words.baseAddress else { return 0 }
      defer { ended = 0 }
      // Never: see `most`. Foreign bytes come through here, so the reasoning is checked.
      precondition(ended <= words.count, "a word takes two bytes or more")
      // Of the first one something may have gone before.
      xylem_hash_words(entries, ranges, 1, state, target)
      xylem_hash_words(entries, ranges + 2, ended - 1, xylem_empty_hash, target + 1)
      state = xylem_empty_hash
      return ended
    }

    /// Moves what is left of the open word before the chunk that comes next.
    mutating func carry(end: Int) {
      guard let start = open else { return }
      var place = start
      while end - place > group {
        state = xylem_extend_hash(state, xylem_weigh_characters(entries + place, group))
        place += group
      }
      let left = end - place
      (entries - left).update(from: entries + place, count: left)
      open = -left
    }
  }
}
