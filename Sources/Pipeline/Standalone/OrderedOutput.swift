// What several threads produce, written in the order of the input: a unit whose turn it is writes straight through, the
// others wait in memory up to a bound, and beyond it the threads wait.
import CorpusCore
import CorpusIO
import Foundation

/// How kept records are stored.
public struct KeptFormat: Sendable, Hashable {
  /// `.jsonl` without compression: for what is read again at once. Compression takes more than half of the time of exact
  /// deduplication.
  public var isPlain = false
  /// Level of zstd, -7 (fast) to 19. Level 1 takes a third of the time of level 3 for 5 to 10 % more bytes.
  public var level = 1

  public static let levels = -7...19

  public init() {}

  var ending: String { isPlain ? ".jsonl" : ".jsonl.zst" }
}

/// A piece of one of the outputs.
struct OutputChunk: Sendable {
  /// 0 is the kept text; others are files of evidence.
  var lane: Int
  var bytes: [UInt8]
  /// Bytes before compression.
  var rawBytes: Int
}

/// Hands chunks to `sink` in the order of units, and inside a unit in the order of appending.
///
/// No deadlock: units are begun in order, so the lowest unfinished one is always being worked on, and it never waits.
final class OrderedOutput: @unchecked Sendable {
  // All state is guarded by `condition`, and `sink` is called under it.
  private let condition = NSCondition()
  private let limitBytes: Int
  private let sink: (Int, OutputChunk) throws -> Void
  private var turn = 0
  private var waiting: [Int: [OutputChunk]] = [:]
  private var waitingBytes = 0
  private var finished: Set<Int> = []
  private var isAbandoned = false

  /// `sink` gets the unit and the chunk, from one thread at a time. At most about `limitBytes` wait.
  init(limitBytes: Int, sink: @escaping (Int, OutputChunk) throws -> Void) {
    self.limitBytes = limitBytes
    self.sink = sink
  }

  func append(_ chunk: OutputChunk, unit: Int) throws {
    condition.lock()
    defer { condition.unlock() }
    while unit != turn, waitingBytes + chunk.bytes.count > limitBytes, !isAbandoned { condition.wait() }
    if isAbandoned { throw Interrupted() }
    guard unit != turn else { return try sink(unit, chunk) }
    waiting[unit, default: []].append(chunk)
    waitingBytes += chunk.bytes.count
  }

  /// The unit has appended everything.
  func finish(_ unit: Int) throws {
    condition.lock()
    defer {
      condition.broadcast()
      condition.unlock()
    }
    finished.insert(unit)
    while finished.remove(turn) != nil {
      turn += 1
      for chunk in waiting.removeValue(forKey: turn) ?? [] {
        waitingBytes -= chunk.bytes.count
        try sink(turn, chunk)
      }
    }
  }

  /// A unit failed: nobody needs to wait any longer.
  func abandon() {
    condition.withLock {
      isAbandoned = true
      condition.broadcast()
    }
  }
}

/// The result of a `dedup` command: `kept/part-NNNNN.jsonl.zst` (or `.jsonl`) in parts of about 256 MB and some files of evidence.
///
/// Files are written under attempts' names; `finish` gives them their own. Without it nothing stays.
final class DeduplicatedOutput: @unchecked Sendable {
  // Used under the lock of `OrderedOutput`, then by one thread.
  private static let partBytes = 256 << 20
  private let destination: RunDirectory
  private let names: [String]
  private let format: KeptFormat
  private var evidence: [OutputFile] = []
  private var part: OutputFile?
  private var partRawBytes = 0
  private var parts = 0
  private var published: [String] = []
  private var isFinished = false

  /// Refuses a directory that holds a result. `evidence` are the names of lanes 1 and up.
  init(output: String, format: KeptFormat, evidence names: [String], fileSystem: any FileSystem) throws {
    self.format = format
    destination = RunDirectory(root: output, fileSystem: fileSystem)
    self.names = names
    for name in ["kept"] + names where fileSystem.exists(destination.absolute(name)) {
      isFinished = true
      // Only a kill leaves such a file behind; what else stands there may be somebody's.
      let isCutOff = names.contains { fileSystem.exists(destination.absolute($0 + ".attempt")) }
      throw PlainFailure(
        .cannotCreate,
        "\(destination.absolute(name)): exists already; "
          + (isCutOff
            ? "an earlier try was killed there, or is at work still: remove \(output), or choose another --output"
            : "choose another --output"))
    }
    try fileSystem.makeDirectories(destination.absolute("kept"))
    for name in names {
      evidence.append(try OutputFile(path: attemptName(name), fileSystem: fileSystem))
    }
  }

