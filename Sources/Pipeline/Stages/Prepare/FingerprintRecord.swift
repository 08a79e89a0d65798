// What prepare leaves of a document for deduplication, beside its text (docs/formats/fingerprints.md):
//
//   0   16  XXH3-128 of the text (or of its normalized form), little-endian low then high half
//   16   8  XXH3-64 of the id
//   24   4  UTF-8 bytes of the text, at most 2^32 - 1
//   28   4  what the keep rules ask for: under `quality` the place of the score (KeepRule.swift), 0 the best; else two
//           numbers of 2 bytes: place of the source in the priorities of exact and of near deduplication, 0 without any
//   32   n  near-duplicate fingerprint, 200 bytes with 16 bands of 8 rows; absent when near deduplication is off
import CorpusCore
import Deduplication

/// Layout and access of fingerprint records; `n` depends on the configuration alone.
struct FingerprintLayout: Sendable {
  static let headerBytes = 32
  let nearBytes: Int
  var recordBytes: Int { Self.headerBytes + nearBytes }

  init(near: NearDuplicateOptions?) {
    nearBytes = near.map { Fingerprint.byteCount(for: $0) } ?? 0
  }

  static func appendHeader(
    digest: Digest128, idHash: UInt64, textBytes: Int, places: UInt32,
    to bytes: inout [UInt8]
  ) {
    appendLittleEndian(digest.low, to: &bytes)
    appendLittleEndian(digest.high, to: &bytes)
    appendLittleEndian(idHash, to: &bytes)
    let length = UInt64(min(textBytes, Int(UInt32.max)))
    appendLittleEndian(length | UInt64(places) << 32, to: &bytes)
  }

  static func digest(_ record: UnsafeRawBufferPointer) -> Digest128 {
    Digest128(high: load(record, 8), low: load(record, 0))
  }
  static func idHash(_ record: UnsafeRawBufferPointer) -> UInt64 { load(record, 16) }
  static func textBytes(_ record: UnsafeRawBufferPointer) -> UInt32 { UInt32(truncatingIfNeeded: load(record, 24)) }

  /// What the record has for both keep rules of a configuration, of which `quality` leaves no room for `source`.
  static func places(
    of document: DocumentRecord, in batch: DocumentBatch, exact: KeepPreference, near: KeepPreference
  ) -> UInt32 {
    if exact.rule == .quality { return exact.place(of: document, in: batch) }
    if near.rule == .quality { return near.place(of: document, in: batch) }
    let places = (exact.place(of: document, in: batch), near.place(of: document, in: batch))
    return UInt32(UInt16(clamping: places.0)) | UInt32(UInt16(clamping: places.1)) << 16
  }

  enum KeepSlot { case exact, near }

  /// `KeepRank.place` of the record under the keep rule of exact or near deduplication.
  static func place(_ record: UnsafeRawBufferPointer, rule: KeepRule, slot: KeepSlot) -> UInt32 {
    let places = UInt32(truncatingIfNeeded: load(record, 24) >> 32)
    switch rule {
    case .longest, .earliest: return 0
    case .quality: return places
    case .source: return slot == .exact ? places & 0xFFFF : places >> 16
    }
  }

  private static func load(_ record: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: record.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}

func appendLittleEndian(_ value: UInt64, to bytes: inout [UInt8]) {
  withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
}

func appendBigEndian<Value: FixedWidthInteger>(_ value: Value, to bytes: inout [UInt8]) {
  withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
}
