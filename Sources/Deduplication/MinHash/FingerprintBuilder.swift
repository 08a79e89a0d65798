// From text to fingerprint: shingles, then the minimum over all shingles of x * a mod 2^32 for each lane's odd a, where
// x is the upper half of the shingle's hash. The upper half of the lanes has the multipliers of the lower half once more
// and keeps the minimum of the complement: the largest product belongs to another shingle than the least, so one product
// serves two lanes (docs/decisions/0013-two-lanes-a-product.md). The plain twin is Tests/TestSupport/NaiveMinHash.swift.
import CKernels

/// Makes fingerprints. Reuse one: it keeps its buffers. A shingle costs half a product and one comparison a lane or bit.
public struct FingerprintBuilder: Sendable {
  public let options: NearDuplicateOptions
  private var shingler: Shingler
  private var distinct = DistinctCounter()
  private var hashes: [UInt64] = []
  private let multipliers: [UInt32]
  private var minima: [UInt32]
  private let level: Int32

  /// `options` have been validated.
  public init(options: NearDuplicateOptions) {
    self.init(options: options, level: xylem_minhash_best_level())
  }

  /// A builder that uses no better kernel than `level`.
  init(options: NearDuplicateOptions, level: Int32) {
    precondition(options.laneCount > 0 && options.laneCount <= 4096, "validate the options first")
    self.options = options
    self.level = level
    shingler = Shingler(options: options)
    // The kernel works on 32 products at a time; what is over is computed and thrown away.
    let products = (options.laneCount + NearDuplicateOptions.bitCount + 63) / 64 * 32
    multipliers = laneMultipliers(seed: options.seed, count: products)
    minima = Array(repeating: .max, count: 2 * products)
  }

  /// The fingerprint of `text`, UTF-8 in NFC.
  public mutating func fingerprint(of text: Span<UInt8>) -> Fingerprint {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Fingerprint.byteCount(for: options))
    append(fingerprintOf: text, to: &bytes)
    return Fingerprint(unchecked: bytes, options: options)
  }

  /// Appends the serialised fingerprint of `text`: `Fingerprint.byteCount(for: options)` bytes.
  public mutating func append(fingerprintOf text: Span<UInt8>, to bytes: inout [UInt8]) {
    // A shingle that comes again changes no minimum, so the shingles need not be sorted, only counted.
    shingler.shinglesInOrder(of: text, into: &hashes)
    if let count = distinct.count(hashes) {
      append(hashes, distinct: count, to: &bytes)
      giveBack()
    } else {
      append(fingerprintOf: text, to: &bytes) { _ in }
    }
  }

  /// The same, and shows the sorted shingle hashes of `text`, what `jaccard` compares.
  public mutating func append(
    fingerprintOf text: Span<UInt8>, to bytes: inout [UInt8], shingles body: (Span<UInt64>) -> Void
  ) {
    shingler.shingles(of: text, into: &hashes)
    append(hashes, distinct: hashes.count, to: &bytes)
    body(hashes.span)
    giveBack()
  }

  private mutating func giveBack() {
    if hashes.capacity > UniqueSorter.keptCapacity { hashes = [] }
  }

  /// The fingerprint of a set of shingle hashes that are unique and at least one.
  public mutating func fingerprint(ofShingles shingles: [UInt64]) -> Fingerprint {
    precondition(!shingles.isEmpty, "every text has a shingle")
    var bytes: [UInt8] = []
    append(shingles, distinct: shingles.count, to: &bytes)
    return Fingerprint(unchecked: bytes, options: options)
  }

  private mutating func append(_ shingles: [UInt64], distinct: Int, to bytes: inout [UInt8]) {
    for i in minima.indices { minima[i] = .max }
    xylem_minhash_update(level, shingles, shingles.count, multipliers, &minima, multipliers.count)
    let start = bytes.count
    let sketch = options.sketchByteCount
    bytes.append(contentsOf: repeatElement(0, count: sketch))
    bytes.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      // `sketch` bytes from `start` on were appended just now.
      xylem_minhash_finish(level, minima, options.laneCount, NearDuplicateOptions.bitCount, base + start)
    }
    let count = UInt32(clamping: distinct)
    for shift in stride(from: 0 as UInt32, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
  }
}
