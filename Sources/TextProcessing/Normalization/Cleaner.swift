// One pass over a text that removes and replaces characters. Whatever stays is copied in runs, so clean text costs one
// classification a byte and a few memory copies.

/// What is to happen to a character.
private enum CharacterRole {
  case keep, space, lineBreak, carriageReturn, control, invisible, joiner
}

struct Cleaner {
  private let removeControls: Bool
  private let unifyWhitespace: Bool
  private let removeInvisible: Bool
  private let removeByteOrderMarks: Bool
  private let removeSoftHyphens: Bool
  private let removeBidirectional: Bool
  private let removeZeroWidth: Bool
  private let isCode: Bool

  init(options: NormalizationOptions, isCode: Bool) {
    removeControls = options.removeControls
    unifyWhitespace = options.unifyWhitespace
    removeInvisible = options.removeInvisible && !isCode
    removeByteOrderMarks = options.removeByteOrderMarks
    removeSoftHyphens = options.removeSoftHyphens && !isCode
    removeBidirectional = options.removeBidirectional && !isCode
    removeZeroWidth = options.removeZeroWidth && !isCode
    self.isCode = isCode
  }

  /// Appends `count` bytes at `bytes`, cleaned, to `output`. Idempotent: every decision looks only at characters that
  /// the output will hold too.
  func clean(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, into output: inout [UInt8], counts: inout NormalizationCounts
  ) {
    let base = output.count
    let unifies = unifyWhitespace && !isCode
    // White space waits until something visible follows: then it is known whether it stood at an end.
    var spaces = 0
    var breaks = 0
    var carriageReturns = 0
    var index = 0
    var runStart = 0

    func flushRun(_ end: Int) {
      if end > runStart {
        output.append(contentsOf: UnsafeBufferPointer(start: bytes + runStart, count: end &- runStart))
      }
    }
    // Writes what waits, before a visible character.
    func flushWaiting() {
      if carriageReturns > 0 {
        output.append(contentsOf: repeatElement(0x0D, count: carriageReturns))
        carriageReturns = 0
      }
      guard spaces > 0 || breaks > 0 else { return }
      if output.count > base {
        let kept = min(breaks, 3)
        output.append(contentsOf: repeatElement(0x0A, count: kept))
        counts.whitespaceUnified += breaks - kept
        if spaces > 0 {
          output.append(0x20)
          counts.whitespaceUnified += spaces - 1
        }
      } else {
        counts.whitespaceUnified += spaces + breaks
      }
      spaces = 0
      breaks = 0
    }

    while index < count {
      let byte = bytes[index]
      if byte > 0x20 && byte < 0x7F {
        if spaces | breaks | carriageReturns != 0 { flushWaiting() }
        index = endOfPlain(bytes, index &+ 1, count)
        continue
      }
      let character = decodeCharacter(bytes, index, count)
      if character.isMalformed {
        flushRun(index)
        flushWaiting()
        output.append(contentsOf: [0xEF, 0xBF, 0xBD])
        counts.malformedReplaced += 1
        index &+= 1
        runStart = index
        continue
      }
      let end = index &+ character.length
      switch role(of: character.value) {
      case .keep:
        if spaces | breaks | carriageReturns != 0 { flushWaiting() }
        index = endOfPlain(bytes, end, count)
        continue
      case .space where unifies:
        flushRun(index)
        if character.value != 0x20 { counts.whitespaceUnified += 1 }
        spaces += 1
      case .lineBreak where unifies:
        flushRun(index)
        if character.value != 0x0A { counts.whitespaceUnified += 1 }
        counts.whitespaceUnified += spaces
        spaces = 0
        breaks += 1
      case .carriageReturn where unifies:
        flushRun(index)
        counts.whitespaceUnified += 1 + spaces
        spaces = 0
        // The LF of a CRLF counts as the line break.
        if end >= count || bytes[end] != 0x0A { breaks += 1 }
      case .carriageReturn where unifyWhitespace:
        flushRun(index)
        carriageReturns += 1
      case .lineBreak where unifyWhitespace && character.value == 0x0A:
        flushRun(index)
        counts.whitespaceUnified += carriageReturns
        carriageReturns = 0
        runStart = index
        index = end
        continue
      case .space, .lineBreak, .carriageReturn:
        if removeControls && (0x80..<0xA0).contains(character.value) {
          flushRun(index)
          counts.controlsRemoved += 1
        } else {
          if carriageReturns != 0 { flushWaiting() }
          index = end
          continue
        }
      case .control:
        flushRun(index)
        counts.controlsRemoved += 1
      case .invisible:
        flushRun(index)
        counts.countInvisible(character.value)
      case .joiner:
        if joinerStays(bytes, index, end, count, runStart, output, base, waiting: spaces + breaks > 0) {
          index = end
          continue
        }
        flushRun(index)
        counts.countInvisible(character.value)
      }
      index = end
      runStart = index
    }
    flushRun(count)
    if carriageReturns > 0 { flushWaiting() }
    counts.whitespaceUnified += spaces + breaks
  }

  /// The end of characters that always stay, with single spaces between: most of prose, in a loop that holds nothing but
  /// an index. Invariant: the character before `index` is kept.
  @inline(__always)
  private func endOfPlain(_ bytes: UnsafePointer<UInt8>, _ index: Int, _ count: Int) -> Int {
    var index = index
    while index < count {
      let byte = bytes[index]
      if byte &- 0x21 < 0x5E {
        index &+= index &+ 8 <= count ? plainASCII(UnsafeRawPointer(bytes + index)) : 1
        continue
      }
      // A space that something visible follows.
      let space = byte == 0x20 ? 1 : 0
      guard index &+ space < count else { break }
      let length = plainLength(bytes, index &+ space, count)
      if length == 0 { break }
      index &+= space &+ length
    }
    return index
  }

