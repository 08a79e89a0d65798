// Keys, tokens and passwords of services.
import CKernels

extension Redactor {
  /// A run of 20 or more characters of keys (letters, digits, + / _ -) that holds a digit and a letter and
  /// - is assigned (= or :) to a name with "key", "token", "secret" or "password" in it, or
  /// - starts as the keys of a known service do (AKIA, ghp_, sk-, xoxb- ...), or
  /// - has 32 to 512 characters that look drawn at random: hexadecimal, or base64 that changes between upper case, lower
  ///   case and digits at every second character. Git hashes and checksums count among these.
  func scanKeys(_ text: ByteText, into found: inout [RedactionMatch]) {
    let count = text.count
    let isKeyByte = KeyBytes.table
    var index = xylem_next_long_run(text.bytes, count, 0, KeyBytes.rows)
    while index < count {
      var end = index + Int(xylem_long_run)
      while end < count, isKeyByte[Int(text.bytes[end])] { end += 1 }
      judge(text, index, end, into: &found)
      index = xylem_next_long_run(text.bytes, count, end, KeyBytes.rows)
    }
  }

  private func judge(_ text: ByteText, _ start: Int, _ end: Int, into found: inout [RedactionMatch]) {
    let shape = RunShape(text, start, end)
    guard shape.digits > 0, shape.letters > 0 else { return }
    if hasServicePrefix(text, start, end) || isAssigned(text, start) || shape.looksRandom {
      var tail = end
      // Base64 padding belongs to the key.
      while tail < end + 2, text[tail] == 0x3D { tail += 1 }
      found.append(RedactionMatch(start: start, end: tail, kind: .key))
    }
  }

  private func hasServicePrefix(_ text: ByteText, _ start: Int, _ end: Int) -> Bool {
    let isAmazon =
      end - start == 20 && text.bytes[start] == 0x41 && text.hasPrefix("akia", at: start)
      && (start..<end).allSatisfy { !(97...122).contains(text.bytes[$0]) }
    return isAmazon || KeyBytes.prefixes.contains { text.hasPrefix($0, at: start) }
  }

  /// name = "value", name: value, 'name' => 'value', and the like, on one line.
  private func isAssigned(_ text: ByteText, _ start: Int) -> Bool {
    var index = start - 1
    while isQuoteOrSpace(text[index]) { index -= 1 }
    if text[index] == 0x3E { index -= 1 }
    guard text[index] == 0x3D || text[index] == 0x3A else { return false }
    index -= 1
    if text[index] == 0x3A || text[index] == 0x3D { index -= 1 }
    while isQuoteOrSpace(text[index]) { index -= 1 }
    let nameEnd = index + 1
    while nameEnd - index < 64, isAlphanumeric(text[index]) || text[index] == 0x5F || text[index] == 0x2D {
      index -= 1
    }
    let name = (index + 1)..<nameEnd
    return KeyBytes.names.contains { text.contains($0, in: name) }
  }

  private func isQuoteOrSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x22 || byte == 0x27 || byte == 0x60
  }
}

/// What a run of key characters is made of.
private struct RunShape {
  var letters = 0
  var digits = 0
  private var upper = 0
  private var hexadecimal = 0
  private var changes = 0
  private var length: Int

  init(_ text: ByteText, _ start: Int, _ end: Int) {
    length = end - start
    var previous = 0
    for index in start..<end {
      let byte = text.bytes[index]
      var kind = 0
      if isDigit(byte) {
        digits += 1
        kind = 1
      } else if isLetter(byte) {
        letters += 1
        let isUpper = byte & 0x20 == 0
        if isUpper { upper += 1 }
        kind = isUpper ? 2 : 3
      }
      if isHex(byte) { hexadecimal += 1 }
      if kind != previous && index > start { changes += 1 }
      previous = kind
    }
  }

  var looksRandom: Bool {
    guard (32...512).contains(length) else { return false }
    if hexadecimal == length {
      // Of 32 random hexadecimal digits, 6 or fewer figures (or 4 or fewer letters) come once in ten million.
      return digits >= 6 && letters >= 4 && (upper == 0 || upper == letters)
    }
    return upper >= 3 && letters - upper >= 3 && digits * 12 >= length && changes * 2 >= length
  }
}

enum KeyBytes {
  static let table: [Bool] = (0..<256).map { value in
    let byte = UInt8(value)
    return isAlphanumeric(byte) || byte == 0x2B || byte == 0x2F || byte == 0x2D || byte == 0x5F
  }

  /// The table as `xylem_next_long_run` wants it.
  static let rows: [UInt8] = (0..<16).map { low in
    (0..<8).reduce(0) { row, high in row | (table[high << 4 | low] ? 1 << UInt8(high) : 0) }
  }

  static let prefixes: [StaticString] = [
    "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "sk-", "sk_live_", "sk_test_", "rk_live_", "xoxb-",
    "xoxa-", "xoxp-", "xoxr-", "aiza", "hf_", "npm_", "pypi-",
  ]

  static let names: [StaticString] = [
    "api_key", "apikey", "api-key", "token", "secret", "access_key", "access-key", "accesskey", "private_key",
    "password", "passwd",
  ]
}
