// One mapping of a pipeline file, read key by key. Reading a key checks its type and range, reports what is wrong and
// where, and records the key: at the end, entries nobody asked for are unknown keys.

/// A key of the pipeline file, for the reference and for near names.
struct ConfigurationKey: Hashable, Sendable {
  /// `""` for the top level, otherwise `input`, a step's name, `language`.
  var section: String
  var name: String
  var expected: String
  /// The default as a pipeline file would spell it; nil when the key is required.
  var fallback: String?
  var summary: String
}

final class ConfigurationSection {
  let name: String
  let origin: ConfigurationOrigin
  let context: ConfigurationContext
  private let entries: [ConfigurationNode.Entry]
  private var knownKeys: [String] = []

  /// `node` must be a mapping; nothing (`report:`) counts as an empty one.
  init(_ name: String, _ node: ConfigurationNode, context: ConfigurationContext) {
    self.name = name
    self.origin = node.origin
    self.context = context
    if let entries = node.entries {
      self.entries = entries
    } else {
      self.entries = []
      if !node.isNull {
        let place = name.isEmpty ? "the file" : name
        context.fault(at: node.origin, "\(place): expected a mapping of keys to values, found \(node.summary)")
      }
    }
  }

  /// The entry of `key`, which from now on is a known key.
  func entry(_ key: String, expected: String, fallback: String?, _ summary: String) -> ConfigurationNode.Entry? {
    knownKeys.append(key)
    context.describe(
      ConfigurationKey(section: name, name: key, expected: expected, fallback: fallback, summary: summary))
    // The last one counts: overrides are appended.
    return entries.last { $0.key == key }
  }

  /// Reports entries that no call asked for, each with the nearest right name.
  func finish(hint: (String) -> String? = { _ in nil }) {
    for entry in entries where !knownKeys.contains(entry.key) && !context.isFull {
      let near = NearestName.nearest(to: entry.key, among: knownKeys)
      let advice =
        hint(entry.key)
        ?? (near.map { ", did you mean \($0)?" } ?? "; the keys here are " + knownKeys.joined(separator: ", "))
      // An option shows its key already.
      if case .option = entry.keyOrigin {
        context.fault(at: entry.keyOrigin, "unknown key" + advice)
      } else {
        let place = name.isEmpty ? "" : " in \(name)"
        context.fault(at: entry.keyOrigin, "unknown key \(quoted(entry.key))\(place)\(advice)")
      }
    }
  }

  func mismatch(_ key: String, _ expected: String, _ node: ConfigurationNode) {
    context.fault(at: node.origin, "\(key): expected \(expected), found \(node.summary)")
  }
}

// MARK: Scalars

extension ConfigurationSection {
  func boolean(_ key: String, _ fallback: Bool, _ summary: String) -> Bool {
    let expected = "true or false"
    guard let entry = entry(key, expected: expected, fallback: String(fallback), summary) else { return fallback }
    if case .scalar(let text, isPlain: true) = entry.value.content, let value = Bool(text) { return value }
    mismatch(key, expected, entry.value)
    return fallback
  }

  func integer(_ key: String, _ fallback: Int, in range: ClosedRange<Int>, _ summary: String) -> Int {
    let expected = Self.wholeNumber(range)
    guard let entry = entry(key, expected: expected, fallback: String(fallback), summary) else { return fallback }
    return integer(entry, expected, range) ?? fallback
  }

  /// Like `integer`, for a key that may be absent or empty.
  func optionalInteger(
    _ key: String, in range: ClosedRange<Int>, fallback: String = "none", _ summary: String
  ) -> Int? {
    let expected = Self.wholeNumber(range)
    guard let entry = entry(key, expected: expected, fallback: fallback, summary), !entry.value.isNull else {
      return nil
    }
    return integer(entry, expected, range)
  }

  private static func wholeNumber(_ range: ClosedRange<Int>) -> String {
    let upper = range.upperBound == Int.max ? "2^63 - 1" : ConfigurationNumber.grouped(range.upperBound)
    return "a whole number from \(ConfigurationNumber.grouped(range.lowerBound)) to \(upper)"
  }

