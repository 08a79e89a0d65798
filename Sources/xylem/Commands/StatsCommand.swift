import ArgumentParser
import Pipeline

struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "A corpus at a glance: documents, bytes, characters and words by language.",
    discussion: """
      Examples:
        xylem stats 'shards/*.jsonl.zst'
        xylem stats 'shards/*.jsonl.zst' --json
      """)

  @OptionGroup var input: InputOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var whom: IdentifierOptions

  func run() throws {
    let statistics = try CorpusStatistics.gather(
      input.pass, identifier: try whom.makeIdentifier(), observer: output.observer)
    if output.json { return try sayJSON(statistics) }
    var rows = [["language", "documents", "bytes", "characters", "words", "bytes/doc", "share"]]
    let total = statistics.total
    func row(_ name: String, _ row: CorpusStatistics.Row) -> [String] {
      [
        name, String(row.documents), byteText(row.bytes), String(row.characters), String(row.words),
        String(row.bytes / max(1, row.documents)), percent(Double(row.bytes) / Double(max(1, total.bytes))),
      ]
    }
    for (language, counts) in statistics.languages.sorted(by: { ($1.value.bytes, $0.key) < ($0.value.bytes, $1.key) }) {
      rows.append(row(language, counts))
    }
    rows.append(row("all", total))
    say(table(rows))
    if statistics.unreadable > 0 { say("\(statistics.unreadable) of \(statistics.records) records could not be read") }
  }

  private func percent(_ share: Double) -> String {
    let thousandths = Int((share * 1000).rounded())
    return "\(thousandths / 10).\(thousandths % 10) %"
  }
}
