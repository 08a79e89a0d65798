// Reads an n-gram model in ARPA form (Doug Paul's format, as SRILM, KenLM and IRSTLM write it), line by line. The file is
// not trusted: every number, count, length and order is checked, and memory grows with the lines that are there.
import Glibc

public import CorpusCore

/// Why lines are not an n-gram model.
public struct ARPAFailure: XylemFailure, Equatable {
  public let kind = FailureKind.configuration
  public let description: String
}

/// Takes the lines of a file and gives its model.
///
/// Lines before `\data\` are passed over, but for `# xylem: characters folded`, which says what the tokens are: `words` or
/// `characters`, `folded` or `written`. Without it they are words as written.
public struct ARPAReader: Sendable {
  /// N-grams of a model at most; their table takes 2 GB then.
  public static let maximumNGrams = 80_000_000
  /// Bytes of a line at most.
  public static let maximumLineBytes = 1 << 16

  private enum Place: Equatable {
    case head, counts
    case grams(Int)
    case end
  }

  private var model = NGramModel()
  private var place = Place.head
  private var line = 0
  /// By order - 1, as `\data\` has them.
  private var announced: [Int] = []
  private var found = 0
  private var hasUnknown = false
  private var tokens: [UInt32] = []
  private var fields: [Range<Int>] = []

  public init() {}

  /// Takes the next line, without its line feed.
  public mutating func take(_ bytes: Span<UInt8>) throws(ARPAFailure) {
    line += 1
    guard bytes.count <= Self.maximumLineBytes else { throw failure("a line of \(bytes.count) bytes") }
    split(bytes)
    guard let first = fields.first else { return }
    let isMark = bytes[first.lowerBound] == UInt8(ascii: "\\")
    switch place {
    case .head:
      if text(bytes, first) == "\\data\\" {
        place = .counts
      } else if fields.count > 1, text(bytes, first) == "#", text(bytes, fields[1]) == "xylem:" {
        try takeUnits(fields.dropFirst(2).map { text(bytes, $0) })
      }
    case .counts where !isMark: try takeCount(bytes)
    case .grams(let length) where !isMark: try takeGram(bytes, length)
    case .counts, .grams: try takeMark(text(bytes, first))
    case .end: break
    }
  }

  /// The model, after the last line.
  public consuming func finish() throws(ARPAFailure) -> NGramModel {
    guard place == .end else {
      throw failure("the file ends before its \\end\\ line: it is cut short, or no ARPA file")
    }
    guard model.begin != 0, model.end != 0 else { throw failure("no <s> or no </s> among its 1-grams") }
    if model.units.areCharacters {
      model.characterNumbers = (0..<0x10000).map { character in
        var spelling = NGramModel.Spelling()
        spelling.add(UInt32(character))
        return model.number(of: spelling)
      }
    }
    return model
  }

  private func failure(_ what: String) -> ARPAFailure {
    ARPAFailure(description: "not an n-gram model: line \(line): \(what)")
  }

