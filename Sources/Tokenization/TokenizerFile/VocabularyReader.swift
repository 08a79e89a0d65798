// The two large members of a tokenizer.json, `vocab` and `merges`, read straight from its bytes: one pass, no tree, no
// array or string a token. The rest of the file is small and goes through `JSONValue`.

/// Reads token strings in the byte alphabet out of JSON, and what is between them.
enum VocabularyReader {
  /// How many merges are parsed before they are looked up: enough for the look-ups' misses to overlap.
  private static let batch = 256
  private static let quote = UInt8(ascii: "\"")

  // MARK: Strings

  /// Where a string ended.
  private enum Stop { case quote, space, foreign }

  /// Decodes a string of the byte alphabet, from behind its opening quote to its closing quote or to a space (which the
  /// alphabet does not have). Returns the end of the bytes written to `output`, which has room for all the reader's
  /// bytes to come. `foreign`: a character of another kind; the reader stays where the string began.
  @inline(__always)
  private static func decode(
    _ reader: inout JSONReader, _ stands: UnsafePointer<Int16>, into output: UnsafeMutablePointer<UInt8>
  ) throws(TokenizationFailure) -> (count: Int, stop: Stop) {
    let base = reader.base
    let end = reader.count
    var at = reader.at
    var count = 0
    while at < end {
      let byte = base[at]
      if byte &- 0x21 < 0x5E {  // 21...7E stand for themselves
        if byte == quote {
          reader.at = at &+ 1
          return (count, .quote)
        }
        if byte == UInt8(ascii: "\\") {
          var ahead = reader
          ahead.at = at &+ 1
          let scalar = try ahead.escape().value
          guard scalar < 0x144, stands[Int(scalar)] >= 0 else { return (0, .foreign) }
          output[count] = UInt8(truncatingIfNeeded: stands[Int(scalar)])
          at = ahead.at
        } else {
          output[count] = byte
          at &+= 1
        }
      } else if byte &- 0xC2 < 4, at &+ 1 < end, base[at &+ 1] & 0xC0 == 0x80 {
        // Two bytes of UTF-8 reach up to U+017F here; the alphabet ends before U+0144.
        let scalar = Int(byte & 0x1F) << 6 | Int(base[at &+ 1] & 0x3F)
        guard scalar < 0x144, stands[scalar] >= 0 else { return (0, .foreign) }
        output[count] = UInt8(truncatingIfNeeded: stands[scalar])
        at &+= 2
      } else if byte == 0x20 {
        reader.at = at &+ 1
        return (count, .space)
      } else {
        return (0, .foreign)
      }
      count &+= 1
    }
    reader.at = end
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
    builder.arena.reserve(builder.arena.count + reader.count - reader.at)
    let stands = ByteAlphabet.table
    while true {
      let opening = reader.at
      try reader.expect(quote)
      let start = builder.arena.count
      let decoded = try decode(&reader, stands, into: builder.arena.base + start)
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
      reader.skipSpace()
      try reader.expect(UInt8(ascii: ":"))
      reader.skipSpace()
      let id = try id(&reader)
      try builder.add(from: start, spelling, id: id)
      let separator = reader.current
      if separator == UInt8(ascii: ",") {
        reader.at += 1
        reader.skipSpace()
        continue
      }
      reader.skipSpace()
      if reader.current == UInt8(ascii: ",") {
        reader.at += 1
        reader.skipSpace()
        continue
      }
      return try reader.expect(UInt8(ascii: "}"))
    }
  }

