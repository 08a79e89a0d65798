// `xylem plan`: what a run would do, how big it would get, how long it would take and whether it fits. Measured: the steps
// run twice over samples of the input, and what grows is carried on from there.
import CorpusCore
import CorpusIO
import Foundation
import Tokenization

/// Forecast of a run. Figures are estimates, from trial runs over `sampledBytes` of the input.
public struct RunPlan: Codable, Sendable {
  public struct StagePlan: Codable, Sendable {
    public var stage: String
    public var units: Int
    public var documents: Int
    public var bytesIn: Int
    public var bytesOut: Int
    public var seconds: Double
    /// Files that the stage leaves, manifests included.
    public var files: Int
    public var memoryBytes: Int
    /// Files of sorts that are gone when the stage ends.
    public var scratchBytes: Int

    enum CodingKeys: String, CodingKey {
      case stage, units, documents, seconds, files
      case bytesIn = "bytes_in"
      case bytesOut = "bytes_out"
      case memoryBytes = "memory_bytes"
      case scratchBytes = "scratch_bytes"
    }
  }
  public var name: String
  public var workers: Int
  public var inputFiles: Int
  public var inputBytes: Int
  /// Bytes of the input that the trial runs read.
  public var sampledBytes: Int
  public var textBytes: Int
  public var documents: Int
  public var documentsKept: Int
  public var tokens: Int
  /// Bytes of all `.bin`, and of all `.idx`.
  public var binBytes: Int
  public var idxBytes: Int
  public var stages: [StagePlan]
  public var seconds: Double
  /// Largest sum of what lies on disk at one time, and what remains in the end.
  public var peakDiskBytes: Int
  public var finalDiskBytes: Int
  public var freeDiskBytes: Int
  /// Largest number of files at one time, and what remains in the end.
  public var peakFiles: Int
  public var finalFiles: Int
  public var memoryBytes: Int
  public var memoryLimitBytes: Int
  /// Why the run cannot be done here, and what would do; empty when it can.
  public var obstacles: [String]

  enum CodingKeys: String, CodingKey {
    case name, workers, documents, tokens, stages, seconds, obstacles
    case inputFiles = "input_files"
    case inputBytes = "input_bytes"
    case sampledBytes = "sampled_bytes"
    case textBytes = "text_bytes"
    case documentsKept = "documents_kept"
    case binBytes = "bin_bytes"
    case idxBytes = "idx_bytes"
    case peakDiskBytes = "peak_disk_bytes"
    case finalDiskBytes = "final_disk_bytes"
    case freeDiskBytes = "free_disk_bytes"
    case peakFiles = "peak_files"
    case finalFiles = "final_files"
    case memoryBytes = "memory_bytes"
    case memoryLimitBytes = "memory_limit_bytes"
  }
}

/// How a plan is made.
public struct PlanOptions: Sendable {
  /// Text of the larger trial run, about; the smaller one takes a quarter of it.
  public var sampleBytes = 32 << 20
  /// Bytes of a stage's input in a second, all workers together, instead of what the trial measured.
  public var rates: [String: Int] = [:]

  public init() {}
}

