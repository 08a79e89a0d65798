// What is kept of a document to compare it: MinHash lanes that serve as band keys and as sketch, and b-bit MinHash bits
// (Li and König, WWW 2010) that sharpen it. On disk:
//   bands * rows bytes   lanes, 8 bits of a mixed minimum each; band b is lanes b * rows ..< (b + 1) * rows
//   64 bytes             512 one-bit hashes, least significant bit first
//   4 bytes              shingle count, little-endian, saturating

/// The fingerprint of one document: 196 bytes under the default options.
public struct Fingerprint: Sendable, Hashable {
  /// The bytes as they stand on disk.
  public let serialised: [UInt8]
  private let bands: UInt16
  private let rows: UInt16

  /// Bytes of a serialised fingerprint: 196 for 16 bands of 8 rows.
  public static func byteCount(for options: NearDuplicateOptions) -> Int { options.sketchByteCount + 4 }

  /// The fingerprint that was serialised under `options`; fails when the length differs.
  public init(
    deserialising bytes: UnsafeRawBufferPointer, options: NearDuplicateOptions
  ) throws(DeduplicationFailure) {
    let expected = Self.byteCount(for: options)
    guard bytes.count == expected else { throw .fingerprintLength(expected: expected, found: bytes.count) }
    self.init(unchecked: Array(bytes), options: options)
  }

  /// See `init(deserialising: UnsafeRawBufferPointer, options:)`.
  public init(deserialising bytes: [UInt8], options: NearDuplicateOptions) throws(DeduplicationFailure) {
    let expected = Self.byteCount(for: options)
    guard bytes.count == expected else { throw .fingerprintLength(expected: expected, found: bytes.count) }
    self.init(unchecked: bytes, options: options)
  }

  init(unchecked bytes: [UInt8], options: NearDuplicateOptions) {
    serialised = bytes
    bands = UInt16(options.bands)
    rows = UInt16(options.rows)
  }

  /// Appends the serialised bytes.
  public func serialise(to bytes: inout [UInt8]) { bytes.append(contentsOf: serialised) }

  /// Distinct shingles, at least 1; `UInt32.max` stands for that many or more.
  public var shingleCount: Int { serialised.withUnsafeBytes { FingerprintView($0, lanes: laneCount).shingleCount } }

  /// Key of band `band`; see the free function `bandKey`.
  public func bandKey(_ band: Int) -> UInt64 {
    serialised.withUnsafeBytes { bandKeyOf(band, in: $0, bands: Int(bands), rows: Int(rows)) }
  }

  /// Estimated Jaccard similarity of the shingle sets, 0...1; standard deviation about 0.02 near 0.8.
  ///
  /// Both fingerprints were made under the same options.
  public func estimatedSimilarity(to other: Fingerprint) -> Double {
    precondition(bands == other.bands && rows == other.rows, "fingerprints of different options are not comparable")
    return serialised.withUnsafeBytes { a in
      other.serialised.withUnsafeBytes { b in
        FingerprintView(a, lanes: laneCount).estimatedSimilarity(to: FingerprintView(b, lanes: laneCount))
      }
    }
  }

  private var laneCount: Int { Int(bands) * Int(rows) }
}
