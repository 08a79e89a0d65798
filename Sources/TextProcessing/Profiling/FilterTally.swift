// The values that filters saw, as histograms whose bins the thresholds fix: counts of equal bins add up.
import CorpusCore

/// What one filter measured in one language.
public struct FilterTally: Sendable, Equatable {
  public let name: String
  public let minimum: Double?
  public let maximum: Double?
  /// Where the first bin begins and the last ends; values beyond are in them.
  public let lower: Double
  public let upper: Double
  /// Bins of ratios are equal, 40 of them; of counts there are two an octave, cut at powers of two and at those times √2.
  public let isLogarithmic: Bool
  public private(set) var removedBelow = 0
  public private(set) var removedAbove = 0
  public private(set) var counts: [Int]
  /// What `name` stands for; nil for a name of another version.
  fileprivate let measured: FilterValue?

  public init(_ value: FilterValue, minimum: Double?, maximum: Double?) {
    name = value.name
    measured = value
    self.minimum = minimum
    self.maximum = maximum
    isLogarithmic = !value.isShare
    lower = isLogarithmic ? 1 : 0
    let largest = [minimum, maximum].compactMap(\.self).filter { $0.isFinite && $0 > 0 }.max()
    // Room to the right of the threshold: flagged words of a thousandth would all be in one bin of 0...1.
    if isLogarithmic {
      var power = Double(1 << 20)
      while let largest, power < 4 * largest, power < 1e15 { power *= 2 }
      upper = power
      counts = [Int](repeating: 0, count: 2 * Int(power.exponent))
    } else {
      upper = largest.map { min(1, $0 * 4) } ?? 1
      counts = [Int](repeating: 0, count: 40)
    }
  }

  /// Takes a value in; NaN stands for one that was not measured. `broken` is the limit it broke, if one.
  public mutating func add(_ value: Double, broken: Double?) {
    guard value.isFinite else { return }
    counts[bin(of: value)] += 1
    guard let broken else { return }
    if broken == minimum && value < broken { removedBelow += 1 } else { removedAbove += 1 }
  }

  /// Adds what the same filter saw elsewhere.
  public mutating func merge(_ other: FilterTally) {
    guard name == other.name, counts.count == other.counts.count else { return }
    removedBelow += other.removedBelow
    removedAbove += other.removedAbove
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  func bin(of value: Double) -> Int {
    if isLogarithmic {
      guard value > 1 else { return 0 }
      let half = value.significand >= 2.0.squareRoot() ? 1 : 0
      return min(2 * Int(min(value.exponent, 64)) + half, counts.count - 1)
    }
    return min(max(Int((value / upper * 40).rounded(.down)), 0), 39)
  }
}

extension FilterTally: Codable {
  enum CodingKeys: String, CodingKey {
    case name, minimum, maximum, lower, upper, bins, first, counts
    case isLogarithmic = "is_logarithmic"
    case removedBelow = "removed_below"
    case removedAbove = "removed_above"
  }

  /// A unit sees few values, so `counts` begins with bin `first` and ends with the last that is not 0.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encodeIfPresent(minimum, forKey: .minimum)
    try container.encodeIfPresent(maximum, forKey: .maximum)
    try container.encode(lower, forKey: .lower)
    try container.encode(upper, forKey: .upper)
    try container.encode(isLogarithmic, forKey: .isLogarithmic)
    try container.encode(removedBelow, forKey: .removedBelow)
    try container.encode(removedAbove, forKey: .removedAbove)
    let first = counts.firstIndex { $0 != 0 } ?? 0
    let last = counts.lastIndex { $0 != 0 } ?? -1
    try container.encode(counts.count, forKey: .bins)
    try container.encode(first, forKey: .first)
    try container.encode(last >= first ? Array(counts[first...last]) : [], forKey: .counts)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    measured = FilterValue(name: name)
    minimum = try container.decodeIfPresent(Double.self, forKey: .minimum)
    maximum = try container.decodeIfPresent(Double.self, forKey: .maximum)
    lower = try container.decode(Double.self, forKey: .lower)
    upper = try container.decode(Double.self, forKey: .upper)
    isLogarithmic = try container.decode(Bool.self, forKey: .isLogarithmic)
    removedBelow = try container.decode(Int.self, forKey: .removedBelow)
    removedAbove = try container.decode(Int.self, forKey: .removedAbove)
    let bins = try container.decode(Int.self, forKey: .bins)
    let first = try container.decode(Int.self, forKey: .first)
    let seen = try container.decode([Int].self, forKey: .counts)
    guard (1...128).contains(bins), (0..<bins).contains(first), seen.count <= bins - first else {
      throw DecodingError.dataCorruptedError(
        forKey: .counts, in: container, debugDescription: "\(seen.count) counts from bin \(first) on, of \(bins)")
    }
    counts = [Int](repeating: 0, count: first) + seen + [Int](repeating: 0, count: bins - first - seen.count)
  }
}

/// What all filters measured, by language; in each the filters stand in the order of its chain.
public struct FilterTallies: Sendable, Equatable, Codable {
  public private(set) var languages: [String: [FilterTally]] = [:]

  public init() {}

  /// Takes in one document that `chain` measured; `drop` is what became of it.
  public mutating func add(_ values: FilterValues, drop: FilterDrop?, language: Language, chain: FilterChain) {
    var tallies = languages.removeValue(forKey: language.code) ?? Self.empty(chain)
    var left = drop
    for index in tallies.indices {
      guard let measured = tallies[index].measured else { continue }
      let value = values[measured]
      var broken: Double?
      if let drop = left, drop.value == value {
        let isBelow = drop.threshold == tallies[index].minimum && value < drop.threshold
        if isBelow || drop.threshold == tallies[index].maximum && value > drop.threshold {
          broken = drop.threshold
          left = nil
        }
      }
      tallies[index].add(value, broken: broken)
    }
    languages[language.code] = tallies
  }

  public mutating func merge(_ other: FilterTallies) {
    for (code, tallies) in other.languages {
      guard var sum = languages[code], sum.count == tallies.count else {
        languages[code] = languages[code] ?? tallies
        continue
      }
      for index in sum.indices { sum[index].merge(tallies[index]) }
      languages[code] = sum
    }
  }

  /// One histogram for each value that the chain's active filters measure, or all where none is active.
  private static func empty(_ chain: FilterChain) -> [FilterTally] {
    let active = chain.filters.filter { $0.isActive && $0.value != nil }
    var seen: Set<FilterValue> = []
    return (active.isEmpty ? chain.filters : active).compactMap { filter in
      guard let value = filter.value, seen.insert(value).inserted else { return nil }
      return FilterTally(value, minimum: filter.minimum, maximum: filter.maximum)
    }
  }
}

extension FilterValue {
  /// Whether it is a part of a whole, 0...1.
  public var isShare: Bool { self == .languageConfidence || name.hasSuffix("_ratio") }
}
