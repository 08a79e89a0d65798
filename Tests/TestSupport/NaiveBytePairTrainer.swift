// Byte-pair training that counts every pair anew in every round: the plain twin of the trainer.

public enum NaiveBytePairTrainer {
  /// Merges as pairs of byte strings. `alphabet` orders the bytes that have a token; others vanish. Ids follow it, then the
  /// merges. A pair of `maximumLength` bytes or more is not merged, unless it is of two bytes. `specials` are spellings
  /// with ids from 0, which a merge may make.
  public static func train(
    _ pieces: [(bytes: [UInt8], count: Int)], alphabet: [UInt8], firstID: Int, merges limit: Int,
    maximumLength: Int = .max, minimumFrequency: Int = 1, specials: [[UInt8]] = []
  ) -> [(left: [UInt8], right: [UInt8])] {
    var ids: [[UInt8]: Int] = [:]
    for (index, special) in specials.enumerated() { ids[special] = index }
    for (index, byte) in alphabet.enumerated() where ids[[byte]] == nil { ids[[byte]] = firstID + index }
    let known = Set(alphabet)
    var words = pieces.map { piece in piece.bytes.filter(known.contains).map { [$0] } }
    var merges: [(left: [UInt8], right: [UInt8])] = []
    while merges.count < limit {
      var counts: [[[UInt8]]: Int] = [:]
      for (word, piece) in zip(words, pieces) {
        for at in word.indices.dropLast() {
          let length = word[at].count + word[at + 1].count
          if length > 2, length >= maximumLength { continue }
          counts[[word[at], word[at + 1]], default: 0] += piece.count
        }
      }
      func key(_ pair: [[UInt8]]) -> (Int, Int, Int) {
        (-(counts[pair] ?? 0), ids[pair[0]] ?? 0, ids[pair[1]] ?? 0)
      }
      guard let best = counts.keys.min(by: { key($0) < key($1) }), (counts[best] ?? 0) >= minimumFrequency else {
        break
      }
      let merged = best[0] + best[1]
      ids[merged] = ids[merged] ?? firstID + 256 + merges.count
      merges.append((best[0], best[1]))
      for index in words.indices {
        var word: [[UInt8]] = []
        for token in words[index] {
          // Left to right: the token before must not be a result of this merge.
          if word.last == best[0], token == best[1] { word[word.count - 1] = merged } else { word.append(token) }
        }
        words[index] = word
      }
    }
    return merges
  }
}
