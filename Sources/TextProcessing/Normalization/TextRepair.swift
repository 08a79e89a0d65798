// Repairs that change what a text says if they are wrong, so each is off unless asked for and does only what is certain.

/// HTML character references, mojibake and long runs; each works on `text[base...]`, says how much it changed, and changes
/// nothing when applied again.
enum TextRepair {
  /// Replaces references that end in `;` by their characters; the number of references. What a replacement completes is
  /// replaced too (`&amp;lt;` becomes `<`), so nothing is left that a second application would find. O(n): a semicolon looks
  /// back over the 10 bytes that a reference has at most.
  static func decodeEntities(_ text: inout [UInt8], from base: Int) -> Int {
    guard text[base...].contains(0x26), text[base...].contains(0x3B) else { return 0 }
    var found = 0
    var output: [UInt8] = []
    output.reserveCapacity(text.count - base)
    for byte in text[base...] {
      output.append(byte)
      while output.last == 0x3B, let reference = lastReference(output) {
        output.removeSubrange(reference.start...)
        appendUTF8(reference.character, to: &output)
        found += 1
      }
    }
    if found > 0 { text.replaceSubrange(base..., with: output) }
    return found
  }

  private static func lastReference(_ output: [UInt8]) -> (start: Int, character: UInt32)? {
    let end = output.count - 1
    var start = end - 1
    while start >= 0, end - start <= HTMLEntities.maximumBytes + 1 {
      if output[start] == 0x26 {
        let name = output.span.extracting((start + 1)..<end)
        return HTMLEntities.character(name).map { (start, $0) }
      }
      if output[start] == 0x3B { return nil }
      start -= 1
    }
    return nil
  }

  /// UTF-8 that was read as Windows-1252: `Ã©` for `é`. Repaired only when it is certain: the text has at least two such
  /// sequences and no other character beyond ASCII, apart from U+FFFD. Then each is replaced by its character, again while
  /// what comes out is of the same kind. The number of sequences. O(n) a round; a round shortens the text by a third of what
  /// it repairs.
  static func repairMojibake(_ text: inout [UInt8], from base: Int) -> Int {
    var found = 0
    while let round = repaired(text, from: base) {
      text.replaceSubrange(base..., with: round.bytes)
      found += round.sequences
    }
    return found
  }

  private static func repaired(_ text: [UInt8], from base: Int) -> (bytes: [UInt8], sequences: Int)? {
    text.withUnsafeBufferPointer { whole in
      guard let start = whole.baseAddress, whole.count > base else { return nil }
      let bytes = start + base
      let count = whole.count - base
      var output: [UInt8] = []
      var sequences = 0
      var pending: [UInt8] = []
      var index = 0
      // A run of characters that stand for bytes must be valid UTF-8 as a whole.
      func flush() -> Bool {
        guard !pending.isEmpty else { return true }
        var at = 0
        let isText = pending.withUnsafeBufferPointer { run in
          guard let base = run.baseAddress else { return false }
          while at < run.count {
            let character = decodeCharacter(base, at, run.count)
            if character.isMalformed { return false }
            at += character.length
            sequences += 1
          }
          return true
        }
        output.append(contentsOf: pending)
        pending.removeAll(keepingCapacity: true)
        return isText
      }
      while index < count {
        let character = decodeCharacter(bytes, index, count)
        let end = index + character.length
        if let byte = Windows1252.byte(of: character.value), !character.isMalformed {
          pending.append(byte)
        } else {
          guard flush(), character.value < 0x80 || character.value == 0xFFFD else { return nil }
          output.append(contentsOf: UnsafeBufferPointer(start: bytes + index, count: end - index))
        }
        index = end
      }
      guard flush(), sequences >= 2 else { return nil }
      return (output, sequences)
    }
  }

  /// Cuts runs of more than `maximum` equal characters to that many, letters, digits and white space apart; the number of
  /// characters taken out. O(n).
  static func collapseRuns(_ text: inout [UInt8], from base: Int, maximum: Int) -> Int {
    let table = CharacterTable.shared
    let kept = CharacterTable.letter | CharacterTable.number | CharacterTable.space
    var removed = 0
    var output: [UInt8] = []
    text.withUnsafeBufferPointer { whole in
      guard let start = whole.baseAddress, whole.count > base else { return }
      let bytes = start + base
      let count = whole.count - base
      var index = 0
      var copied = 0
      var previous: UInt32?
      var run = 0
      while index < count {
        let character = decodeCharacter(bytes, index, count)
        let end = index + character.length
        run = character.value == previous ? run + 1 : 1
        previous = character.value
        if run > maximum, table.properties(character.value) & kept == 0 {
          output.append(contentsOf: UnsafeBufferPointer(start: bytes + copied, count: index - copied))
          copied = end
          removed += 1
        }
        index = end
      }
      if removed > 0 { output.append(contentsOf: UnsafeBufferPointer(start: bytes + copied, count: count - copied)) }
    }
    if removed > 0 { text.replaceSubrange(base..., with: output) }
    return removed
  }
}
