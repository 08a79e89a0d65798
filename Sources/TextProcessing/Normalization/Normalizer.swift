// The cleaning of one text: unwanted characters out, white space made uniform, then a Unicode normalization form
// (UAX #15) by ICU. Cleaning comes first because a removed character may have kept a letter and its accent apart.
import CKernels
import CTextShim

#if canImport(Glibc)
  import Glibc
#endif

/// Cleans documents under one set of options; may be used by many threads.
public struct Normalizer: Sendable {
  public let options: NormalizationOptions

  public init(options: NormalizationOptions = NormalizationOptions()) {
    self.options = options
  }

  /// Appends the cleaned `text` to `output`: valid UTF-8 whatever `text` holds, and a fixed point (cleaning it again
  /// changes nothing). With `form` nfc the result is what ICU's Normalizer2 makes of the cleaned text. O(n);
  /// measured 0.25 (Hindi) to 1.6 GB/s (English) a core.
  public func normalize(
    _ text: Span<UInt8>, isCode: Bool, into output: inout [UInt8], counts: inout NormalizationCounts
  ) {
    counts.documents += 1
    text.withUnsafeBufferPointer { source in
      guard let bytes = source.baseAddress, source.count > 0 else { return }
      let base = output.count
      output.reserveCapacity(base + source.count)
      // Before white space is unified: the second byte of à is a no-break space.
      if let repaired = repairedMojibake(source, isCode: isCode, counts: &counts) {
        repaired.withUnsafeBufferPointer { text in
          guard let bytes = text.baseAddress else { return }
          Cleaner(options: options, isCode: isCode).clean(bytes, text.count, into: &output, counts: &counts)
        }
      } else {
        Cleaner(options: options, isCode: isCode).clean(bytes, source.count, into: &output, counts: &counts)
      }
      if options.form != .none { settle(&output, from: base, isCode: isCode, counts: &counts) }
      if !isCode { repair(&output, from: base, counts: &counts) }
      let unchanged =
        output.count - base == source.count
        && output.withUnsafeBytes { made in
          made.baseAddress.map { memcmp($0 + base, bytes, source.count) == 0 } ?? true
        }
      if !unchanged { counts.changedDocuments += 1 }
    }
  }

  private func repairedMojibake(
    _ source: UnsafeBufferPointer<UInt8>, isCode: Bool, counts: inout NormalizationCounts
  ) -> [UInt8]? {
    guard options.repairMojibake, !isCode else { return nil }
    var text = Array(source)
    let found = TextRepair.repairMojibake(&text, from: 0)
    counts.mojibakeRepaired += found
    return found > 0 ? text : nil
  }

  /// The steps that are off by default, each followed by the cleaning of what it brought to light, until none finds
  /// anything. Every round but the last shortens the text; one or two is what real text takes, and a text built to need
  /// more than 64 is left as it is then.
  private func repair(_ output: inout [UInt8], from base: Int, counts: inout NormalizationCounts) {
    guard options.repairMojibake || options.decodeEntities || options.maximumRun > 0 else { return }
    for _ in 0..<64 {
      var changes = 0
      if options.repairMojibake {
        let found = TextRepair.repairMojibake(&output, from: base)
        counts.mojibakeRepaired += found
        changes += found
      }
      if options.decodeEntities {
        let found = TextRepair.decodeEntities(&output, from: base)
        counts.entitiesDecoded += found
        changes += found
      }
      if options.maximumRun > 0 {
        let found = TextRepair.collapseRuns(&output, from: base, maximum: options.maximumRun)
        counts.runCharactersRemoved += found
        changes += found
      }
      if changes == 0 { return }
      let repaired = Array(output[base...])
      output.removeSubrange(base...)
      repaired.withUnsafeBufferPointer { made in
        guard let bytes = made.baseAddress, made.count > 0 else { return }
        Cleaner(options: options, isCode: false).clean(bytes, made.count, into: &output, counts: &counts)
      }
      if options.form != .none { settle(&output, from: base, isCode: false, counts: &counts) }
    }
  }

  /// Normalizes the tail of `output` and cleans what that brought to light, until nothing changes. Composition can
  /// yield white space (U+2000 is canonically U+2002) or move a mark away from a joiner; one more round settles that,
  /// and the bound is there only so that a fault in this reasoning could not hang.
  private func settle(_ output: inout [UInt8], from base: Int, isCode: Bool, counts: inout NormalizationCounts) {
    var counted = false
    for _ in 0..<8 {
      guard let normalized = UnicodeForm(options.form).normalized(output, from: base) else { return }
      if !counted {
        counts.normalizedDocuments += 1
        counted = true
      }
      output.removeSubrange(base...)
      normalized.withUnsafeBufferPointer { made in
        guard let bytes = made.baseAddress, made.count > 0 else { return }
        Cleaner(options: options, isCode: isCode).clean(bytes, made.count, into: &output, counts: &counts)
      }
    }
  }
}

