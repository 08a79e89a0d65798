// Lines and paragraphs of a text as units of deduplication: template lines (menus, licences, captions) repeat from
// document to document, and ROOTS removes them everywhere (Laurençon et al. 2022, dedup_template_soft).
import Glibc

/// What is compared and removed.
public enum SegmentUnit: String, Sendable, Codable, CaseIterable {
  /// Bytes between line feeds.
  case line
  /// Lines up to a blank one.
  case paragraph
}

/// Cuts texts into segments and puts them together again without some of them.
///
/// A segment is compared without the white space around it (Unicode White_Space and U+001C to U+001F, as Python's
/// `strip`), and only if it has at least `minimumLength` characters (Unicode scalars) then.
public struct TextSegments: Sendable {
  public let unit: SegmentUnit
  public let minimumLength: Int
  private let characters = CharacterTable()

  public init(unit: SegmentUnit, minimumLength: Int) {
    self.unit = unit
    self.minimumLength = max(1, minimumLength)
  }

  /// Calls `body` with the range of each segment that is long enough, white space left out, in order. O(n).
  public func forEach(_ text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) throws -> Void) rethrows {
    try forEachBlock(text) { _, core in
      if let core, isLongEnough(text, core) { try body(core) }
    }
  }

  /// What goes from `text` with the segments that `isRemoved` names: ascending ranges of at least one byte that do not
  /// touch. It is asked for each segment that `forEach` gives, in that order. Line feeds go with what they end; with a
  /// paragraph go the blank lines behind it, or before it when it is the last.
  public func cuts(
    in text: UnsafeBufferPointer<UInt8>, _ isRemoved: (Range<Int>) throws -> Bool
  ) rethrows -> [Range<Int>] {
    // What stays: blocks, each but the first with the line feed before it.
    var kept: [Range<Int>] = []
    var isFirst = true
    var wasRemoved = false
    // Where the last block that stays and is no blank line ends.
    var contentEnd = 0
    try forEachBlock(text) { whole, core in
      if let core {
        wasRemoved = try isLongEnough(text, core) && isRemoved(core)
        if wasRemoved { return }
      } else if unit == .paragraph, wasRemoved {
        return
      }
      let start = isFirst ? whole.lowerBound : whole.lowerBound - 1
      isFirst = false
      if let last = kept.last, last.upperBound == start {
        kept[kept.count - 1] = last.lowerBound..<whole.upperBound
      } else {
        kept.append(start..<whole.upperBound)
      }
      if core != nil { contentEnd = whole.upperBound }
    }
    if unit == .paragraph, wasRemoved { kept = kept.map { $0.clamped(to: 0..<contentEnd) } }
    var cuts: [Range<Int>] = []
    var start = 0
    for range in kept where !range.isEmpty {
      if start < range.lowerBound { cuts.append(start..<range.lowerBound) }
      start = range.upperBound
    }
    if start < text.count { cuts.append(start..<text.count) }
    return cuts
  }

  /// Whether nothing but white space is in `text`.
  public func isBlank(_ text: UnsafeBufferPointer<UInt8>) -> Bool { trimmed(text, 0..<text.count).isEmpty }

  /// Blocks of lines: the range of each without its last line feed, and its contents; blank lines come one by one and
  /// have none.
  private func forEachBlock(
    _ text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>, Range<Int>?) throws -> Void
  ) rethrows {
    var paragraphStart: Int?
    var paragraphEnd = 0
    var start = 0
    while start <= text.count {
      let end = lineEnd(text, start)
      let core = trimmed(text, start..<end)
      if unit == .line {
        try body(start..<end, core.isEmpty ? nil : core)
      } else if core.isEmpty {
        if let first = paragraphStart {
          try body(first..<paragraphEnd, trimmed(text, first..<paragraphEnd))
          paragraphStart = nil
        }
        try body(start..<end, nil)
      } else {
        paragraphStart = paragraphStart ?? start
        paragraphEnd = end
      }
      start = end + 1
    }
    if let first = paragraphStart { try body(first..<paragraphEnd, trimmed(text, first..<paragraphEnd)) }
  }

  private func lineEnd(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
    // `start` is at most the count.
    guard start < text.count, let base = text.baseAddress, let found = memchr(base + start, 10, text.count - start)
    else { return text.count }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  private func isLongEnough(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
    // A character has at most four bytes.
    if range.count >= 4 * minimumLength { return true }
    guard range.count >= minimumLength else { return false }
    var count = 0
    for byte in text[range] where byte & 0xC0 != 0x80 { count += 1 }
    return count >= minimumLength
  }

  private func trimmed(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var low = range.lowerBound
    while low < range.upperBound {
      var next = low
      guard isSpace(nextScalar(text, &next)) else { break }
      low = next
    }
    var high = range.upperBound
    while high > low {
      var start = high - 1
      while start > low, text[start] & 0xC0 == 0x80 { start -= 1 }
      var next = start
      guard isSpace(nextScalar(text, &next)), next == high else { break }
      high = start
    }
    return low..<high
  }

  /// White space is what the ROOTS form leaves out and is neither digit nor punctuation.
  @inline(__always)
  private func isSpace(_ scalar: UInt32) -> Bool {
    if scalar < 0x80 { return scalar == 0x20 || (0x09...0x0D).contains(scalar) || (0x1C...0x1F).contains(scalar) }
    let entry = characters.entry(scalar)
    return CharacterTable.isDeleted(entry) && CharacterTable.wordClass(entry) == 0
  }
}
