// Quantiles of sizes in a space that does not grow with their number: counts by bucket, as HdrHistogram has them (Tene
// 2012; with bounds of DDSketch, Masson, Rim and Lee, VLDB 2019). Counts add up, so any order of merging gives the same.

/// How whole numbers are spread. Exact below 128; above, a bucket is at most 1/64 of its values wide.
public struct QuantileSketch: Sendable, Equatable {
  /// A quantile is off by this part of itself at most.
  public static let relativeError = 1.0 / 128

  public private(set) var count = 0
  public private(set) var minimum = Int.max
  public private(set) var maximum = 0
  private var buckets: [Int: Int] = [:]

  public init() {}

  /// Takes one value in; a negative one counts as 0. O(1); at most 3,712 buckets come to be.
  public mutating func add(_ value: Int) {
    let value = max(0, value)
    count += 1
    minimum = min(minimum, value)
    maximum = max(maximum, value)
    buckets[Self.bucket(of: value), default: 0] += 1
  }

  /// The value that `part` (0...1) of all values do not exceed, within `relativeError`; nil when there are none.
  public func quantile(_ part: Double) -> Int? {
    guard count > 0 else { return nil }
    let rank = min(max(Int((part * Double(count)).rounded(.up)), 1), count)
    var seen = 0
    for (bucket, values) in buckets.sorted(by: { $0.key < $1.key }) {
      seen += values
      if seen >= rank { return min(max(Self.middle(of: bucket), minimum), maximum) }
    }
    return maximum
  }

  public mutating func merge(_ other: QuantileSketch) {
    count += other.count
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    buckets.merge(other.buckets, uniquingKeysWith: +)
  }

  static func bucket(of value: Int) -> Int {
    guard value >= 128 else { return value }
    let exponent = Int.bitWidth - 1 - value.leadingZeroBitCount
    return 128 + (exponent - 7) * 64 + (value >> (exponent - 6)) - 64
  }

  static func middle(of bucket: Int) -> Int {
    guard bucket >= 128 else { return bucket }
    let shift = (bucket - 128) / 64 + 1
    return ((bucket - 128) % 64 + 64) << shift + (1 << shift) / 2
  }
}

extension QuantileSketch: Codable {
  enum CodingKeys: String, CodingKey { case minimum, maximum, buckets }

  /// `buckets` is flat: number, count, number, count.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(minimum, forKey: .minimum)
    try container.encode(maximum, forKey: .maximum)
    try container.encode(buckets.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }, forKey: .buckets)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    minimum = try container.decode(Int.self, forKey: .minimum)
    maximum = try container.decode(Int.self, forKey: .maximum)
    let flat = try container.decode([Int].self, forKey: .buckets)
    for at in stride(from: 0, to: flat.count - 1, by: 2) {
      guard (0..<4096).contains(flat[at]), flat[at + 1] >= 0 else {
        throw DecodingError.dataCorruptedError(
          forKey: .buckets, in: container, debugDescription: "bucket \(flat[at]) with count \(flat[at + 1])")
      }
      buckets[flat[at], default: 0] += flat[at + 1]
      count += flat[at + 1]
    }
  }
}
