// The two large members of a tokenizer.json, `vocab` and `merges`, read straight from its bytes: one pass, no tree, no
// array or string a token. The rest of the file is small and goes through `JSONValue`.
import CKernels

/// Reads token strings in the byte alphabet out of JSON, and what is between them.
enum VocabularyReader {
  private static let quote = UInt8(ascii: "\"")

  // MARK: Strings

  /// Where a string ended.
  private enum Stop { case quote, space, foreign }

  private struct Decoded {
    var count = 0
    var stop = Stop.foreign
    var isEscaped = false
  }

  /// Decodes a string of the byte alphabet, from behind its opening quote to its closing quote or to a space (which the
  /// alphabet does not have). Returns the end of the bytes written to `output`, which has room for all the reader's
  /// bytes to come and `xylem_token_slack` more. `foreign`: a character of another kind; the reader stays where the
  /// string began.
  @inline(__always)
  private static func decode(
    _ reader: inout JSONReader, into output: UnsafeMutablePointer<UInt8>
  ) throws(TokenizationFailure) -> Decoded {
    var at = reader.at
    var count = 0
    var isEscaped = false
    while true {
      let progress = xylem_token_decode(reader.base + at, reader.count &- at, output + count)
      at &+= progress.read
      count &+= progress.written
      guard at < reader.count else { break }
      switch reader.base[at] {
      case quote:
        reader.at = at &+ 1
        return Decoded(count: count, stop: .quote, isEscaped: isEscaped)
      case 0x20:
        reader.at = at &+ 1
        return Decoded(count: count, stop: .space)
      case UInt8(ascii: "\\"):
        var ahead = reader
        ahead.at = at &+ 1
        let scalar = try ahead.escape().value
        guard scalar < 0x144, ByteAlphabet.table[Int(scalar)] >= 0 else { return Decoded() }
        output[count] = UInt8(truncatingIfNeeded: ByteAlphabet.table[Int(scalar)])
        count &+= 1
        at = ahead.at
        isEscaped = true
      default: return Decoded()
      }
    }
    reader.at = reader.count
    throw reader.failure("a string without end")
  }

  // MARK: Vocabulary

  /// Reads the object of tokens and ids that begins here. Throws at the first byte that is wrong.
  static func readVocabulary(
    _ reader: inout JSONReader, into builder: inout TokenTableBuilder
  ) throws(TokenizationFailure) {
    try reader.expect(UInt8(ascii: "{"))
    reader.skipSpace()
    if reader.current == UInt8(ascii: "}") {
      reader.at += 1
      return
    }
    // Decoded strings are never longer than written ones.
    builder.arena.reserveInLargePages(builder.arena.count + reader.count - reader.at + Int(xylem_token_slack))
    var between = Gap()
    try reader.expect(quote)
    while true {
      let opening = reader.at &- 1
      let start = builder.arena.count
      let decoded = try decode(&reader, into: builder.arena.base + start)
      var spelling = TokenSpelling.alphabet
      if decoded.stop == .quote {
        builder.arena.appendUninitialized(decoded.count)
      } else {
        reader.at = opening
        spelling = .literal
        let string = try reader.string()
        string.withUnsafeBufferPointer { source in
          if let base = source.baseAddress { builder.arena.append(from: base, count: source.count) }
        }
      }
      let end = reader.at &- 1
      reader.skipSpace()
      try reader.expect(UInt8(ascii: ":"))
      reader.skipSpace()
      let id = try id(&reader)
      try builder.add(from: start, spelling, id: id)
      if spelling == .alphabet, !decoded.isEscaped {
        builder.written.note(id, from: opening &+ 1, count: end &- opening &- 1)
      }
      if between.skip(&reader) { continue }
      between = Gap(start: reader.at)
      reader.skipSpace()
      guard reader.current == UInt8(ascii: ",") else { return try reader.expect(UInt8(ascii: "}")) }
      try comma(&reader)
      try reader.expect(quote)
      between.count = reader.at - between.start
    }
  }

  /// A whole number of 0...2^32 - 1 as JSON writes it.
  @inline(__always)
  private static func id(_ reader: inout JSONReader) throws(TokenizationFailure) -> UInt32 {
    let start = reader.at
    let base = reader.base
    // Longer than any id, so a longer number is out of range, too.
    let end = min(start &+ 11, reader.count)
    var at = start
    var value: UInt64 = 0
    while at < end, base[at] &- 0x30 < 10 {
      value = value &* 10 &+ UInt64(base[at] &- 0x30)
      at &+= 1
    }
    reader.at = at
    let digits = at &- start
    guard digits > 0, digits == 1 || base[start] != 0x30, value <= UInt64(UInt32.max),
      at == reader.count || (base[at] != 0x2E && base[at] | 0x20 != 0x65)
    else { throw reader.failure("expected a token's id, a whole number below 2^32,") }
    return UInt32(truncatingIfNeeded: value)
  }

  // MARK: Merges

  /// Bytes that were read once between two strings and found right, opening quote included: where the same bytes come
  /// again they need no second look.
  private struct Gap {
    var start = 0
    var count = 0

