import ArgumentParser
import Pipeline

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the kept text of a run alone, as .jsonl.zst by language.",
    discussion: """
      Duplicates are left out: they are in prepared/, and the removal lists say which they are.

      Examples:
        xylem export runs/demo --output clean-text
      """)

  @Argument(help: "The run directory.", completion: .directory) var directory: String
  @Option(help: "Where the text goes.", completion: .directory) var output: String
  @Flag(help: "Print the result as one JSON object.") var json = false

  func run() throws {
    let documents = try exportKept(RunDirectory(root: directory), output: output)
    if json {
      try sayJSON(["documents": documents])
    } else {
      say("\(documents.values.reduce(0, +)) documents in \(documents.count) languages: \(output)")
    }
  }
}
