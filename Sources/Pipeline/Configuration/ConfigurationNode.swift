// The tree of a pipeline file as written: scalars keep their spelling, every node knows its place, and an override is
// a node like any other, so that one decoder and one kind of message serve files and options.

/// Where a value was written.
enum ConfigurationOrigin: Hashable {
  case file(line: Int, column: Int)
  /// An option of the command line, as typed: `--set a.b=c`.
  case option(String)
}

struct ConfigurationNode {
  struct Entry {
    var key: String
    var keyOrigin: ConfigurationOrigin
    var value: ConfigurationNode
  }

  enum Content {
    /// `isPlain`: written without quotes, so that `3`, `true` and `~` may mean a number, a truth value and nothing.
    case scalar(String, isPlain: Bool)
    case sequence([ConfigurationNode])
    case mapping([Entry])
  }

  var content: Content
  var origin: ConfigurationOrigin

  init(_ content: Content, at origin: ConfigurationOrigin) {
    self.content = content
    self.origin = origin
  }

  var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return text.isEmpty || text == "~" || text == "null"
  }

  var entries: [Entry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  /// The same tree, every place replaced by `origin`.
  func moved(to origin: ConfigurationOrigin) -> ConfigurationNode {
    switch content {
    case .scalar: ConfigurationNode(content, at: origin)
    case .sequence(let items): ConfigurationNode(.sequence(items.map { $0.moved(to: origin) }), at: origin)
    case .mapping(let entries):
      ConfigurationNode(
        .mapping(entries.map { Entry(key: $0.key, keyOrigin: origin, value: $0.value.moved(to: origin)) }), at: origin)
    }
  }

  /// What stands here, for the second half of "expected …, found …".
  var summary: String {
    switch content {
    case .sequence: return "a list"
    case .mapping: return "a mapping"
    case .scalar(let text, let isPlain):
      if isNull { return "nothing" }
      if isPlain && (text == "true" || text == "false") { return text }
      if isPlain && ConfigurationNumber.double(text) != nil { return "the number \(text)" }
      return "the text \(quoted(text))"
    }
  }
}

/// `text` for a message: in quotes, control characters escaped, cut after 40 characters.
func quoted(_ text: String) -> String {
  var shown = "\""
  var count = 0
  for scalar in text.unicodeScalars {
    if count == 40 {
      shown += "…"
      break
    }
    if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value) {
      shown += "\\u{" + String(scalar.value, radix: 16) + "}"
    } else {
      shown.unicodeScalars.append(scalar)
    }
    count += 1
  }
  return shown + "\""
}

/// Numbers as a pipeline file spells them: decimal only, `_` allowed between digits (250_680).
enum ConfigurationNumber {
  static func integer(_ text: String) -> Int? {
    guard let digits = withoutUnderscores(text) else { return nil }
    let body = digits.first == "-" ? digits.dropFirst() : Substring(digits)
    guard !body.isEmpty, body.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int(digits)
  }

  static func double(_ text: String) -> Double? {
    guard let digits = withoutUnderscores(text), let last = digits.utf8.last, last != 46,
      digits.utf8.contains(where: { (48...57).contains($0) }),
      digits.utf8.allSatisfy({ (48...57).contains($0) || [43, 45, 46, 69, 101].contains($0) }),
      let value = Double(digits), value.isFinite
    else { return nil }
    return value
  }

  private static func withoutUnderscores(_ text: String) -> String? {
    guard text.utf8.count <= 40, !text.hasPrefix("_"), !text.hasSuffix("_") else { return nil }
    return text.filter { $0 != "_" }
  }

  /// `250680` as `250,680`, for messages and tables.
  static func grouped(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// The shortest spelling that reads back as `value`; whole numbers without a fraction.
  static func spelling(_ value: Double) -> String {
    if let whole = Int(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
    return String(value)
  }
}
