import ArgumentParser
import CorpusCore
import Pipeline

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "What a run would do and need; refuses what cannot fit.",
    discussion: """
      Reads a sample of the input and writes nothing.

      Examples:
        xylem plan pipelines/roots.yaml --input 'shards/*.jsonl.zst' --memory 16G
      """)

  @OptionGroup var pipeline: PipelineOptions
  @Flag(help: "Print the result as one JSON object.")
  var json = false

  func run() throws {
    let plan = try planRun(try pipeline.configuration())
    if json {
      try sayJSON(plan)
    } else {
      say(
        "\(plan.name): \(plan.inputFiles) files, \(byteText(plan.inputBytes)); about \(plan.documents) documents, "
          + "\(byteText(plan.textBytes)) of text (from \(byteText(plan.sampledBytes)) read)")
      var rows = [["stage", "units", "in", "out", "files", "memory"]]
      for stage in plan.stages {
        rows.append([
          stage.stage, String(stage.units), byteText(stage.bytesIn), byteText(stage.bytesOut), String(stage.files),
          byteText(stage.memoryBytes),
        ])
      }
      say(table(rows))
      say(
        "disk: \(byteText(plan.peakDiskBytes)) at the peak, \(byteText(plan.finalDiskBytes)) in the end, "
          + "\(byteText(plan.freeDiskBytes)) free")
      say("memory: \(byteText(plan.memoryBytes)) of \(byteText(plan.memoryLimitBytes))")
    }
    guard plan.obstacles.isEmpty else {
      throw PlainFailure(
        .configuration, "this run cannot fit:\n" + plan.obstacles.map { "  " + $0 }.joined(separator: "\n"))
    }
  }
}
