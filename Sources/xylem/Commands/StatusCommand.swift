import ArgumentParser
import Foundation
import Pipeline

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Where a run stands, from its manifests alone.",
    discussion: """
      May be asked on any machine, while the run goes on or after it died.

      Examples:
        xylem status runs/demo
        # Again every two seconds until the run is finished.
        xylem status runs/demo --watch
      """)

  @Argument(help: "The run directory.", completion: .directory) var directory: String
  @Flag(help: "Print the result as one JSON object.") var json = false
  @Flag(help: "Show it again every two seconds until the run is finished.") var watch = false

  func run() throws {
    while true {
      let status = try runStatus(RunDirectory(root: directory))
      if json {
        // Of many objects each is a line.
        try watch ? sayJSONLine(status) : sayJSON(status)
      } else if watch, isatty(1) == 1, isatty(2) == 1 {
        let (columns, rows) = Screen.size()
        let lines = text(status).split(separator: "\n").map { String($0.prefix(max(1, columns - 1))) }
        Screen.draw(Array(lines.prefix(max(1, rows - 1))), columns: columns, isLive: false)
      } else {
        say(text(status))
      }
      guard watch, !status.finished else { return }
      Thread.sleep(forTimeInterval: 2)
      // Watching is over, the run goes on: there is nothing to say.
      if Interruption.requestedSignal != 0 { throw ExitCode(128 + Interruption.requestedSignal) }
    }
  }

  private func text(_ status: RunStatus) -> String {
    var rows = [["stage", "units", "done", "bytes"]]
    for stage in status.stages {
      rows.append([
        stage.stage, String(stage.units), "\(stage.done * 100 / max(1, stage.units)) %", byteText(stage.bytes),
      ])
    }
    var text = "\(status.name): \(status.finished ? "finished" : "not finished")\n" + table(rows)
    if let ledger = status.ledger {
      text +=
        "\nread \(ledger.read) = kept \(ledger.kept) + removed \(ledger.removed.values.reduce(0, +)) + quarantined "
        + "\(ledger.quarantined)\(ledger.balanced ? "" : "  DOES NOT BALANCE")"
    }
    return text
  }
}
