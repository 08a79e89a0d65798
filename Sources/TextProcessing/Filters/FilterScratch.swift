// The working memory of a filter chain: the document as code points, its words as hashes, a table for counting. Reused
// from document to document, so that filtering allocates nothing once the buffers have grown.
import CKernels
import CTextShim

/// One thread's working memory; grows to about 35 bytes a character of the longest document, 80 MB at most beyond that.
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
  /// Filled by `classify()`, all three: lower case of each character, with zeros behind; and two bits of each character, 64
  /// a number, as in an entry of `CharacterTable`.
  private var lowered: [UInt32] = []
  private var lowBits: [UInt64] = []
  private var highBits: [UInt64] = []
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
  private var hasClasses = false
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
    hasClasses = false
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
      // What the kernel leaves, at the end or where bytes are no UTF-8: a block of it, a character at a time.
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

  /// Numbers of `lowBits` and of `highBits` that the document has.
  private var runs: Int { (characters.count + Int(xylem_run) - 1) / Int(xylem_run) }

  /// Looks all characters up, 64 at a time; once a document.
  private mutating func classify() {
    if hasClasses { return }
    hasClasses = true
    let (count, run, runs) = (characters.count, Int(xylem_run), runs)
    let room = runs * run + Int(xylem_character_group)
    if lowered.count < room {
      lowered = [UInt32](repeating: 0, count: room + room / 4)
      lowBits = [UInt64](repeating: 0, count: lowered.count / run)
      highBits = lowBits
    }
    let table = CharacterTable.shared
    characters.withUnsafeBufferPointer { characters in
      lowered.withUnsafeMutableBufferPointer { lowered in
        for place in 0..<count { lowered[place] = table.entry(characters[place]) }
        lowered[count..<room].update(repeating: 0)
      }
    }
    xylem_take_classes(&lowered, runs, CharacterTable.valueBits, &lowBits, &highBits)
  }

  /// How many characters are letters or marks.
  mutating func countLetters() -> Int {
    classify()
    var letters = 0
    for run in 0..<runs {
      letters &+= (lowBits[run] & highBits[run]).nonzeroBitCount
    }
    return letters
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
  /// predicted, so the places where the bit of white space changes are gone through.
  private mutating func cutAtSpaces() {
    classify()
    // Ranges are 32-bit: characters beyond 2 G are not words.
    let count = min(characters.count, Int(Int32.max))
    let run = Int(xylem_run)
    var lengths = LengthMoments()
    // A word takes two numbers and has, but for the last, two characters at least: itself and the space behind it.
    wordRanges.append(addingCapacity: count + 2) { output in
      output.withUnsafeMutableBufferPointer { ranges, made in
        lowBits.withUnsafeBufferPointer { low in
          highBits.withUnsafeBufferPointer { high in
            var end = 0
            @inline(__always) func isWordly(_ place: Int) -> Bool { high[place >> 6] &>> UInt64(place & 63) & 1 != 0 }
            @inline(__always) func take(_ from: Int, _ to: Int) {
              lengths.add(to &- from)
              var (start, stop) = (from, to)
              if start >> 6 == (stop &- 1) >> 6 {
                // Nearly always: the first and the last of the bits in between.
                let bits = high[start >> 6] & ~0 &<< UInt64(start & 63) & ~0 &>> UInt64(63 &- (stop &- 1) & 63)
                guard bits != 0 else { return }
                start = start & ~63 &+ bits.trailingZeroBitCount
                stop = start & ~63 &+ 64 &- bits.leadingZeroBitCount
              } else {
                while start < stop, !isWordly(start) { start &+= 1 }
                while stop > start, !isWordly(stop &- 1) { stop &-= 1 }
              }
              if start < stop {
                ranges[end] = Int32(truncatingIfNeeded: start)
                ranges[end &+ 1] = Int32(truncatingIfNeeded: stop)
                end &+= 2
              }
            }
            // Where what is between white space began, nil within white space.
            var open: Int?
            var wasSpace: UInt64 = 1
            for index in 0..<((count + run - 1) / run) {
              let block = index &* run
              let rest = count &- block
              // Behind the text there is nothing but white space.
              let spaces = low[index] & ~high[index] | (rest < run ? ~0 &<< UInt64(rest) : 0)
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
            }
            if let start = open { take(start, count) }
            made = end
          }
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
    classify()
    let count = wordRanges.count / 2
    let dictionary = joint == nil
    words.append(contentsOf: repeatElement(0, count: count))
    var letterless = 0
    var length = 0
    // Invariant: ranges lie in `characters` and have an end behind their start, so behind each of them there are as many
    // numbers in `lowered` as a group has; `words` has an entry for each.
    lowered.withUnsafeBufferPointer { lowered in
      lowBits.withUnsafeBufferPointer { low in
        highBits.withUnsafeBufferPointer { high in
          wordRanges.withUnsafeBufferPointer { ranges in
            words.withUnsafeMutableBufferPointer { words in
              guard let base = lowered.baseAddress, let target = words.baseAddress, let places = ranges.baseAddress
              else { return }
              xylem_hash_words(base, places, count, xylem_empty_hash, target)
              for word in 0..<count {
                let start = Int(ranges[2 &* word])
                let end = Int(ranges[2 &* word &+ 1])
                length &+= end &- start
                // Nearly every word lies in one number or two, and has its letter in the first of them.
                var run = start >> 6
                var letters = low[run] & high[run] & ~0 &<< UInt64(start & 63)
                while letters == 0, run < (end &- 1) >> 6 {
                  run &+= 1
                  letters = low[run] & high[run]
                }
                letterless &+= (run << 6) &+ letters.trailingZeroBitCount < end ? 0 : 1
              }
            }
          }
        }
      }
    }
    if wanted {
      pairs.append(contentsOf: repeatElement(0, count: max(0, count - 1)))
      for word in 0..<max(0, count - 1) {
        var hash = WordHash()
        for place in wordRanges[2 * word]..<wordRanges[2 * word + 1] { hash.add(lowered[Int(place)]) }
        if let joint { hash.add(joint) }
        for place in wordRanges[2 * word + 2]..<wordRanges[2 * word + 3] { hash.add(lowered[Int(place)]) }
        pairs[word] = hash.finished
      }
    }
    wordCharacters = length
    alphabeticWords = count - letterless
    if dictionary {
      for word in 0..<count { tokens.add(Int(wordRanges[2 * word + 1] - wordRanges[2 * word])) }
    }
  }
}

/// Hash of a word, one lower-case code point at a time; equals `xylem_hash_characters` of all of them. Two words of one hash
/// are taken for equal (64 bits: a text of a million different words has such a pair once in 10^7 texts).
struct WordHash {
  private var hash = xylem_empty_hash
  private var group = InlineArray<8, UInt32>(repeating: 0)
  private var count = 0

  @inline(__always)
  mutating func add(_ character: UInt32) {
    if count == group.count {
      hash = xylem_extend_hash(hash, weighed)
      count = 0
    }
    group[count] = character
    count &+= 1
  }

  private var weighed: UInt64 {
    group.span.withUnsafeBufferPointer { group in
      group.baseAddress.map { xylem_weigh_characters($0, count) } ?? 0
    }
  }

  /// Of one character or more.
  var finished: UInt64 { xylem_finish_hash(hash, weighed) }

  /// The hash of a whole word, in lower case, or of words joined by one space.
  static func of(_ word: String) -> UInt64 {
    var hash = WordHash()
    for scalar in word.unicodeScalars { hash.add(CharacterTable.shared.lowercased(scalar.value)) }
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
