// Replaces personal data by tags, as ROOTS did for OSCAR ("PI:EMAIL" and so on). The scanners are written by hand: they
// start from rare bytes (@, :, digits, long runs), so a text without them is read at memory speed.

/// A piece of personal data: bytes `start..<end`.
struct RedactionMatch {
  var start: Int
  var end: Int
  var kind: RedactionKind
}

/// Finds and replaces personal data of some kinds; may be used by many threads.
public struct Redactor: Sendable {
  public let kinds: Set<RedactionKind>

  public init(kinds: Set<RedactionKind> = RedactionKind.standard) {
    self.kinds = kinds
  }

  /// Appends `text` with tags in place of personal data to `output`; false when nothing was found, then `output` is
  /// untouched. In code (`isCode`) an @name counts as a user only inside a comment, after its first word: decorators,
  /// annotations, instance variables and documentation tags stay. O(n).
  public func redact(
    _ text: Span<UInt8>, isCode: Bool = false, into output: inout [UInt8], counts: inout RedactionCounts
  ) -> Bool {
    text.withUnsafeBufferPointer { buffer in
      guard let bytes = buffer.baseAddress, buffer.count > 0 else { return false }
      let matches = matches(ByteText(bytes: bytes, count: buffer.count), isCode: isCode)
      if matches.isEmpty { return false }
      output.reserveCapacity(output.count + buffer.count)
      var copied = 0
      for match in matches {
        output.append(contentsOf: buffer[copied..<match.start])
        output.append(contentsOf: match.kind.tag.utf8)
        counts[match.kind] += 1
        copied = match.end
      }
      output.append(contentsOf: buffer[copied...])
      counts.documents += 1
      return true
    }
  }

  /// Matches in order of their start, none overlapping: of two that do, the one that starts first stays, at the same
  /// start the longer one.
  func matches(_ text: ByteText, isCode: Bool) -> [RedactionMatch] {
    var found: [RedactionMatch] = []
    if kinds.contains(.email) || kinds.contains(.user) {
      scanAtSigns(
        text, emails: kinds.contains(.email), users: kinds.contains(.user), isCode: isCode, into: &found)
    }
    if kinds.contains(.ip_address) {
      scanIPv6(text, into: &found)
      scanIPv4(text, into: &found)
    }
    if kinds.contains(.key) { scanKeys(text, into: &found) }
    if kinds.contains(.phone) || kinds.contains(.id) { scanNumbers(text, into: &found) }
    if found.count < 2 { return found }
    found.sort { $0.start != $1.start ? $0.start < $1.start : $0.end > $1.end }
    var kept: [RedactionMatch] = []
    for match in found where match.start >= (kept.last?.end ?? 0) { kept.append(match) }
    return kept
  }
}

/// A text by its bytes. Invariant: `bytes` is readable from 0 to `count`; subscripts outside give 0, so that scanners may
/// look one byte past an end.
struct ByteText {
  let bytes: UnsafePointer<UInt8>
  let count: Int

  @inline(__always)
  subscript(index: Int) -> UInt8 {
    index >= 0 && index < count ? bytes[index] : 0
  }

  /// Whether `word` (lower-case ASCII) stands at `index`, in any case.
  func hasPrefix(_ word: StaticString, at index: Int) -> Bool {
    guard index >= 0, index + word.utf8CodeUnitCount <= count else { return false }
    for offset in 0..<word.utf8CodeUnitCount where lower(bytes[index + offset]) != word.utf8Start[offset] {
      return false
    }
    return true
  }

  /// Whether `word` (ASCII in lower case) occurs in `range`, in any case.
  func contains(_ word: StaticString, in range: Range<Int>) -> Bool {
    let last = range.upperBound - word.utf8CodeUnitCount
    guard range.lowerBound <= last else { return false }
    for index in range.lowerBound...last where hasPrefix(word, at: index) { return true }
    return false
  }
}

@inline(__always) func lower(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 0x20 : byte }
@inline(__always) func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
@inline(__always) func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 }
@inline(__always) func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }
@inline(__always) func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 97 < 6 }