  /// Fills `fields`: what stands between spaces, tabs and carriage returns.
  private mutating func split(_ bytes: Span<UInt8>) {
    fields.removeAll(keepingCapacity: true)
    var index = 0
    while index < bytes.count {
      while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
      let start = index
      while index < bytes.count, !Self.isSpace(bytes[index]) { index += 1 }
      if start < index { fields.append(start..<index) }
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

  private func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
    bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0.prefix(64), as: UTF8.self) }
  }

  private mutating func takeUnits(_ words: [String]) throws(ARPAFailure) {
    for word in words {
      switch word {
      case "words": model.units.areCharacters = false
      case "characters": model.units.areCharacters = true
      case "folded": model.units.areFolded = true
      case "written": model.units.areFolded = false
      default: throw failure("# xylem: expected words, characters, folded or written, found \(word)")
      }
    }
  }

  /// `ngram 2=1000`
  private mutating func takeCount(_ bytes: Span<UInt8>) throws(ARPAFailure) {
    let joined = fields.dropFirst().map { text(bytes, $0) }.joined()
    let parts = joined.split(separator: "=", omittingEmptySubsequences: false)
    guard text(bytes, fields[0]) == "ngram", parts.count == 2, let order = Int(parts[0]), let count = Int(parts[1]),
      order == announced.count + 1
    else { throw failure("expected ngram \(announced.count + 1)=COUNT") }
    guard order <= NGramModel.maximumOrder else {
      throw failure("\(order)-grams; models of at most \(NGramModel.maximumOrder)-grams can be used")
    }
    guard count >= 0, count <= Self.maximumNGrams, announced.reduce(count, +) <= Self.maximumNGrams else {
      throw failure("\(count) \(order)-grams; a model may have \(Self.maximumNGrams) in all: prune it")
    }
    announced.append(count)
    model.order = order
  }

  /// `\2-grams:` or `\end\`
  private mutating func takeMark(_ mark: String) throws(ARPAFailure) {
    var done = 0
    if case .grams(let length) = place { done = length }
    if done > 0, found != announced[done - 1] {
      throw failure("\(found) \(done)-grams, but \\data\\ announces \(announced[done - 1])")
    }
    found = 0
    if mark == "\\end\\", done == announced.count, done > 0 {
      place = .end
    } else if mark == "\\\(done + 1)-grams:", done < announced.count {
      place = .grams(done + 1)
    } else {
      throw failure("expected \(done < announced.count ? "\\\(done + 1)-grams:" : "\\end\\"), found \(mark)")
    }
  }

  /// `-1.5 the cat [-0.3]`
  private mutating func takeGram(_ bytes: Span<UInt8>, _ length: Int) throws(ARPAFailure) {
    found += 1
    guard found <= announced[length - 1] else { throw failure("more \(length)-grams than \\data\\ announces") }
    guard fields.count == length + 1 || (fields.count == length + 2 && length < announced.count) else {
      throw failure("expected a logarithm, \(length) tokens\(length < announced.count ? " and a back-off weight" : "")")
    }
    var weights = NGramWeights(probability: try number(bytes, fields[0]))
    guard weights.probability <= 0 else { throw failure("a probability above 1") }
    if fields.count == length + 2 { weights.backoff = try number(bytes, fields[length + 1]) }
    if length == 1 { return try takeToken(bytes, fields[1], weights) }
    tokens.removeAll(keepingCapacity: true)
    for field in fields[1...length] {
      let spelling = spelling(bytes, field)
      let number = model.number(of: spelling)
      if number == 0, !isUnknown(bytes, field) {
        throw failure("\(text(bytes, field)) is not among the 1-grams")
      }
      tokens.append(number)
    }
    if length > 2, model.grams[NGramModel.key(tokens.dropLast())] == nil {
      throw failure("the first \(length - 1) tokens of this \(length)-gram are no \(length - 1)-gram of the model")
    }
    guard model.grams.insert(NGramModel.key(tokens), weights) else { throw failure("an n-gram that was there before") }
  }

  private mutating func takeToken(
    _ bytes: Span<UInt8>, _ field: Range<Int>, _ weights: NGramWeights
  ) throws(ARPAFailure) {
    if isUnknown(bytes, field) {
      guard !hasUnknown else { throw failure("<unk> twice") }
      hasUnknown = true
      model.unigrams[0] = weights
      return
    }
    let number = UInt32(model.unigrams.count)
    guard model.vocabulary.insert(spelling(bytes, field).key, number) else {
      throw failure("\(text(bytes, field)) twice among the 1-grams")
    }
    model.unigrams.append(weights)
    switch text(bytes, field) {
    case "<s>": model.begin = number
    case "</s>": model.end = number
    default: break
    }
  }

  private func isUnknown(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Bool {
    guard field.count == 5 else { return false }
    let text = text(bytes, field)
    return text == "<unk>" || text == "<UNK>"
  }

  private func spelling(_ bytes: Span<UInt8>, _ field: Range<Int>) -> NGramModel.Spelling {
    var spelling = NGramModel.Spelling()
    bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      var index = field.lowerBound
      while index < field.upperBound {
        let character = decodeCharacter(base, index, field.upperBound)
        spelling.add(character.value)
        index += character.length
      }
    }
    return spelling
  }

  /// A finite decimal number.
  private func number(_ bytes: Span<UInt8>, _ field: Range<Int>) throws(ARPAFailure) -> Float {
    var digits = InlineArray<48, CChar>(repeating: 0)
    guard field.count < 48 else { throw failure("expected a number, found \(text(bytes, field))") }
    for (place, index) in field.enumerated() {
      switch bytes[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "e"), UInt8(ascii: "E"):
        digits[place] = CChar(bitPattern: bytes[index])
      default: throw failure("expected a number, found \(text(bytes, field))")
      }
    }
    let (value, used) = digits.span.withUnsafeBufferPointer { buffer -> (Float, Int) in
      guard let start = buffer.baseAddress else { return (.nan, 0) }
      var end: UnsafeMutablePointer<CChar>?
      let value = strtof(start, &end)
      return (value, end.map { UnsafePointer($0) - start } ?? 0)
    }
    guard value.isFinite, used == field.count else {
      throw failure("expected a number, found \(text(bytes, field))")
    }
    return value
  }
}
