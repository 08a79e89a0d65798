// `xylem dedup near`: the prepare, collect and deduplicate stages on their own, then a second pass over the input that writes
// the kept records as they were and one line for each removed one.
import CorpusCore
import CorpusIO
import Deduplication
import Foundation

public struct NearDeduplicating: Sendable {
  public var pass: InputPass
  /// They have been validated.
  public var options = NearDuplicateOptions()
  public var keep = KeepRule.longest
  /// Sources from best to worst, for `KeepRule.source`.
  public var sourcePriority: [String] = []
  public var memoryBytes: Int
  /// Outputs of earlier near deduplications, their fingerprint files, or run directories: what they kept counts as there.
  public var against: [String] = []

  public init(pass: InputPass, memoryBytes: Int) {
    self.pass = pass
    self.memoryBytes = memoryBytes
  }

  public struct Summary: Codable, Sendable {
    public var read = 0
    public var kept = 0
    public var removed = 0
    public var quarantined = 0
    public var candidatePairs = 0
    public var verifiedPairs = 0
    /// Of the removed: documents that an earlier run has.
    public var removedAgainst = 0

    enum CodingKeys: String, CodingKey {
      case read, kept, removed, quarantined
      case candidatePairs = "candidate_pairs"
      case verifiedPairs = "verified_pairs"
      case removedAgainst = "removed_against"
    }
  }

  /// Writes `output/kept/part-NNNNN.jsonl.zst`, `output/removed.jsonl` and `output/fingerprints.xynf`;
  /// `output` must not hold a result yet.
  public func run(output: String, observer: any RunObserver) throws -> Summary {
    let fileSystem = LocalFileSystem()
    let destination = RunDirectory(root: output, fileSystem: fileSystem)
    for name in ["removed.jsonl", "kept", FingerprintFileFormat.name]
    where fileSystem.exists(destination.absolute(name)) {
      throw PlainFailure(.cannotCreate, "\(destination.absolute(name)): exists already; choose another --output")
    }
    let work = RunDirectory(
      root: destination.absolute(".work-\(ProcessInfo.processInfo.processIdentifier)"), fileSystem: fileSystem)
    try fileSystem.makeDirectories(work.root)
    defer { try? fileSystem.removeTree(work.root) }
    let spool = work.absolute("stdin.jsonl")
    if pass.paths.contains("-") { try spoolStandardInput(to: spool, fileSystem: fileSystem) }
    let paths = pass.paths.map { $0 == "-" ? spool : $0 }
    var configuration = PipelineConfiguration.standalone
    configuration.textField = pass.textField
    configuration.idField = pass.idField
    configuration.unitBytes = pass.unitBytes
    // One language for all: documents are numbered in the order in which the second pass meets them.
    configuration.identifyLanguage = try IdentifyLanguageConfiguration(identifier: .record, model: nil)
    configuration.identifyLanguage?.trustRecord = false
    // One spelling for one text, or shingles of the same words would differ; what is kept stays as it came.
    configuration.normalize = .canonicalFormOnly
    configuration.deduplicateExact = .init(keep: keep, sourcePriority: sourcePriority)
    configuration.deduplicateNear = .init(options: options, keep: keep, sourcePriority: sourcePriority)
    let earlier =
      against.isEmpty ? nil : try EarlierFingerprints(against, options: options, fileSystem: fileSystem)
    let files = try listInput(paths, fileSystem: fileSystem)
    let executor = LocalExecutor(
      directory: work, workers: pass.workers, memoryBytes: memoryBytes, journal: Journal(directory: work),
      observer: observer)
    let planned = planPrepare(files, configuration: configuration)
    let prepared = try executor.run(
      PrepareStage(
        configuration: configuration, languages: LanguageTable(files: [], overrides: [:]), identifier: nil,
        planned: planned))
    let bad = prepared.reduce(0) { $0 + $1.counts.quarantined }
    let read = prepared.reduce(0) { $0 + $1.counts.read }
    if Double(bad) > pass.maximumBadRatio * Double(read), bad > 0 {
      let first = prepared.lazy.flatMap(LineNumbers(prepared).shown).first
      let place = first.map { "\($0.shard):\($0.line), \($0.reason)" } ?? ""
      throw PlainFailure(
        .badData,
        "\(bad) of \(read) records could not be read (first: \(place)); "
          + "more than --maximum-bad-ratio \(pass.maximumBadRatio) allows")
    }
    let layout = FingerprintLayout(near: options)
    let catalog = PartCatalog(
      try executor.run(CollectStage(configuration: configuration, prepared: prepared, layout: layout)))
    let deduplicated = try executor.run(
      DeduplicateStage(configuration: configuration, catalog: catalog, layout: layout, earlier: earlier))
    var summary = Summary(read: read, quarantined: bad)
    // A try that fails leaves no half result in the way of the next.
    var isWritten = false
    defer {
      if !isWritten {
        try? fileSystem.removeTree(destination.absolute("kept"))
        try? fileSystem.remove(destination.absolute(FingerprintFileFormat.name + ".attempt"))
      }
    }
    summary.candidatePairs = deduplicated.first?.counts.candidatePairs ?? 0
    summary.verifiedPairs = deduplicated.first?.counts.verifiedPairs ?? 0
    summary.removedAgainst = deduplicated.first?.counts.removedAgainst ?? 0
    let known = try writeFingerprints(
      MappedFingerprints(directory: work, catalog: catalog, layout: layout), of: catalog, work: work,
      to: destination.absolute(FingerprintFileFormat.name + ".attempt"))
    try write(
      planned, lines: LineNumbers(prepared), catalog: catalog, work: work, destination: destination, summary: &summary)
    try publish(known, as: destination.absolute(FingerprintFileFormat.name), fileSystem: fileSystem)
    isWritten = true
    return summary
  }

