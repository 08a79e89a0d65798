// One pass over a text that removes and replaces characters. Whatever stays is copied in runs, so clean text costs one
// classification of 64 bytes at a time and a few memory copies.
import CKernels

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
        index = index &+ 1
        index &+= xylem_plain_text(bytes + index, count &- index)
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
        index = end &+ xylem_plain_text(bytes + end, count &- end)
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
