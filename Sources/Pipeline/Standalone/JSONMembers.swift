// Members of a JSON object by scanning (RFC 8259), for lines that a parser has found whole: where a value stands, so that
// it can be replaced and everything around it copied as it is. Damaged input gives nil, never a crash.
import CorpusCore
import CorpusIO

/// Finds members in the text of an object, braces included or not.
struct JSONMembers {
  let bytes: UnsafeRawBufferPointer

  /// Where the value of the last member of this name stands, as parsers take equal keys.
  func value(of name: String) -> Range<Int>? {
    var found: Range<Int>?
    let name = Array(name.utf8)
    var at = skipSpace(0)
    if at < bytes.count, bytes[at] == UInt8(ascii: "{") { at = skipSpace(at + 1) }
    while at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
      guard let keyEnd = endOfString(at) else { return nil }
      let key = at..<keyEnd
      at = skipSpace(keyEnd)
      guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else { return nil }
      at = skipSpace(at + 1)
      guard let end = endOfValue(at) else { return nil }
      if isName(key, name) { found = at..<end }
      at = skipSpace(end)
      guard at < bytes.count, bytes[at] == UInt8(ascii: ",") else { break }
      at = skipSpace(at + 1)
    }
    return found
  }

  /// The string that the first of these paths leads to: `url`, `meta.url`.
  func string(at paths: [[String]]) -> [UInt8]? {
    paths.lazy.compactMap { self.string(at: $0[...]) }.first
  }

  private func string(at path: ArraySlice<String>) -> [UInt8]? {
    guard let name = path.first, let range = value(of: name) else { return nil }
    if path.count == 1 { return unescaped(range) }
    guard bytes[range.lowerBound] == UInt8(ascii: "{") else { return nil }
    return JSONMembers(bytes: UnsafeRawBufferPointer(rebasing: bytes[range])).string(at: path.dropFirst())
  }

  /// The number that a path leads to.
  func number(at path: [String]) -> Float? {
    guard let name = path.first, let range = value(of: name) else { return nil }
    let inside = UnsafeRawBufferPointer(rebasing: bytes[range])
    if path.count > 1 { return JSONMembers(bytes: inside).number(at: Array(path.dropFirst())) }
    // Longer ones are no scores.
    guard range.count <= 64 else { return nil }
    return Float(String(decoding: inside, as: UTF8.self))
  }

  /// The contents of the string literal that stands in `range`; nil when something else stands there.
  func unescaped(_ range: Range<Int>) -> [UInt8]? {
    guard range.count >= 2, bytes[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(range.count)
    var at = range.lowerBound + 1
    let end = range.upperBound - 1
    while at < end {
      let byte = bytes[at]
      at += 1
      guard byte == UInt8(ascii: "\\") else {
        output.append(byte)
        continue
      }
      guard at < end else { return nil }
      let escaped = bytes[at]
      at += 1
      switch escaped {
      case UInt8(ascii: "n"): output.append(10)
      case UInt8(ascii: "t"): output.append(9)
      case UInt8(ascii: "r"): output.append(13)
      case UInt8(ascii: "b"): output.append(8)
      case UInt8(ascii: "f"): output.append(12)
      case UInt8(ascii: "u"):
        guard var value = hexadecimal(at, end) else { return nil }
        at += 4
        if value & 0xFC00 == 0xD800, at + 1 < end, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u"),
          let low = hexadecimal(at + 2, end), low & 0xFC00 == 0xDC00
        {
          value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
          at += 6
        }
        guard let scalar = Unicode.Scalar(value) else { return nil }
        output.append(contentsOf: Array(String(scalar).utf8))
      default: output.append(escaped)
      }
    }
    return output
  }

  private func hexadecimal(_ at: Int, _ end: Int) -> UInt32? {
    guard at + 4 <= end else { return nil }
    return (at..<at + 4).reduce(UInt32?(0)) { value, index in
      guard let value, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else { return nil }
      return value << 4 | UInt32(digit)
    }
  }

  private func isName(_ key: Range<Int>, _ name: [UInt8]) -> Bool {
    let raw = bytes[key].dropFirst().dropLast()
    if raw.contains(UInt8(ascii: "\\")) { return unescaped(key) == name }
    return raw.elementsEqual(name)
  }

  private func skipSpace(_ start: Int) -> Int {
    var at = start
    while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x09 || bytes[at] == 0x0A || bytes[at] == 0x0D { at += 1 }
    return at
  }

  /// Behind the closing quote of the string that begins at `start`.
  private func endOfString(_ start: Int) -> Int? {
    var at = start + 1
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "\"") { return at + 1 }
      at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
    }
    return nil
  }

  private func endOfValue(_ start: Int) -> Int? {
    var at = start
    var depth = 0
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "\""):
        guard let end = endOfString(at) else { return nil }
        if depth == 0 { return end }
        at = end
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return at > start ? at : nil }
        depth -= 1
        if depth == 0 { return at + 1 }
      case UInt8(ascii: ","), 0x20, 0x09, 0x0A, 0x0D:
        if depth == 0 { return at > start ? at : nil }
      default: break
      }
      at += 1
    }
    return depth == 0 && at > start ? at : nil
  }
}

