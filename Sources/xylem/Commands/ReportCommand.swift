import ArgumentParser
import Pipeline

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Draw the report of a finished run again, or compare two finished runs.",
    discussion: """
      One run: report.html, report.json and report.csv. Two runs: what the second keeps, removes and encodes that the \
      first does not, by language and reason.

      Examples:
        xylem report runs/demo --output demo.html
        # What did the new filter change?
        xylem report runs/before runs/after --output comparison.html
      """)

  @Argument(help: "The run directory.", completion: .directory) var directory: String
  @Argument(help: ArgumentHelp("A second run directory, to compare with the first.", valueName: "other"))
  var other: String?
  @Option(help: "Where the page goes (default: DIR/report.html; none for a comparison).") var output: String?
  @Flag(help: "Print the comparison of two runs as one JSON object.") var json = false

  func validate() throws {
    if json && other == nil {
      throw ValidationError("--json: expected two run directories to compare; one run's numbers are in DIR/report.json")
    }
  }

  func run() throws {
    guard let other else {
      try writeReport(of: RunDirectory(root: directory), htmlPath: output)
      return say(output ?? directory + "/report.html")
    }
    let comparison = try compareRuns(RunDirectory(root: directory), RunDirectory(root: other), htmlPath: output)
    if json { return try sayJSON(comparison) }
    say("A  \(directory)\nB  \(other)")
    for part in comparison.tables { say("\n\(part.title)\n" + table(part.rows)) }
  }
}
