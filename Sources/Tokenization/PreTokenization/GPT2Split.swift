// GPT-2's split, the first alternative that matches:
// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

enum GPT2Split {
  /// Calls `body(start, end)` for each piece. One pass, one table look-up a character.
  @inline(__always)
  static func scan(
    _ base: UnsafePointer<UInt8>, _ count: Int, _ classes: CharacterClassTable, _ body: (Int, Int) -> Void
  ) {
    var start = 0
    while start < count {
      let end = pieceEnd(base, start, count, classes)
      body(start, end)
      start = end
    }
  }

  private static func pieceEnd(
    _ base: UnsafePointer<UInt8>, _ start: Int, _ count: Int, _ classes: CharacterClassTable
  ) -> Int {
    let first = base[start]
    if first == 0x27 {
      let length = contractionLength(base + start, count - start)
      if length > 0 { return start + length }
    }
    // The space a run may take along; a space before white space or the end is white space itself.
    var at = start
    if first == 0x20, start + 1 < count { at += 1 }
    let head = classes.character(base, at, count)
    if head.class == CharacterClass.space { return whiteSpaceEnd(base, start, count, classes) }
    at += head.length
    while at < count {
      let next = classes.character(base, at, count)
      if next.class != head.class { break }
      at += next.length
    }
    return at
  }

  /// A run of white space leaves its last character to what follows, unless it is alone or ends the text.
  private static func whiteSpaceEnd(
    _ base: UnsafePointer<UInt8>, _ start: Int, _ count: Int, _ classes: CharacterClassTable
  ) -> Int {
    var at = start
    var last = start
    while at < count {
      let next = classes.character(base, at, count)
      if next.class != CharacterClass.space { return last > start ? last : at }
      last = at
      at += next.length
    }
    return count
  }

  private static func contractionLength(_ text: UnsafePointer<UInt8>, _ count: Int) -> Int {
    guard count >= 2 else { return 0 }
    switch text[1] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"): return count >= 3 && text[2] == UInt8(ascii: "e") ? 3 : 0
    case UInt8(ascii: "l"): return count >= 3 && text[2] == UInt8(ascii: "l") ? 3 : 0
    default: return 0
    }
  }
}
