// What prepare leaves of a document for deduplication, beside its text (docs/formats/fingerprints.md):
//
//   0   16  XXH3-128 of the text (or of its normalized form), little-endian low then high half
//   16   8  XXH3-64 of the id
//   24   4  UTF-8 bytes of the text, at most 2^32 - 1
//   28   4  what the keep rules ask for: under `quality` the place of the score (KeepRule.swift), 0 the best; else two
//           numbers of 2 bytes: place of the source in the priorities of exact and of near deduplication, 0 without any
//   32   4  the group of the document: lower half of the hash of its language, or of its source (RepetitionScope.swift)
//   36   n  near-duplicate fingerprint, 196 bytes with 16 bands of 8 rows; absent when near deduplication is off
//        u  absent when URLs are not compared: XXH3-128 of host and path of the URL, 0 without one, as above; then, as at
//           28, what its keep rule asks for
import CorpusCore
import Deduplication

/// Layout and access of fingerprint records; `n` and `u` depend on the configuration alone.
struct FingerprintLayout: Sendable, Equatable {
  static let headerBytes = 36
  private static let urlBytes = 20
  let nearBytes: Int
  let hasURL: Bool
  var recordBytes: Int { Self.headerBytes + nearBytes + (hasURL ? Self.urlBytes : 0) }

  init(near: NearDuplicateOptions?, hasURL: Bool = false) {
    nearBytes = near.map { Fingerprint.byteCount(for: $0) } ?? 0
    self.hasURL = hasURL
  }

  init(_ configuration: PipelineConfiguration) {
    self.init(near: configuration.deduplicateNear?.options, hasURL: configuration.deduplicateURL != nil)
  }

  static func appendHeader(
    digest: Digest128, idHash: UInt64, textBytes: Int, places: UInt32, group: UInt32,
    to bytes: inout [UInt8]
  ) {
    appendLittleEndian(digest.low, to: &bytes)
    appendLittleEndian(digest.high, to: &bytes)
    appendLittleEndian(idHash, to: &bytes)
    let length = UInt64(min(textBytes, Int(UInt32.max)))
    appendLittleEndian(length | UInt64(places) << 32, to: &bytes)
    appendLittleEndian(group, to: &bytes)
  }

  /// Ends a record of a layout with URLs; `key` is nil when the document names none.
  static func appendURL(_ key: URLKey?, place: UInt32, to bytes: inout [UInt8]) {
    let digest = key.map { Digest128(hashing: $0.bytes) } ?? Digest128(high: 0, low: 0)
    appendLittleEndian(digest.low, to: &bytes)
    appendLittleEndian(digest.high, to: &bytes)
    appendLittleEndian(place, to: &bytes)
  }

  static func digest(_ record: UnsafeRawBufferPointer) -> Digest128 {
    Digest128(high: load(record, 8), low: load(record, 0))
  }
  static func idHash(_ record: UnsafeRawBufferPointer) -> UInt64 { load(record, 16) }
  static func textBytes(_ record: UnsafeRawBufferPointer) -> UInt32 { load(record, 24) }
  static func group(_ record: UnsafeRawBufferPointer) -> UInt32 { load(record, 32) }

  func near(_ record: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: record[Self.headerBytes..<Self.headerBytes + nearBytes])
  }

  /// What a comparison for equality takes for the document, nil when it takes the document for nobody's equal.
  func key(_ record: UnsafeRawBufferPointer, of kind: EqualityKind) -> Digest128? {
    guard kind == .url else { return Self.digest(record) }
    let digest = Digest128(high: Self.load(record, urlOffset + 8), low: Self.load(record, urlOffset))
    return digest == Digest128(high: 0, low: 0) ? nil : digest
  }

  private var urlOffset: Int { Self.headerBytes + nearBytes }

  /// What the record has for both keep rules of a configuration, of which `quality` leaves no room for `source`.
  static func places(
    of document: DocumentRecord, in batch: DocumentBatch, exact: KeepPreference, near: KeepPreference
  ) -> UInt32 {
    if exact.rule == .quality { return exact.place(of: document, in: batch) }
    if near.rule == .quality { return near.place(of: document, in: batch) }
    let places = (exact.place(of: document, in: batch), near.place(of: document, in: batch))
    return UInt32(UInt16(clamping: places.0)) | UInt32(UInt16(clamping: places.1)) << 16
  }

  enum KeepSlot { case exact, url, near }

  /// `KeepRank.place` of the record under the keep rule of one of the steps.
  func place(_ record: UnsafeRawBufferPointer, rule: KeepRule, slot: KeepSlot) -> UInt32 {
    switch rule {
    case .longest, .earliest: return 0
    case .quality, .source: break
    }
    if slot == .url { return Self.load(record, urlOffset + 16) }
    let places: UInt32 = Self.load(record, 28)
    guard rule == .source else { return places }
    return slot == .exact ? places & 0xFFFF : places >> 16
  }

  private static func load<Value: FixedWidthInteger & BitwiseCopyable>(_ record: UnsafeRawBufferPointer, _ offset: Int)
    -> Value
  {
    Value(littleEndian: record.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }
}

/// What two documents may have in common to be one.
enum EqualityKind: Sendable { case text, url }

func appendLittleEndian<Value: FixedWidthInteger>(_ value: Value, to bytes: inout [UInt8]) {
  withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
}

func appendBigEndian<Value: FixedWidthInteger>(_ value: Value, to bytes: inout [UInt8]) {
  withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
}
