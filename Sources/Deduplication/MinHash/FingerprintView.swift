// Reading a serialised fingerprint where it lies, without copying it: files of them are read by the million.

/// A fingerprint in memory that belongs to somebody else; valid while that memory is.
struct FingerprintView {
  private let bytes: UnsafeRawBufferPointer
  private let lanes: Int

  init(_ bytes: UnsafeRawBufferPointer, lanes: Int) {
    precondition(bytes.count == lanes + NearDuplicateOptions.bitCount / 8 + 4, "a fingerprint has a fixed length")
    self.bytes = bytes
    self.lanes = lanes
  }

  var shingleCount: Int {
    Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)))
  }

  /// The share of equal lanes and of equal bits.
  func agreement(with other: FingerprintView) -> (lanes: Double, bits: Double) {
    var equalLanes = 0
    var offset = 0
    while offset + 8 <= lanes {
      equalLanes += Self.zeroBytes(difference(from: other, at: offset))
      offset += 8
    }
    while offset < lanes {
      if bytes[offset] == other.bytes[offset] { equalLanes += 1 }
      offset += 1
    }
    var unequalBits = 0
    for word in 0..<(NearDuplicateOptions.bitCount / 64) {
      unequalBits += difference(from: other, at: lanes + 8 * word).nonzeroBitCount
    }
    let bitCount = Double(NearDuplicateOptions.bitCount)
    return (Double(equalLanes) / Double(lanes), 1 - Double(unequalBits) / bitCount)
  }

  private func difference(from other: FingerprintView, at offset: Int) -> UInt64 {
    bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      ^ other.bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
  }

  /// How many of the eight bytes are zero.
  private static func zeroBytes(_ word: UInt64) -> Int {
    let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    // Bit 7 of a byte of `nonzero` is set exactly when the byte is not zero; no carry leaves a byte.
    let nonzero = ((word & low) &+ low) | word
    return 8 - (nonzero & ~low).nonzeroBitCount
  }

  /// No pair of sets is more similar than the smaller is to the larger.
  func similarityBound(with other: FingerprintView) -> Double {
    let (a, b) = (shingleCount, other.shingleCount)
    // Saturated counts and damaged ones (0) say nothing.
    guard a > 0, b > 0, a < UInt32.max, b < UInt32.max else { return 1 }
    return Double(min(a, b)) / Double(max(a, b))
  }

  /// Unbiased estimate from lanes and bits, each weighted by the inverse of its variance at J = 0.8.
  func unboundedSimilarity(to other: FingerprintView) -> Double {
    let agreement = agreement(with: other)
    // Hashes of c bits agree by chance at 2^-c: E[agreement] = J + (1 - J) 2^-c.
    let fromLanes = (agreement.lanes - 1 / 256) / (1 - 1 / 256)
    let fromBits = 2 * agreement.bits - 1
    // Variance of one hash at J = 0.8: lanes J (1 - J) = 0.16; bits 4 * 0.9 * 0.1 = 0.36.
    let laneWeight = Double(lanes) / 0.16
    let bitWeight = Double(NearDuplicateOptions.bitCount) / 0.36
    return (laneWeight * fromLanes + bitWeight * fromBits) / (laneWeight + bitWeight)
  }

  func estimatedSimilarity(to other: FingerprintView) -> Double {
    min(max(0, unboundedSimilarity(to: other)), similarityBound(with: other))
  }
}

/// Estimated Jaccard similarity of two serialised fingerprints of the same options, 0...1.
public func estimatedSimilarity(
  _ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer, options: NearDuplicateOptions
) -> Double {
  FingerprintView(a, lanes: options.laneCount).estimatedSimilarity(to: FingerprintView(b, lanes: options.laneCount))
}

/// What the Jaccard similarity of two serialised fingerprints' texts cannot exceed, from their shingle counts alone.
public func similarityBound(
  _ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer, options: NearDuplicateOptions
) -> Double {
  FingerprintView(a, lanes: options.laneCount).similarityBound(with: FingerprintView(b, lanes: options.laneCount))
}
