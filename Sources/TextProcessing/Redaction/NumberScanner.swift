// Phone numbers and identity numbers, each only where its form or a checksum says so: numbers are everywhere in text, and
// ROOTS took out dates, prices and page numbers with looser rules.

#if canImport(Glibc)
  import Glibc
#endif

extension Redactor {
  /// Looks at every run of digits with single separators (space, `-`, `.`, `(`, `)`, `/`) between them.
  ///
  /// A phone number is `+` and 8 to 15 digits; or `(NNN) NNN-NNNN` and `NNN-NNN-NNNN`; or 7 to 15 digits after a word for
  /// telephone on the same line, up to 16 bytes before. An identity number is a payment card (13 to 19 digits, first 3 to 6,
  /// Luhn's sum, ISO/IEC 7812), a US social security number (NNN-NN-NNNN, no group of zeros, not 666 or 9NN), or an IBAN
  /// (ISO 13616, two letters and two digits first, remainder 1 by 97). Dates (1999-12-31, 31.12.1999, 31/12/1999) are none.
  func scanNumbers(_ text: ByteText, into found: inout [RedactionMatch]) {
    var index = 0
    while index < text.count {
      guard isDigit(text.bytes[index]) else {
        index += 1
        continue
      }
      let run = NumberRun(text, at: index)
      let before = text[run.start - 1]
      let after = text[run.end]
      // Part of a word, a path, a decimal or a longer run: none of ours, but for an IBAN's letters in front.
      let isWhole = !isAlphanumeric(after) && after != 0x5F && !isAlphanumeric(before) && before != 0x5F
      if kinds.contains(.id), let end = ibanEnd(text, digitsAt: index) {
        found.append(RedactionMatch(start: index - 2, end: end, kind: .id))
        index = end
        continue
      }
      if isWhole {
        if kinds.contains(.id), run.isCard(text) || run.isSocialSecurity(text) {
          found.append(RedactionMatch(start: run.start, end: run.end, kind: .id))
        } else if kinds.contains(.phone), !run.isDate(text), isPhone(text, run) {
          found.append(RedactionMatch(start: run.start, end: run.end, kind: .phone))
        }
      }
      index = run.end
    }
  }

  private func isPhone(_ text: ByteText, _ run: NumberRun) -> Bool {
    if text.bytes[run.start] == 0x2B { return (8...15).contains(run.digits) }
    if run.isNorthAmerican(text) { return true }
    guard (7...15).contains(run.digits) else { return false }
    var from = run.start
    while from > 0, run.start - from < 16, text.bytes[from - 1] != 0x0A { from -= 1 }
    return Self.phoneWords.contains { text.contains($0, in: from..<run.start) }
  }

  static let phoneWords: [StaticString] = [
    "phone", "tel", "tél", "fax", "mobile", "cell", "whatsapp", "simu", "fowuni", "电话", "電話", "手机", "手機", "هاتف", "فون",
    "फोन", "फ़ोन", "ফোন", "போன்", "ఫోన్", "ഫോൺ", "ಫೋನ್", "ફોન", "ਫੋਨ", "ଫୋନ୍", "điện thoại",
  ]

  /// The end of an IBAN whose check digits begin at `digits`: 15 to 34 letters and digits, single spaces between groups.
  private func ibanEnd(_ text: ByteText, digitsAt digits: Int) -> Int? {
    let start = digits - 2
    guard start >= 0, isUpper(text.bytes[start]), isUpper(text.bytes[start + 1]), isDigit(text[digits + 1]),
      !isAlphanumeric(text[start - 1])
    else { return nil }
    var length = 0
    var index = start
    var end = start
    var remainder = 0
    var best: Int?
    // The four characters in front are reckoned last: their value is added at the end, so the rest goes first.
    while length < 34 {
      let byte = text[index]
      if byte == 0x20, length % 4 == 0, length > 0, isAlphanumeric(text[index + 1]) {
        index += 1
        continue
      }
      guard isDigit(byte) || isUpper(byte) else { break }
      if length >= 4 { remainder = Self.append(byte, to: remainder) }
      length += 1
      index += 1
      end = index
      if length >= 15, !isAlphanumeric(text[end]) {
        var total = remainder
        for offset in 0..<4 { total = Self.append(text.bytes[start + offset], to: total) }
        if total == 1 { best = end }
      }
    }
    return best
  }

