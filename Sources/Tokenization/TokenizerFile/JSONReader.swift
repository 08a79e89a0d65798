// A strict reader of JSON (RFC 8259) that walks once over bytes in memory. Small parts become a `JSONValue`; the two
// large ones of a tokenizer.json are read by `VocabularyReader` straight from the bytes.

/// A position in a JSON text. Nesting is bounded, so no input can exhaust the stack. The bytes must outlive the reader.
struct JSONReader {
  static let deepestNesting = 64
  let base: UnsafePointer<UInt8>
  let count: Int
  var at = 0

  /// A reader at the first value, or nil when there are no bytes at all.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return nil }
    self.base = base
    count = bytes.count
    // A byte order mark is no JSON; Hugging Face refuses it as well.
    skipSpace()
  }

  /// The whole of `bytes` as one value.
  static func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(TokenizationFailure) -> JSONValue {
    guard var reader = JSONReader(bytes) else { throw .malformedFile("the file is empty") }
    let value = try reader.value(0)
    try reader.expectEnd()
    return value
  }

  func failure(_ what: String) -> TokenizationFailure { .malformedFile("\(what) at byte \(at)") }

  @inline(__always)
  var current: UInt8? { at < count ? base[at] : nil }

  @inline(__always)
  mutating func skipSpace() {
    while at < count, base[at] == 0x20 || base[at] == 0x0A || base[at] == 0x0D || base[at] == 0x09 { at &+= 1 }
  }

  @inline(__always)
  mutating func expect(_ byte: UInt8) throws(TokenizationFailure) {
    guard at < count, base[at] == byte else { throw failure("expected `\(Character(Unicode.Scalar(byte)))`") }
    at &+= 1
  }

  mutating func expectEnd() throws(TokenizationFailure) {
    skipSpace()
    guard at == count else { throw failure("more after the end of the JSON value") }
  }

  /// The value that begins here, as a tree: for small parts.
  mutating func value(_ depth: Int) throws(TokenizationFailure) -> JSONValue {
    guard depth < Self.deepestNesting else { throw failure("nesting deeper than \(Self.deepestNesting)") }
    switch current {
    case UInt8(ascii: "{"):
      var members: [(key: [UInt8], value: JSONValue)] = []
      try object { (reader, key) throws(TokenizationFailure) in
        members.append((key, try reader.value(depth + 1)))
      }
      return .object(members)
    case UInt8(ascii: "["):
      var items: [JSONValue] = []
      try array { (reader) throws(TokenizationFailure) in items.append(try reader.value(depth + 1)) }
      return .array(items)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  /// Validates the value that begins here and forgets it. Constant memory, keys apart.
  mutating func skipValue(_ depth: Int) throws(TokenizationFailure) {
    guard depth < Self.deepestNesting else { throw failure("nesting deeper than \(Self.deepestNesting)") }
    switch current {
    case UInt8(ascii: "{"):
      try object { (reader, _) throws(TokenizationFailure) in try reader.skipValue(depth + 1) }
    case UInt8(ascii: "["): try array { (reader) throws(TokenizationFailure) in try reader.skipValue(depth + 1) }
    case UInt8(ascii: "\""): _ = try string()
    default: _ = try value(depth)
    }
  }

  /// Calls `member` at the value of each member of the object that begins here; it must read that value. A key that
  /// comes twice is an error.
  mutating func object(
    _ member: (inout JSONReader, [UInt8]) throws(TokenizationFailure) -> Void
  ) throws(TokenizationFailure) {
    try expect(UInt8(ascii: "{"))
    var keys = Set<[UInt8]>()
    skipSpace()
    if current == UInt8(ascii: "}") {
      at += 1
      return
    }
    while true {
      skipSpace()
      let start = at
      let key = try string()
      guard keys.insert(key).inserted else {
        at = start
        throw failure("the key `\(String(decoding: key.prefix(80), as: UTF8.self))` occurs twice, again")
      }
      skipSpace()
      try expect(UInt8(ascii: ":"))
      skipSpace()
      try member(&self, key)
      skipSpace()
      if current == UInt8(ascii: ",") {
        at += 1
        continue
      }
      return try expect(UInt8(ascii: "}"))
    }
  }

  /// Calls `item` at each item of the array that begins here; it must read it.
  mutating func array(
    _ item: (inout JSONReader) throws(TokenizationFailure) -> Void
  ) throws(TokenizationFailure) {
    try expect(UInt8(ascii: "["))
    skipSpace()
    if current == UInt8(ascii: "]") {
      at += 1
      return
    }
    while true {
      skipSpace()
      try item(&self)
      skipSpace()
      if current == UInt8(ascii: ",") {
        at += 1
        continue
      }
      return try expect(UInt8(ascii: "]"))
    }
  }

  /// A string, unescaped, valid UTF-8.
  mutating func string() throws(TokenizationFailure) -> [UInt8] {
    try expect(UInt8(ascii: "\""))
    var text: [UInt8] = []
    var start = at
    while at < count {
      let byte = base[at]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        text.append(contentsOf: UnsafeBufferPointer(start: base + start, count: at - start))
        at += 1
        if byte == UInt8(ascii: "\"") {
          guard String(validating: text, as: UTF8.self) != nil else {
            throw failure("a string that is not UTF-8, before")
          }
          return text
        }
        text.append(contentsOf: Array(String(Character(try escape())).utf8))
        start = at
      } else if byte < 0x20 {
        throw failure("a bare control character")
      } else {
        at += 1
      }
    }
    throw failure("a string without end")
  }

  /// The scalar of an escape whose backslash was just read.
  mutating func escape() throws(TokenizationFailure) -> Unicode.Scalar {
    guard let byte = current else { throw failure("a string without end") }
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var scalar = try hexadecimal()
      if (0xD800..<0xDC00).contains(scalar) {
        try expect(UInt8(ascii: "\\"))
        try expect(UInt8(ascii: "u"))
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw failure("half a surrogate pair") }
        scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let unicode = Unicode.Scalar(scalar) else { throw failure("half a surrogate pair") }
      return unicode
    default: throw failure("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(TokenizationFailure) -> UInt32 {
    guard count - at >= 4 else { throw failure("expected four hexadecimal digits") }
    var value: UInt32 = 0
    for _ in 0..<4 {
      switch base[at] {
      case 0x30...0x39: value = value << 4 | UInt32(base[at] - 0x30)
      case 0x41...0x46: value = value << 4 | UInt32(base[at] - 0x41 + 10)
      case 0x61...0x66: value = value << 4 | UInt32(base[at] - 0x61 + 10)
      default: throw failure("expected four hexadecimal digits")
      }
      at += 1
    }
    return value
  }

  private mutating func word(_ text: StaticString, _ value: JSONValue) throws(TokenizationFailure) -> JSONValue {
    for i in 0..<text.utf8CodeUnitCount {
      guard current == text.utf8Start[i] else { throw failure("expected `\(text)`") }
      at += 1
    }
    return value
  }

  /// A number by RFC 8259's grammar: no leading zeros, no sign but minus, digits on both sides of the point.
  private mutating func number() throws(TokenizationFailure) -> JSONValue {
    let start = at
    func digits(_ reader: inout JSONReader) -> Int {
      let from = reader.at
      while let byte = reader.current, (0x30...0x39).contains(byte) { reader.at += 1 }
      return reader.at - from
    }
    if current == UInt8(ascii: "-") { at += 1 }
    let first = current
    let whole = digits(&self)
    guard whole > 0, whole == 1 || first != UInt8(ascii: "0") else { throw failure("expected a value") }
    if current == UInt8(ascii: ".") {
      at += 1
      guard digits(&self) > 0 else { throw failure("expected a digit") }
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      at += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { at += 1 }
      guard digits(&self) > 0 else { throw failure("expected a digit") }
    }
    guard at - start < 64,
      let value = Double(String(decoding: UnsafeBufferPointer(start: base + start, count: at - start), as: UTF8.self)),
      value.isFinite
    else { throw failure("a number out of range, before") }
    return .number(value)
  }
}
