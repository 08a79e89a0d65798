// Rules that take lines out of a document before it is judged: C4's (arXiv 1910.10683, section 2.2, and its published
// code), ROOTS's remove_lines_with_code, and menus.
import CorpusCore
import Glibc

/// Lines taken out, by the first rule that said so.
public struct LineRuleCounts: Sendable, Equatable {
  /// Documents that lost a line or a citation mark.
  public var documents = 0
  public var longWords = 0
  public var unterminated = 0
  public var fewWords = 0
  public var javascript = 0
  public var policy = 0
  public var code = 0
  public var menu = 0
  /// Citation marks taken out of lines.
  public var citations = 0

  public init() {}

  /// Every count that is not zero, with the name it has in manifests.
  public var named: [(name: String, count: Int)] {
    [
      ("documents", documents), ("long_words", longWords), ("unterminated", unterminated), ("few_words", fewWords),
      ("javascript", javascript), ("policy", policy), ("code", code), ("menu", menu), ("citations", citations),
    ].filter { $0.1 > 0 }
  }
}

/// The line rules of one language; may be used by many threads.
public struct LineRules: Sendable {
  private let minimumWords: Int
  private let maximumWordLength: Int
  private let unterminated: Bool
  private let javascript: Bool
  private let policy: Bool
  private let code: Bool
  private let menu: Bool
  private let citations: Bool
  private let sentenceEnds: [UInt32]
  /// In scripts written without spaces each letter counts as a word.
  private let lettersAreWords: Bool
  /// Whether a rule asks for words, separators or the end of a line.
  private let asksShape: Bool

  /// nil when the language sets no line rule.
  public init?(settings: LanguageSettings) {
    let limits = settings.thresholds
    func isOn(_ limit: Double?) -> Bool { (limit ?? 0) > 0 }
    minimumWords = Int(min(max(limits.minimumLineWords ?? 0, 0), 1e9))
    maximumWordLength = Int(min(max(limits.maximumLineWordLength ?? 1e12, 0), 1e12))
    unterminated = isOn(limits.removeUnterminatedLines)
    javascript = isOn(limits.removeJavascriptLines)
    policy = isOn(limits.removePolicyLines)
    code = isOn(limits.removeCodeLines)
    menu = isOn(limits.removeMenuLines)
    citations = isOn(limits.removeCitations)
    sentenceEnds = settings.sentenceEnds.unicodeScalars.map(\.value)
    lettersAreWords = settings.wordSegmentation == .icu
    let limitsLines = minimumWords > 0 || limits.maximumLineWordLength != nil
    asksShape = limitsLines || unterminated || menu
    guard asksShape || javascript || policy || code || citations else { return nil }
  }

  /// Appends `text` (valid UTF-8) without the lines that the rules take out to `output`; false when nothing was taken out,
  /// then `output` is untouched. Empty lines stay between what stays, one at a place where lines were taken out. A second
  /// application changes nothing, but for citation marks within citation marks. O(n).
  public func apply(_ text: Span<UInt8>, into output: inout [UInt8], counts: inout LineRuleCounts) -> Bool {
    text.withUnsafeBufferPointer { bytes in
      // Nearly every document stays as it is: nothing is copied before a rule has something to say.
      guard citations || takesOutALine(of: bytes) else { return false }
      let base = output.count
      var changed = false
      var emptyLines = 0
      // Whether a line was taken out since the last that stayed.
      var hasGap = false
      var start = 0
      while start < bytes.count {
        let end = Self.lineEnd(bytes, from: start)
        let line = UnsafeBufferPointer(rebasing: bytes[start..<end])
        if Self.isBlank(line) {
          emptyLines += 1
        } else {
          let lineStart = output.count
          let marks = citations ? appendWithoutCitations(line, to: &output) : 0
          if !citations { output.append(contentsOf: line) }
          let reason = output.withUnsafeBufferPointer { made in
            reasonToRemove(raw: line, cleaned: UnsafeBufferPointer(rebasing: made[lineStart...]), marks: marks)
          }
          if let reason {
            counts[keyPath: reason] += 1
            output.removeSubrange(lineStart...)
            changed = true
            hasGap = true
          } else {
            counts.citations += marks
            if marks > 0 { changed = true }
            if lineStart > base, emptyLines > 0 {
              output.insert(contentsOf: repeatElement(0x0A, count: hasGap ? 1 : emptyLines), at: lineStart)
            }
            output.append(0x0A)
            emptyLines = 0
            hasGap = false
          }
        }
        start = end + 1
      }
      guard changed else {
        output.removeSubrange(base...)
        return false
      }
      while output.count > base, output.last == 0x0A { output.removeLast() }
      counts.documents += 1
      return true
    }
  }

  /// Whether a rule takes out a line of `bytes`. Where no rule but the one for code is on, its marks are looked for in all
  /// lines at once.
  private func takesOutALine(of bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    if !asksShape, !javascript, !policy { return Self.holdsCode(bytes) }
    var start = 0
    while start < bytes.count {
      let end = Self.lineEnd(bytes, from: start)
      let line = UnsafeBufferPointer(rebasing: bytes[start..<end])
      if !Self.isBlank(line), reasonToRemove(raw: line, cleaned: line, marks: 0) != nil { return true }
      start = end + 1
    }
    return false
  }

