// JSON of the small parts of a tokenizer file. Strings stay bytes and members keep their order: String keys would take
// canonically equal tokens for one another, and Foundation's dictionaries forget order and repetitions.

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
