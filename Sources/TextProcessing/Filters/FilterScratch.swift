// The working memory of a filter chain: the document as code points, its words as hashes, a table for counting. Reused
// from document to document, so that filtering allocates nothing once the buffers have grown.
import CKernels
import CTextShim

/// One thread's working memory; grows to about 30 bytes a character of the longest document, 80 MB at most beyond that.
public struct FilterScratch: Sendable {
  /// The document as code points, malformed bytes as U+FFFD.
  var characters: [UInt32] = []
  /// Hash of each word, lower-cased and without punctuation at its ends.
  var words: [UInt64] = []
  /// Hash of each pair of neighbouring words, joined by `joint`; filled on request.
  var pairs: [UInt64] = []
  var byteCount = 0
  var languageConfidence: Double?
  var counter = OccurrenceCounter()
  /// Characters of all words.
  private(set) var wordCharacters = 0
  /// Words with a letter.
  private(set) var alphabeticWords = 0
  /// Lengths of what stands between white space, in characters.
  private(set) var tokens = LengthMoments()
  /// Filled by `scanLines()`.
  var lines = LineStatistics()
  var hasLines = false
  var lineOptions = LineScanOptions()
  var tally = HashTally()
  /// Word i is the characters `wordRanges[2 * i] ..< wordRanges[2 * i + 1]`.
  private(set) var wordRanges: [Int32] = []
  /// Polynomial hash of the first i words, characters of the first i words; filled by `prepareGrams()`.
  var gramPrefix: [UInt64] = []
  var lengthPrefix: [Int] = []
  var hasGrams = false
  /// No n-gram of words of this length or longer occurs twice.
  var uniqueGramLength = Int.max
  private var hasWords = false
  private var hasPairs = false

  public init() {}

  /// Takes in a document; words are cut only when a filter asks for them.
  mutating func load(
    _ bytes: UnsafeBufferPointer<UInt8>, languageConfidence: Double?, lineOptions: LineScanOptions = LineScanOptions()
  ) {
    byteCount = bytes.count
    self.languageConfidence = languageConfidence
    self.lineOptions = lineOptions
    hasWords = false
    hasPairs = false
    hasLines = false
    hasGrams = false
    uniqueGramLength = Int.max
    characters.removeAll(keepingCapacity: true)
    guard let base = bytes.baseAddress, bytes.count > 0 else { return }
    characters.append(addingCapacity: bytes.count) { output in
      output.withUnsafeMutableBufferPointer { target, made in
        if let room = target.baseAddress { made = Self.decode(base, bytes.count, into: room) }
      }
    }
  }

  /// Writes the characters of `count` bytes; returns how many there are. Invariant: `room` is for `count`.
  private static func decode(
    _ base: UnsafePointer<UInt8>, _ count: Int, into room: UnsafeMutablePointer<UInt32>
  ) -> Int {
    var index = 0
    var made = 0
    while index < count {
      var written = 0
      index &+= xylem_decode_utf8(base + index, count &- index, room + made, count &- made, &written)
      made &+= written
      // What the kernel leaves, or all of it on a machine that has none: the next block, a character at a time.
      let stop = min(index &+ Int(xylem_decode_ahead), count)
      while index < stop {
        let character = decodeCharacter(base, index, count)
        room[made] = character.value
        index &+= character.length
        made &+= 1
      }
    }
    return made
  }

  /// Makes sure `words` is filled, and `pairs` when asked for.
  mutating func cutWords(_ segmentation: WordSegmentation, pairs wanted: Bool) {
    if !hasWords || (wanted && !hasPairs) {
      words.removeAll(keepingCapacity: true)
      pairs.removeAll(keepingCapacity: true)
      wordRanges.removeAll(keepingCapacity: true)
      tokens = LengthMoments()
      wordCharacters = 0
      alphabeticWords = 0
      switch segmentation {
      case .whitespace: cutAtSpaces()
      case .icu: cutWithDictionary()
      }
      hashWords(joint: segmentation == .icu ? nil : 0x20, pairs: wanted)
      hasWords = true
      hasPairs = wanted
    }
  }

  /// Words between white space, without what is neither letter nor number at their ends. Where a word ends cannot be
  /// predicted, so 64 characters at a time become bits, and the places where the bit changes are gone through.
  private mutating func cutAtSpaces() {
    let table = CharacterTable.shared
    // Ranges are 32-bit: characters beyond 2 G are not words.
    let count = min(characters.count, Int(Int32.max))
    let wordly = CharacterTable.letter | CharacterTable.number
    var lengths = LengthMoments()
    // A word takes two numbers and has, but for the last, two characters at least: itself and the space behind it.
    wordRanges.append(addingCapacity: count + 2) { output in
      output.withUnsafeMutableBufferPointer { ranges, made in
        characters.withUnsafeBufferPointer { text in
          guard let base = text.baseAddress else { return }
          var end = 0
          @inline(__always) func take(_ from: Int, _ to: Int) {
            lengths.add(to &- from)
            var (start, stop) = (from, to)
            while start < stop, table.properties(text[start]) & wordly == 0 { start &+= 1 }
            while stop > start, table.properties(text[stop &- 1]) & wordly == 0 { stop &-= 1 }
            if start < stop {
              ranges[end] = Int32(truncatingIfNeeded: start)
              ranges[end &+ 1] = Int32(truncatingIfNeeded: stop)
              end &+= 2
            }
          }
          // Where what is between white space began, nil within white space.
          var open: Int?
          var wasSpace: UInt64 = 1
          var block = 0
          while block < count {
            let length = min(64, count &- block)
            // Behind the text there is nothing but white space.
            let rest: UInt64 = length == 64 ? 0 : ~0 &<< UInt64(length)
            var spaces = rest
            var candidates = length == 64 ? xylem_space_candidates(base + block) : ~rest
            while candidates != 0 {
              let offset = candidates.trailingZeroBitCount
              candidates &= candidates &- 1
              let isSpace = table.properties(text[block &+ offset]) & CharacterTable.space != 0
              spaces |= (isSpace ? 1 : 0) &<< UInt64(offset)
            }
            var changes = spaces ^ (spaces &<< 1 | wasSpace)
            wasSpace = spaces &>> 63
            while changes != 0 {
              let place = block &+ changes.trailingZeroBitCount
              changes &= changes &- 1
              if let start = open {
                take(start, place)
                open = nil
              } else {
                open = place
              }
            }
            block &+= 64
          }
          if let start = open { take(start, count) }
          made = end
        }
      }
    }
    tokens = lengths
  }

