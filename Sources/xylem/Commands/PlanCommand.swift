import ArgumentParser
import CorpusCore
import Pipeline

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "What a run would do, need and take; refuses what cannot fit.",
    discussion: """
      Runs the steps twice over samples of the input, in a temporary directory, and carries on from there.

      Examples:
        xylem plan pipelines/roots.yaml --input 'shards/*.jsonl.zst' --memory 16G
        xylem plan pipelines/roots.yaml --rate prepare=600M --rate encode=900M
      """)

  @OptionGroup var pipeline: PipelineOptions
  @Option(help: ArgumentHelp("Text to run the steps over; more is slower and truer.", valueName: "size"))
  var sample = "32M"
  @Option(
    help: ArgumentHelp(
      "Input of a stage in a second, all workers together, instead of what the sample says; may be repeated.",
      valueName: "stage=size"))
  var rate: [String] = []
  @Flag(help: "Print the result as one JSON object.")
  var json = false

  func run() throws {
    var options = PlanOptions()
    options.sampleBytes = try parseSize(sample, option: "--sample")
    for text in rate {
      let sides = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard sides.count == 2 else {
        throw ValidationError("--rate: expected STAGE=SIZE such as prepare=60M, found '\(text)'")
      }
      options.rates[sides[0]] = try parseSize(sides[1], option: "--rate \(sides[0])")
    }
    let plan = try planRun(try pipeline.configuration(), options: options)
    if json {
      try sayJSON(plan)
    } else {
      say(text(plan))
    }
    guard plan.obstacles.isEmpty else {
      throw PlainFailure(
        .configuration, "this run cannot fit:\n" + plan.obstacles.map { "  " + $0 }.joined(separator: "\n"))
    }
  }

  private func text(_ plan: RunPlan) -> String {
    var rows = [["stage", "units", "documents", "in", "out", "scratch", "files", "memory", "time"]]
    for stage in plan.stages {
      rows.append([
        stage.stage, String(stage.units), String(stage.documents), byteText(stage.bytesIn), byteText(stage.bytesOut),
        byteText(stage.scratchBytes), String(stage.files), byteText(stage.memoryBytes), secondsText(stage.seconds),
      ])
    }
    return """
      \(plan.name): \(plan.inputFiles) files, \(byteText(plan.inputBytes)); about \(plan.documents) documents in \
      \(byteText(plan.textBytes)), \(plan.documentsKept) kept (from \(byteText(plan.sampledBytes)) read)
      \(table(rows))
      time:    \(secondsText(plan.seconds)) with \(plan.workers) workers
      memory:  \(byteText(plan.memoryBytes)) of \(byteText(plan.memoryLimitBytes))
      disk:    \(byteText(plan.peakDiskBytes)) at the peak, \(byteText(plan.finalDiskBytes)) in the end, \
      \(byteText(plan.freeDiskBytes)) free
      files:   \(plan.peakFiles) at the peak, \(plan.finalFiles) in the end
      dataset: \(plan.tokens) tokens, \(byteText(plan.binBytes)) of .bin, \(byteText(plan.idxBytes)) of .idx
      """
  }

  private func secondsText(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if seconds < 100 { return "\((seconds * 10).rounded() / 10) s" }
    return whole < 7200 ? "\(whole / 60) min" : "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}
