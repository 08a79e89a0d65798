import ArgumentParser
import CorpusIO
import Foundation
import Pipeline

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What this machine has and lacks for a run.",
    discussion: """
      Examples:
        xylem doctor --output /scratch/runs
      """)

  @Flag(help: "Print the result as one JSON object.") var json = false
  @Option(help: "Directory where runs will be written.", completion: .directory) var output = "."

  func run() throws {
    let health = MachineHealth.examine(output: output)
    if json { return try sayJSON(health) }
    say("xylem      \(health.version)")
    say("cores      \(health.cores)")
    say("memory     \(byteText(health.memoryBytes))")
    say("disk       \(byteText(health.freeDiskBytes)) free at \(output)")
    say("vectors    \(health.vectorUnit)")
    say("files      \(health.openFileLimit) may be open at a time")
    say("links      \(health.canLink ? "hard links work here: units commit create-once" : "NO hard links here")")
    for advice in health.advice { say("advice     \(advice)") }
  }
}
