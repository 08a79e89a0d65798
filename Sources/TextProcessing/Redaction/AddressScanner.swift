// E-mail addresses and @user handles: everything that hangs on an at sign.

#if canImport(Glibc)
  import Glibc
#endif

extension Redactor {
  /// local@domain with a dotted domain that ends in letters; or @name at the start of a word.
  func scanAtSigns(
    _ text: ByteText, emails: Bool, users: Bool, isCode: Bool, into found: inout [RedactionMatch]
  ) {
    var from = 0
    while from < text.count, let hit = memchr(text.bytes + from, 0x40, text.count - from) {
      let at = UnsafeRawPointer(hit) - UnsafeRawPointer(text.bytes)
      from = at + 1
      if let email = email(text, at: at) {
        // Even when e-mails stay, the name behind their @ is no user.
        if emails { found.append(email) }
        from = email.end
      } else if users, let user = user(text, at: at, isCode: isCode) {
        found.append(user)
        from = user.end
      }
    }
  }

  private func isLocalByte(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || byte == 0x2E || byte == 0x5F || byte == 0x2D || byte == 0x2B || byte == 0x25
  }

  private func email(_ text: ByteText, at: Int) -> RedactionMatch? {
    var start = at
    while start > 0, at - start < 64, isLocalByte(text.bytes[start - 1]) { start -= 1 }
    while start < at, !isAlphanumeric(text.bytes[start]), text.bytes[start] != 0x5F { start += 1 }
    guard start < at, text.bytes[at - 1] != 0x2E else { return nil }
    var index = at + 1
    // The end of the longest dotted name whose last label is letters only (a top-level domain).
    var end = 0
    var labels = 0
    while index < text.count, index - at <= 255 {
      let labelStart = index
      var lettersOnly = true
      while isAlphanumeric(text[index]) || (text[index] == 0x2D && index > labelStart) {
        if !isLetter(text.bytes[index]) { lettersOnly = false }
        index += 1
      }
      var labelEnd = index
      while labelEnd > labelStart, text.bytes[labelEnd - 1] == 0x2D {
        labelEnd -= 1
      }
      guard labelEnd > labelStart else { break }
      if labelEnd < index {
        // "a@b.com-" : letters and then a hyphen that belongs to the sentence.
        lettersOnly = (labelStart..<labelEnd).allSatisfy { isLetter(text.bytes[$0]) }
      }
      labels += 1
      if labels >= 2, lettersOnly, labelEnd - labelStart >= 2 { end = labelEnd }
      guard labelEnd == index, text[index] == 0x2E else { break }
      index += 1
    }
    return end > 0 ? RedactionMatch(start: start, end: end, kind: .email) : nil
  }

  private func user(_ text: ByteText, at: Int, isCode: Bool) -> RedactionMatch? {
    guard startsWord(text, at) else { return nil }
    var end = at + 1
    var letters = 0
    while isAlphanumeric(text[end]) || text[end] == 0x5F {
      if isLetter(text.bytes[end]) { letters += 1 }
      end += 1
    }
    guard (2...40).contains(end - at - 1), letters > 0 else { return nil }
    // "@name@host" and "@scope/package" are no users; "@decorator(" no prose.
    if text[end] == 0x40 || (text[end] == 0x2F && isAlphanumeric(text[end + 1])) || text[end] == 0x28 { return nil }
    if isCode && !isMentionInComment(text, at) { return nil }
    return RedactionMatch(start: at, end: end, kind: .user)
  }

  /// At the beginning, after white space or opening punctuation, or after a character that is no letter or is an
  /// ideograph: Chinese writes no spaces.
  private func startsWord(_ text: ByteText, _ at: Int) -> Bool {
    guard at > 0 else { return true }
    let before = text.bytes[at - 1]
    if before < 0x80 {
      switch before {
      case 0x09...0x0D, 0x20, 0x28, 0x5B, 0x7B, 0x22, 0x27, 0x2C, 0x3A, 0x3B, 0x3E: return true
      default: return false
      }
    }
    guard let character = decodeCharacter(text.bytes, before: at) else { return true }
    let isIdeograph = (0x3040..<0xA000).contains(character) || (0x20000..<0x40000).contains(character)
    return isIdeograph || CharacterTable.shared.properties(character) & CharacterTable.letter == 0
  }

  /// Whether a line comment (# or //) is open at `at` and a word stands between its mark and `at`.
  private func isMentionInComment(_ text: ByteText, _ at: Int) -> Bool {
    var hasWord = false
    var index = at - 1
    while index >= 0, text.bytes[index] != 0x0A, at - index < 1000 {
      let byte = text.bytes[index]
      if byte == 0x40 { return false }
      if byte == 0x23 || (byte == 0x2F && text[index - 1] == 0x2F) {
        let before = text[byte == 0x23 ? index - 1 : index - 2]
        if before == 0 || before <= 0x20 { return hasWord }
      }
      if isAlphanumeric(byte) { hasWord = true }
      index -= 1
    }
    return false
  }
}
