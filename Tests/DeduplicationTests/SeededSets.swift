// Repeatable randomness and synthetic shingle sets of known similarity.

/// SplitMix64.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func numbers(_ count: Int) -> [UInt64] { (0..<count).map { _ in next() } }

  /// Two sets of hashes that share `shared` and have `own` more each.
  mutating func pair(shared: Int, own: Int) -> ([UInt64], [UInt64]) {
    let common = numbers(shared)
    return (common + numbers(own), common + numbers(own))
  }
}

extension String {
  func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    let bytes = Array(utf8)
    return body(bytes.span)
  }
}
