// Splits by any expression, through PCRE2: matches found one after the other as Hugging Face's `Split` finds them, then
// made pieces as its behaviour says. Many times slower than the scanners made by hand.
import CPCRE2
import Synchronization

/// Compiled rules. Shared by threads: compiled expressions are read only, matching has memory of its own.
final class RegexSplit: Sendable {
  private struct Step: Sendable {
    let program: RegexProgram
    let behavior: SplitRule.Behavior
    let isInverted: Bool
  }

  private let steps: [Step]

  /// Throws for an expression that does not compile or means something else elsewhere, and for `removed`, which would
  /// lose text.
  init(rules: [SplitRule]) throws(TokenizationFailure) {
    func refused(_ text: String, _ reason: String) -> TokenizationFailure {
      .invalidOption(name: "pre_tokenizer", detail: "`\(text)` cannot be honoured: \(reason)")
    }
    guard !rules.isEmpty, rules.count <= 64 else {
      throw .invalidOption(name: "pre_tokenizer", detail: "expected 1 to 64 rules, not \(rules.count)")
    }
    var steps: [Step] = []
    for rule in rules {
      let shown: String
      let translated: String
      switch rule.pattern {
      case .literal(let text):
        guard !text.isEmpty, text.utf8.count <= 1 << 12 else { throw refused(text, "expected 1 to 4096 bytes") }
        (shown, translated) = (text, PatternTranslator.literal(text))
      case .regex(let text):
        shown = text
        do throws(PatternTranslator.Refusal) {
          translated = try PatternTranslator.translate(text, propertyText: LibraryProperties.text)
        } catch {
          throw refused(text, "\(error.reason), at character \(error.position)")
        }
      }
      guard rule.behavior != .removed else { throw refused(shown, "its behavior Removed would drop text") }
      do throws(RegexProgram.CompileFailure) {
        steps.append(
          Step(program: try RegexProgram(translated), behavior: rule.behavior, isInverted: rule.isInverted))
      } catch {
        throw refused(shown, "\(error.message), at offset \(error.offset) of its translation")
      }
    }
    self.steps = steps
  }

  /// Appends the ends of the pieces of `text`. Where the library gives up, the rest of the text is one piece and the
  /// failure is returned. Bytes that are no UTF-8 are pieces of one byte.
  func appendEnds(of text: UnsafeBufferPointer<UInt8>, to ends: inout [Int]) -> TokenizationFailure? {
    guard let base = text.baseAddress, text.count > 0 else { return nil }
    let matcher = RegexProgram.Matcher()
    var from = 0
    while from < text.count {
      let valid = validPrefix(base + from, text.count - from)
      if valid > 0 {
        do throws(RegexProgram.MatchFailure) {
          for end in try split(base + from, valid, matcher) { ends.append(from + end) }
        } catch {
          ends.append(text.count)
          return .tooLarge(
            "a split by a regular expression gave up at byte \(from + error.offset) of a text of \(text.count) bytes: "
              + error.message)
        }
      }
      from += valid
      if from < text.count {
        from += 1
        ends.append(from)
      }
    }
    return nil
  }

  private func split(
    _ text: UnsafePointer<UInt8>, _ count: Int, _ matcher: RegexProgram.Matcher
  ) throws(RegexProgram.MatchFailure) -> [Int] {
    var ends = [count]
    for step in steps {
      var finer: [Int] = []
      finer.reserveCapacity(ends.count)
      var start = 0
      for end in ends {
        do throws(RegexProgram.MatchFailure) {
          try cut(text + start, end - start, step, matcher, offset: start, &finer)
        } catch {
          throw RegexProgram.MatchFailure(message: error.message, offset: start + error.offset)
        }
        start = end
      }
      ends = finer
    }
    return ends
  }

  /// Hugging Face's behaviours, which see gaps and matches in order, empty matches included.
  private func cut(
    _ text: UnsafePointer<UInt8>, _ count: Int, _ step: Step, _ matcher: RegexProgram.Matcher, offset: Int,
    _ ends: inout [Int]
  ) throws(RegexProgram.MatchFailure) {
    var parts: [(end: Int, isMatch: Bool)] = []
    try step.program.forEachPart(text, count, matcher) { end, isMatch in
      parts.append((end, isMatch != step.isInverted))
    }
    // Whether the end of part i stands: parts whose end does not are continued by the next.
    var isEnd = [Bool](repeating: true, count: parts.count)
    switch step.behavior {
    case .isolated, .removed: break
    case .contiguous:
      for i in parts.indices.dropFirst() where parts[i].isMatch == parts[i - 1].isMatch { isEnd[i - 1] = false }
    case .mergedWithPrevious:
      for i in parts.indices.dropFirst() where parts[i].isMatch && !parts[i - 1].isMatch { isEnd[i - 1] = false }
    case .mergedWithNext:
      for i in parts.indices.dropLast() where parts[i].isMatch && !parts[i + 1].isMatch { isEnd[i] = false }
    }
    var last = 0
    for (part, stands) in zip(parts, isEnd) where stands && part.end > last {
      ends.append(offset + part.end)
      last = part.end
    }
  }

  /// Bytes before the first that is no UTF-8.
  private func validPrefix(_ text: UnsafePointer<UInt8>, _ count: Int) -> Int {
    var at = 0
    while at < count {
      let first = text[at]
      if first < 0x80 {
        at += 1
        continue
      }
      let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
      guard (0xC2...0xF4).contains(first), at + length <= count, text[at + 1] & 0xC0 == 0x80 else { return at }
      let second = text[at + 1]
      switch first {
      case 0xE0 where second < 0xA0, 0xED where second > 0x9F, 0xF0 where second < 0x90, 0xF4 where second > 0x8F:
        return at
      default: break
      }
      if length > 2, text[at + 2] & 0xC0 != 0x80 { return at }
      if length > 3, text[at + 3] & 0xC0 != 0x80 { return at }
      at += length
    }
    return count
  }
}

/// What splits have met that they could not do: scanning has no way to throw, so callers ask once a batch.
final class SplitFailures: Sendable {
  private let first = Mutex<TokenizationFailure?>(nil)

  func record(_ failure: TokenizationFailure) {
    first.withLock { if $0 == nil { $0 = failure } }
  }

  var failure: TokenizationFailure? { first.withLock { $0 } }
}
