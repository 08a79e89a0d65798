// Exact duplicates: equal digests of the text, or of the form that ROOTS compared, in which white space, digits and
// ASCII punctuation are left out (Laurençon et al. 2022, dedup_document of the crowdsourced part).
import CKernels
import CTextShim
import CorpusCore

/// What must be equal for two documents to be exact duplicates.
public enum ExactScope: String, Sendable, Codable, CaseIterable {
  /// The text, byte for byte.
  case document
  /// The text without white space, decimal digits and ASCII punctuation.
  case normalized
}

/// Digests of documents; equal digests are exact duplicates. Reuse one: it keeps its buffer.
public struct ExactDigester: Sendable {
  private let isNormalized: Bool
  private let foldsCase: Bool
  private let characters = CharacterTable()
  /// Bytes below 0x80 that the form keeps, as `xylem_keep_ascii` wants them: byte b by bit b >> 4 of number b & 15.
  private let keptASCII: [UInt8]
  /// The form of the text at hand; what stands behind it is left over from texts before.
  private var form: [UInt8] = []

  public init(normalized: Bool) { self.init(normalized: normalized, foldsCase: false) }

  public init(scope: ExactScope) { self.init(normalized: scope == .normalized) }

  /// `foldsCase` counts in the normalized form only: `ß` and `SS` become equal there.
  public init(normalized: Bool, foldsCase: Bool) {
    isNormalized = normalized
    self.foldsCase = foldsCase
    let table = characters
    keptASCII = (0..<16).map { low in
      (0..<8).reduce(0) { $0 | (CharacterTable.isDeleted(table.entry(UInt32($1 << 4 | low))) ? 0 : 1 << UInt8($1)) }
    }
  }

  /// Digest of `text`, UTF-8. A text of nothing but digits, punctuation and white space is digested as it is, so that
  /// tables of different numbers stay apart. O(n).
  public mutating func digest(of text: Span<UInt8>) -> Digest128 {
    if isNormalized {
      let count = text.withUnsafeBufferPointer { foldsCase ? fold($0) : normalize($0) }
      // No normalized form equals such a text: forms hold none of its characters.
      if count > 0 {
        return form.withUnsafeBytes { Digest128(hashing: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      }
    }
    return text.withUnsafeBytes { Digest128(hashing: $0) }
  }

  /// Fills `form` with what the text keeps, as it came, bytes that are not UTF-8 among it; the length. Every character is
  /// written and counted only where it stays: whether one does cannot be predicted.
  private mutating func normalize(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    let widest = MemoryLayout<UInt32>.size
    let run = Int(xylem_run)
    if form.count < text.count + run { form = [UInt8](repeating: 0, count: text.count + text.count / 4 + run) }
    let characters = characters
    return form.withUnsafeMutableBytes { form in
      keptASCII.withUnsafeBufferPointer { keptASCII in
        guard let source = text.baseAddress, let target = form.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
          return 0
        }
        var made = 0
        var position = 0
        // Invariant: `made <= position <= text.count` and the form has room for `text.count + run`, so a run, or four
        // bytes, may be written at `made`.
        while position < text.count {
          let byte = text[position]
          if byte < 0x80 {
            if position &+ run <= text.count, text[position &+ 1] < 0x80 {
              var kept = 0
              position &+= xylem_keep_ascii(
                source + position, text.count &- position, keptASCII.baseAddress, target + made, &kept)
              made &+= kept
              continue
            }
            form[made] = byte
            made &+= Int(keptASCII[Int(byte & 15)] &>> (byte &>> 4)) & 1
            position &+= 1
            continue
          }
          let start = position
          let isKept = !CharacterTable.isDeleted(characters.entry(nextScalar(text, &position)))
          if start &+ widest <= text.count {
            let bytes = UnsafeRawBufferPointer(text).loadUnaligned(fromByteOffset: start, as: UInt32.self)
            form.storeBytes(of: bytes, toByteOffset: made, as: UInt32.self)
          } else {
            for offset in 0..<(position &- start) { form[made &+ offset] = text[start &+ offset] }
          }
          made &+= isKept ? position &- start : 0
        }
        return made
      }
    }
  }

  /// The same with case folded, `ß` to `ss`; the length.
  private mutating func fold(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    form.removeAll(keepingCapacity: true)
    form.reserveCapacity(text.count)
    var position = 0
    while position < text.count {
      let start = position
      let scalar = nextScalar(text, &position)
      let entry = characters.entry(scalar)
      if CharacterTable.isDeleted(entry) { continue }
      if scalar == 0 {
        form.append(contentsOf: text[start..<position])
      } else if CharacterTable.expands(entry) {
        for part in characters.expansion(entry) { append(part) }
      } else {
        append(CharacterTable.value(entry))
      }
    }
    return form.count
  }

  private mutating func append(_ value: UInt32) {
    guard let scalar = Unicode.Scalar(value) else { return }
    form.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
  }
}
