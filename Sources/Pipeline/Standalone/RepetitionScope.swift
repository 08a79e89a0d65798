// Where something must repeat to count as repeated: everywhere, within one language, within one source.
import CorpusCore
import CorpusIO

/// Among which documents equal or similar ones are looked for.
public enum RepetitionScope: String, Sendable, Codable, CaseIterable {
  /// Among records of one language, as they are labelled.
  case language
  /// Among records of one source (`source` or `meta.source`, else the shard).
  case source
  case all

  /// A number for the record's group, mixed into keys: equal keys then mean equal groups too. `shard` stands for the
  /// source of a record that names none.
  func group(_ document: DocumentRecord, of batch: DocumentBatch, shard: String) -> UInt64 {
    switch self {
    case .all: 0
    case .language: batch.withBytes(document.languageLabel) { Self.group(ofLanguage: $0) }
    case .source:
      if let source = batch.withBytes(document.otherFields, { JSONMembers(bytes: $0).source }) {
        source.withUnsafeBytes { hash64($0, seed: 2) }
      } else {
        Array(shard.utf8).withUnsafeBytes { hash64($0, seed: 3) }
      }
    }
  }

  static func group(ofLanguage code: UnsafeRawBufferPointer) -> UInt64 { hash64(code, seed: 1) }

  /// What fingerprints hold the group of, so that they serve a search among all and one within groups.
  var recorded: RepetitionScope { self == .source ? .source : .language }
}

extension Digest128 {
  /// The digest of the same bytes in a group: equal only to that of equal bytes in the same group. Group 0 changes nothing.
  func within(group: UInt64) -> Digest128 {
    Digest128(high: high ^ group, low: low ^ group &* 0x9E37_79B9_7F4A_7C15)
  }
}
