// One expression compiled by PCRE2, with limits: expressions and texts come from outside, and a match may not run for ever.
import CPCRE2
import Synchronization

/// A compiled expression. `@unchecked`: PCRE2's code is read only once compiled.
final class RegexProgram: @unchecked Sendable {
  struct CompileFailure: Error {
    var message: String
    var offset: Int
  }
  struct MatchFailure: Error {
    var message: String
    var offset: Int
  }

  /// Steps of one match, and KiB of memory for its backtracking.
  private static let matchLimit: UInt32 = 10_000_000
  private static let heapLimit: UInt32 = 64 << 10
  private static let largeStack = 16 << 20

  private let code: OpaquePointer

  init(_ pattern: String) throws(CompileFailure) {
    var number: Int32 = 0
    var offset = 0
    let options =
      UInt32(PCRE2_UTF) | UInt32(PCRE2_UCP) | UInt32(PCRE2_NO_AUTO_CAPTURE) | UInt32(PCRE2_NEVER_BACKSLASH_C)
    var bytes = Array(pattern.utf8)
    guard let code = pcre2_compile_8(&bytes, bytes.count, options, &number, &offset, nil) else {
      throw CompileFailure(message: Self.message(number), offset: offset)
    }
    self.code = code
    // Without machine code matching is slower and otherwise the same.
    _ = pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
  }

  deinit { pcre2_code_free_8(code) }

  private static func message(_ number: Int32) -> String {
    var text = [UInt8](repeating: 0, count: 256)
    let length = pcre2_get_error_message_8(number, &text, text.count)
    return length > 0 ? String(decoding: text[..<Int(length)], as: UTF8.self) : "PCRE2 error \(number)"
  }

  /// Memory for matching, of one thread at a time.
  final class Matcher {
    fileprivate let data: OpaquePointer?
    fileprivate let context: OpaquePointer?
    private var stack: OpaquePointer?

    init() {
      // One pair of offsets: nothing is captured.
      data = pcre2_match_data_create_8(1, nil)
      context = pcre2_match_context_create_8(nil)
      pcre2_set_match_limit_8(context, RegexProgram.matchLimit)
      pcre2_set_heap_limit_8(context, RegexProgram.heapLimit)
    }

    deinit {
      pcre2_match_data_free_8(data)
      pcre2_match_context_free_8(context)
      pcre2_jit_stack_free_8(stack)
    }

    /// Machine code starts on 32 KiB of stack; true when it has just been given more.
    fileprivate func enlargeStack() -> Bool {
      guard stack == nil else { return false }
      stack = pcre2_jit_stack_create_8(32 << 10, RegexProgram.largeStack, nil)
      pcre2_jit_stack_assign_8(context, nil, stack.map { UnsafeMutableRawPointer($0) })
      return stack != nil
    }
  }

  /// Calls `body` with the end of each gap (false) and match (true) of `text`, which is UTF-8, in order. A gap is never
  /// empty; a match may be, but not right behind another match.
  func forEachPart(
    _ text: UnsafePointer<UInt8>, _ count: Int, _ matcher: Matcher, _ body: (Int, Bool) -> Void
  ) throws(MatchFailure) {
    guard let data = matcher.data, let offsets = pcre2_get_ovector_pointer_8(data) else {
      throw MatchFailure(message: "out of memory", offset: 0)
    }
    var covered = 0
    var from = 0
    var lastMatchEnd = -1
    while from <= count {
      var result = pcre2_match_8(code, text, count, from, UInt32(PCRE2_NO_UTF_CHECK), data, matcher.context)
      if result == PCRE2_ERROR_JIT_STACKLIMIT, matcher.enlargeStack() {
        result = pcre2_match_8(code, text, count, from, UInt32(PCRE2_NO_UTF_CHECK), data, matcher.context)
      }
      if result == PCRE2_ERROR_NOMATCH { break }
      guard result >= 0 else { throw MatchFailure(message: Self.message(result), offset: from) }
      let (start, end) = (offsets[0], offsets[1])
      if start == end, end == lastMatchEnd {
        // An empty match right behind a match does not count; the search goes on behind the next character.
        from += 1
        while from < count, text[from] & 0xC0 == 0x80 { from += 1 }
        continue
      }
      if start > covered { body(start, false) }
      body(end, true)
      covered = end
      from = end
      lastMatchEnd = end
    }
    if covered < count { body(count, false) }
  }
}

/// What PCRE2's own tables say about general categories, so that a class names a category and adds what the tables lack.
enum LibraryProperties {
  /// Every character once, as UTF-8: 4.4 MB, made only where a regular expression is used.
  private static let allCharacters = [UInt8](unsafeUninitializedCapacity: 0x110000 * 4) { room, count in
    for c in 0...CodePointSet.lastCodePoint where !(0xD800...0xDFFF).contains(c) {
      func put(_ value: UInt32) {
        room[count] = UInt8(truncatingIfNeeded: value)
        count += 1
      }
      if c < 0x80 {
        put(c)
      } else if c < 0x800 {
        put(0xC0 | c >> 6)
        put(0x80 | c & 0x3F)
      } else {
        if c < 0x10000 {
          put(0xE0 | c >> 12)
        } else {
          put(0xF0 | c >> 18)
          put(0x80 | c >> 12 & 0x3F)
        }
        put(0x80 | c >> 6 & 0x3F)
        put(0x80 | c & 0x3F)
      }
    }
  }

  private static let known = Mutex<[String: String]>([:])

  /// What stands in a class for category `name`. The first time it costs a pass over all code points, some 20 ms.
  static func text(_ name: String) -> String {
    if let text = known.withLock({ $0[name] }) { return text }
    let ours = CodePointSet.category(name)
    let text: String
    if let theirs = members(name), theirs.subtracting(ours).ranges.isEmpty {
      text = "\\p{\(name)}" + PatternTranslator.explicitText(ours.subtracting(theirs))
    } else {
      text = PatternTranslator.explicitText(ours)
    }
    known.withLock { $0[name] = text }
    return text
  }

  /// The code points PCRE2 holds to be of a category; surrogates, which no text has, are given to those that have them.
  private static func members(_ name: String) -> CodePointSet? {
    guard let program = try? RegexProgram("\\p{\(name)}+") else { return nil }
    var bounds: [ClosedRange<UInt32>] = name == "C" || name == "Cs" ? [0xD800...0xDFFF] : []
    let done: Void? = try? allCharacters.withUnsafeBufferPointer { text in
      guard let base = text.baseAddress else { return }
      var start = 0
      try program.forEachPart(base, text.count, RegexProgram.Matcher()) { end, isMatch in
        if isMatch, end > start { bounds.append(codePoint(base, start)...codePoint(base, lastLead(base, end))) }
        start = end
      }
    }
    return done == nil ? nil : CodePointSet(bounds)
  }

  private static func lastLead(_ text: UnsafePointer<UInt8>, _ end: Int) -> Int {
    var at = end - 1
    while text[at] & 0xC0 == 0x80 { at -= 1 }
    return at
  }

  /// The character at `at` of valid UTF-8.
  private static func codePoint(_ text: UnsafePointer<UInt8>, _ at: Int) -> UInt32 {
    let first = UInt32(text[at])
    func low(_ offset: Int) -> UInt32 { UInt32(text[at + offset] & 0x3F) }
    if first < 0x80 { return first }
    if first < 0xE0 { return (first & 0x1F) << 6 | low(1) }
    if first < 0xF0 { return (first & 0x0F) << 12 | low(1) << 6 | low(2) }
    return (first & 0x07) << 18 | low(1) << 12 | low(2) << 6 | low(3)
  }
}
