// Which script a character belongs to, by the blocks of Unicode 15 (Blocks.txt): coarse, and enough to say what a corpus
// is written in.

/// Kinds of characters that a report tells apart.
enum WritingSystem {
  /// Names by slot.
  static let names = [
    "Latin", "Greek", "Cyrillic", "Armenian", "Hebrew", "Arabic", "Devanagari", "Bengali", "Gurmukhi", "Gujarati",
    "Odia", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Thai", "Lao", "Tibetan", "Myanmar", "Georgian",
    "Hangul", "Ethiopic", "Khmer", "Kana", "Han", "Other scripts", "Digits", "White space",
    "Punctuation and symbols",
  ]
  static let other = 26
  static let digits = 27
  static let space = 28
  static let symbols = 29
  static let kana = 24
  static let han = 25

  /// First characters of stretches and their slots, ascending.
  private static let stretches: [(first: UInt32, slot: UInt8)] = [
    (0, 0), (0x370, 1), (0x400, 2), (0x530, 3), (0x590, 4), (0x600, 5), (0x700, 26), (0x750, 5), (0x780, 26),
    (0x8A0, 5), (0x900, 6), (0x980, 7), (0xA00, 8), (0xA80, 9), (0xB00, 10), (0xB80, 11), (0xC00, 12), (0xC80, 13),
    (0xD00, 14), (0xD80, 15), (0xE00, 16), (0xE80, 17), (0xF00, 18), (0x1000, 19), (0x10A0, 20), (0x1100, 21),
    (0x1200, 22), (0x13A0, 26), (0x1780, 23), (0x1800, 26), (0x1C80, 2), (0x1C90, 20), (0x1CC0, 26), (0x1CD0, 6),
    (0x1D00, 0), (0x1F00, 1), (0x2000, 0), (0x2C00, 26), (0x2C60, 0), (0x2C80, 26), (0x2D00, 20), (0x2D30, 26),
    (0x2D80, 22), (0x2DE0, 2), (0x2E00, 26), (0x2E80, 25), (0x3040, 24), (0x3100, 26), (0x3130, 21), (0x3190, 26),
    (0x31F0, 24), (0x3200, 26), (0x3400, 25), (0xA000, 26), (0xA640, 2), (0xA6A0, 26), (0xA720, 0), (0xA800, 26),
    (0xA8E0, 6), (0xA900, 26), (0xA960, 21), (0xA980, 26), (0xA9E0, 19), (0xAA00, 26), (0xAA60, 19), (0xAA80, 26),
    (0xAB00, 22), (0xAB30, 0), (0xAB70, 26), (0xABC0, 26), (0xAC00, 21), (0xD800, 26), (0xF900, 25), (0xFB00, 0),
    (0xFB13, 3), (0xFB1D, 4), (0xFB50, 5), (0xFE00, 26), (0xFE70, 5), (0xFF00, 0), (0xFF65, 24), (0xFFA0, 21),
    (0xFFE0, 26), (0x20000, 25), (0x32000, 26),
  ]

  /// Slots by character / 16 below U+10000, where all stretches but a few presentation forms begin at such a place.
  private static let pages: [UInt8] = (0..<UInt32(0x1000)).map { search($0 << 4) }

  /// The slot of a letter or mark.
  @inline(__always)
  static func slot(ofLetter character: UInt32) -> Int {
    character < 0x10000 ? Int(pages[Int(character >> 4)]) : Int(search(character))
  }

  private static func search(_ character: UInt32) -> UInt8 {
    var (low, high) = (0, stretches.count)
    while low + 1 < high {
      let middle = (low + high) / 2
      if stretches[middle].first <= character { low = middle } else { high = middle }
    }
    return stretches[low].slot
  }
}

/// The script that most letters of `text` belong to: `Latin`, `Han`, ... For a text without letters what most of its
/// characters are: `Digits`, `White space`, `Punctuation and symbols`; `Parts of characters` for bytes that are no text.
public func mainScript(of text: Span<UInt8>) -> String {
  text.withUnsafeBufferPointer { text in
    guard let bytes = text.baseAddress else { return WritingSystem.names[WritingSystem.symbols] }
    let table = CharacterTable.shared
    var counts = [Int](repeating: 0, count: WritingSystem.names.count)
    var at = 0
    while at < text.count {
      let character = decodeCharacter(bytes, at, text.count)
      at += character.length
      guard !character.isMalformed else { continue }
      let properties = table.properties(character.value)
      if properties & CharacterTable.letter != 0 {
        counts[WritingSystem.slot(ofLetter: character.value)] += 1
      } else if properties & CharacterTable.number != 0 {
        counts[WritingSystem.digits] += 1
      } else {
        counts[properties & CharacterTable.space != 0 ? WritingSystem.space : WritingSystem.symbols] += 1
      }
    }
    let letters = counts[..<WritingSystem.digits]
    let most = letters.contains { $0 > 0 } ? letters : counts[...]
    guard let largest = most.max(), largest > 0, let slot = most.firstIndex(of: largest) else {
      return "Parts of characters"
    }
    return WritingSystem.names[slot]
  }
}
