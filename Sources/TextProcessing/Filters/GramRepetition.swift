// Repeated n-grams of words, as Gopher counts them (arXiv 2112.11446, table A1; details as in datatrove): in characters
// of the words. The hash of an n-gram is a difference of two prefix hashes, so each costs the same whatever n is.

extension FilterScratch {
  private static let base: UInt64 = 0xD6E8_FEB8_6659_FD93

  private mutating func prepareGrams() {
    if hasGrams { return }
    hasGrams = true
    gramPrefix.removeAll(keepingCapacity: true)
    lengthPrefix.removeAll(keepingCapacity: true)
    gramPrefix.reserveCapacity(words.count + 1)
    lengthPrefix.reserveCapacity(words.count + 1)
    var hash: UInt64 = 0
    var length = 0
    gramPrefix.append(0)
    lengthPrefix.append(0)
    for (index, word) in words.enumerated() {
      hash = hash &* Self.base &+ (word | 1)
      length &+= Int(wordRanges[2 * index + 1] &- wordRanges[2 * index])
      gramPrefix.append(hash)
      lengthPrefix.append(length)
    }
  }

  @inline(__always)
  private static func key(_ prefix: UnsafeBufferPointer<UInt64>, _ place: Int, _ n: Int, _ power: UInt64) -> UInt64 {
    let hash = prefix[place &+ n] &- prefix[place] &* power
    return hash ^ (hash &>> 31)
  }

  private static func power(_ exponent: Int) -> UInt64 {
    var power: UInt64 = 1
    for _ in 0..<exponent { power = power &* base }
    return power
  }

  /// Characters of the n-gram of words that occurs most often, with one space between its words, times how often it
  /// occurs; of several the first in the text. 0 for fewer than n words. `words` must be cut.
  mutating func topGramCharacters(_ n: Int) -> Int {
    prepareGrams()
    let total = words.count - n + 1
    guard n > 0, total > 0 else { return 0 }
    var best = (count: 1, first: 0)
    if n < uniqueGramLength {
      tally.begin(total)
      let power = Self.power(n)
      gramPrefix.withUnsafeBufferPointer { prefix in
        tally.withAccess { tally in
          for place in 0..<total {
            let met = tally.count(Self.key(prefix, place, n, power), at: place)
            if met.count > best.count || (met.count == best.count && met.first < best.first) { best = met }
          }
        }
      }
      if best.count == 1 { uniqueGramLength = n }
    }
    return best.count * (lengthPrefix[best.first + n] - lengthPrefix[best.first] + n - 1)
  }

  /// Characters of the words in n-grams that occurred before, found from left to right without overlap. `words` must be
  /// cut.
  mutating func duplicateGramCharacters(_ n: Int) -> Int {
    prepareGrams()
    let total = words.count - n + 1
    guard n > 0, total > 0, n < uniqueGramLength else { return 0 }
    tally.begin(total)
    let power = Self.power(n)
    var found = 0
    var place = 0
    gramPrefix.withUnsafeBufferPointer { prefix in
      lengthPrefix.withUnsafeBufferPointer { lengths in
        tally.withAccess { tally in
          while place < total {
            if tally.count(Self.key(prefix, place, n, power), at: 0).count > 1 {
              found &+= lengths[place &+ n] &- lengths[place]
              place &+= n
            } else {
              place &+= 1
            }
          }
        }
      }
    }
    // Without two equal n-grams there are no longer ones either.
    if found == 0 { uniqueGramLength = n }
    return found
  }
}
