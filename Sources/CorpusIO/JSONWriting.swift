// JSON text into byte buffers (RFC 8259): only what must be escaped is, and UTF-8 stays as it is.

/// Appends `bytes`, which must be UTF-8, as a JSON string with its quotes. Escapes `"`, `\` and control characters only.
///
/// O(n), eight bytes at a time where nothing needs escaping.
public func appendJSONString(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
  output.append(quote)
  var plainStart = 0
  var index = 0
  while index < bytes.count {
    if index + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      if !mayNeedEscape(word) {
        index += 8
        continue
      }
    }
    // One word holds something: go through it byte by byte.
    let stop = min(index + 8, bytes.count)
    while index < stop {
      let byte = bytes[index]
      if byte < 0x20 || byte == quote || byte == backslash {
        output.append(contentsOf: bytes[plainStart..<index])
        appendEscape(of: byte, to: &output)
        plainStart = index + 1
      }
      index += 1
    }
  }
  output.append(contentsOf: bytes[plainStart..<bytes.count])
  output.append(quote)
}

public func appendJSONString(_ text: String, to output: inout [UInt8]) {
  var text = text
  text.withUTF8 { appendJSONString(UnsafeRawBufferPointer($0), to: &output) }
}

/// Appends `value` in decimal digits.
public func appendJSON(_ value: Int, to output: inout [UInt8]) {
  output.append(contentsOf: String(value).utf8)
}

private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")

/// Whether a byte of `word` is a control character, a quote or a backslash ("haszero" and "hasless" of Bit Twiddling
/// Hacks). May say yes for a word that has none: only for speed.
@inline(__always)
private func mayNeedEscape(_ word: UInt64) -> Bool {
  let ones: UInt64 = 0x0101_0101_0101_0101
  let highs: UInt64 = 0x8080_8080_8080_8080
  let quotes = word ^ (ones &* 0x22)
  let backslashes = word ^ (ones &* 0x5C)
  let controls = (word &- ones &* 0x20) & ~word
  let found = controls | ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
  return found & highs != 0
}

private func appendEscape(of byte: UInt8, to output: inout [UInt8]) {
  output.append(backslash)
  switch byte {
  case quote, backslash: output.append(byte)
  case 0x08: output.append(UInt8(ascii: "b"))
  case 0x09: output.append(UInt8(ascii: "t"))
  case 0x0A: output.append(UInt8(ascii: "n"))
  case 0x0C: output.append(UInt8(ascii: "f"))
  case 0x0D: output.append(UInt8(ascii: "r"))
  default:
    let low = byte & 15
    output.append(contentsOf: [
      UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0"), UInt8(ascii: "0") + (byte >> 4),
      low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10,
    ])
  }
}
