// What a word is when tokens per word are counted: a run between white space; in scripts that part no words with spaces
// (Han, Kana, Thai, Lao, Khmer, Myanmar) each letter. No dictionary, so that two people count alike.

/// The rule in words, for whoever reads the numbers.
public let fertilityWordRule =
  "Words are runs between white space; each letter of Han, Kana, Thai, Lao, Khmer and Myanmar is one."

/// Words of `text` by `fertilityWordRule`. Signs that touch a letter of an unspaced script belong to it; elsewhere a run
/// of signs between white space is a word. O(n).
func wordCount(_ text: Span<UInt8>) -> Int {
  var count = 0
  text.withUnsafeBufferPointer { text in forEachWord(text) { _ in count &+= 1 } }
  return count
}

/// Calls `body` with the core of each word in order: from its first character that is no sign to its last such one, and
/// all of a word that has only signs. `text` should be UTF-8; other bytes are safe.
@inline(__always)
func forEachWord(_ text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
  /// What the characters since the last white space amount to.
  enum Open {
    case nothing
    case signs
    case word
    case letter
    /// A letter of an unspaced script was handed over, and signs followed it.
    case done
  }
  WordClass.table.withUnsafeBufferPointer { table in
    var open = Open.nothing
    var core = 0..<0
    func close() {
      switch open {
      case .signs, .word, .letter: body(core)
      case .nothing, .done: break
      }
    }
    var at = 0
    while at < text.count {
      let (kind, length) = WordClass.of(text, at, table)
      let end = at &+ length
      switch (kind, open) {
      case (.space, _):
        close()
        open = .nothing
      case (.letter, .word), (.letter, .letter):
        close()
        core = at..<end
        open = .letter
      case (.letter, _):
        // Signs before the letter are part of it.
        core = at..<end
        open = .letter
      case (.sign, .nothing):
        core = at..<end
        open = .signs
      case (.sign, .letter):
        close()
        open = .done
      case (.sign, .word), (.sign, .done), (.mark, .done): break
      case (.sign, .signs), (.mark, .signs), (.mark, .word), (.mark, .letter), (.other, .word):
        core = core.lowerBound..<end
      case (.other, .letter):
        close()
        core = at..<end
        open = .word
      case (.other, .nothing), (.other, .signs), (.other, .done), (.mark, .nothing):
        core = at..<end
        open = .word
      }
      at = end
    }
    close()
  }
}

/// What a character does to words.
enum WordClass: UInt8 {
  case other
  case space
  /// A letter of a script without spaces between words.
  case letter
  /// Punctuation and symbols.
  case sign
  /// Combining and invisible: part of the character before it.
  case mark

  /// By code point below U+10000; made once, in a few milliseconds.
  static let table: [WordClass] = (0..<0x10000).map { of(UInt32($0)) }

  private static func of(_ value: UInt32) -> WordClass {
    guard value > 0x20, let scalar = Unicode.Scalar(value) else { return value > 0x20 ? .other : .space }
    let properties = scalar.properties
    if properties.isWhitespace { return .space }
    switch properties.generalCategory {
    case .otherLetter, .modifierLetter, .letterNumber: return isUnspaced(value) ? .letter : .other
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol:
      return .sign
    case .nonspacingMark, .spacingMark, .enclosingMark, .format: return .mark
    default: return .other
    }
  }

  private static func isUnspaced(_ value: UInt32) -> Bool {
    switch value {
    case 0x0E00...0x0EFF,  // Thai, Lao
      0x1000...0x109F, 0xA9E0...0xA9FF, 0xAA60...0xAA7F,  // Myanmar
      0x1780...0x17FF,  // Khmer
      0x3005...0x3007, 0x3021...0x3029, 0x3031...0x3035, 0x3038...0x303C,  // marks of iteration, numerals
      0x3041...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F,  // Kana
      0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF:  // Han
      true
    default: false
    }
  }

  /// The class and the length of the character at `at`, which is below `text.count`.
  @inline(__always)
  fileprivate static func of(
    _ text: UnsafeBufferPointer<UInt8>, _ at: Int, _ table: UnsafeBufferPointer<WordClass>
  ) -> (WordClass, Int) {
    let first = Int(text[at])
    if first < 0x80 { return (table[first], 1) }
    let rest = text.count &- at
    // Values stay below 2^16 whatever the bytes are.
    if first >= 0xC2, first < 0xE0, rest > 1 {
      return (table[(first & 0x1F) << 6 | Int(text[at &+ 1] & 0x3F)], 2)
    }
    if first >= 0xE0, first < 0xF0, rest > 2 {
      return (table[(first & 0x0F) << 12 | Int(text[at &+ 1] & 0x3F) << 6 | Int(text[at &+ 2] & 0x3F)], 3)
    }
    if first >= 0xF0, first < 0xF5, rest > 3 {
      // Planes 2 and 3 hold Han and nothing else.
      let plane = (first & 0x07) << 2 | Int(text[at &+ 1] & 0x3F) >> 4
      return (plane == 2 || plane == 3 ? .letter : .other, 4)
    }
    return (.other, 1)
  }
}
