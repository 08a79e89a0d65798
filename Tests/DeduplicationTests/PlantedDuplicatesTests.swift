import Deduplication
import Foundation
import Testing

/// The near duplicates planted in sample-data (PLANTED.md) are near duplicates to the shingler, and nothing else is.
@Suite struct PlantedDuplicatesTests {
  static let sampleData = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("sample-data")

  struct Line: Decodable {
    var id: String
    var text: String
  }

  /// Rows of the table: file, id, kind, words about it.
  static func planted() throws -> [(file: String, id: String, kind: String, note: String)] {
    let table = try String(contentsOf: sampleData.appendingPathComponent("PLANTED.md"), encoding: .utf8)
    return table.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|", maxSplits: 3).map { $0.trimmingCharacters(in: .whitespaces) }
      return cells.count == 4 && cells[0].hasSuffix(".jsonl") ? (cells[0], cells[1], cells[2], cells[3]) : nil
    }
  }

  static func texts(_ file: String) throws -> [(id: String, text: String)] {
    let bytes = try Data(contentsOf: sampleData.appendingPathComponent(file))
    return try bytes.split(separator: 10).map {
      let line = try JSONDecoder().decode(Line.self, from: Data($0))
      return (line.id, line.text.precomposedStringWithCanonicalMapping)
    }
  }

  /// Planted as near duplicates, yet below 0.8 under word 5-grams: short texts with several edits. Similarities agree
  /// with a separate count in Python (unicodedata, sets of tuples).
  static let belowThreshold: [String: Double] = [
    "rn-0016": 0.769231, "sn-0017": 0.773196, "xh-0018": 0.683168, "zu-0015": 0.734513,
    "code-csharp-0006": 0.739130, "code-javascript-0007": 0.777778, "code-lua-0007": 0.732143,
    "code-scala-0006": 0.701754,
  ]

  @Test func plantedNearDuplicatesReachTheThreshold() throws {
    let options = NearDuplicateOptions()
    var shingler = Shingler(options: options)
    var builder = FingerprintBuilder(options: options)
    let rows = try Self.planted().filter { $0.kind == "near duplicate" }
    #expect(rows.count >= 25)
    for row in rows {
      let texts = try Self.texts(row.file)
      // The note of a near duplicate names no other document than its original.
      let original = texts.first { $0.id != row.id && row.note.contains($0.id) }
      let copy = texts.first { $0.id == row.id }
      guard let original, let copy else {
        Issue.record("\(row.id) or its original is not in \(row.file)")
        continue
      }
      var (a, b): ([UInt64], [UInt64]) = ([], [])
      original.text.withBytes { shingler.shingles(of: $0, into: &a) }
      copy.text.withBytes { shingler.shingles(of: $0, into: &b) }
      let similarity = jaccard(a, b)
      if let expected = Self.belowThreshold[row.id] {
        #expect(abs(similarity - expected) < 1e-6, "\(row.id) has changed: does it still belong in belowThreshold?")
      } else {
        #expect(similarity >= options.threshold, "\(row.id) and \(original.id)")
      }
      let estimate = original.text.withBytes { builder.fingerprint(of: $0) }
        .estimatedSimilarity(to: copy.text.withBytes { builder.fingerprint(of: $0) })
      #expect(abs(estimate - similarity) < 0.08)
    }
  }

  @Test func whatIsNotPlantedAsADuplicateIsNone() throws {
    let planted = try Self.planted()
    let duplicates = Set(planted.filter { $0.kind.contains("duplicate") || $0.kind == "tabs" }.map(\.id))
    let options = NearDuplicateOptions()
    var shingler = Shingler(options: options)
    for file in Set(planted.map(\.file)).sorted() {
      let sets = try Self.texts(file).filter { !duplicates.contains($0.id) }.map { text in
        var hashes: [UInt64] = []
        text.text.withBytes { shingler.shingles(of: $0, into: &hashes) }
        return (text.id, hashes)
      }
      for i in sets.indices {
        for j in sets.indices where i < j {
          #expect(jaccard(sets[i].1, sets[j].1) < 0.6, "\(sets[i].0) and \(sets[j].0)")
        }
      }
    }
  }
}