  private static func append(_ byte: UInt8, to remainder: Int) -> Int {
    isDigit(byte) ? (remainder * 10 + Int(byte) - 48) % 97 : (remainder * 100 + Int(byte) - 55) % 97
  }

  private func isUpper(_ byte: UInt8) -> Bool { byte &- 65 < 26 }
}

/// Digits with single separators between them: bytes `start..<end`, from a `+`, a `(` or a digit to a digit.
struct NumberRun {
  private(set) var start: Int
  private(set) var end: Int
  private(set) var digits = 0

  /// `index` is the first digit. Runs longer than 64 bytes are cut there.
  init(_ text: ByteText, at index: Int) {
    start = index
    if text[index - 1] == 0x28 { start -= 1 }
    if text[start - 1] == 0x2B { start -= 1 }
    end = index
    var at = index
    while at < text.count, at - index < 64 {
      if isDigit(text.bytes[at]) {
        digits += 1
        at += 1
        end = at
      } else if let next = NumberRun.nextDigit(text, after: at) {
        at = next
      } else {
        break
      }
    }
    // All digits of a longer run belong to it.
    while isDigit(text[end]) {
      digits += 1
      end += 1
    }
  }

  /// The digit behind one separator, or behind `) ` and the like.
  private static func nextDigit(_ text: ByteText, after at: Int) -> Int? {
    func isSeparator(_ byte: UInt8) -> Bool {
      byte == 0x20 || byte == 0x2D || byte == 0x2E || byte == 0x28 || byte == 0x29 || byte == 0x2F
    }
    guard isSeparator(text[at]) else { return nil }
    if isDigit(text[at + 1]) { return at + 1 }
    let isBracket = text[at] == 0x29 || text[at + 1] == 0x28
    return isBracket && isSeparator(text[at + 1]) && isDigit(text[at + 2]) ? at + 2 : nil
  }

  /// Whether the run has this form: `9` stands for a digit, all else for itself.
  private func matches(_ text: ByteText, _ form: StaticString) -> Bool {
    guard end - start == form.utf8CodeUnitCount else { return false }
    for offset in 0..<(end - start) {
      let (byte, wanted) = (text.bytes[start + offset], form.utf8Start[offset])
      if wanted == 0x39 ? !isDigit(byte) : byte != wanted { return false }
    }
    return true
  }

  func isNorthAmerican(_ text: ByteText) -> Bool {
    matches(text, "(999) 999-9999") || matches(text, "(999)999-9999") || matches(text, "999-999-9999")
  }

  func isDate(_ text: ByteText) -> Bool {
    let forms: [StaticString] = [
      "9999-99-99", "9999/99/99", "9999.99.99", "99-99-9999", "99/99/9999", "99.99.9999", "9-9-9999", "9/9/9999",
      "9.9.9999", "99/9/9999", "9/99/9999", "99.9.9999", "9.99.9999", "9999-9999", "99999999",
    ]
    // Eight digits alone are a date when they read as one: 19991231.
    return forms.contains { matches(text, $0) }
      && (digits != 8 || end - start != 8 || text.bytes[start] == 0x31 || text.bytes[start] == 0x32)
  }

  func isSocialSecurity(_ text: ByteText) -> Bool {
    guard matches(text, "999-99-9999") else { return false }
    func number(_ from: Int, _ count: Int) -> Int {
      (from..<(from + count)).reduce(0) { $0 * 10 + Int(text.bytes[start + $1]) - 48 }
    }
    let area = number(0, 3)
    return area != 0 && area != 666 && area < 900 && number(4, 2) != 0 && number(7, 4) != 0
  }

  /// 13 to 19 digits, together or in groups of four (American Express: 4, 6, 5) with one kind of separator.
  func isCard(_ text: ByteText) -> Bool {
    guard (13...19).contains(digits), (0x33...0x36).contains(text.bytes[start]) else { return false }
    let isGrouped = end - start != digits
    if isGrouped {
      let forms: [StaticString] = [
        "9999 9999 9999 9999", "9999-9999-9999-9999", "9999 999999 99999", "9999-999999-99999",
      ]
      guard forms.contains(where: { matches(text, $0) }) else { return false }
    }
    var sum = 0
    var place = 0
    for index in stride(from: end - 1, through: start, by: -1) where isDigit(text.bytes[index]) {
      let digit = Int(text.bytes[index]) - 48
      sum += place % 2 == 0 ? digit : digit * 2 > 9 ? digit * 2 - 9 : digit * 2
      place += 1
    }
    return sum % 10 == 0
  }
}
