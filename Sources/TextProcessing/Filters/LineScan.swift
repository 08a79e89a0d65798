// One pass over the lines of a document for all filters that look at lines, paragraphs and sentences.

import CorpusCore

/// What the pass needs to know of a language.
struct LineScanOptions: Sendable {
  /// Characters of a short line at most.
  var shortLineLength = 30
  /// Characters that end a sentence besides those with the Unicode property Sentence_Terminal.
  var sentenceEnds: [UInt32] = []
}

/// What the pass counts; lengths in characters (code points), line ends not counted.
struct LineStatistics: Sendable {
  /// Lines, empty ones included; what follows a last line end is one only when it is not empty.
  var all = 0
  /// Lines that hold something besides white space; so do all below.
  var filled = 0
  var bullets = 0
  var ellipsisEnds = 0
  var terminated = 0
  var short = 0
  /// Lines equal to an earlier one.
  var duplicates = 0
  var duplicateCharacters = 0
  /// Stretches of lines that are not empty.
  var paragraphs = 0
  var duplicateParagraphs = 0
  var duplicateParagraphCharacters = 0
  var newlines = 0
  var longest = 0
  var sentences = 0
  /// `#`.
  var hashes = 0
  /// `...`, not overlapping, and U+2026.
  var ellipses = 0
  /// `{`.
  var curlyBrackets = 0
  /// "lorem ipsum" in any case.
  var loremIpsum = 0
  /// Letters, marks and digits.
  var alphanumerics = 0
}

extension FilterScratch {
  /// Fills `lines`. O(characters); twice costs nothing.
  mutating func scanLines() {
    if hasLines { return }
    hasLines = true
    var newlines = 0
    for character in characters where character == 0x0A { newlines &+= 1 }
    // A line and the paragraph that it ends are one entry each.
    tally.begin(2 * newlines + 2)
    var scan = LineScan(options: lineOptions)
    characters.withUnsafeBufferPointer { text in
      scan.run(text, tally: &tally)
    }
    scan.result.newlines = newlines
    lines = scan.result
  }
}

/// The pass itself: state of the line, of the paragraph and of the sentence at hand.
private struct LineScan {
  var result = LineStatistics()
  private let options: LineScanOptions
  private let hasSentenceEnds: Bool
  private var first: UInt32 = 0
  private var last: UInt32 = 0
  /// Length of the run of dots that ends at the last visible character.
  private var dots = 0
  private var dotsCounted = 0
  private var paragraphHash: UInt64 = 0
  private var paragraphLength = 0
  private var paragraphLines = 0
  private var hasContent = false
  private var sentenceMayEnd = false
  private var endIsWide = false

  private static let paragraphSalt: UInt64 = 0xA5A5_5A5A_C3C3_3C3C

  init(options: LineScanOptions) {
    self.options = options
    hasSentenceEnds = !options.sentenceEnds.isEmpty
  }

  mutating func run(_ text: UnsafeBufferPointer<UInt32>, tally: inout HashTally) {
    let table = CharacterTable.shared
    let isWord = CharacterTable.letter | CharacterTable.number
    let hasLetterEnds = options.sentenceEnds.contains { table.properties($0) & isWord != 0 }
    var previous: UInt32 = 0
    var lineStart = 0
    var index = 0
    while index < text.count {
      let character = text[index]
      let properties = table.properties(character)
      if Self.isInWord(properties), !hasLetterEnds {
        index = takeWord(text, from: index, table)
        previous = last
        continue
      }
      index &+= 1
      if character == 0x0A {
        endLine(text, lineStart..<index &- 1, previous, &tally)
        previous = 0
        lineStart = index
        continue
      }
      if properties & isWord != 0 { result.alphanumerics &+= 1 }
      let isSpace = properties & CharacterTable.space != 0
      if sentenceMayEnd { settleSentence(character, isSpace) }
      if !isSpace {
        if first == 0 { first = character }
        last = character
        hasContent = true
        if ends(character, properties) {
          sentenceMayEnd = true
          endIsWide = character >= 0x80
        }
      }
      switch character {
      case 0x2E:
        dots = previous == 0x2E ? dots &+ 1 : 1
        dotsCounted = previous == 0x2E ? dotsCounted &+ 1 : 1
        if dotsCounted == 3 {
          result.ellipses &+= 1
          dotsCounted = 0
        }
      case 0x2026:
        result.ellipses &+= 1
        dots = 0
      case 0x23:
        result.hashes &+= 1
        dots = 0
      case 0x7B:
        result.curlyBrackets &+= 1
        dots = 0
      case 0x20:
        if previous | 0x20 == 0x6D, isLoremIpsum(text, index &- 6) { result.loremIpsum &+= 1 }
      default:
        if !isSpace { dots = 0 }
      }
      previous = character
    }
    if lineStart < text.count { endLine(text, lineStart..<text.count, previous, &tally) }
    endParagraph(&tally)
  }

