// Exact duplicates: equal digests of the text, or of the form that ROOTS compared, in which white space, digits and
// ASCII punctuation are left out (Laurençon et al. 2022, dedup_document of the crowdsourced part).
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
      text.withUnsafeBufferPointer { normalize($0) }
      // No normalized form equals such a text: forms hold none of its characters.
      if !form.isEmpty { return Digest128(hashing: form) }
    }
    return text.withUnsafeBytes { Digest128(hashing: $0) }
  }

  private mutating func normalize(_ text: UnsafeBufferPointer<UInt8>) {
    form.removeAll(keepingCapacity: true)
    form.reserveCapacity(text.count)
    var position = 0
    while position < text.count {
      let start = position
      let scalar = nextScalar(text, &position)
      let entry = characters.entry(scalar)
      if CharacterTable.isDeleted(entry) { continue }
      if !foldsCase || scalar == 0 {
        // As it came, bytes that are not UTF-8 among it.
        for i in start..<position { form.append(text[i]) }
      } else if CharacterTable.expands(entry) {
        for part in characters.expansion(entry) { append(part) }
      } else {
        append(CharacterTable.value(entry))
      }
    }
  }

  private mutating func append(_ value: UInt32) {
    guard let scalar = Unicode.Scalar(value) else { return }
    form.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
  }
}
