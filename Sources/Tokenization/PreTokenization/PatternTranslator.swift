// Expressions in Oniguruma's syntax (that of tokenizer.json files) spelled for PCRE2. The two agree on much and differ on
// some: nested classes, intervals followed by a plus, line anchors, case folds of several characters, tables of
// Unicode. What is known to mean the same is translated, with classes from our own tables; all else is refused.

/// Reads one expression. O(n) but for classes; nesting and length are bounded, for expressions come from outside.
struct PatternTranslator {
  /// Why an expression is refused, and where (in characters from 0).
  struct Refusal: Error {
    var reason: String
    var position: Int
  }

  private static let maximumLength = 1 << 16
  private static let maximumDepth = 64

  private let scalars: [Unicode.Scalar]
  private let propertyText: (String) -> String
  private var at = 0
  private var output = ""
  private var ignoresCase = false
  /// The last thing matched without regard to case that may make a fold of several characters with the next.
  private var folded: Folded = .nothing

  private enum Folded: Equatable { case nothing, letter(Unicode.Scalar), set }

  private init(_ pattern: String, _ propertyText: @escaping (String) -> String) {
    scalars = Array(pattern.unicodeScalars)
    self.propertyText = propertyText
  }

  /// `pattern` for PCRE2. `propertyText` gives what stands in a class for a general category.
  static func translate(
    _ pattern: String, propertyText: @escaping (String) -> String = { explicitText(.category($0)) }
  ) throws(Refusal) -> String {
    var translator = PatternTranslator(pattern, propertyText)
    guard !translator.scalars.isEmpty else { throw Refusal(reason: "it is empty", position: 0) }
    guard translator.scalars.count <= maximumLength else {
      throw Refusal(reason: "it has more than \(maximumLength) characters", position: maximumLength)
    }
    _ = try translator.alternatives(depth: 0)
    guard translator.at == translator.scalars.count else { throw translator.refusal("a `)` without its `(`") }
    return translator.output
  }

  /// `text` for PCRE2, every character itself.
  static func literal(_ text: String) -> String { text.unicodeScalars.map { scalarText($0.value) }.joined() }

  /// Ranges as they stand in a class.
  static func explicitText(_ set: CodePointSet) -> String {
    // Surrogates are no characters and PCRE2 refuses them.
    set.subtracting(CodePointSet([0xD800...0xDFFF])).ranges.map { range in
      scalarText(range.lowerBound) + (range.count > 1 ? "-" + scalarText(range.upperBound) : "")
    }.joined()
  }

  private static func scalarText(_ value: UInt32) -> String { "\\x{" + String(value, radix: 16) + "}" }

  private func refusal(_ reason: String, at position: Int? = nil) -> Refusal {
    Refusal(reason: reason, position: position ?? at)
  }

  private var next: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