  /// A whole number of 0...2^32 - 1 as JSON writes it.
  @inline(__always)
  private static func id(_ reader: inout JSONReader) throws(TokenizationFailure) -> UInt32 {
    let start = reader.at
    var value: UInt64 = 0
    while reader.at < reader.count, reader.base[reader.at] &- 0x30 < 10, reader.at &- start < 11 {
      value = value &* 10 &+ UInt64(reader.base[reader.at] &- 0x30)
      reader.at &+= 1
    }
    let digits = reader.at &- start
    guard digits > 0, digits == 1 || reader.base[start] != 0x30, value <= UInt64(UInt32.max),
      reader.at == reader.count || ![0x2E, 0x45, 0x65].contains(reader.base[reader.at])
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
  static func readMerges(_ reader: inout JSONReader, _ table: TokenTable) throws(TokenizationFailure) -> [Merge] {
    try reader.expect(UInt8(ascii: "["))
    reader.skipSpace()
    if reader.current == UInt8(ascii: "]") {
      reader.at += 1
      return []
    }
    let first = reader.current
    guard first == UInt8(ascii: "[") || first == quote else {
      throw reader.failure("a merge that is neither a string nor a pair of strings")
    }
    var resolver = MergeResolver(table, capacity: (reader.count - reader.at) / 24)
    if first == quote {
      try readSpacedMerges(&reader, &resolver)
    } else {
      try readPairedMerges(&reader, &resolver)
    }
    return resolver.merges
  }

  private static func readPairedMerges(
    _ reader: inout JSONReader, _ resolver: inout MergeResolver
  ) throws(TokenizationFailure) {
    let stands = ByteAlphabet.table
    // Decoded strings are never longer than written ones, so this much is never overrun.
    let scratch = RawArray<UInt8>(capacity: reader.count - reader.at)
    var pending = RawArray<PendingMerge>(capacity: batch)
    var used = 0
    var before = Gap()
    var between = Gap()
    try openPair(&reader)
    while true {
      let opening = reader.at &- 1
      let left = try decode(&reader, stands, into: scratch.base + used)
      var isPlain = left.stop == .quote
      var right = (count: 0, stop: Stop.foreign)
      if isPlain {
        if !between.skip(&reader) {
          between.start = reader.at
          try comma(&reader)
          try reader.expect(quote)
          between.count = reader.at - between.start
        }
        right = try decode(&reader, stands, into: scratch.base + used + left.count)
        isPlain = right.stop == .quote
      }
      if isPlain {
        let leftBytes = UnsafeBufferPointer(start: scratch.base + used, count: left.count)
        let rightBytes = UnsafeBufferPointer(start: scratch.base + used + left.count, count: right.count)
        pending.append(
          PendingMerge(
            start: used, left: left.count, right: right.count, leftHash: TokenTable.hash(leftBytes, .alphabet),
            rightHash: TokenTable.hash(rightBytes, .alphabet)))
        used &+= left.count &+ right.count
        if pending.count == batch {
          try resolver.resolve(pending.base, pending.count, scratch.base)
          pending.removeAll()
          used = 0
        }
      } else {
        // Some character is not of the byte alphabet: legal, and of no use in merging. Its rank is kept.
        try resolver.resolve(pending.base, pending.count, scratch.base)
        pending.removeAll()
        used = 0
        reader.at = opening
        let left = try reader.string()
        try comma(&reader)
        try resolver.resolve(left, try reader.string())
      }
      if before.skip(&reader) { continue }
      before.start = reader.at
      before.count = 0
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
      try reader.expect(UInt8(ascii: "]"))
      return try resolver.resolve(pending.base, pending.count, scratch.base)
    }
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
    let stands = ByteAlphabet.table
    let scratch = RawArray<UInt8>(capacity: reader.count - reader.at)
    var pending = RawArray<PendingMerge>(capacity: batch)
    var used = 0
    while true {
      try reader.expect(quote)
      let opening = reader.at - 1
      let left = try decode(&reader, stands, into: scratch.base + used)
      var right = (count: 0, stop: Stop.foreign)
      if left.stop == .space { right = try decode(&reader, stands, into: scratch.base + used + left.count) }
      if right.stop == .quote && !isVersion(reader, opening) {
        let leftBytes = UnsafeBufferPointer(start: scratch.base + used, count: left.count)
        let rightBytes = UnsafeBufferPointer(start: scratch.base + used + left.count, count: right.count)
        pending.append(
          PendingMerge(
            start: used, left: left.count, right: right.count, leftHash: TokenTable.hash(leftBytes, .alphabet),
            rightHash: TokenTable.hash(rightBytes, .alphabet)))
        used &+= left.count &+ right.count
      } else {
        try resolver.resolve(pending.base, pending.count, scratch.base)
        pending.removeAll()
        used = 0
        reader.at = opening
        try resolver.resolve(spaced: try reader.string())
      }
      if pending.count == batch {
        try resolver.resolve(pending.base, pending.count, scratch.base)
        pending.removeAll()
        used = 0
      }
      reader.skipSpace()
      if reader.current == UInt8(ascii: ",") {
        reader.at += 1
        reader.skipSpace()
        continue
      }
      try reader.expect(UInt8(ascii: "]"))
      return try resolver.resolve(pending.base, pending.count, scratch.base)
    }
  }

  /// Hugging Face takes a string that begins with `#version` for the first line of a merges.txt, and skips it.
  private static func isVersion(_ reader: JSONReader, _ opening: Int) -> Bool {
    reader.count - opening > 1 && reader.base[opening + 1] == UInt8(ascii: "#")
  }
}
