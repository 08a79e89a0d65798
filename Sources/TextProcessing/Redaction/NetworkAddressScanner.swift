// IPv4 and IPv6 addresses, and the version numbers and dates that look like them.

#if canImport(Glibc)
  import Glibc
#endif

extension Redactor {
  /// Four numbers 0 to 255 between dots, with nothing numeric around them.
  ///
  /// Not redacted: a version (a word for "version" in front, "v" or "name/" directly in front, "version" right behind),
  /// numbers with leading zeros, and addresses that name no host on the Internet: private (10/8, 172.16/12, 192.168/16),
  /// loopback, 0/8, and 224 upward (multicast, netmasks). Programs' versions are mostly such numbers, and such addresses
  /// are nobody's.
  func scanIPv4(_ text: ByteText, into found: inout [RedactionMatch]) {
    var from = 0
    while from < text.count, let hit = memchr(text.bytes + from, 0x2E, text.count - from) {
      let dot = UnsafeRawPointer(hit) - UnsafeRawPointer(text.bytes)
      from = dot + 1
      guard dot > 0, isDigit(text.bytes[dot - 1]), isDigit(text[dot + 1]) else { continue }
      // The whole run of digits and dots around this dot.
      var start = dot
      while start > 0, dot - start < 16, isDigit(text.bytes[start - 1]) { start -= 1 }
      var end = dot
      while isDigit(text[end]) || (text[end] == 0x2E && isDigit(text[end + 1])) { end += 1 }
      from = max(from, end)
      guard isQuad(text, start, end), !isJoined(text, start, end), !isVersion(text, start, end) else { continue }
      found.append(RedactionMatch(start: start, end: end, kind: .ip_address))
    }
  }

  private func isQuad(_ text: ByteText, _ start: Int, _ end: Int) -> Bool {
    guard end - start >= 7, end - start <= 15 else { return false }
    var parts: (Int, Int, Int, Int) = (0, 0, 0, 0)
    var number = 0
    var digits = 0
    var part = 0
    for index in start...end {
      let byte = index < end ? text.bytes[index] : 0x2E
      if byte == 0x2E {
        guard digits > 0, number <= 255, part < 4 else { return false }
        switch part {
        case 0: parts.0 = number
        case 1: parts.1 = number
        case 2: parts.2 = number
        default: parts.3 = number
        }
        part += 1
        number = 0
        digits = 0
      } else {
        if digits > 0 && number == 0 { return false }
        number = number * 10 + Int(byte) - 48
        digits += 1
        if digits > 3 { return false }
      }
    }
    guard part == 4 else { return false }
    switch (parts.0, parts.1) {
    case (0, _), (10, _), (127, _), (172, 16...31), (192, 168), (224..., _): return false
    default: return true
    }
  }

  /// Part of something longer: letters, digits, `_`, or a dot or hyphen that goes on.
  private func isJoined(_ text: ByteText, _ start: Int, _ end: Int) -> Bool {
    let before = text[start - 1]
    if isAlphanumeric(before) || before == 0x5F || before == 0x2E { return true }
    // name/1.2.3.4 is a version; //1.2.3.4 a host.
    if before == 0x2F && isAlphanumeric(text[start - 2]) { return true }
    let after = text[end]
    if isAlphanumeric(after) || after == 0x5F { return true }
    return (after == 0x2D || after == 0x2B || after == 0x2E) && isAlphanumeric(text[end + 1])
  }

  /// Words for "version" in front (up to 40 bytes back on the line) or right behind (24 bytes).
  private func isVersion(_ text: ByteText, _ start: Int, _ end: Int) -> Bool {
    var from = start
    while from > 0, start - from < 40, text.bytes[from - 1] != 0x0A { from -= 1 }
    var to = end
    while to < text.count, to - end < 24, text.bytes[to] != 0x0A { to += 1 }
    // Up to the previous number: in "version 1.2.3.4 runs on 192.0.2.1" only the first is a version.
    for index in stride(from: start - 1, through: from, by: -1) where isDigit(text.bytes[index]) {
      from = index + 1
      break
    }
    if text.contains("version", in: end..<to) { return true }
    return VersionWords.all.contains { text.contains($0, in: from..<start) }
  }

  /// Groups of one to four hexadecimal digits between colons: eight of them, or three to seven around one "::". At least
  /// one digit must be there, so that `ad::bed::c` of a program stays.
  func scanIPv6(_ text: ByteText, into found: inout [RedactionMatch]) {
    var from = 0
    while from < text.count, let hit = memchr(text.bytes + from, 0x3A, text.count - from) {
      let colon = UnsafeRawPointer(hit) - UnsafeRawPointer(text.bytes)
      from = colon + 1
      guard isHex(text[colon - 1]) else { continue }
      var start = colon
      while start > 0, colon - start < 5, isHex(text.bytes[start - 1]) { start -= 1 }
      var end = colon
      while end - start < 64, isHex(text[end]) || text[end] == 0x3A { end += 1 }
      from = max(from, end)
      let before = text[start - 1]
      if isAlphanumeric(before) || before == 0x5F || before == 0x2E || before == 0x3A { continue }
      // A last colon is the sentence's, unless it is half of "::".
      if text.bytes[end - 1] == 0x3A && text.bytes[end - 2] != 0x3A { end -= 1 }
      if isAlphanumeric(text[end]) || text[end] == 0x5F { continue }
      if isSixteenBytes(text, start, end) {
        found.append(RedactionMatch(start: start, end: end, kind: .ip_address))
      }
    }
  }

  private func isSixteenBytes(_ text: ByteText, _ start: Int, _ end: Int) -> Bool {
    var groups = 0
    var length = 0
    var gaps = 0
    var digits = 0
    for index in start..<end {
      let byte = text.bytes[index]
      if byte == 0x3A {
        if length == 0 {
          gaps += 1
        } else {
          groups += 1
          length = 0
        }
      } else {
        length += 1
        if length > 4 { return false }
        if isDigit(byte) { digits += 1 }
      }
    }
    if length > 0 { groups += 1 }
    guard digits > 0 else { return false }
    return gaps == 0 ? groups == 8 : gaps == 1 && (3...7).contains(groups)
  }
}

/// Words for "version" in the 46 languages, as far as we know them, in lower case.
enum VersionWords {
  static let all: [StaticString] = [
    "vers", "ver.", "verisiyo", "release", "build", "firmware", "bertsio", "phiên bản", "版本", "版 本", "إصدار", "اصدار",
    "الإصدار", "نسخة", "ورژن", "نسخہ", "संस्करण", "आवृत्ती", "वर्शन", "वर्ज़न", "সংস্করণ", "ভার্সন", "সংস্কৰণ", "આવૃત્તિ", "વર્ઝન",
    "ਵਰਜਨ", "ਸੰਸਕਰਣ", "ସଂସ୍କରଣ", "பதிப்பு", "வெர்ஷன்", "వెర్షన్", "సంచిక", "ಆವೃತ್ತಿ", "പതിപ്പ്", "വേർഷൻ", "toleo", "uhlobo",
    "tokollo", "inguqulo", "uguqulelo", "nɔma", "namba",
  ]
}