  deinit {
    guard !isFinished else { return }
    part = nil
    evidence = []
    // An attempt outlives its file's publication when the failure came between the two names.
    for name in ["kept"] + published + names.map({ $0 + ".attempt" }) {
      try? destination.fileSystem.removeTree(destination.absolute(name))
    }
  }

  func write(_ chunk: OutputChunk) throws {
    guard chunk.lane == 0 else { return try evidence[chunk.lane - 1].write(chunk.bytes) }
    let file = try part ?? OutputFile(path: attemptName(partName), fileSystem: destination.fileSystem)
    part = file
    try file.write(chunk.bytes)
    partRawBytes += chunk.rawBytes
    if partRawBytes >= Self.partBytes { try closePart() }
  }

  /// Publishes everything, and finished files that were made beside it under the names given. A corpus of which nothing
  /// is kept has one empty part.
  func finish(adding files: [(file: FileSummary, name: String)] = []) throws {
    if part == nil, parts == 0 {
      try write(OutputChunk(lane: 0, bytes: format.isPlain ? [] : FrameCompressor().compress([]), rawBytes: 0))
    }
    if part != nil { try closePart() }
    for (name, file) in zip(names, evidence) {
      published.append(name)
      try publish(try file.finish(), as: destination.absolute(name), fileSystem: destination.fileSystem)
    }
    for (file, name) in files {
      published.append(name)
      try publish(file, as: destination.absolute(name), fileSystem: destination.fileSystem)
    }
    isFinished = true
  }

  private var partName: String { "kept/\(PartName(language: "", index: parts).fileStem)\(format.ending)" }

  private func attemptName(_ name: String) -> String { destination.absolute(name + ".attempt") }

  private func closePart() throws {
    guard let file = part else { return }
    part = nil
    try publish(try file.finish(), as: destination.absolute(partName), fileSystem: destination.fileSystem)
    parts += 1
    partRawBytes = 0
  }
}

/// What one unit puts out: kept lines in frames of about 4 MB, evidence beside them.
final class UnitOutput {
  private static let frameBytes = 4 << 20
  private static let evidenceBytes = 1 << 20
  private let unit: Int
  private let output: OrderedOutput
  private let compressor: FrameCompressor?
  private var block: [UInt8] = []
  private var evidence: [[UInt8]]

  init(unit: Int, lanes: Int, format: KeptFormat, output: OrderedOutput) {
    compressor = format.isPlain ? nil : FrameCompressor(level: Int32(clamping: format.level))
    self.unit = unit
    self.output = output
    evidence = Array(repeating: [], count: lanes)
    block.reserveCapacity(Self.frameBytes + (256 << 10))
  }

  /// Appends a line, without its line feed.
  func keep(_ line: UnsafeRawBufferPointer) throws {
    block.append(contentsOf: line)
    block.append(10)
    if block.count >= Self.frameBytes { try closeFrame() }
  }

  func keep(_ line: [UInt8]) throws { try line.withUnsafeBytes { try keep($0) } }

  /// Appends to the file of evidence of lane 1 and up.
  func note(_ bytes: [UInt8], lane: Int) throws {
    evidence[lane - 1].append(contentsOf: bytes)
    if evidence[lane - 1].count >= Self.evidenceBytes { try closeEvidence(lane) }
  }

  func close() throws {
    if !block.isEmpty { try closeFrame() }
    for lane in evidence.indices where !evidence[lane].isEmpty { try closeEvidence(lane + 1) }
  }

  private func closeFrame() throws {
    let frame = compressor.map { compressor in block.withUnsafeBytes { compressor.compress($0) } } ?? block
    try output.append(OutputChunk(lane: 0, bytes: frame, rawBytes: block.count), unit: unit)
    block.removeAll(keepingCapacity: true)
  }

  private func closeEvidence(_ lane: Int) throws {
    try output.append(
      OutputChunk(lane: lane, bytes: evidence[lane - 1], rawBytes: evidence[lane - 1].count), unit: unit)
    evidence[lane - 1] = []
  }
}
