// Integer mixing (the finaliser and stream of SplitMix64: Steele, Lea, Flood, OOPSLA 2014).

/// A bijection of 64 bits in which every input bit moves about half of the output bits.
@inline(__always)
func mix64(_ value: UInt64) -> UInt64 {
  var z = value
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}

/// Odd multiplier for polynomials and word hashes: 2^64 divided by the golden ratio.
let goldenGamma: UInt64 = 0x9E37_79B9_7F4A_7C15

/// The `count` odd multipliers of a seed: the upper halves of its SplitMix64 stream, made odd.
func laneMultipliers(seed: UInt64, count: Int) -> [UInt32] {
  (0..<count).map { i in UInt32(truncatingIfNeeded: mix64(seed &+ goldenGamma &* UInt64(i + 1)) >> 32) | 1 }
}