  private func follows(_ text: String) -> Bool { scalars[at...].starts(with: text.unicodeScalars) }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    at += 1
    return true
  }

  // MARK: - Structure. Each returns whether it may match nothing.

  private mutating func alternatives(depth: Int) throws(Refusal) -> Bool {
    guard depth <= Self.maximumDepth else { throw refusal("groups nested deeper than \(Self.maximumDepth)") }
    let before = folded
    var mayBeEmpty = try sequence(depth: depth)
    while take("|") {
      output += "|"
      folded = before
      mayBeEmpty = try sequence(depth: depth) || mayBeEmpty
    }
    return mayBeEmpty
  }

  private mutating func sequence(depth: Int) throws(Refusal) -> Bool {
    var mayBeEmpty = true
    while let scalar = next, scalar != "|", scalar != ")" {
      mayBeEmpty = try repeated(depth: depth) && mayBeEmpty
    }
    return mayBeEmpty
  }

  private mutating func repeated(depth: Int) throws(Refusal) -> Bool {
    let start = at
    let outputStart = output.endIndex
    let atom = try self.atom(depth: depth)
    guard let quantifier = try quantifier() else { return atom == .empty }
    guard atom != .assertion else { throw refusal("a quantifier behind an assertion", at: start) }
    if atom == .empty, quantifier.maximum != 1 {
      throw refusal("a repeated group that may match nothing: engines leave such loops differently", at: start)
    }
    if quantifier.isRepeatedInterval {
      output.insert(contentsOf: "(?:", at: outputStart)
      output += quantifier.text + ")+"
    } else {
      output += quantifier.text
    }
    if let after = next, "*+?{".unicodeScalars.contains(after) {
      throw refusal("a quantifier behind a quantifier")
    }
    return atom == .empty || quantifier.minimum == 0
  }

  private struct Quantifier {
    var minimum: Int
    var maximum: Int?
    var text: String
    /// `{n,m}+`, which Oniguruma reads as an interval repeated, and others as possessive.
    var isRepeatedInterval = false
  }

  private mutating func quantifier() throws(Refusal) -> Quantifier? {
    guard let scalar = next else { return nil }
    var found: Quantifier
    switch scalar {
    case "*": found = Quantifier(minimum: 0, maximum: nil, text: "*")
    case "+": found = Quantifier(minimum: 1, maximum: nil, text: "+")
    case "?": found = Quantifier(minimum: 0, maximum: 1, text: "?")
    case "{": return try interval()
    default: return nil
    }
    at += 1
    if take("?") { found.text += "?" } else if take("+") { found.text += "+" }
    return found
  }

  private mutating func interval() throws(Refusal) -> Quantifier {
    let start = at
    at += 1
    let minimum = try number()
    var maximum = minimum
    let hasComma = take(",")
    if hasComma { maximum = try number() }
    guard take("}"), minimum != nil || maximum != nil else {
      throw refusal("a `{` that begins no interval; write \\{", at: start)
    }
    if let minimum, let maximum, minimum > maximum { throw refusal("an interval from more to less", at: start) }
    var text = "{\(minimum ?? 0)"
    if hasComma { text += ",\(maximum.map(String.init) ?? "")" }
    var found = Quantifier(minimum: minimum ?? 0, maximum: maximum, text: text + "}")
    if take("?") {
      guard hasComma else { throw refusal("`{n}?`, which engines read differently", at: start) }
      found.text += "?"
    } else if take("+") {
      guard found.minimum > 0 else { throw refusal("an interval from 0 repeated", at: start) }
      found.isRepeatedInterval = true
      found.maximum = nil
    }
    return found
  }

  private mutating func number() throws(Refusal) -> Int? {
    var value: Int?
    while let scalar = next, ("0"..."9").contains(scalar) {
      let sum = (value ?? 0) * 10 + Int(scalar.value - 0x30)
      guard sum <= 1000 else { throw refusal("an interval beyond 1000") }
      value = sum
      at += 1
    }
    return value
  }

  // MARK: - Atoms

  private enum Atom { case character, empty, assertion }

  private mutating func atom(depth: Int) throws(Refusal) -> Atom {
    let start = at
    guard let scalar = next else { return .empty }
    at += 1
    switch scalar {
    case "(": return try group(start, depth)
    case "[":
      output += try characterClass(start)
      return .character
    case ".":
      output += "[^\\x{a}]"
      folded = .nothing
      return .character
    case "\\": return try escape(start)
    case "^", "$":
      throw refusal("`\(scalar)` means lines in Oniguruma; write \\A or \\z for the text's ends", at: start)
    case "*", "+", "?": throw refusal("a quantifier with nothing before it", at: start)
    case "{": throw refusal("a `{` that begins no interval; write \\{", at: start)
    default:
      try literal(scalar, start)
      return .character
    }
  }

  private mutating func group(_ start: Int, _ depth: Int) throws(Refusal) -> Atom {
    var isAssertion = false
    let outerCase = ignoresCase
    if take("?") {
      if take("=") {
        output += "(?="
        isAssertion = true
      } else if take("!") {
        output += "(?!"
        isAssertion = true
      } else if take(">") {
        output += "(?>"
      } else if take(":") {
        output += "(?:"
      } else if follows("i:") {
        at += 2
        output += "(?i:"
        ignoresCase = true
      } else if follows("<=") || follows("<!") {
        throw refusal("look-behind, which engines bound differently", at: start)
      } else {
        throw refusal("a group other than (?:, (?i:, (?=, (?! and (?>", at: start)
      }
    } else {
      output += "(?:"
    }
    let mayBeEmpty = try alternatives(depth: depth + 1)
    guard take(")") else { throw refusal("a `(` without its `)`", at: start) }
    output += ")"
    ignoresCase = outerCase
    return isAssertion ? .assertion : mayBeEmpty ? .empty : .character
  }

  private mutating func literal(_ scalar: Unicode.Scalar, _ start: Int) throws(Refusal) {
    if ignoresCase {
      guard scalar.isASCII else { throw refusal("a letter beyond ASCII where case does not count", at: start) }
      let lower = scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
      switch folded {
      case .nothing: break
      case .set: throw refusal("a class beside a letter where case does not count", at: start)
      case .letter(let before):
        // ß, ﬀ, ﬁ, ﬂ, ﬆ fold to these pairs; Oniguruma lets them match.
        if ["ss", "ff", "fi", "fl", "st"].contains("\(before)\(lower)") {
          throw refusal("`\(before)\(lower)` where case does not count also means a ligature", at: start)
        }
      }
      folded = .letter(lower)
    } else {
      folded = .nothing
    }
    output += Self.scalarText(scalar.value)
  }

  private mutating func escape(_ start: Int) throws(Refusal) -> Atom {
    switch try escaped(start, inClass: false) {
    case .scalar(let scalar): try literal(scalar, start)
    case .set(let text, let complement):
      try refuseFoldedProperty(start)
      folded = .nothing
      output += complement ? "[^\(text)]" : "[\(text)]"
    case .assertion(let text):
      output += text
      return .assertion
    }
    return .character
  }

  private func refuseFoldedProperty(_ start: Int) throws(Refusal) {
    if ignoresCase { throw refusal("a property where case does not count", at: start) }
  }

  private enum Escaped {
    case scalar(Unicode.Scalar)
    case set(String, complement: Bool)
    case assertion(String)
  }

  /// What stands behind a backslash at `start`; `at` is behind the backslash.
  private mutating func escaped(_ start: Int, inClass: Bool) throws(Refusal) -> Escaped {
    guard let scalar = next else { throw refusal("a backslash at the end", at: start) }
    at += 1
    switch scalar {
    case "n": return .scalar("\n")
    case "r": return .scalar("\r")
    case "t": return .scalar("\t")
    case "f": return .scalar("\u{C}")
    case "v": return .scalar("\u{B}")
    case "a": return .scalar("\u{7}")
    case "e": return .scalar("\u{1B}")
    case "s", "S": return .set(Self.explicitText(.whiteSpace), complement: scalar == "S")
    case "d", "D": return .set(propertyText("Nd"), complement: scalar == "D")
    case "w", "W":
      let extra = Self.explicitText(Self.extraWords(inClass: inClass))
      return .set(["L", "M", "Nd", "Pc"].map(propertyText).joined() + extra, complement: scalar == "W")
    case "p", "P": return try property(start, complement: scalar == "P")
    case "x", "u": return .scalar(try hexadecimal(start, isLong: scalar == "u"))
    case "A" where !inClass, "z" where !inClass: return .assertion("\\\(scalar)")
    default:
      if scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
        throw refusal("`\\\(scalar)`, which is not honoured here", at: start)
      }
      return .scalar(scalar)
    }
  }

  /// Outside of classes Oniguruma takes superscript digits and fractions of Latin-1 for word characters, inside not.
  private static func extraWords(inClass: Bool) -> CodePointSet {
    CodePointSet(UnicodeCategories.extraWords.filter { !inClass || $0.lowerBound > 0xFF })
  }

  private mutating func property(_ start: Int, complement: Bool) throws(Refusal) -> Escaped {
    guard take("{") else { throw refusal("a property without braces", at: start) }
    let inverted = take("^")
    var name = ""
    while let scalar = next, scalar != "}", name.count < 40 {
      name.unicodeScalars.append(scalar)
      at += 1
    }
    guard take("}"), CodePointSet.isCategory(name) else {
      throw refusal("a property other than the short names of general categories, such as L or Nd", at: start)
    }
    return .set(propertyText(name), complement: complement != inverted)
  }

  private mutating func hexadecimal(_ start: Int, isLong: Bool) throws(Refusal) -> Unicode.Scalar {
    let isBraced = !isLong && take("{")
    var digits = ""
    while let scalar = next, scalar.properties.isASCIIHexDigit, digits.count < (isBraced ? 8 : isLong ? 4 : 2) {
      digits.unicodeScalars.append(scalar)
      at += 1
    }
    let isWhole = isBraced ? take("}") : digits.count == (isLong ? 4 : 2)
    guard isWhole, let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else {
      throw refusal("a code point that is none", at: start)
    }
    // Two digits mean a byte in Oniguruma.
    guard isBraced || isLong || value < 0x80 else { throw refusal("a byte beyond ASCII", at: start) }
    return scalar
  }

  // MARK: - Classes

  /// The class whose `[` is at `start`; `at` is behind it.
  private mutating func characterClass(_ start: Int) throws(Refusal) -> String {
    let isInverted = take("^")
    if ignoresCase {
      if isInverted { throw refusal("an inverted class where case does not count", at: start) }
      if folded != .nothing { throw refusal("a class beside a letter where case does not count", at: start) }
    }
    let body = try classBody(start, depth: 0)
    folded = ignoresCase ? .set : .nothing
    return (isInverted ? "[^" : "[") + body + "]"
  }

  private mutating func classBody(_ start: Int, depth: Int) throws(Refusal) -> String {
    guard depth <= Self.maximumDepth else { throw refusal("classes nested deeper than \(Self.maximumDepth)") }
    if next == "]" { throw refusal("a class that is empty or begins with `]`", at: start) }
    var body = ""
    while let scalar = next {
      let itemStart = at
      if take("]") { return body }
      if follows("&&") { throw refusal("an intersection of classes") }
      if take("[") {
        if next == ":" { throw refusal("a POSIX class", at: itemStart) }
        if next == "^" { throw refusal("an inverted class inside a class", at: itemStart) }
        // Oniguruma takes an inner class as part of the union; other engines take its bracket literally.
        body += try classBody(itemStart, depth: depth + 1)
        continue
      }
      if scalar == "-", at > start + 1, scalars[at - 1] != "^" || at > start + 2 {
        guard at + 1 < scalars.count, scalars[at + 1] == "]" else {
          throw refusal("a `-` that could be a range; write \\-", at: itemStart)
        }
      }
      switch try classItem(itemStart) {
      case .assertion: throw refusal("an assertion inside a class", at: itemStart)
      case .set(let text, let complement):
        try refuseFoldedProperty(itemStart)
        guard complement else {
          body += text
          continue
        }
        body += try complementText(itemStart)
      case .scalar(let first): body += try range(from: first, itemStart)
      }
    }
    throw refusal("a `[` without its `]`", at: start)
  }

  private mutating func classItem(_ start: Int) throws(Refusal) -> Escaped {
    guard let scalar = next else { throw refusal("a `[` without its `]`", at: start) }
    at += 1
    return scalar == "\\" ? try escaped(start, inClass: true) : .scalar(scalar)
  }

  /// A character of a class, or the range it begins.
  private mutating func range(from first: Unicode.Scalar, _ start: Int) throws(Refusal) -> String {
    var last = first
    if next == "-", at + 1 < scalars.count, scalars[at + 1] != "]" {
      at += 1
      let end = at
      if next == "[" { throw refusal("a range that ends in a class", at: end) }
      guard case .scalar(let scalar) = try classItem(end) else {
        throw refusal("a range that ends in a property", at: end)
      }
      guard scalar.value >= first.value else { throw refusal("a range from more to less", at: start) }
      last = scalar
    }
    if ignoresCase, !last.isASCII { throw refusal("a letter beyond ASCII where case does not count", at: start) }
    return Self.explicitText(CodePointSet([first.value...last.value]))
  }

  /// The complement of the property whose escape begins at `start`, as ranges.
  private func complementText(_ start: Int) throws(Refusal) -> String {
    let set: CodePointSet
    switch scalars[start + 1] {
    case "S": set = .whiteSpace
    case "D": set = .category("Nd")
    case "W":
      set = ["L", "M", "Nd", "Pc"].reduce(Self.extraWords(inClass: true)) { $0.union(.category($1)) }
    default:
      var name = String.UnicodeScalarView()
      name.append(contentsOf: scalars[start..<at].dropFirst(3).dropLast().filter { $0 != "^" })
      set = .category(String(name))
    }
    return Self.explicitText(set.complement)
  }
}