  /// The length of the character at `index` where it always stays, whatever the options; 0 for one that may not, and for
  /// malformed bytes. Known by two bytes, at most three: letters and most marks.
  @inline(__always)
  private func plainLength(_ bytes: UnsafePointer<UInt8>, _ index: Int, _ count: Int) -> Int {
    let a = bytes[index]
    if a &- 0x21 < 0x5E { return 1 }
    guard a >= 0xC2, index &+ 1 < count else { return 0 }
    let b = bytes[index &+ 1]
    guard b & 0xC0 == 0x80 else { return 0 }
    if a < 0xE0 {
      // Not the controls and the no-break space of Latin-1, its soft hyphen, the Arabic letter mark.
      if a == 0xC2 { return b > 0xA0 && b != 0xAD ? 2 : 0 }
      return a == 0xD8 && b == 0x9C ? 0 : 2
    }
    guard index &+ 2 < count else { return 0 }
    let c = bytes[index &+ 2]
    guard c & 0xC0 == 0x80 else { return 0 }
    switch a {
    case 0xE0: return b >= 0xA0 ? 3 : 0
    // From U+1E00 on: Latin and Greek with accents.
    case 0xE1: return b >= 0xB8 ? 3 : 0
    // Of general punctuation U+2010 to U+2026: dashes, quotation marks, dots.
    case 0xE2: return b == 0x80 ? (c >= 0x90 && c <= 0xA6 ? 3 : 0) : (b == 0x81 ? 0 : 3)
    // Not the ideographic space.
    case 0xE3: return b == 0x80 && c == 0x80 ? 0 : 3
    case 0xE4...0xEC: return 3
    // U+FF00 to U+FF7F: wide forms.
    case 0xEF: return b == 0xBC || b == 0xBD ? 3 : 0
    default: return 0
    }
  }

  /// How many of the eight bytes at `bytes` are visible ASCII or a space before it, from the first on. The first is
  /// visible. All sums are of seven bits a byte, so none carries into the next byte.
  @inline(__always)
  private func plainASCII(_ bytes: UnsafeRawPointer) -> Int {
    let eight = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    let (ones, high): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    let low = eight & ~high
    // In the high bit of each byte: whether it is 0x21 to 0x7E, whether it is 0x20.
    let visible = (low &+ 0x5F &* ones) & ~(low &+ ones) & ~eight & high
    let space = ~((low ^ 0x20 &* ones) &+ 0x7F &* ones) & ~eight & high
    let plain = visible | (space & (visible &>> 8))
    return (~plain & high).trailingZeroBitCount &>> 3
  }

  @inline(__always)
  private func role(of character: UInt32) -> CharacterRole {
    if character < 0x80 {
      switch character {
      case 0x20, 0x09: return .space
      case 0x0A, 0x0B, 0x0C: return .lineBreak
      case 0x0D: return .carriageReturn
      case 0x00..<0x20, 0x7F: return removeControls ? .control : .keep
      default: return .keep
      }
    }
    if character < 0x2000 {
      switch character {
      case 0x85: return .lineBreak
      case 0x80..<0xA0: return removeControls ? .control : .keep
      case 0xA0, 0x1680: return .space
      case 0xAD: return removeSoftHyphens ? .invisible : .keep
      case 0x061C: return removeBidirectional ? .invisible : .keep
      case 0x180E: return removeZeroWidth ? .invisible : .keep
      default: return .keep
      }
    }
    switch character {
    case 0x2000...0x200A, 0x202F, 0x205F, 0x3000: return .space
    case 0x200C, 0x200D: return removeZeroWidth ? .joiner : .keep
    case 0x2028, 0x2029: return .lineBreak
    case 0x200B, 0x2060: return removeZeroWidth ? .invisible : .keep
    case 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: return removeBidirectional ? .invisible : .keep
    case 0xFEFF: return removeByteOrderMarks ? .invisible : .keep
    case 0x2061...0x2064, 0x206A...0x206F, 0xFFF9...0xFFFB, 0xE0001, 0xE0020...0xE007F:
      return removeInvisible ? .invisible : .keep
    case 0xFDD0...0xFDEF: return removeControls ? .control : .keep
    default: return removeControls && character & 0xFFFE == 0xFFFE ? .control : .keep
    }
  }

  /// ZWJ and ZWNJ are spelling after a virama (half forms, Bengali khanda ta, Malayalam chillu) and between two letters
  /// of Arabic or an Indic script (Persian and Urdu plurals).
  private func joinerStays(
    _ bytes: UnsafePointer<UInt8>, _ index: Int, _ end: Int, _ count: Int, _ runStart: Int, _ output: [UInt8],
    _ base: Int, waiting: Bool
  ) -> Bool {
    if waiting { return false }
    let previous =
      index > runStart
      ? decodeCharacter(bytes, before: index, from: runStart)
      : output.withUnsafeBufferPointer { made in
        made.baseAddress.flatMap { decodeCharacter($0, before: made.count, from: base) }
      }
    guard let previous else { return false }
    let table = CharacterTable.shared
    let before = table.properties(previous)
    if before & CharacterTable.virama != 0 { return true }
    guard before & CharacterTable.joining != 0, end < count else { return false }
    let next = decodeCharacter(bytes, end, count)
    return !next.isMalformed && table.properties(next.value) & CharacterTable.joining != 0
  }
}
