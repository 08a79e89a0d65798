// Synthetic shingle sets of known similarity.
import TestSupport

extension SplitMix64 {
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
