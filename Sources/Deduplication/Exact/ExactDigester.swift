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
  /// Which bytes the form keeps, as `xylem_keep_bytes` wants it.
  private static let keptBytes = KeptBytes(CharacterTable())
  /// The form of the text at hand; what stands behind it is left over from texts before.
  private var form: [UInt8] = []

  public init(normalized: Bool) { self.init(normalized: normalized, foldsCase: false) }

  public init(scope: ExactScope) { self.init(normalized: scope == .normalized) }

  /// `foldsCase` counts in the normalized form only: `ß` and `SS` become equal there.
  public init(normalized: Bool, foldsCase: Bool) {
    isNormalized = normalized
    self.foldsCase = foldsCase
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
      Self.keptBytes.rows.withUnsafeBufferPointer { rows in
        guard let source = text.baseAddress, let target = form.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
          return 0
        }
        @inline(__always) func stays(_ byte: UInt8) -> Int {
          let bits = rows[KeptBytes.row(of: byte)] &>> (byte &>> 4 & 7)
          return Int(bits & 1)
        }
        var third = Self.keptBytes.third
        var made = 0
        var position = 0
        // Invariant: `made <= position <= text.count` and the form has room for `text.count + run`, so a run, or four
        // bytes, may be written at `made`.
        while position < text.count {
          let byte = text[position]
          if byte < 0x80 || stays(byte) == 1 {
            if position &+ Int(xylem_run_ahead) <= text.count,
              text[position &+ 1] < 0x80 || stays(text[position &+ 1]) == 1
            {
              var kept = 0
              position &+= xylem_keep_bytes(
                source + position, text.count &- position, rows.baseAddress, &third, target + made, &kept)
              made &+= kept
              continue
            }
            if byte != KeptBytes.lead {
              form[made] = byte
              made &+= stays(byte)
              position &+= 1
              continue
            }
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

/// The bytes that the normalized form keeps without a look at the character, and what it leaves out of those that begin with
/// E0: digits of the scripts of India and their neighbours, which stand side by side.
private struct KeptBytes: Sendable {
  static let lead: UInt8 = 0xE0
  private(set) var rows = [UInt8](repeating: 0, count: 32)
  private(set) var third = xylem_third_bytes()

  @inline(__always)
  static func row(of byte: UInt8) -> Int {
    let half = byte < 0x80 ? 0 : 16
    return half | Int(byte & 15)
  }

  init(_ table: CharacterTable) {
    func hasDeleted(_ scalars: Range<UInt32>) -> Bool {
      scalars.contains { CharacterTable.isDeleted(table.entry($0)) }
    }
    let leadStays = takeThirdBytes(table)
    // ASCII that is not deleted; bytes that continue a character, or are none of UTF-8; and those that begin one of two or
    // three bytes, where no such character is deleted.
    func stays(_ byte: UInt32) -> Bool {
      switch byte {
      case 0..<0x80: !hasDeleted(byte..<(byte + 1))
      case 0xC2..<0xE0: !hasDeleted((byte & 0x1F) << 6..<((byte & 0x1F) + 1) << 6)
      case UInt32(Self.lead): leadStays
      case 0xE1..<0xF0: !hasDeleted((byte & 0x0F) << 12..<((byte & 0x0F) + 1) << 12)
      // A quarter of a million characters each: not worth the time of going through them.
      case 0xF0..<0xF5: false
      default: true
      }
    }
    for byte: UInt8 in 0...255 where stays(UInt32(byte)) { rows[Self.row(of: byte)] |= 1 << (byte >> 4 & 7) }
  }

  /// Fills `third`; false where some second byte has deleted characters that do not stand side by side.
  private mutating func takeThirdBytes(_ table: CharacterTable) -> Bool {
    var isOne = true
    withUnsafeMutableBytes(of: &third) { bytes in
      // The first of the third bytes for each second byte, then their numbers.
      for second in 0x20..<0x40 {
        let deleted = (0..<64).filter { CharacterTable.isDeleted(table.entry(UInt32(second << 6 | $0))) }
        guard let first = deleted.first, let last = deleted.last else { continue }
        isOne = isOne && last - first + 1 == deleted.count
        bytes[second] = UInt8(0x80 | first)
        bytes[64 + second] = UInt8(deleted.count)
      }
    }
    return isOne
  }
}