/// `text`, UTF-8, in Unicode's form NFC; nil when it is that already. O(n): 10 GB/s below U+0300, else ICU's quick check.
public func canonicalForm(of text: Span<UInt8>) -> [UInt8]? { UnicodeForm(.nfc).normalized(text) }

/// ICU's normalizer, in pieces that a 32-bit length can hold.
struct UnicodeForm {
  private let form: Int32
  private let isCompatibility: Bool

  init(_ form: NormalizationForm) {
    isCompatibility = form == .nfkc
    self.form = isCompatibility ? 1 : 0
  }

  /// The normalization of `text[base...]`, or nil when it is in form already (or ICU failed, which it does only for lack
  /// of memory or data: then the text stays as it is).
  func normalized(_ text: [UInt8], from base: Int) -> [UInt8]? {
    normalized(text.span.extracting(droppingFirst: base))
  }

  func normalized(_ text: Span<UInt8>) -> [UInt8]? {
    text.withUnsafeBufferPointer { whole in
      guard let bytes = whole.baseAddress, !whole.isEmpty else { return nil }
      let count = whole.count
      if isTriviallyNormalized(bytes, count) { return nil }
      if isNormalized(bytes, count) { return nil }
      var made: [UInt8] = []
      made.reserveCapacity(count)
      var from = 0
      while from < count {
        let end = pieceEnd(bytes, from, count)
        guard append(bytes + from, end - from, to: &made) else { return nil }
        from = end
      }
      return made
    }
  }

  /// Below U+0300 nothing composes, nothing reorders and every character is its own NFC; lead bytes below 0xCC.
  private func isTriviallyNormalized(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    let limit: UInt8 = isCompatibility ? 0x80 : 0xCC
    var seen: UInt8 = 0
    var index = 0
    while index < count {
      let end = min(index &+ 4096, count)
      while index < end {
        seen = max(seen, bytes[index])
        index &+= 1
      }
      if seen >= limit { return false }
    }
    return true
  }

  private func isNormalized(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    var from = 0
    while from < count {
      let end = pieceEnd(bytes, from, count)
      if !isSurelyNormalized(bytes + from, end - from), text_is_normalized(form, bytes + from, end - from) == 0 {
        return false
      }
      from = end
    }
    return true
  }

  /// Whether the text is in form for certain; one that may not be, or is no UTF-8, is ICU's to judge. O(n).
  func isSurelyNormalized(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    let room = 1 << 12
    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: room) { characters in
      guard let target = characters.baseAddress else { return false }
      var previous: UInt32 = 0
      var index = 0
      while index < count {
        var made = 0
        index &+= xylem_decode_utf8(bytes + index, count &- index, target, room &- Int(xylem_decode_ahead), &made)
        // What the kernel leaves, at the end or where its room does: a character at a time.
        let stop = min(index &+ Int(xylem_decode_ahead), count)
        while index < stop, made < room {
          let character = decodeCharacter(bytes, index, count)
          if character.isMalformed { return false }
          target[made] = character.value
          index &+= character.length
          made &+= 1
        }
        if text_are_surely_normalized(form, target, made, &previous) == 0 { return false }
      }
      return true
    }
  }

  /// Pieces of at most 16 MiB, cut before an ASCII byte: a starter that composes with nothing before it, so normalizing
  /// the pieces equals normalizing the whole. Only a text with no ASCII byte in 16 MiB is cut elsewhere.
  private func pieceEnd(_ bytes: UnsafePointer<UInt8>, _ from: Int, _ count: Int) -> Int {
    let limit = 1 << 24
    guard count - from > limit else { return count }
    var end = from + limit
    while end > from + 1, bytes[end] >= 0x80 { end -= 1 }
    if end > from + 1 { return end }
    end = from + limit
    while bytes[end] & 0xC0 == 0x80, end > from + limit - 4 { end -= 1 }
    return end
  }

  private func append(_ bytes: UnsafePointer<UInt8>, _ count: Int, to output: inout [UInt8]) -> Bool {
    var capacity = count + count / 2 + 64
    while true {
      var length = 0
      let piece = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
        length = text_normalize(form, bytes, count, buffer.baseAddress, capacity)
        initialized = length >= 0 && length <= capacity ? length : 0
      }
      if length < 0 { return false }
      if length <= capacity {
        output.append(contentsOf: piece)
        return true
      }
      capacity = length
    }
  }
}
