// `xylem stats`: a corpus at a glance in one pass, no pipeline needed.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization
public import TextProcessing

/// Counts by language; languages are those of the records, else identified.
public struct CorpusStatistics: Codable, Sendable {
  public struct Row: Codable, Sendable {
    public var documents = 0
    public var bytes = 0
    public var characters = 0
    public var words = 0
    public var shortestBytes = Int.max
    public var longestBytes = 0
    /// Documents by floor(log2(bytes)).
    public var lengthHistogram = [Int](repeating: 0, count: 40)

    enum CodingKeys: String, CodingKey {
      case documents, bytes, characters, words
      case shortestBytes = "shortest_bytes"
      case longestBytes = "longest_bytes"
      case lengthHistogram = "length_histogram"
    }

    mutating func add(_ text: Span<UInt8>) {
      documents += 1
      bytes += text.count
      characters += characterCount(text)
      words += wordCount(text)
      shortestBytes = min(shortestBytes, text.count)
      longestBytes = max(longestBytes, text.count)
      lengthHistogram[min(39, text.count < 2 ? 0 : Int.bitWidth - 1 - text.count.leadingZeroBitCount)] += 1
    }

    mutating func add(_ other: Row) {
      documents += other.documents
      bytes += other.bytes
      characters += other.characters
      words += other.words
      shortestBytes = min(shortestBytes, other.shortestBytes)
      longestBytes = max(longestBytes, other.longestBytes)
      for (index, count) in other.lengthHistogram.enumerated() { lengthHistogram[index] += count }
    }
  }
  public var records = 0
  public var unreadable = 0
  public var languages: [String: Row] = [:]

  public var total: Row { languages.values.reduce(into: Row()) { $0.add($1) } }

  /// Reads the input once. `identifier` is asked about documents without a label.
  public static func gather(
    _ pass: InputPass, identifier: any LanguageIdentifier, observer: any RunObserver
  ) throws -> CorpusStatistics {
    try gather(pass, identifier: identifier, observer: observer) {
      nil
    } commit: { _ in
    }
  }

  /// The same, and what `portrait` gathers of each unit, in plan order.
  static func gather(
    _ pass: InputPass, identifier: any LanguageIdentifier, observer: any RunObserver,
    portrait: @escaping @Sendable () -> PortraitUnit?,
    commit: @escaping @Sendable ((profile: CorpusProfile, filters: FilterTallies)) -> Void
  ) throws -> CorpusStatistics {
    let sum = Mutex<[String: Row]>([:])
    let tally = try pass.run(stage: "stats", observer: observer) { sources, reader in
      var rows: [String: Row] = [:]
      var unit = portrait()
      try reader.forEachBatch(sources) { batch in
        for document in batch.documents {
          let text = batch.bytes.span.extracting(document.text)
          let language =
            batch.labelledLanguage(of: document) ?? identifier.identify(text).language ?? .undetermined
          rows[language.code, default: Row()].add(text)
          unit?.add(document, of: batch, language: language)
        }
      }
      return (rows: rows, profile: unit?.profiler.finish(), filters: unit?.filters)
    } commit: { found in
      sum.withLock { sum in for (language, row) in found.rows { sum[language, default: Row()].add(row) } }
      if let profile = found.profile, let filters = found.filters { commit((profile, filters)) }
    }
    return CorpusStatistics(
      records: tally.records, unreadable: tally.bad, languages: sum.withLock { $0 })
  }
}
