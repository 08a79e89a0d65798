// What an identifier sees of a text: the letters of its first 2 KB, as words, and the hashes of their n-grams.

/// The words of a sample and its scripts.
struct LanguageSample {
  /// More text gains nothing: measured accuracy on 2 KB and on 4 KB is the same.
  static let bytes = 2048

  /// Lower-case letters and marks; a 0 before and after each word.
  private(set) var letters: [UInt32] = []
  private(set) var scripts = ScriptHistogram()

  /// The letters of the first `limit` bytes of `text`: an apostrophe between letters is a letter, joiners are dropped,
  /// anything else ends a word. Malformed bytes end a word as well. O(limit). Meant for text in NFC.
  init(_ text: Span<UInt8>, limit: Int = LanguageSample.bytes) {
    text.withUnsafeBufferPointer { buffer in
      guard let bytes = buffer.baseAddress else { return }
      let count = min(buffer.count, limit)
      let table = CharacterTable.shared
      letters.reserveCapacity(count + 2)
      letters.append(0)
      var index = 0
      while index < count {
        let character = decodeCharacter(bytes, index, buffer.count)
        index += character.length
        // A character that the limit cuts is left out.
        guard index <= count else { break }
        var value = character.value
        if value == 0x200C || value == 0x200D || value == 0xAD { continue }
        if value == 0x2019 || value == 0x02BC { value = 0x27 }
        if value == 0x27 {
          if letters[letters.count - 1] != 0 { letters.append(value) }
        } else if table.properties(value) & CharacterTable.letter != 0 {
          scripts.add(value)
          letters.append(table.lowercased(value))
        } else {
          endWord()
        }
      }
      endWord()
    }
  }

  private mutating func endWord() {
    while letters[letters.count - 1] == 0x27 { letters.removeLast() }
    if letters[letters.count - 1] != 0 { letters.append(0) }
  }

  /// The buckets of all n-grams: for every word with its two borders the runs of 1 to 5 characters (a border alone is
  /// none), and the whole word once more. O(letters).
  /// - Parameter bits: log2 of the number of buckets, 1 to 24.
  func buckets(bits: Int) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(letters.count * 6)
    letters.withUnsafeBufferPointer { letters in
      var start = 0
      while start + 1 < letters.count {
        var end = start + 1
        while letters[end] != 0 { end += 1 }
        var whole: UInt64 = 0x57_4F_52_44
        for first in start...end {
          var hash: UInt64 = 0
          for last in first...min(end, first + Self.longest - 1) {
            hash = Self.extend(hash, letters[last])
            if last > first || letters[last] != 0 { result.append(Self.bucket(hash, bits)) }
          }
          whole = Self.extend(whole, letters[first])
        }
        result.append(Self.bucket(whole, bits))
        start = end
      }
    }
    return result
  }

  static let longest = 5

  @inline(__always)
  private static func extend(_ hash: UInt64, _ letter: UInt32) -> UInt64 {
    (hash ^ UInt64(letter &+ 1)) &* 0x9E37_79B9_7F4A_7C15
  }

  /// The upper bits: a product's upper bits depend on all bits of its factors.
  @inline(__always)
  private static func bucket(_ hash: UInt64, _ bits: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: ((hash ^ (hash >> 32)) &* 0xD6E8_FEB8_6659_FD93) >> UInt64(64 - bits))
  }
}