  private func integer(_ entry: ConfigurationNode.Entry, _ expected: String, _ range: ClosedRange<Int>) -> Int? {
    if case .scalar(let text, isPlain: true) = entry.value.content,
      let value = ConfigurationNumber.integer(text), range.contains(value)
    {
      return value
    }
    mismatch(entry.key, expected, entry.value)
    return nil
  }

  func number(_ key: String, _ fallback: Double, in range: ClosedRange<Double>, _ summary: String) -> Double {
    optionalNumber(key, in: range, fallback: ConfigurationNumber.spelling(fallback), summary) ?? fallback
  }

  func optionalNumber(
    _ key: String, in range: ClosedRange<Double>, fallback: String = "none", _ summary: String
  ) -> Double? {
    let bounds = [range.lowerBound, range.upperBound].map(ConfigurationNumber.spelling)
    let expected = "a number from \(bounds[0]) to \(bounds[1])"
    guard let entry = entry(key, expected: expected, fallback: fallback, summary) else { return nil }
    if case .scalar(let text, isPlain: true) = entry.value.content,
      let value = ConfigurationNumber.double(text), range.contains(value)
    {
      return value == 0 ? 0 : value  // -0 is 0: it must not change the digest
    }
    mismatch(key, expected, entry.value)
    return nil
  }

  /// A number of bytes: `65536` or `64K`.
  func size(_ key: String, _ fallback: Int, in range: ClosedRange<Int>, _ summary: String) -> Int {
    let expected = "a size from \(ByteSize.text(range.lowerBound)) to \(ByteSize.text(range.upperBound)), such as 16M"
    guard let entry = entry(key, expected: expected, fallback: ByteSize.text(fallback), summary) else {
      return fallback
    }
    if case .scalar(let text, _) = entry.value.content, let value = ByteSize.bytes(text), range.contains(value) {
      return value
    }
    mismatch(key, expected, entry.value)
    return fallback
  }

  /// One line of text, not empty, at most 4,096 bytes.
  func optionalText(_ key: String, fallback: String = "none", _ summary: String, expected: String = "text") -> String? {
    guard let entry = entry(key, expected: expected, fallback: fallback, summary), !entry.value.isNull else {
      return nil
    }
    return text(of: entry.value, key, expected)
  }

  func text(_ key: String, _ fallback: String, _ summary: String, expected: String = "text") -> String {
    guard let entry = entry(key, expected: expected, fallback: fallback, summary) else { return fallback }
    return text(of: entry.value, key, expected) ?? fallback
  }

  /// nil, and a fault, when the key is absent.
  func requiredText(_ key: String, _ summary: String, expected: String = "text") -> String? {
    guard let entry = entry(key, expected: expected, fallback: nil, summary) else {
      context.fault(at: origin, "\(name.isEmpty ? "" : name + ": ")required key \(key) is missing")
      return nil
    }
    return text(of: entry.value, key, expected)
  }

  static let maximumTextLength = 4096

  func text(of node: ConfigurationNode, _ key: String, _ expected: String) -> String? {
    guard case .scalar(let text, _) = node.content, !node.isNull else {
      mismatch(key, expected, node)
      return nil
    }
    if text.isEmpty {
      context.fault(at: node.origin, "\(key): expected \(expected), found an empty text")
    } else if text.utf8.count > Self.maximumTextLength {
      context.fault(at: node.origin, "\(key): longer than \(ConfigurationNumber.grouped(Self.maximumTextLength)) bytes")
    } else if text.utf8.contains(where: { $0 < 32 && $0 != 9 && $0 != 10 }) {
      context.fault(at: node.origin, "\(key): holds a control character")
    } else {
      return text
    }
    return nil
  }
}

// MARK: Choices and lists