  /// The records of what is kept, for a later run.
  private func writeFingerprints(
    _ fingerprints: MappedFingerprints, of catalog: PartCatalog, work: RunDirectory,
    to path: String
  ) throws -> FileSummary {
    let writer = try ChecksummedFileWriter(
      path: path, header: FingerprintFileFormat.header(options), fileSystem: work.fileSystem)
    var removals = RemovalCursor(catalog: catalog, directory: work)
    try fingerprints.forEach { number, record in
      if try !removals.isRemoved(number) { try writer.append { $0.append(contentsOf: record) } }
    }
    return try writer.finish()
  }

  /// Documents come in the order in which prepare numbered them: all are of one undetermined language.
  private func write(
    _ units: [PlannedUnit<PrepareWork>], lines: LineNumbers, catalog: PartCatalog, work: RunDirectory,
    destination: RunDirectory,
    summary: inout Summary
  ) throws {
    var removals = RemovalCursor(catalog: catalog, directory: work)
    let evidence = try EvidenceReader(work.absolute(RunDirectory.evidence), fileSystem: work.fileSystem)
    var kept = try KeptWriter(destination: destination)
    let removedFile = try OutputFile(
      path: destination.absolute("removed.jsonl.attempt"), fileSystem: destination.fileSystem)
    var number = 0
    var line: [UInt8] = []
    for (unit, source) in units.flatMap({ unit in unit.work.sources.map { (unit.label, $0) } }) {
      let linesBefore = lines.before(unit: unit, shard: source.path)
      let reader = try ShardReader(source: source, options: pass.options, fileSystem: work.fileSystem)
      var batch = DocumentBatch()
      while try reader.next(into: &batch) {
        if Interruption.isRequested { throw RunInterrupted(signal: Interruption.requestedSignal) }
        for document in batch.documents {
          line.removeAll(keepingCapacity: true)
          // Prepare gives no number to a document without text.
          let isNumbered = !document.text.isEmpty
          if isNumbered, try removals.isRemoved(number) {
            guard let found = try evidence.next() else {
              throw PlainFailure(.badData, "\(RunDirectory.evidence): fewer lines than removals")
            }
            line.append(contentsOf: "{\"id\":".utf8)
            appendJSONString(found.id, to: &line)
            line.append(contentsOf: ",\"shard\":".utf8)
            appendJSONString(source.path, to: &line)
            line.append(
              contentsOf: ",\"line\":\(linesBefore + document.line),\"reason\":\"\(found.reason)\",\"representative\":"
                .utf8)
            appendJSONString(found.representative, to: &line)
            line.append(contentsOf: ",\"similarity\":\(found.similarity)}\n".utf8)
            try removedFile.write(line)
            summary.removed += 1
          } else {
            appendOriginal(document, batch: batch, textField: pass.textField, idField: pass.idField, to: &line)
            try kept.write(line)
            summary.kept += 1
          }
          if isNumbered { number += 1 }
        }
      }
    }
    try kept.finish()
    try publish(
      try removedFile.finish(), as: destination.absolute("removed.jsonl"), fileSystem: destination.fileSystem)
  }
}

