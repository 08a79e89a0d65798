// A JSON reader for tokenizer files. Strings stay bytes and members keep their order: String keys would take canonically
// equal tokens for one another, and Foundation's dictionaries forget order and repetitions.

/// A parsed JSON value (RFC 8259). Strings are UTF-8, unescaped.
indirect enum JSONValue {
  case null
  case bool(Bool)
  case number(Double)
  case string([UInt8])
  case array([JSONValue])
  case object([(key: [UInt8], value: JSONValue)])

  /// The member called `name`; nil when this is no object or has no such member.
  func member(_ name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    let key = Array(name.utf8)
    return members.last { $0.key == key }?.value
  }

  /// nil, or null.
  static func isAbsent(_ value: JSONValue?) -> Bool {
    switch value {
    case nil, .null: true
    default: false
    }
  }

  var bool: Bool? {
    if case .bool(let value) = self { return value }
    return nil
  }

  var string: [UInt8]? {
    if case .string(let value) = self { return value }
    return nil
  }

  var array: [JSONValue]? {
    if case .array(let value) = self { return value }
    return nil
  }

  /// A whole number of 0...2^32 - 1.
  var id: UInt32? {
    if case .number(let value) = self { return UInt32(exactly: value) }
    return nil
  }

  func isString(_ text: String) -> Bool { string.map { $0 == Array(text.utf8) } ?? false }
}

/// Reads one JSON document. Nesting is bounded, so no input can exhaust the stack; memory is a small multiple of the input.
struct JSONReader {
  private static let deepestNesting = 64
  private let bytes: [UInt8]
  private var at = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  static func read(_ bytes: [UInt8]) throws(TokenizationFailure) -> JSONValue {
    var reader = JSONReader(bytes)
    reader.skipSpace()
    let value = try reader.value(0)
    reader.skipSpace()
    guard reader.at == bytes.count else { throw reader.failure("more after the end of the JSON value") }
    return value
  }

  private func failure(_ what: String) -> TokenizationFailure { .malformedFile("\(what) at byte \(at)") }

  private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { at += 1 }
  }

  private mutating func expect(_ byte: UInt8) throws(TokenizationFailure) {
    guard current == byte else { throw failure("expected `\(Character(Unicode.Scalar(byte)))`") }
    at += 1
  }

  private mutating func value(_ depth: Int) throws(TokenizationFailure) -> JSONValue {
    guard depth < Self.deepestNesting else { throw failure("nesting deeper than \(Self.deepestNesting)") }
    switch current {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try array(depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(TokenizationFailure) -> JSONValue {
    for byte in text.utf8 {
      guard current == byte else { throw failure("expected `\(text)`") }
      at += 1
    }
    return value
  }

  private mutating func number() throws(TokenizationFailure) -> JSONValue {
    let start = at
    while let byte = current, (0x30...0x39).contains(byte) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(byte) { at += 1 }
    guard at > start, at - start < 64, let value = Double(String(decoding: bytes[start..<at], as: UTF8.self)) else {
      throw failure("expected a value")
    }
    return .number(value)
  }

  private mutating func array(_ depth: Int) throws(TokenizationFailure) -> JSONValue {
    at += 1
    var items: [JSONValue] = []
    skipSpace()
    if current == UInt8(ascii: "]") {
      at += 1
      return .array(items)
    }
    while true {
      skipSpace()
      items.append(try value(depth + 1))
      skipSpace()
      if current == UInt8(ascii: ",") {
        at += 1
        continue
      }
      try expect(UInt8(ascii: "]"))
      return .array(items)
    }
  }

  private mutating func object(_ depth: Int) throws(TokenizationFailure) -> JSONValue {
    at += 1
    var members: [(key: [UInt8], value: JSONValue)] = []
    skipSpace()
    if current == UInt8(ascii: "}") {
      at += 1
      return .object(members)
    }
    while true {
      skipSpace()
      let key = try string()
      skipSpace()
      try expect(UInt8(ascii: ":"))
      skipSpace()
      members.append((key, try value(depth + 1)))
      skipSpace()
      if current == UInt8(ascii: ",") {
        at += 1
        continue
      }
      try expect(UInt8(ascii: "}"))
      return .object(members)
    }
  }

  private mutating func string() throws(TokenizationFailure) -> [UInt8] {
    try expect(UInt8(ascii: "\""))
    var text: [UInt8] = []
    var start = at
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        text.append(contentsOf: bytes[start..<at])
        at += 1
        guard String(validating: text, as: UTF8.self) != nil else { throw failure("a string that is not UTF-8") }
        return text
      case UInt8(ascii: "\\"):
        text.append(contentsOf: bytes[start..<at])
        at += 1
        try escape(into: &text)
        start = at
      case 0..<0x20: throw failure("a bare control character")
      default: at += 1
      }
    }
    throw failure("a string without end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(TokenizationFailure) {
    guard let byte = current else { throw failure("a string without end") }
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
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
      text.append(contentsOf: Array(String(Character(unicode)).utf8))
    default: throw failure("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(TokenizationFailure) -> UInt32 {
    guard at + 4 <= bytes.count, bytes[at..<at + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
    else { throw failure("expected four hexadecimal digits") }
    at += 4
    return value
  }
}