extension ConfigurationSection {
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _ fallback: Choice, _ summary: String
  ) -> Choice where Choice.RawValue == String {
    let names = Choice.allCases.map(\.rawValue)
    let expected = Self.list(names, "or")
    guard let entry = entry(key, expected: expected, fallback: fallback.rawValue, summary) else { return fallback }
    return choice(of: entry.value, key, expected) ?? fallback
  }

  /// Some of the choices, in their own order whatever order they were written in; at least one, none twice.
  func choices<Choice: RawRepresentable & CaseIterable & Hashable>(
    _ key: String, _ fallback: [Choice], _ summary: String
  ) -> [Choice] where Choice.RawValue == String {
    let names = Choice.allCases.map(\.rawValue)
    let expected = "a list of " + Self.list(names, "and")
    let spelling = "[\(fallback.map(\.rawValue).joined(separator: ", "))]"
    guard let entry = entry(key, expected: expected, fallback: spelling, summary) else { return fallback }
    return choices(of: entry, expected, names, fallback)
  }

  private func choices<Choice: RawRepresentable & CaseIterable & Hashable>(
    of entry: ConfigurationNode.Entry, _ expected: String, _ names: [String], _ fallback: [Choice]
  ) -> [Choice] where Choice.RawValue == String {
    let key = entry.key
    guard let items = items(of: entry.value, key, expected) else { return fallback }
    var chosen: Set<Choice> = []
    for item in items {
      guard let choice: Choice = choice(of: item, key, Self.list(names, "or")) else { continue }
      if !chosen.insert(choice).inserted { context.fault(at: item.origin, "\(key): \(choice.rawValue) is given twice") }
    }
    return Choice.allCases.filter(chosen.contains)
  }

  /// Like `choices`; one alone needs no brackets.
  func oneOrMoreChoices<Choice: RawRepresentable & CaseIterable & Hashable>(
    _ key: String, _ fallback: [Choice], _ summary: String
  ) -> [Choice] where Choice.RawValue == String {
    let names = Choice.allCases.map(\.rawValue)
    let expected = Self.list(names, "or") + ", or a list of them"
    let spelling = fallback.map(\.rawValue).joined(separator: ", ")
    guard let entry = entry(key, expected: expected, fallback: spelling, summary) else { return fallback }
    if case .sequence = entry.value.content {
      return choices(of: entry, expected, names, fallback)
    }
    guard let choice: Choice = choice(of: entry.value, key, expected) else { return fallback }
    return [choice]
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(
    of node: ConfigurationNode, _ key: String, _ expected: String
  ) -> Choice? where Choice.RawValue == String {
    guard case .scalar(let text, _) = node.content, let choice = Choice(rawValue: text) else {
      var advice = ""
      if case .scalar(let text, _) = node.content,
        let near = NearestName.nearest(to: text, among: Choice.allCases.map(\.rawValue))
      {
        advice = ", did you mean \(near)?"
      }
      context.fault(at: node.origin, "\(key): expected \(expected), found \(node.summary)\(advice)")
      return nil
    }
    return choice
  }

  /// Texts in the order written; nil when the key is absent or wrong.
  func texts(
    _ key: String, fallback: String?, maximumCount: Int, mayBeEmpty: Bool = false, _ summary: String,
    expected: String = "a list of texts"
  ) -> [(text: String, origin: ConfigurationOrigin)]? {
    guard let entry = entry(key, expected: expected, fallback: fallback, summary) else {
      if fallback == nil {
        context.fault(at: origin, "\(name.isEmpty ? "" : name + ": ")required key \(key) is missing")
      }
      return nil
    }
    guard let items = items(of: entry.value, key, expected, mayBeEmpty: mayBeEmpty) else { return nil }
    if items.count > maximumCount {
      context.fault(
        at: entry.value.origin, "\(key): more than \(ConfigurationNumber.grouped(maximumCount)) entries")
      return nil
    }
    return items.compactMap { item in text(of: item, key, "text").map { ($0, item.origin) } }
  }

  private func items(
    of node: ConfigurationNode, _ key: String, _ expected: String, mayBeEmpty: Bool = false
  ) -> [ConfigurationNode]? {
    if mayBeEmpty, node.isNull { return [] }
    guard case .sequence(let items) = node.content, mayBeEmpty || !items.isEmpty else {
      if case .sequence = node.content {
        context.fault(at: node.origin, "\(key): expected \(expected), found an empty list")
      } else {
        mismatch(key, expected, node)
      }
      return nil
    }
    return items
  }

  private static func list(_ names: [String], _ conjunction: String) -> String {
    guard names.count > 1, let last = names.last else { return names.joined() }
    return names.dropLast().joined(separator: ", ") + " \(conjunction) " + last
  }
}