/// Plans the run of `configuration` by running its steps over samples, in a temporary directory.
public func planRun(
  _ configuration: PipelineConfiguration, options: PlanOptions = PlanOptions(),
  fileSystem: any FileSystem = LocalFileSystem()
) throws -> RunPlan {
  let expected = expectedStages(configuration)
  if let unknown = options.rates.keys.sorted().first(where: { !expected.contains($0) }) {
    throw PlainFailure(
      .usage, "--rate \(unknown): this run has the stages \(expected.joined(separator: ", "))")
  }
  let files = try listInput(configuration.input.flatMap(\.paths), fileSystem: fileSystem)
  let scratch =
    FileManager.default.temporaryDirectory.path + "/xylem-plan-" + String(UInt64.random(in: 0 ... .max), radix: 36)
  try fileSystem.makeDirectories(scratch)
  defer { try? fileSystem.removeTree(scratch) }
  let samples = try InputSample.take(
    options.sampleBytes, small: 0.25, from: files, configuration: configuration, into: scratch, fileSystem: fileSystem)
  guard !samples.large.paths.isEmpty else {
    throw PlainFailure(.noInput, "all \(files.count) input files are empty; there is nothing to plan by")
  }
  let directories = (small: scratch + "/small", large: scratch + "/large")
  // Each trial twice, and of each stage the shorter time: what a process does once, such as reading the models of
  // languages, and a disk that is busy for a moment, would else be carried on to the whole input.
  func trial(_ sample: InputSample, _ directory: String) throws -> TrialRun {
    let first = try TrialRun.run(sample, configuration: configuration, in: directory + "-first")
    try fileSystem.removeTree(directory + "-first")
    return try TrialRun.run(sample, configuration: configuration, in: directory).faster(of: first)
  }
  var forecast = Forecast(
    small: try trial(samples.small, directories.small), large: try trial(samples.large, directories.large),
    lineBytes: samples.large.inputLineBytes)
  if expected.contains(TrainStage.name), expected.contains(EncodeStage.name) {
    forecast.tokenYield = try TokenYield(
      small: samples.small, large: samples.large, other: samples.other, directories: directories,
      configuration: configuration, fileSystem: fileSystem)
  }
  let free = try fileSystem.freeBytes(at: existingParent(of: configuration.output))
  let planner = RunPlanner(
    configuration: configuration, options: options, files: files, sample: samples.large, forecast: forecast)
  return planner.plan(freeBytes: free)
}

/// Puts the figures of a forecast together.
private struct RunPlanner {
  let configuration: PipelineConfiguration
  let options: PlanOptions
  let files: [InputFile]
  let sample: InputSample
  let forecast: Forecast

  private var workers: Int { configuration.workers ?? ProcessInfo.processInfo.activeProcessorCount }
  private var inputBytes: Int { files.reduce(0) { $0 + $1.size } }
  private var documents: Int { forecast.proportional(\.documents) }
  private var kept: Int { forecast.proportional(\.kept) }
  /// In proportion, but that a tokenizer of the whole input knows less of it by heart than one of a sample of the sample.
  private var tokens: Int { Int(Double(forecast.proportional(\.tokens)) * forecast.tokenGrowth) }
  /// Lengths and offsets of 20 bytes a document, 42 a file (docs/formats/indexed-dataset.md).
  private var idx: Int { kept * 20 + forecast.large.languages * 42 }

  /// Units of prepare. Compressed shards count as if they could be cut anywhere.
  private var prepareUnits: Int {
    let planned = planPrepare(files.filter { !isCompressed($0.path) }, configuration: configuration).count
    let compressed = files.filter { isCompressed($0.path) }.reduce(0) { $0 + $1.size }
    let text = Double(compressed) / Double(max(1, inputBytes)) * Double(forecast.lineBytes)
    return planned + Int((text / Double(max(1, configuration.unitBytes))).rounded(.up))
  }

  /// Parts of sections whose name begins so.
  private func parts(_ prefix: String) -> Int {
    forecast.large.sections.reduce(0) { sum, section in
      guard section.key.hasPrefix(prefix) else { return sum }
      let bytes = forecast.proportional { $0.sections[section.key] ?? 0 }
      return sum + max(1, bytes / max(1, configuration.partBytes))
    }
  }

  /// Bytes of a token in .bin: 2 up to 65,500 entries, as Megatron chooses.
  private var tokenBytes: Int {
    forecast.large.tokens > 0 ? forecast.large.tokenBytes / forecast.large.tokens : 0
  }

  /// Distinct pre-tokens of the whole text.
  private var pieces: Int { Int(forecast.power({ Double($0.distinctPieces) }, bounds: 0.5...1)) }

  private func bytesOut(_ stage: String) -> Int {
    forecast.proportional { $0.stages[stage]?.bytesOut ?? 0 }
  }

  private func bytesIn(_ stage: String) -> Int {
    stage == PrepareStage.name ? inputBytes : forecast.proportional { $0.stages[stage]?.bytesIn ?? 0 }
  }

  private func seconds(_ stage: String, bytes: Int) -> Double {
    if let rate = options.rates[stage] { return Double(bytes) / Double(max(1, rate)) }
    let taken: (TrialRun) -> Double = { $0.stages[stage]?.seconds ?? 0 }
    // Learning merges grows with distinct pieces, and those slower than text.
    return stage == TrainStage.name
      ? forecast.linear(taken, by: { $0.distinctPieces }, to: pieces) : forecast.linear(taken)
  }

