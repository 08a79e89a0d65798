// The plain twin of the word scanner, over Unicode.Scalar.Properties instead of the table; case by lower-casing, so
// only for text whose lower case is its case folding.
import Deduplication

/// The simple words of `text`.
public func naiveWords(_ text: String, rule: WordRule = .marksBreak) -> [String] {
  var words: [String] = []
  var word = String.UnicodeScalarView()
  var isOpenForLetters = false
  func close() {
    if !word.isEmpty { words.append(String(word).lowercased()) }
    word = String.UnicodeScalarView()
  }
  for scalar in text.unicodeScalars {
    switch kind(scalar) {
    case .mark:
      if !word.isEmpty {
        word.append(scalar)
        if rule == .marksBreak { isOpenForLetters = false }
      }
    case .letter:
      if !isOpenForLetters { close() }
      word.append(scalar)
      isOpenForLetters = true
    case .single:
      close()
      word.append(scalar)
      isOpenForLetters = false
    case .other:
      close()
    }
  }
  close()
  return words
}

private enum Kind { case letter, single, mark, other }

private func kind(_ scalar: Unicode.Scalar) -> Kind {
  if scalar.value == 0x200C || scalar.value == 0x200D { return .mark }
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .spacingMark, .enclosingMark: return .mark
  case .decimalNumber, .otherNumber: return .letter
  case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber:
    return isUnspaced(scalar.value) ? .single : .letter
  default: return .other
  }
}

private func isUnspaced(_ value: UInt32) -> Bool {
  let ranges: [ClosedRange<UInt32>] = [
    0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3005...0x3007, 0x3021...0x30FF, 0x3400...0x4DBF,
    0x4E00...0x9FFF, 0xF900...0xFAFF, 0xFF66...0xFF9F, 0x20000...0x2FA1F,
  ]
  return ranges.contains { $0.contains(value) }
}
