// `xylem clean --sample N --explain`: what each filter would take out of each language, before it does.
import CorpusCore
import Foundation
import TextProcessing

/// What a configuration would do to a sample.
public struct CleaningExplanation: Codable, Sendable {
  /// Documents of the sample, and those it was taken from.
  public var sampled = 0
  public var documents = 0
  public var languages: [LanguageRow] = []

  public struct LanguageRow: Codable, Sendable {
    public var language: String
    public var documents = 0
    /// UTF-8 bytes of cleaned text.
    public var bytes = 0
    public var removedDocuments = 0
    public var removedBytes = 0
    public var emptyDocuments = 0
    public var filters: [FilterRow] = []

    enum CodingKeys: String, CodingKey {
      case language, documents, bytes, filters
      case removedDocuments = "removed_documents"
      case removedBytes = "removed_bytes"
      case emptyDocuments = "empty_documents"
    }
  }

  public struct FilterRow: Codable, Sendable {
    /// The name of the value.
    public var value: String
    public var minimum: Double?
    public var maximum: Double?
    /// Documents outside the limits, whatever other filters say.
    public var documents = 0
    public var bytes = 0
    /// Of those, the ones that no filter before this takes out, and the ones that no other filter takes out.
    public var first = 0
    public var only = 0
    public var histogram = ValueHistogram()
    /// The ten on each side that are nearest to the limit.
    public var kept: [SampleExample] = []
    public var removed: [SampleExample] = []
  }

  enum CodingKeys: String, CodingKey { case sampled, documents, languages }

  public struct SampleExample: Codable, Sendable {
    public var id: String
    public var value: Double
    public var text: String
  }

  /// Reads a sample of the input and judges it.
  public static func explain(
    _ pass: InputPass, configuration: PipelineConfiguration, sample count: Int, observer: any RunObserver
  ) throws -> CleaningExplanation {
    let sample = try CleaningSample.gather(pass, configuration: configuration, count: count, observer: observer)
    var explanation = CleaningExplanation()
    explanation.sampled = sample.rows.count
    explanation.documents = sample.documents
    for (language, rows) in sample.byLanguage {
      let chain = FilterChain(settings: sample.table.settings(for: language))
      explanation.languages.append(languageRow(language, rows, chain.filters.filter(\.isActive)))
    }
    return explanation
  }

  static func languageRow(
    _ language: Language, _ rows: [CleaningSample.Row], _ filters: [any DocumentFilter]
  ) -> LanguageRow {
    var result = LanguageRow(language: language.code)
    let judged = filters.filter { $0.value != nil }
    result.filters = judged.map { filter in
      FilterRow(value: filter.value?.name ?? "", minimum: filter.minimum, maximum: filter.maximum)
    }
    for row in rows {
      result.documents += 1
      result.bytes += row.bytes
      let broken = judged.indices.filter { judged[$0].breaks(row.values) }
      if row.isEmpty || !broken.isEmpty {
        result.removedDocuments += 1
        result.removedBytes += row.bytes
      }
      if row.isEmpty { result.emptyDocuments += 1 }
      for index in broken {
        result.filters[index].documents += 1
        result.filters[index].bytes += row.bytes
      }
      if let first = broken.first { result.filters[first].first += 1 }
      if broken.count == 1 { result.filters[broken[0]].only += 1 }
    }
    for (index, filter) in judged.enumerated() {
      guard let value = filter.value else { continue }
      let measured = rows.filter { $0.values[value].isFinite }
      result.filters[index].histogram = ValueHistogram(measured.map { $0.values[value] })
      func examples(_ rows: [CleaningSample.Row]) -> [SampleExample] {
        rows.sorted { a, b in
          let (x, y) = (filter.distance(a.values), filter.distance(b.values))
          return x != y ? x < y : a.id < b.id
        }.prefix(10).map { SampleExample(id: $0.id, value: $0.values[value], text: $0.head) }
      }
      result.filters[index].kept = examples(measured.filter { !filter.breaks($0.values) })
      result.filters[index].removed = examples(measured.filter { filter.breaks($0.values) })
    }
    return result
  }
}

extension DocumentFilter {
  /// Whether the value that was measured is outside the limits.
  func breaks(_ values: FilterValues) -> Bool {
    guard let value else { return false }
    let measured = values[value]
    return minimum.map { measured < $0 } ?? false || maximum.map { measured > $0 } ?? false
  }

  /// How far the value is from the nearest limit.
  fileprivate func distance(_ values: FilterValues) -> Double {
    guard let value else { return 0 }
    let measured = values[value]
    return [minimum, maximum].compactMap { $0 }.map { abs(measured - $0) }.min() ?? 0
  }
}

/// How values are spread: 40 equal bins from the smallest to the 99th percentile; what is above is in the last.
public struct ValueHistogram: Codable, Sendable, Equatable {
  public static let bins = 40
  public var low = 0.0
  public var high = 0.0
  public var counts: [Int] = []
  /// The percentiles 1, 5, 25, 50, 75, 95, 99.
  public var percentiles: [Double] = []

  public init() {}

  public init(_ values: [Double]) {
    let sorted = values.sorted()
    guard let first = sorted.first else { return }
    low = first
    high = percentile(sorted, 99)
    percentiles = [1, 5, 25, 50, 75, 95, 99].map { percentile(sorted, $0) }
    counts = [Int](repeating: 0, count: Self.bins)
    for value in sorted { counts[bin(of: value)] += 1 }
  }

  /// The bin that holds `value`; the first or the last for what is outside.
  public func bin(of value: Double) -> Int {
    guard high > low else { return value > high ? Self.bins - 1 : 0 }
    return min(max(Int((value - low) / (high - low) * Double(Self.bins)), 0), Self.bins - 1)
  }

  /// One line of bars and below it a line with a mark for each of `limits`.
  public func drawing(limits: [Double]) -> [String] {
    guard let most = counts.max(), most > 0 else { return [] }
    let bars = Array("▁▂▃▄▅▆▇█")
    let line = counts.map { count -> Character in
      // Square root: a bin of one in a thousand must be seen.
      count == 0 ? " " : bars[min(7, Int((Double(count) / Double(most)).squareRoot() * 7.99))]
    }
    var marks = [Character](repeating: " ", count: Self.bins)
    for limit in limits { marks[bin(of: limit)] = "^" }
    return ["|" + String(line) + "|", " " + String(marks)]
  }
}

/// The value below which `percent` of `sorted` lie, by nearest rank; 0 without values.
func percentile(_ sorted: [Double], _ percent: Double) -> Double {
  guard !sorted.isEmpty else { return 0 }
  let rank = Int((percent / 100 * Double(sorted.count)).rounded(.up))
  return sorted[min(max(rank - 1, 0), sorted.count - 1)]
}