/// Writes a record again: everything as it stood but the text.
struct RecordRewriter: Sendable {
  let textField: String
  let idField: String

  /// The line `raw` with its text replaced, or a new record where there was no JSON line.
  func replacingText(
    of raw: UnsafeRawBufferPointer?, by text: [UInt8], id: UnsafeRawBufferPointer, into line: inout [UInt8]
  ) {
    line.removeAll(keepingCapacity: true)
    guard let raw, let range = JSONMembers(bytes: raw).value(of: textField) else {
      return appendRecord(text: text, id: id, into: &line)
    }
    line.append(contentsOf: raw[..<range.lowerBound])
    text.withUnsafeBytes { appendJSONString($0, to: &line) }
    line.append(contentsOf: raw[range.upperBound...])
  }

  private func appendRecord(text: [UInt8], id: UnsafeRawBufferPointer, into line: inout [UInt8]) {
    line.append(UInt8(ascii: "{"))
    if !id.isEmpty {
      appendJSONString(idField, to: &line)
      line.append(UInt8(ascii: ":"))
      appendJSONString(id, to: &line)
      line.append(UInt8(ascii: ","))
    }
    appendJSONString(textField, to: &line)
    line.append(UInt8(ascii: ":"))
    text.withUnsafeBytes { appendJSONString($0, to: &line) }
    line.append(UInt8(ascii: "}"))
  }

  /// The line `raw` with one more member at its end.
  func adding(_ member: [UInt8], to raw: UnsafeRawBufferPointer, into line: inout [UInt8]) {
    line.removeAll(keepingCapacity: true)
    let end = raw.lastIndex(of: UInt8(ascii: "}")) ?? raw.count
    line.append(contentsOf: raw[..<end])
    line.append(UInt8(ascii: ","))
    line.append(contentsOf: member)
    line.append(contentsOf: raw[end...])
  }
}

/// A line of evidence, put together member by member.
struct EvidenceLine {
  private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

  mutating func add(_ name: String, _ value: UnsafeRawBufferPointer) {
    key(name)
    appendJSONString(value, to: &bytes)
  }

  mutating func add(_ name: String, _ value: [UInt8]) { value.withUnsafeBytes { add(name, $0) } }

  mutating func add(_ name: String, _ value: String) {
    key(name)
    appendJSONString(value, to: &bytes)
  }

  mutating func add(_ name: String, _ value: Int) {
    key(name)
    appendJSON(value, to: &bytes)
  }

  /// To four digits, as similarities are.
  mutating func add(_ name: String, _ value: Double) {
    key(name)
    let rounded = (value * 10_000).rounded() / 10_000
    bytes.append(contentsOf: (rounded == 1 ? "1" : rounded == 0 ? "0" : "\(rounded)").utf8)
  }

  consuming func finished() -> [UInt8] {
    bytes.append(contentsOf: [UInt8(ascii: "}"), 10])
    return bytes
  }

  private mutating func key(_ name: String) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    appendJSONString(name, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
  }
}

extension DocumentBatch {
  /// Some bytes of the batch, during the call.
  func withBytes<Result>(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }
}