  func plan(freeBytes free: Int) -> RunPlan {
    let expected = expectedStages(configuration)
    let textParts = parts("text/")
    let otherParts = parts("removed/") + parts("values/") + parts(Section.quarantine)
    let languages = forecast.large.languages
    let pieces = self.pieces
    var stages: [RunPlan.StagePlan] = []
    for name in expected {
      let read = bytesIn(name)
      var stage = RunPlan.StagePlan(
        stage: name, units: 1, documents: kept, bytesIn: read, bytesOut: bytesOut(name),
        seconds: seconds(name, bytes: read), files: 0, memoryBytes: memory(name, pieces: pieces, workers: workers),
        scratchBytes: 0)
      switch name {
      case "prepare":
        stage.units = prepareUnits
        stage.documents = documents
        stage.files = 2 * stage.units
      case "collect":
        let group = CollectStage.portraitsPerPart
        let portraits = configuration.report == nil ? 0 : (prepareUnits + group - 1) / group
        stage.units = textParts + otherParts + portraits
        stage.documents = documents
        stage.files = 2 * textParts + otherParts + portraits + stage.units
      case "deduplicate":
        stage.files = textParts + 2
        let bands = configuration.deduplicateNear?.options.bands ?? 0
        stage.scratchBytes = documents * (36 + 35 * bands)
      case "lines":
        stage.units = textParts
        stage.files = 2 * textParts
        // Sorted places of segments, more than the distinct ones that are left of them.
        stage.scratchBytes = bytesOut(name) * 2
      case "repeats":
        let runs = stages.last?.bytesOut ?? 0
        stage.bytesIn = runs
        stage.units = RepeatsStage.ranges(of: runs, runs: textParts, configuration: configuration).count
        stage.files = 2 * stage.units
        stage.scratchBytes = runs
      case "cut":
        stage.units = textParts
        stage.files = 3 * textParts
      case "count":
        stage.units = textParts
        stage.files = 2 * textParts
        stage.bytesOut = Int(forecast.power({ Double($0.stages[name]?.bytesOut ?? 0) }, bounds: 0.5...1))
      case "train":
        stage.files = 4
        stage.bytesIn = stages.last?.bytesOut ?? 0
        // A full vocabulary ends the growth: 82 bytes an entry in all files of one of 250,680 entries.
        stage.bytesOut = min(
          Int(forecast.power({ Double($0.stages[name]?.bytesOut ?? 0) }, bounds: 0...1)),
          (configuration.trainTokenizer?.vocabularySize ?? 0) * 82)
      case "encode":
        stage.units = textParts
        stage.files = 3 * textParts
        stage.bytesOut = tokens * tokenBytes + kept * 4
      default:
        stage.bytesIn = tokens * tokenBytes
        stage.bytesOut = tokens * tokenBytes + idx
        stage.units = languages
        stage.files = 3 * languages
      }
      stages.append(stage)
    }
    return account(stages, pieces: pieces, freeBytes: free)
  }

  /// Bytes that a stage holds at its peak, besides the program itself.
  private func memory(_ stage: String, pieces: Int, workers: Int) -> Int {
    let text = configuration.partBytes
    let threads = max(1, workers)
    let base = 24 << 20
    switch stage {
    case "prepare":
      // Sections wait for a frame of 4 MB each, so a unit may come to lie in memory whole, and its longest record besides.
      return base + threads * (min(configuration.unitBytes, max(inputBytes / max(1, prepareUnits), 1)) * 2 + 24 << 20)
    case "deduplicate":
      return base + min(configuration.memory, documents * 64) + documents / 4
    case "lines", "repeats":
      // A sorter of half of what a worker may take, where the text fills it.
      return base + min(configuration.memory / 2, threads * text / 2) + threads * (24 << 20)
    case "train":
      guard forecast.large.distinctPieces > 0, let step = configuration.trainTokenizer else { return base }
      var trainer = TrainerOptions()
      trainer.vocabularySize = step.vocabularySize
      let counts = forecast.large.stages["count"]?.bytesOut ?? 0
      // A run holds a piece, its length and its count, in a byte or two each; a piece stands in one run a part.
      let length = max(1, counts / forecast.large.distinctPieces - 2)
      return base + BytePairTrainer.peakBytes(pieceCount: pieces, byteCount: pieces * length, options: trainer)
    case "count":
      return base + threads * (pieces / max(1, forecast.large.languages) * 80 + min(text, 32 << 20))
    case "encode":
      return base + 60 << 20 + threads * (48 << 20)
    default:
      return base + threads * (24 << 20)
    }
  }

