// How many pieces there are of each rarity, and how long: what says beforehand how much memory merging will take.

/// Sizes of distinct pieces by their count.
public struct PieceSizes: Sendable {
  /// Counts from here on are taken together.
  private static let largestCount = 1 << 10
  private var pieces = [Int](repeating: 0, count: largestCount + 1)
  private var bytes = [Int](repeating: 0, count: largestCount + 1)

  public init() {}

  public mutating func add(length: Int, count: UInt64) {
    let at = Int(min(count, UInt64(Self.largestCount)))
    pieces[at] += 1
    bytes[at] += length
  }

  /// Distinct pieces that occur at least `minimum` times, and their bytes.
  public func total(from minimum: UInt64 = 0) -> (pieces: Int, bytes: Int) {
    let first = Int(min(minimum, UInt64(Self.largestCount)))
    return (pieces[first...].reduce(0, +), bytes[first...].reduce(0, +))
  }

  /// The least count below which pieces would have to be dropped for training to need `limit` bytes at most; nil when
  /// that is not enough.
  public func minimumCount(fitting limit: Int, options: TrainerOptions) -> UInt64? {
    for minimum in 1...UInt64(Self.largestCount) {
      let (pieces, bytes) = total(from: minimum)
      if BytePairTrainer.peakBytes(pieceCount: pieces, byteCount: bytes, options: options) <= limit { return minimum }
    }
    return nil
  }
}
