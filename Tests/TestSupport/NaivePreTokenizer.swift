// The two splits written over arrays of Unicode scalars, as their regular expressions read: plain twins of the scanners.

public enum NaivePreTokenizer {
  static let bloomExcluded: Set<UInt32> = {
    var set: Set<UInt32> = [0x20, 0x21, 0x28, 0x29, 0x2C, 0x2E, 0x3F, 0x7C, 0x85, 0xA0, 0x60C, 0x6D4, 0x964, 0x1680]
    set.formUnion(0x09...0x0D)
    set.formUnion(0x2000...0x200A)
    set.formUnion([0x2026, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0x3001, 0x3002, 0xFF0C])
    return set
  }()

  /// BLOOM: runs of words and gaps; a gap's last space goes to the word behind it.
  public static func bloom(_ text: String) -> [String] {
    var pieces: [[Unicode.Scalar]] = []
    var lastIsWord: Bool?
    for scalar in text.unicodeScalars {
      let isWord = !bloomExcluded.contains(scalar.value)
      if isWord == lastIsWord {
        pieces[pieces.count - 1].append(scalar)
      } else if isWord, let gap = pieces.last, gap.last == " " {
        pieces[pieces.count - 1].removeLast()
        if pieces[pieces.count - 1].isEmpty { pieces.removeLast() }
        pieces.append([" ", scalar])
      } else {
        pieces.append([scalar])
      }
      lastIsWord = isWord
    }
    return pieces.map(string)
  }

  private enum Class { case letter, number, space, other }

  private static func kind(_ scalar: Unicode.Scalar) -> Class {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: .letter
    case .decimalNumber, .letterNumber, .otherNumber: .number
    default: scalar.properties.isWhitespace ? .space : .other
    }
  }

  /// GPT-2: tries each alternative of the expression in turn.
  public static func gpt2(_ text: String) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var pieces: [String] = []
    var start = 0
    while start < scalars.count {
      let end = gpt2End(scalars, start)
      pieces.append(string(Array(scalars[start..<end])))
      start = end
    }
    return pieces
  }

  private static func gpt2End(_ scalars: [Unicode.Scalar], _ start: Int) -> Int {
    for contraction in ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"] {
      let wanted = Array(contraction.unicodeScalars)
      if scalars[start...].starts(with: wanted) { return start + wanted.count }
    }
    for wanted in [Class.letter, .number, .other] {
      for first in scalars[start] == " " ? [start + 1, start] : [start] {
        var end = first
        while end < scalars.count, kind(scalars[end]) == wanted { end += 1 }
        if end > first { return end }
      }
    }
    var end = start
    while end < scalars.count, kind(scalars[end]) == .space { end += 1 }
    return end == scalars.count || end == start + 1 ? end : end - 1
  }

  private static func string(_ scalars: [Unicode.Scalar]) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}