  private func account(_ stages: [RunPlan.StagePlan], pieces: Int, freeBytes free: Int) -> RunPlan {
    var lying = 0
    var peak = 0
    var count = 3
    var peakFiles = 0
    func bytes(_ name: String) -> Int { stages.first { $0.stage == name }?.bytesOut ?? 0 }
    func data(_ name: String) -> Int {
      stages.first { $0.stage == name }.map { $0.files - $0.units } ?? 0
    }
    for stage in stages {
      lying += stage.bytesOut
      count += stage.files
      peak = max(peak, lying + stage.scratchBytes)
      peakFiles = max(peakFiles, count)
      // What `run` clears away when the stage is done.
      let cleared = [
        "collect": ["prepare"], "cut": ["lines", "repeats"], "train": ["count"], "assemble": ["encode"],
      ]
      for gone in cleared[stage.stage] ?? [] {
        lying -= bytes(gone)
        count -= data(gone)
      }
    }
    let hasDataset = stages.contains { $0.stage == "assemble" }
    let idx = self.idx
    let memory = (stages.map(\.memoryBytes).max() ?? 0)
    let seconds = stages.reduce(0) { $0 + $1.seconds } + forecast.linear(\.otherSeconds)
    return RunPlan(
      name: configuration.name, workers: workers, inputFiles: files.count, inputBytes: inputBytes,
      sampledBytes: sample.bytesRead, textBytes: forecast.lineBytes, documents: documents, documentsKept: kept,
      tokens: tokens, binBytes: hasDataset ? max(0, bytes("assemble") - idx) : 0, idxBytes: hasDataset ? idx : 0,
      stages: stages, seconds: seconds, peakDiskBytes: peak, finalDiskBytes: lying, freeDiskBytes: free,
      peakFiles: peakFiles, finalFiles: count, memoryBytes: memory, memoryLimitBytes: configuration.memory,
      obstacles: obstacles(stages, pieces: pieces, peak: peak, free: free))
  }

  private func obstacles(_ stages: [RunPlan.StagePlan], pieces: Int, peak: Int, free: Int) -> [String] {
    var obstacles: [String] = []
    if peak > free {
      obstacles.append(
        "disk: the run needs about \(byteText(peak)) at its peak and \(configuration.output) has \(byteText(free)) free; "
          + "choose an --output with more room, or free \(byteText(peak - free))")
    }
    guard let largest = stages.max(by: { $0.memoryBytes < $1.memoryBytes }), largest.memoryBytes > configuration.memory
    else { return obstacles }
    var remedy = "give --memory \((largest.memoryBytes >> 20) + 1)M"
    let fewer = (1..<max(1, workers)).reversed().first { count in
      stages.allSatisfy { memory($0.stage, pieces: pieces, workers: count) <= configuration.memory }
    }
    if let fewer { remedy += ", or --workers \(fewer)" }
    if largest.stage == "train" { remedy += ", or train on a sample of the text" }
    obstacles.append(
      "memory: \(largest.stage) needs about \(byteText(largest.memoryBytes)) with \(workers) workers and --memory is "
        + "\(byteText(configuration.memory)); \(remedy)")
    return obstacles
  }
}

/// The nearest directory above `path` that exists.
private func existingParent(of path: String) -> String {
  var url = URL(fileURLWithPath: path).absoluteURL
  while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
  return url.path
}

/// "12.3 MB": decimal units, three digits.
public func byteText(_ bytes: Int) -> String {
  var value = Double(bytes)
  let units = ["B", "kB", "MB", "GB", "TB", "PB"]
  var unit = 0
  while value >= 999.5, unit < units.count - 1 {
    value /= 1000
    unit += 1
  }
  return unit == 0
    ? "\(bytes) B" : String(format: value < 10 ? "%.2f %@" : value < 100 ? "%.1f %@" : "%.0f %@", value, units[unit])
}
