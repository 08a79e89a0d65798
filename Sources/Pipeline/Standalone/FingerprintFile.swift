// The fingerprints of the documents that `xylem dedup near` kept: what a later run needs to know of an earlier one
// (docs/formats/near-fingerprints.md). 232 bytes a document with the default bands.
import CorpusCore
import Deduplication

enum FingerprintFileFormat {
  static let name = "fingerprints.xynf"
  static let magic: [UInt8] = Array("XYNF".utf8)
  static let version: UInt32 = 2
  static let headerBytes = 32

  /// What two files must share for their fingerprints to be comparable.
  static func header(_ options: NearDuplicateOptions, within: RepetitionScope) -> [UInt8] {
    var bytes = magic
    let record = FingerprintLayout(near: options).recordBytes
    // Words a shingle in the low half; then the rule of words, then what the groups of documents are.
    let words =
      UInt32(options.shingle) | (options.words == .marksBreak ? 0 : 1 << 16)
      | (within.recorded == .source ? 1 << 24 : 0)
    for number in [version, words, UInt32(options.bands), UInt32(options.rows), UInt32(record)] {
      withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
    appendLittleEndian(options.seed, to: &bytes)
    return bytes
  }
}