  /// The text is cut in pieces that end at a line or a character, so that a text without marks costs bounded memory.
  private mutating func cutWithDictionary() {
    let pieceCharacters = 1 << 15
    var from = 0
    while from < characters.count, characters.count <= Int(Int32.max) {
      var end = min(from + pieceCharacters, characters.count)
      if end < characters.count {
        var cut = end
        while cut > from, characters[cut - 1] != 0x0A { cut -= 1 }
        if cut > from { end = cut }
      }
      appendDictionaryWords(from..<end)
      from = end
    }
  }

  private mutating func appendDictionaryWords(_ piece: Range<Int>) {
    let offset = Int32(truncatingIfNeeded: piece.lowerBound)
    // A word has a character at least.
    wordRanges.append(addingCapacity: 2 * piece.count) { output in
      output.withUnsafeMutableBufferPointer { ranges, made in
        characters.withUnsafeBufferPointer { text in
          let source = UnsafeBufferPointer(rebasing: text[piece])
          let found = text_words(source.baseAddress, source.count, ranges.baseAddress, ranges.count / 2)
          made = 2 * min(max(0, found), piece.count)
          for place in 0..<made { ranges[place] &+= offset }
        }
      }
    }
  }

  private mutating func hashWords(joint: UInt32?, pairs wanted: Bool) {
    let count = wordRanges.count / 2
    let table = CharacterTable.shared
    let dictionary = joint == nil
    words.append(contentsOf: repeatElement(0, count: count))
    if wanted { pairs.append(contentsOf: repeatElement(0, count: max(0, count - 1))) }
    var letterless = 0
    var length = 0
    // Invariant: ranges lie in `characters` and have an end behind their start; `words` has an entry for each.
    characters.withUnsafeBufferPointer { text in
      wordRanges.withUnsafeBufferPointer { ranges in
        words.withUnsafeMutableBufferPointer { words in
          for word in 0..<count {
            var hash = WordHash()
            var properties: UInt8 = 0
            var index = Int(ranges[2 &* word])
            let end = Int(ranges[2 &* word &+ 1])
            length &+= end &- index
            while index < end {
              let character = text[index]
              hash.add(character, table)
              properties |= table.properties(character)
              index &+= 1
            }
            words[word] = hash.finished
            if properties & CharacterTable.letter == 0 { letterless &+= 1 }
            if wanted, word &+ 1 < count {
              if let joint { hash.add(joint, table) }
              for index in Int(ranges[2 &* word &+ 2])..<Int(ranges[2 &* word &+ 3]) { hash.add(text[index], table) }
              pairs[word] = hash.finished
            }
          }
        }
      }
    }
    wordCharacters = length
    alphabeticWords = count - letterless
    if dictionary {
      for word in 0..<count { tokens.add(Int(wordRanges[2 * word + 1] - wordRanges[2 * word])) }
    }
  }
}

/// Hash of a lower-cased word, one code point at a time; two words of one hash are taken for equal (64 bits: a text of a
/// million different words has such a pair once in 10^7 texts).
struct WordHash {
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  @inline(__always)
  mutating func add(_ character: UInt32, _ table: CharacterTable = .shared) {
    state = (state ^ UInt64(table.lowercased(character))) &* 0x9FB2_1C65_1E98_DF25
    state ^= state &>> 32
  }

  @inline(__always)
  var finished: UInt64 {
    let mixed = (state ^ (state &>> 29)) &* 0xBF58_476D_1CE4_E5B9
    return mixed ^ (mixed &>> 32)
  }

  /// The hash of a whole word or of words joined by one space.
  static func of(_ word: String) -> UInt64 {
    var hash = WordHash()
    for scalar in word.unicodeScalars { hash.add(scalar.value) }
    return hash.finished
  }
}

func appendUTF8(_ character: UInt32, to output: inout [UInt8]) {
  if character < 0x80 {
    output.append(UInt8(truncatingIfNeeded: character))
    return
  }
  if character < 0x800 {
    output.append(UInt8(truncatingIfNeeded: 0xC0 | character >> 6))
  } else {
    if character < 0x10000 {
      output.append(UInt8(truncatingIfNeeded: 0xE0 | character >> 12))
    } else {
      output.append(UInt8(truncatingIfNeeded: 0xF0 | character >> 18))
      output.append(UInt8(truncatingIfNeeded: 0x80 | (character >> 12 & 0x3F)))
    }
    output.append(UInt8(truncatingIfNeeded: 0x80 | (character >> 6 & 0x3F)))
  }
  output.append(UInt8(truncatingIfNeeded: 0x80 | (character & 0x3F)))
}
