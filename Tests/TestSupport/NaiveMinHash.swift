// The plain twin of the MinHash kernels: one lane at a time, in 64-bit arithmetic with an explicit modulus.
import Deduplication

/// Fingerprint bytes computed the obvious way.
public struct NaiveMinHash {
  let options: NearDuplicateOptions

  public init(options: NearDuplicateOptions) { self.options = options }

  public func fingerprintBytes(ofShingles shingles: [UInt64]) -> [UInt8] {
    let laneCount = options.bands * options.rows
    // Half of the lanes, in whole blocks of 32, have multipliers of their own.
    let half = (laneCount + 512 + 63) / 64 * 32
    let minima = (0..<(laneCount + 512)).map { lane in
      shingles.map { shingle -> UInt64 in
        let product = (shingle >> 32) * multiplier(lane % half) % 4_294_967_296
        return lane < half ? product : 4_294_967_295 - product
      }.min() ?? 4_294_967_295
    }
    var bytes = minima[0..<laneCount].map { UInt8(mixed($0) / 16_777_216) }
    for first in stride(from: laneCount, to: laneCount + 512, by: 8) {
      let bits = (0..<8).map { mixed(minima[first + $0]) >= 2_147_483_648 ? UInt8(1) << UInt8($0) : 0 }
      bytes.append(bits.reduce(0, |))
    }
    bytes.append(contentsOf: (0..<4).map { UInt8(shingles.count >> (8 * $0) & 255) })
    return bytes
  }

  /// Upper half of the lane's SplitMix64 number, made odd.
  private func multiplier(_ lane: Int) -> UInt64 {
    var z = options.seed &+ 0x9E37_79B9_7F4A_7C15 &* UInt64(lane + 1)
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return ((z ^ (z >> 31)) >> 32) | 1
  }

  /// The finaliser of MurmurHash3 in 64-bit arithmetic.
  private func mixed(_ minimum: UInt64) -> UInt64 {
    var h = minimum
    h ^= h >> 16
    h = h * 0x85EB_CA6B % 4_294_967_296
    h ^= h >> 13
    h = h * 0xC2B2_AE35 % 4_294_967_296
    return h ^ (h >> 16)
  }
}