  /// A letter or digit; one that ends sentences is looked at like a sign.
  @inline(__always)
  private static func isInWord(_ properties: UInt8) -> Bool {
    properties & (CharacterTable.letter | CharacterTable.number) != 0 && properties & CharacterTable.sentenceEnd == 0
  }

  /// Takes the letters and digits from `start` on, most of any text; the place behind them.
  @inline(__always)
  private mutating func takeWord(
    _ text: UnsafeBufferPointer<UInt32>, from start: Int, _ table: CharacterTable
  ) -> Int {
    if sentenceMayEnd { settleSentence(text[start], false) }
    if first == 0 { first = text[start] }
    hasContent = true
    dots = 0
    var end = start &+ 1
    while end < text.count, Self.isInWord(table.properties(text[end])) { end &+= 1 }
    result.alphanumerics &+= end &- start
    last = text[end &- 1]
    return end
  }

  @inline(__always)
  private func ends(_ character: UInt32, _ properties: UInt8) -> Bool {
    properties & CharacterTable.sentenceEnd != 0 || (hasSentenceEnds && options.sentenceEnds.contains(character))
  }

  /// What follows the end of a sentence: more ends and closing marks belong to it, white space proves it; anything else
  /// does so only after an end that is not ASCII, since dots are also in numbers and names.
  private mutating func settleSentence(_ character: UInt32, _ isSpace: Bool) {
    if isSpace {
      endSentence()
      return
    }
    switch character {
    case 0x21, 0x22, 0x27, 0x29, 0x2E, 0x3F, 0x5D, 0x7D, 0xBB, 0x2019, 0x201D, 0x300D, 0x300F, 0x3002, 0xFF01, 0xFF09,
      0xFF1F:
      return
    default:
      if endIsWide { endSentence() }
      sentenceMayEnd = false
    }
  }

  private mutating func endSentence() {
    result.sentences &+= 1
    hasContent = false
    sentenceMayEnd = false
  }

  /// `final`: the last character.
  private mutating func endLine(
    _ text: UnsafeBufferPointer<UInt32>, _ line: Range<Int>, _ final: UInt32, _ tally: inout HashTally
  ) {
    let length = line.count
    let hash = length > 0 ? hash64(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: text[line]))) : 0
    result.all &+= 1
    if hasContent { endSentence() }
    hasContent = false
    sentenceMayEnd = false
    if length == 0 {
      endParagraph(&tally)
    } else {
      paragraphHash = (paragraphHash &+ hash &+ 1) &* 0xD6E8_FEB8_6659_FD93
      paragraphHash ^= paragraphHash &>> 29
      paragraphLength &+= length
      paragraphLines &+= 1
    }
    if first != 0 {
      result.filled &+= 1
      if first == 0x2022 || first == 0x2D { result.bullets &+= 1 }
      if dots >= 3 || last == 0x2026 { result.ellipsisEnds &+= 1 }
      if ends(final, CharacterTable.shared.properties(final)) { result.terminated &+= 1 }
      if length <= options.shortLineLength { result.short &+= 1 }
      if tally.insert(hash) {
        result.duplicates &+= 1
        result.duplicateCharacters &+= length
      }
    }
    result.longest = max(result.longest, length)
    first = 0
    last = 0
    dots = 0
    dotsCounted = 0
  }

  private mutating func endParagraph(_ tally: inout HashTally) {
    guard paragraphLines > 0 else { return }
    result.paragraphs &+= 1
    if tally.insert(paragraphHash ^ Self.paragraphSalt) {
      result.duplicateParagraphs &+= 1
      result.duplicateParagraphCharacters &+= paragraphLength &+ paragraphLines &- 1
    }
    paragraphHash = 0
    paragraphLength = 0
    paragraphLines = 0
  }

  private func isLoremIpsum(_ text: UnsafeBufferPointer<UInt32>, _ index: Int) -> Bool {
    let phrase: StaticString = "lorem ipsum"
    guard index >= 0, index + phrase.utf8CodeUnitCount <= text.count else { return false }
    for offset in 0..<phrase.utf8CodeUnitCount {
      let character = text[index + offset]
      let lower = (0x41...0x5A).contains(character) ? character | 0x20 : character
      if lower != UInt32(phrase.utf8Start[offset]) { return false }
    }
    return true
  }
}