  /// Where the line that `start` is in ends: at its line feed, or at the end of the text.
  private static func lineEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    offset(of: 0x0A, in: UnsafeBufferPointer(rebasing: bytes[start...])).map { start + $0 } ?? bytes.count
  }

  private static func isBlank(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }

  /// Whether a mark of code occurs.
  private static func holdsCode(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let base = bytes.baseAddress else { return false }
    let text = ByteText(bytes: base, count: bytes.count)
    return codeMarks.contains { mark in
      var start = 0
      while let found = offset(of: mark.utf8Start[0], in: UnsafeBufferPointer(rebasing: bytes[start...])) {
        let place = start + found
        let end = min(place + mark.utf8CodeUnitCount, bytes.count)
        if text.contains(mark, in: place..<end) { return true }
        start = place + 1
      }
      return false
    }
  }

  private static func offset(of byte: UInt8, in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return nil }
    // Invariant: `memchr` reads within the `count` bytes only, and answers with one of their addresses.
    return memchr(base, Int32(byte), bytes.count).map { UnsafeRawPointer(base).distance(to: UnsafeRawPointer($0)) }
  }

  /// In C4's order; words are counted with their citation marks, as there.
  private func reasonToRemove(
    raw: UnsafeBufferPointer<UInt8>, cleaned line: UnsafeBufferPointer<UInt8>, marks: Int
  ) -> WritableKeyPath<LineRuleCounts, Int>? {
    let shape = asksShape ? LineShape(line, sentenceEnds: sentenceEnds) : LineShape()
    let whole = marks == 0 || !asksShape ? shape : LineShape(raw, sentenceEnds: sentenceEnds)
    if whole.longestWord > maximumWordLength { return \.longWords }
    if unterminated, !shape.isTerminated { return \.unterminated }
    if (lettersAreWords ? whole.letters : whole.words) < minimumWords { return \.fewWords }
    if javascript, contains(line, "javascript") { return \.javascript }
    if policy, Self.policyPhrases.contains(where: { contains(line, $0) }) { return \.policy }
    if code, Self.holdsCode(line) { return \.code }
    if menu, shape.isMenu { return \.menu }
    return nil
  }

  static let policyPhrases: [StaticString] = [
    "terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies",
  ]
  /// None begins with a letter or spans lines.
  static let codeMarks: [StaticString] = ["{", "}", "[if", "<script"]

  private func contains(_ line: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
    guard let bytes = line.baseAddress else { return false }
    return ByteText(bytes: bytes, count: line.count).contains(word, in: 0..<line.count)
  }

  /// Copies `line` without `[12]`, `[]`, `[edit]` and `[citation needed]`; the number of marks left out.
  private func appendWithoutCitations(_ line: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) -> Int {
    guard let bytes = line.baseAddress else { return 0 }
    let text = ByteText(bytes: bytes, count: line.count)
    var marks = 0
    var copied = 0
    var index = 0
    while index < line.count {
      guard bytes[index] == 0x5B else {
        index += 1
        continue
      }
      var end = index + 1
      while end < line.count, isDigit(bytes[end]) { end += 1 }
      if text[end] == 0x5D {
        end += 1
      } else if text.hasExactly("[edit]", at: index) {
        end = index + 6
      } else if text.hasExactly("[citation needed]", at: index) {
        end = index + 17
      } else {
        index += 1
        continue
      }
      output.append(contentsOf: line[copied..<index])
      marks += 1
      copied = end
      index = end
    }
    output.append(contentsOf: line[copied...])
    return marks
  }
}

extension ByteText {
  fileprivate func hasExactly(_ word: StaticString, at index: Int) -> Bool {
    guard index >= 0, index + word.utf8CodeUnitCount <= count else { return false }
    for offset in 0..<word.utf8CodeUnitCount where bytes[index + offset] != word.utf8Start[offset] { return false }
    return true
  }
}

/// What the rules ask of a line.
private struct LineShape {
  /// Between white space.
  var words = 0
  /// In characters.
  var longestWord = 0
  var letters = 0
  /// Ends with the end of a sentence or a closing quotation mark, but not with an ellipsis.
  var isTerminated = false
  private var separators = 0

  /// Three or more entries of three words at most on the average between separators, and no sentence.
  var isMenu: Bool { separators >= 2 && !isTerminated && words <= 3 * (separators + 1) + separators }

  /// Of no line.
  init() {}

  init(_ line: UnsafeBufferPointer<UInt8>, sentenceEnds: [UInt32]) {
    guard let bytes = line.baseAddress else { return }
    let table = CharacterTable.shared
    var index = 0
    var length = 0
    var dots = 0
    var afterDot = false
    while index < line.count {
      let character = decodeCharacter(bytes, index, line.count)
      index += character.length
      let properties = table.properties(character.value)
      if properties & CharacterTable.space != 0 {
        length = 0
        afterDot = false
        continue
      }
      if length == 0 { words += 1 }
      length += 1
      longestWord = max(longestWord, length)
      letters += Int(properties & CharacterTable.letter)
      dots = character.value != 0x2E ? 0 : afterDot ? dots + 1 : 1
      afterDot = dots > 0
      switch character.value {
      case 0x7C, 0xB7, 0x2022, 0xBB, 0x203A, 0xAB, 0x2039: separators += 1
      default: break
      }
      switch character.value {
      case 0x22, 0x27, 0x2019, 0x201D, 0xBB, 0x300D, 0x300F: isTerminated = true
      default:
        isTerminated =
          properties & CharacterTable.sentenceEnd != 0 || sentenceEnds.contains(character.value)
      }
    }
    if dots >= 3 { isTerminated = false }
  }
}
