// What a report shows of the text that prepare saw, besides counts: examples, what filters measured, a profile of a sample.
// A unit's is a section of its file, and collect merges those of many: no manifest, and nothing that a report reads, grows
// with the number of units.
import CorpusCore
import CorpusIO
import Foundation
import TextProcessing

struct TextPortrait: Codable, Sendable {
  /// How many examples of a reason a portrait of many units holds at most; a unit's has fewer.
  static let examplesPerReason = 40

  /// In the order of the plan.
  var examples: [Example] = []
  /// What the filters measured.
  var filters: FilterTallies?
  /// Some of the kept documents, as they left the cleaner.
  var profile: CorpusProfile?

  var isEmpty: Bool { examples.isEmpty && filters == nil && profile == nil }

  /// Portraits of numbered units, or of numbered groups of them, to be merged in any order.
  static var merging: OrderedMerge<TextPortrait> { OrderedMerge { $0.merge($1) } }

  /// Adds what was seen after this.
  private mutating func merge(_ next: TextPortrait) {
    examples = Self.chosen(examples + next.examples, count: Self.examplesPerReason)
    if let other = next.filters {
      if filters == nil { filters = other } else { filters?.merge(other) }
    }
    if let other = next.profile {
      if profile == nil { profile = other } else { profile?.merge(other) }
    }
  }

  /// At most `count` of each reason, spread over languages: the first of each, then the second of each, and so on. They
  /// stay in their order.
  static func chosen(_ examples: [Example], count: Int) -> [Example] {
    var byReason: [String: [(round: Int, place: Int)]] = [:]
    var rounds: [String: Int] = [:]
    for (place, example) in examples.enumerated() {
      let key = example.reason + "/" + example.language
      byReason[example.reason, default: []].append((rounds[key, default: 0], place))
      rounds[key, default: 0] += 1
    }
    let places = byReason.values.flatMap { places in
      places.sorted { ($0.round, $0.place) < ($1.round, $1.place) }.prefix(count).map(\.place)
    }
    return places.sorted().map { examples[$0] }
  }

  // MARK: - On disk

  /// JSON: the content of a frame.
  var bytes: [UInt8] { get throws { try encodeJSON(self) } }

  init() {}

  /// Reads what `bytes` gave; `path` is named when that fails.
  init(_ bytes: [UInt8], at path: String) throws {
    do {
      self = try JSONDecoder().decode(TextPortrait.self, from: Data(bytes))
    } catch {
      throw PlainFailure(.badData, "\(path): not a portrait that this version of xylem wrote (\(error))")
    }
  }

  /// The portrait of a whole run, from the parts that collect made.
  init(parts: [String], in directory: RunDirectory) throws {
    var merging = Self.merging
    for (number, part) in parts.enumerated() {
      let path = directory.absolute(part)
      let reader = try SectionedFileReader(path: path, fileSystem: directory.fileSystem)
      for entry in reader.entries {
        merging.add(try TextPortrait(try reader.readContents(entry), at: path), number: number)
      }
    }
    self = merging.result ?? TextPortrait()
  }
}
