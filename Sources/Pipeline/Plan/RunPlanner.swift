// `xylem plan`: what a run would do, how big it would get and whether it fits, from a sample of the input.
import CorpusCore
import CorpusIO
import Foundation

/// Forecast of a run. Figures are estimates from `sampledBytes` of input; ratios come from the sample where it can tell.
public struct RunPlan: Codable, Sendable {
  public struct StagePlan: Codable, Sendable {
    public var stage: String
    public var units: Int
    public var bytesIn: Int
    public var bytesOut: Int
    public var files: Int
    public var memoryBytes: Int

    enum CodingKeys: String, CodingKey {
      case stage, units, files
      case bytesIn = "bytes_in"
      case bytesOut = "bytes_out"
      case memoryBytes = "memory_bytes"
    }
  }
  public var name: String
  public var inputFiles: Int
  public var inputBytes: Int
  public var sampledBytes: Int
  public var textBytes: Int
  public var documents: Int
  public var stages: [StagePlan]
  /// Largest sum of what lies on disk at one time, and what remains in the end.
  public var peakDiskBytes: Int
  public var finalDiskBytes: Int
  public var freeDiskBytes: Int
  public var memoryBytes: Int
  public var memoryLimitBytes: Int
  /// Why the run cannot be done here; empty when it can.
  public var obstacles: [String]

  enum CodingKeys: String, CodingKey {
    case name, documents, stages, obstacles
    case inputFiles = "input_files"
    case inputBytes = "input_bytes"
    case sampledBytes = "sampled_bytes"
    case textBytes = "text_bytes"
    case peakDiskBytes = "peak_disk_bytes"
    case finalDiskBytes = "final_disk_bytes"
    case freeDiskBytes = "free_disk_bytes"
    case memoryBytes = "memory_bytes"
    case memoryLimitBytes = "memory_limit_bytes"
  }
}

/// Plans the run of `configuration`; reads at most about 16 MiB of the input.
public func planRun(_ configuration: PipelineConfiguration, fileSystem: any FileSystem = LocalFileSystem()) throws
  -> RunPlan
{
  let files = try listInput(configuration.input.flatMap(\.paths), fileSystem: fileSystem)
  let sample = try sampleInput(files, configuration: configuration, fileSystem: fileSystem)
  let inputBytes = files.reduce(0) { $0 + $1.size }
  let scale = sample.bytes > 0 ? Double(inputBytes) / Double(sample.bytes) : 0
  let text = Int(Double(sample.text) * scale)
  let documents = Int((Double(sample.documents) * scale).rounded())
  let units = planPrepare(files, configuration: configuration).count
  let languages = max(1, sample.languages)
  let parts = max(languages, text / max(1, configuration.partBytes))
  let workers = configuration.workers ?? ProcessInfo.processInfo.activeProcessorCount
  // Level-3 frames of this text, measured on the sample itself.
  let packed = Int(Double(sample.packed) * scale)
  let fingerprints = documents * FingerprintLayout(near: configuration.deduplicateNear?.options).recordBytes
  let perWorker = configuration.unitBytes + 64 << 20
  var stages: [RunPlan.StagePlan] = [
    .init(
      stage: "prepare", units: units, bytesIn: inputBytes, bytesOut: packed + fingerprints, files: 2 * units,
      memoryBytes: workers * perWorker),
    .init(
      stage: "collect", units: parts, bytesIn: packed + fingerprints, bytesOut: packed + fingerprints, files: 3 * parts,
      memoryBytes: workers * 32 << 20),
  ]
  let expected = expectedStages(configuration)
  var final = packed + fingerprints
  if expected.contains("deduplicate") {
    let bands = configuration.deduplicateNear?.options.bands ?? 0
    stages.append(
      .init(
        stage: "deduplicate", units: 1, bytesIn: fingerprints, bytesOut: documents / 8 + documents * (36 + 30 * bands),
        files: parts + 1, memoryBytes: min(configuration.memory, documents * (36 + 30 * bands) + 256 << 20)))
  }
  if expected.contains("train") {
    // Distinct pre-tokens grow a little slower than text; about 40 bytes each in a run, 110 in the trainer.
    let distinct = min(text / 12, Int(8 * pow(Double(text), 0.68)))
    let vocabulary = configuration.trainTokenizer?.vocabularySize ?? 0
    stages.append(
      .init(
        stage: "count", units: parts, bytesIn: text, bytesOut: distinct * 24, files: 2 * parts,
        memoryBytes: workers * min(configuration.partBytes, text) / 2))
    stages.append(
      .init(
        stage: "train", units: 1, bytesIn: distinct * 24, bytesOut: vocabulary * 60, files: 4,
        memoryBytes: distinct * 110 + vocabulary * 200))
    final += vocabulary * 60
  }
  if expected.contains("encode") {
    let tokens = text * 10 / 45
    let bytes = tokens * 4 + documents * 20
    stages.append(
      .init(
        stage: "encode", units: parts, bytesIn: text, bytesOut: bytes, files: 3 * parts,
        memoryBytes: workers * 160 << 20))
    stages.append(
      .init(
        stage: "assemble", units: languages, bytesIn: bytes, bytesOut: bytes, files: 3 * languages,
        memoryBytes: workers * 32 << 20))
    final += bytes
  }
  let peak = final + (stages.map(\.bytesOut).max() ?? 0)
  let memory = stages.map(\.memoryBytes).max() ?? 0
  let free = try fileSystem.freeBytes(at: existingParent(of: configuration.output))
  var obstacles: [String] = []
  if peak > free {
    obstacles.append(
      "disk: the run needs about \(byteText(peak)) at its peak and \(configuration.output) has \(byteText(free)) free; "
        + "choose an --output with more room")
  }
  if memory > configuration.memory {
    let stage = stages.max { $0.memoryBytes < $1.memoryBytes }?.stage ?? ""
    obstacles.append(
      "memory: \(stage) needs about \(byteText(memory)) with \(workers) workers and --memory is "
        + "\(byteText(configuration.memory)); give more, or fewer --workers")
  }
  return RunPlan(
    name: configuration.name, inputFiles: files.count, inputBytes: inputBytes, sampledBytes: sample.bytes,
    textBytes: text, documents: documents, stages: stages, peakDiskBytes: peak, finalDiskBytes: final,
    freeDiskBytes: free, memoryBytes: memory, memoryLimitBytes: configuration.memory, obstacles: obstacles)
}

private struct InputSample {
  var bytes = 0
  var text = 0
  var documents = 0
  var packed = 0
  var languages = 0
}

/// About a quarter of a mebibyte from each of at most 64 files spread over the listing.
private func sampleInput(
  _ files: [InputFile], configuration: PipelineConfiguration, fileSystem: any FileSystem
) throws -> InputSample {
  var sample = InputSample()
  var labels: Set<[UInt8]> = []
  let stride = max(1, files.count / 64)
  let compressor = FrameCompressor()
  for (index, file) in files.enumerated() where index % stride == 0 && file.size > 0 {
    let reader = try ShardReader(
      source: ShardSource(path: file.path, range: nil, size: file.size), options: readOptions(configuration),
      fileSystem: fileSystem)
    var batch = DocumentBatch()
    var text = 0
    while text < 1 << 18, try reader.next(into: &batch) {
      for document in batch.documents {
        text += document.text.count
        labels.insert(Array(batch.bytes[document.languageLabel]))
      }
      sample.documents += batch.documents.count
      sample.packed += batch.bytes.withUnsafeBytes { compressor.compress($0) }.count
    }
    sample.text += text
    sample.bytes += max(1, reader.bytesRead)
  }
  sample.languages = labels.count
  return sample
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
