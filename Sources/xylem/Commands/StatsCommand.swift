import ArgumentParser
import Pipeline

struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "A corpus at a glance: documents, bytes, characters and words by language.",
    discussion: """
      With --output also report.html, report.json and report.csv: languages, lengths, what filters would measure, hosts, \
      scripts, lines and phrases that repeat. One pass, and memory that does not grow with the corpus.

      Examples:
        xylem stats 'shards/*.jsonl.zst'
        xylem stats 'shards/*.jsonl.zst' --json
        xylem stats 'shards/*.jsonl.zst' --output portrait --name "Crawl of May"
      """)

  @OptionGroup var input: InputOptions
  @Option(help: ArgumentHelp("Write report.html, report.json and report.csv into this folder.", valueName: "dir"))
  var output: String?
  @Option(help: "The report's title (default: the first input).") var name: String?
  @OptionGroup var printing: OutputOptions
  @OptionGroup var whom: IdentifierOptions

  func run() throws {
    let statistics: CorpusStatistics
    let identifier = try whom.makeIdentifier()
    if let output {
      let portrait = try CorpusPortrait.gather(input.pass, identifier: identifier, observer: printing.observer)
      try writeReport(portrait.report(name: name ?? input.input.first ?? "Corpus"), into: output)
      statistics = portrait.statistics
    } else {
      statistics = try CorpusStatistics.gather(input.pass, identifier: identifier, observer: printing.observer)
    }
    if printing.json { return try sayJSON(statistics) }
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
    if let output { say(output + "/report.html") }
  }

  private func percent(_ share: Double) -> String {
    let thousandths = Int((share * 1000).rounded())
    return "\(thousandths / 10).\(thousandths % 10) %"
  }
}
