import ArgumentParser
import Pipeline

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Draw the report of a finished run again (report.html, report.json, report.csv).",
    discussion: "Example:  xylem report runs/demo --output demo.html")

  @Argument(help: "The run directory.") var directory: String
  @Option(help: "Where the page goes (default: DIR/report.html).") var output: String?

  func run() throws {
    try writeReport(of: RunDirectory(root: directory), htmlPath: output)
    say(output ?? directory + "/report.html")
  }
}
