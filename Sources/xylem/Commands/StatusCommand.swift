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
  @Flag(help: "Show it again every two seconds, with the pace, until the run is finished.") var watch = false

  func run() throws {
    // On a terminal a watched status stands still and changes; elsewhere each follows the last.
    let isLive = watch && !json && isatty(1) == 1
    var lines = 0
    var earlier: (status: RunStatus, time: ContinuousClock.Instant)?
    while true {
      let status = try runStatus(RunDirectory(root: directory))
      let now = ContinuousClock.now
      if json {
        // Of many objects each is a line.
        try watch ? sayJSONLine(status) : sayJSON(status)
      } else if watch, isatty(1) == 1, isatty(2) == 1 {
        let (columns, rows) = Screen.size()
        let lines = text(status).split(separator: "\n").map { String($0.prefix(max(1, columns - 1))) }
        Screen.draw(Array(lines.prefix(max(1, rows - 1))), columns: columns, isLive: false)
      } else {
        var shown = text(status)
        if watch, let earlier {
          shown += pace(status, since: earlier.status, seconds: (now - earlier.time) / .seconds(1))
        }
        if isLive, lines > 0 { writeResult(Data("\u{1B}[\(lines)A\u{1B}[J".utf8)) }
        say(shown)
        lines = shown.split(separator: "\n", omittingEmptySubsequences: false).count
      }
      guard watch, !status.finished else { return }
      // The pace is that of the last half minute, about: units come in bursts.
      if earlier.map({ now - $0.time > .seconds(30) || $0.status.stages.last?.stage != status.stages.last?.stage })
        ?? true
      {
        earlier = (status, now)
      }
      Thread.sleep(forTimeInterval: 2)
      // Watching is over, the run goes on: there is nothing to say.
      if Interruption.requestedSignal != 0 { throw ExitCode(128 + Interruption.requestedSignal) }
    }
  }

  /// What the stage that runs has done since `earlier`, and how long it will take at that pace.
  private func pace(_ status: RunStatus, since earlier: RunStatus, seconds: Double) -> String {
    guard let stage = status.stages.last, stage.done < stage.units else { return "" }
    let before = earlier.stages.first { $0.stage == stage.stage }
    let done = stage.bytesDone - (before?.bytesDone ?? 0)
    guard done > 0, seconds > 0 else { return "\n\(stage.stage): no unit committed for \(Int(seconds)) s" }
    let rate = Double(done) / seconds
    let left = Int((Double(stage.bytes - stage.bytesDone) / rate).rounded(.up))
    return "\n\(stage.stage): \(byteText(Int(rate)))/s, about \(left < 120 ? "\(left) s" : "\(left / 60) min") left"
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
