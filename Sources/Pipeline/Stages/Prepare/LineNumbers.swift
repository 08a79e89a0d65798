// Line numbers of files that were cut into units: a unit counts from the beginning of its byte range, and knows no
// better; once all units are committed, the lines of the earlier ranges are known and numbers become those of the file.
import CorpusIO

struct LineNumbers: Sendable {
  /// Unit -> shard -> lines of the file before the unit's range.
  private var linesBefore: [String: [String: Int]] = [:]

  /// `prepared` in the order of the plan, in which the ranges of a file follow each other.
  init(_ prepared: [UnitManifest<PrepareCounts>]) {
    var lines: [String: Int] = [:]
    for manifest in prepared {
      for input in manifest.counts.inputs {
        guard let offset = input.offset else { continue }
        let before = offset == 0 ? 0 : lines[input.path, default: 0]
        linesBefore[manifest.unit, default: [:]][input.path] = before
        lines[input.path] = before + input.lines
      }
    }
  }

  /// Lines of `shard` before the range that `unit` read; 0 where the unit read the whole file.
  func before(unit: String, shard: String) -> Int { linesBefore[unit]?[shard] ?? 0 }

  /// The quarantined records that `manifest` shows, with the lines of their files.
  func shown(_ manifest: UnitManifest<PrepareCounts>) -> [QuarantineExample] {
    manifest.counts.quarantine.map { example in
      var example = example
      example.line += before(unit: manifest.unit, shard: example.shard)
      return example
    }
  }
}
