// JSON text into byte buffers (RFC 8259): only what must be escaped is, and UTF-8 stays as it is.
import CKernels

/// Appends `bytes`, which must be UTF-8, as a JSON string with its quotes. Escapes `"`, `\` and control characters only.
///
/// O(n), 32 bytes at a time where nothing needs escaping.
public func appendJSONString(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
  output.append(quote)
  var rest = bytes
  while let base = rest.baseAddress, !rest.isEmpty {
    let plain = xylem_json_plain(base, rest.count)
    output.append(contentsOf: UnsafeRawBufferPointer(rebasing: rest[..<plain]))
    guard plain < rest.count else { break }
    appendEscape(of: rest[plain], to: &output)
    rest = UnsafeRawBufferPointer(rebasing: rest[(plain + 1)...])
  }
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