/// The record as it came: id, text, language label, then its other fields.
func appendOriginal(
  _ document: DocumentRecord, batch: DocumentBatch, textField: String, idField: String, to line: inout [UInt8]
) {
  line.append(123)
  func field(_ name: String, _ range: Range<Int>) {
    if line.count > 1 { line.append(44) }
    appendJSONString(name, to: &line)
    line.append(58)
    batch.bytes.withUnsafeBytes { appendJSONString(UnsafeRawBufferPointer(rebasing: $0[range]), to: &line) }
  }
  if !document.id.isEmpty { field(idField, document.id) }
  field(textField, document.text)
  if !document.languageLabel.isEmpty { field("lang", document.languageLabel) }
  if !document.otherFields.isEmpty {
    line.append(44)
    line.append(contentsOf: batch.bytes[document.otherFields])
  }
  line.append(contentsOf: [125, 10])
}

/// Asks in ascending order whether a document number was removed; holds the removal list of one part at a time.
struct RemovalCursor {
  private let catalog: PartCatalog
  private let directory: RunDirectory
  private var part = -1
  private var ordinals: [UInt64] = []
  private var position = 0

  init(catalog: PartCatalog, directory: RunDirectory) {
    self.catalog = catalog
    self.directory = directory
  }

  mutating func isRemoved(_ number: Int) throws -> Bool {
    let place = catalog.locate(number)
    if place.part != part {
      part = place.part
      ordinals = try readRemovals(catalog.parts[part].name, directory: directory)
      position = 0
    }
    guard position < ordinals.count, ordinals[position] == UInt64(place.ordinal) else { return false }
    position += 1
    return true
  }
}

/// The lines of an evidence file, in document order.
final class EvidenceReader {
  struct Line: Decodable {
    var id: String
    var representative: String
    var similarity: Double
    var reason: String
  }
  private let lines: LineReader

  init(_ path: String, fileSystem: any FileSystem) throws {
    lines = try LineReader(path: path, fileSystem: fileSystem)
  }

  func next() throws -> Line? {
    guard let bytes = try lines.next() else { return nil }
    return try JSONDecoder().decode(Line.self, from: Data(bytes))
  }
}

/// Kept records in parts of about 256 MB, frames of about 4 MB.
struct KeptWriter {
  private static let frameBytes = 4 << 20
  private static let partBytes = 256 << 20
  private let destination: RunDirectory
  private let folder: String
  private let compressor = FrameCompressor()
  private var block: [UInt8] = []
  private var partSize = 0
  private var frames: [[UInt8]] = []
  private var index = 0

  init(destination: RunDirectory, folder: String = "kept") throws {
    self.destination = destination
    self.folder = folder
    try destination.fileSystem.makeDirectories(destination.absolute(folder))
  }

  mutating func write(_ line: [UInt8]) throws {
    block.append(contentsOf: line)
    partSize += line.count
    if block.count >= Self.frameBytes { closeFrame() }
    if partSize >= Self.partBytes { try closePart() }
  }

  mutating func finish() throws {
    if partSize > 0 || index == 0 { try closePart() }
  }

  private mutating func closeFrame() {
    frames.append(block.withUnsafeBytes { compressor.compress($0) })
    block.removeAll(keepingCapacity: true)
  }

  private mutating func closePart() throws {
    if !block.isEmpty || frames.isEmpty { closeFrame() }
    let name = destination.absolute("\(folder)/\(PartName(language: "", index: index).fileStem).jsonl.zst")
    let file = try OutputFile(path: name + ".attempt", fileSystem: destination.fileSystem)
    for frame in frames { try file.write(frame) }
    try publish(try file.finish(), as: name, fileSystem: destination.fileSystem)
    frames = []
    partSize = 0
    index += 1
  }
}