    /// Passes the gap when it comes again.
    @inline(__always)
    func skip(_ reader: inout JSONReader) -> Bool {
      guard count > 0, reader.count &- reader.at >= count else { return false }
      let base = reader.base
      var i = 0
      while i &+ 8 <= count {
        let expected = UnsafeRawPointer(base + start + i).loadUnaligned(as: UInt64.self)
        if expected != UnsafeRawPointer(base + reader.at + i).loadUnaligned(as: UInt64.self) { return false }
        i &+= 8
      }
      while i < count {
        if base[start &+ i] != base[reader.at &+ i] { return false }
        i &+= 1
      }
      reader.at &+= count
      return true
    }
  }

  /// Reads the array of merges that begins here: pairs of strings, or one string with a space as older files have it.
  /// `written` says where the same file has the tokens.
  static func readMerges(
    _ reader: inout JSONReader, _ table: TokenTable, _ written: borrowing WrittenTokens
  ) throws(TokenizationFailure) -> MergeList {
    try reader.expect(UInt8(ascii: "["))
    reader.skipSpace()
    if reader.current == UInt8(ascii: "]") {
      reader.at += 1
      return MergeList([])
    }
    let first = reader.current
    guard first == UInt8(ascii: "[") || first == quote else {
      throw reader.failure("a merge that is neither a string nor a pair of strings")
    }
    // Decoded strings are never longer than written ones, so the resolver's room is never overrun.
    var resolver = MergeResolver(table, capacity: (reader.count - reader.at) / 24, bytes: reader.count - reader.at)
    if first == quote {
      try readSpacedMerges(&reader, &resolver)
    } else {
      try readPairedMerges(&reader, &resolver, written)
    }
    return try resolver.finish()
  }

  private static func readPairedMerges(
    _ reader: inout JSONReader, _ resolver: inout MergeResolver, _ written: borrowing WrittenTokens
  ) throws(TokenizationFailure) {
    var before = Gap()
    var between = Gap()
    let end = reader.base + reader.count
    try openPair(&reader)
    while true {
      // Most merges are the next token, cut in two: then nothing has to be decoded.
      let whole = written.span(resolver.expected)
      var leftCount = 0
      let read =
        whole.count == 0 || between.count == 0
        ? 0
        : xylem_token_pair(
          reader.base + reader.at, end, reader.base + whole.start, whole.count, reader.base + between.start,
          between.count, &leftCount)
      if read > 0 {
        reader.at &+= read
        try resolver.addExpected(leftCount)
      } else {
        try readPair(&reader, &resolver, &between)
      }
      if before.skip(&reader) { continue }
      before = Gap(start: reader.at)
      reader.skipSpace()
      try reader.expect(UInt8(ascii: "]"))
      reader.skipSpace()
      if reader.current == UInt8(ascii: ",") {
        reader.at += 1
        reader.skipSpace()
        try openPair(&reader)
        before.count = reader.at - before.start
        continue
      }
      return try reader.expect(UInt8(ascii: "]"))
    }
  }

  /// Two strings of any kind.
  @inline(never)
  private static func readPair(
    _ reader: inout JSONReader, _ resolver: inout MergeResolver, _ between: inout Gap
  ) throws(TokenizationFailure) {
    let opening = reader.at &- 1
    let output = resolver.room
    let left = try decode(&reader, into: output)
    var right = Decoded()
    if left.stop == .quote {
      if !between.skip(&reader) {
        between = Gap(start: reader.at)
        try comma(&reader)
        try reader.expect(quote)
        between.count = reader.at - between.start
      }
      right = try decode(&reader, into: output + left.count)
    }
    if right.stop == .quote { return try resolver.add(left.count, right.count) }
    // Some character is not of the byte alphabet: legal, and of no use in merging. Its rank is kept.
    reader.at = opening
    let string = try reader.string()
    try comma(&reader)
    try resolver.add(string, try reader.string())
  }

  private static func openPair(_ reader: inout JSONReader) throws(TokenizationFailure) {
    try reader.expect(UInt8(ascii: "["))
    reader.skipSpace()
    try reader.expect(quote)
  }

  private static func comma(_ reader: inout JSONReader) throws(TokenizationFailure) {
    reader.skipSpace()
    try reader.expect(UInt8(ascii: ","))
    reader.skipSpace()
  }

  private static func readSpacedMerges(
    _ reader: inout JSONReader, _ resolver: inout MergeResolver
  ) throws(TokenizationFailure) {
    while true {
      try reader.expect(quote)
      let opening = reader.at - 1
      let output = resolver.room
      let left = try decode(&reader, into: output)
      var right = Decoded()
      if left.stop == .space { right = try decode(&reader, into: output + left.count) }
      if right.stop == .quote && !isVersion(reader, opening) {
        try resolver.add(left.count, right.count)
      } else {
        reader.at = opening
        try resolver.add(spaced: try reader.string())
      }
      reader.skipSpace()
      guard reader.current == UInt8(ascii: ",") else { return try reader.expect(UInt8(ascii: "]")) }
      reader.at += 1
      reader.skipSpace()
    }
  }

  /// Hugging Face takes a string that begins with `#version` for the first line of a merges.txt, and skips it.
  private static func isVersion(_ reader: JSONReader, _ opening: Int) -> Bool {
    reader.count - opening > 1 && reader.base[opening + 1] == UInt8(ascii: "#")
  }
}
