// `xylem export`: the kept text of a run alone, as .jsonl.zst by language.
import CorpusCore
import CorpusIO

/// Writes every kept record of a run to `output/<language>/part-NNNNN.jsonl.zst`, and beside them `croissant.json`, a data
/// card `README.md` and `languages.csv`; returns documents by language.
public func exportKept(_ directory: RunDirectory, output: String) throws -> [String: Int] {
  let record = try runRecord(directory)
  guard let plan = try stagePlan(CollectStage.name, directory: directory) else {
    throw PlainFailure(.noInput, "\(directory.root): nothing is prepared yet")
  }
  let collected = try plan.units.map { unit in
    try decodeJSON(
      UnitManifest<CollectCounts>.self,
      path: directory.absolute(RunDirectory.manifest(stage: CollectStage.name, unit: unit)),
      fileSystem: directory.fileSystem)
  }
  let catalog = PartCatalog(collected)
  let needed = expectedStages(record.configuration).filter { [DeduplicateStage.name, CutStage.name].contains($0) }
  let stages = try runStatus(directory).stages
  guard needed.allSatisfy({ name in stages.contains { $0.stage == name && $0.done == $0.units } }) else {
    throw PlainFailure(.incomplete, "\(directory.root): deduplication is not done yet; finish the run first")
  }
  let destination = RunDirectory(root: output, fileSystem: directory.fileSystem)
  for name in ["croissant.json", "README.md", "languages.csv"]
  where directory.fileSystem.exists(destination.absolute(name)) {
    throw PlainFailure(.cannotCreate, "\(destination.absolute(name)): exists already; choose another --output")
  }
  var documents: [String: Int] = [:]
  var bytes: [String: Int] = [:]
  var line: [UInt8] = []
  for language in Set(catalog.parts.map(\.name.language)).sorted() {
    if directory.fileSystem.exists(destination.absolute(language)) {
      throw PlainFailure(.cannotCreate, "\(destination.absolute(language)): exists already; choose another --output")
    }
    var writer = try KeptWriter(destination: destination, folder: language)
    for part in catalog.parts where part.name.language == language {
      let attempt = try Attempt(
        directory: directory, stage: "export", unit: part.name.label,
        progress: ProgressMeter(stage: "export", units: 1, bytes: 0), memoryBytes: 0)
      defer { attempt.discard() }
      try forEachKept(part, cut: record.configuration.deduplicateLines != nil, directory: directory, attempt: attempt) {
        document, batch in
        line.removeAll(keepingCapacity: true)
        appendOriginal(document, batch: batch, textField: "text", idField: "id", to: &line)
        try writer.write(line)
        documents[language, default: 0] += 1
        bytes[language, default: 0] += document.text.count
      }
    }
    try writer.finish()
  }
  try describe(
    DatasetDescription(
      name: record.name, version: record.version,
      languages: documents.reduce(into: [:]) { languages, entry in
        languages[entry.key] = .init(documents: entry.value, bytes: bytes[entry.key] ?? 0)
      }, ledger: try ledger(of: directory)), in: destination)
  return documents
}

/// The run's ledger, once it has one.
private func ledger(of directory: RunDirectory) throws -> Ledger? {
  let path = directory.absolute(RunDirectory.ledgerFile)
  guard directory.fileSystem.exists(path) else { return nil }
  return try decodeJSON(Ledger.self, path: path, fileSystem: directory.fileSystem)
}

private func describe(_ description: DatasetDescription, in destination: RunDirectory) throws {
  try destination.fileSystem.makeDirectories(destination.root)
  try replaceFile(description.croissant, at: "croissant.json", in: destination)
  try replaceFile(description.card, at: "README.md", in: destination)
  try replaceFile(description.table, at: "languages.csv", in: destination)
}

/// The record as it came: id, text, language label, then its other fields.
private func appendOriginal(
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

/// Kept records in parts of about 256 MB, frames of about 4 MB.
private struct KeptWriter {
  private static let frameBytes = 4 << 20
  private static let partBytes = 256 << 20
  private let destination: RunDirectory
  private let folder: String
  private let compressor = FrameCompressor()
  private var block: [UInt8] = []
  private var partSize = 0
  private var frames: [[UInt8]] = []
  private var index = 0

  init(destination: RunDirectory, folder: String) throws {
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
