// Sequential looks into prepared parts for chosen documents: their shingle sets, ids and text heads. Text is never read
// at random: a part is streamed once, and only parts that hold a chosen document.
import CorpusCore
import CorpusIO
import Deduplication

struct PreparedTexts {
  let directory: RunDirectory
  let catalog: PartCatalog
  let fingerprints: MappedFingerprints

  func textBytes(of number: Int) -> Int { fingerprints.withRecord(number) { Int(FingerprintLayout.textBytes($0)) } }
}

extension PreparedTexts: ShingleSource {
  func forEachSet(
    of chosen: ExternalSorter, options: NearDuplicateOptions, _ body: (Int, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let cursor = PreparedCursor(self)
    var shingler = Shingler(options: options)
    var hashes: [UInt64] = []
    try chosen.forEachUnique { number in
      try cursor.visit(number) { record, batch in
        shingler.shingles(of: batch.bytes.span.extracting(record.text), into: &hashes)
      }
      try hashes.withUnsafeBytes { try body(number, $0) }
    }
  }
}

/// Goes forward over the prepared text from chosen document to chosen document. One thread uses it.
final class PreparedCursor {
  private let texts: PreparedTexts
  private var part = -1
  private var reader: ShardReader?
  private var batch = DocumentBatch()
  /// Number of the first document of `batch`.
  private var first = 0

  init(_ texts: PreparedTexts) { self.texts = texts }

  /// Calls `body` with document `number`; numbers do not descend from call to call. A part without a chosen document is
  /// not opened.
  func visit(_ number: Int, _ body: (DocumentRecord, DocumentBatch) throws -> Void) throws {
    let (wanted, _) = texts.catalog.locate(number)
    let description = texts.catalog.parts[wanted]
    if wanted != part {
      reader = try preparedReader(description.name, directory: texts.directory)
      part = wanted
      batch = DocumentBatch()
      first = description.firstNumber
    }
    precondition(number >= first, "a cursor goes forward")
    while number >= first + batch.documents.count {
      if Interruption.isRequested { throw Interrupted() }
      first += batch.documents.count
      guard let reader, try reader.next(into: &batch) else {
        throw PlainFailure(
          .badData,
          "\(RunDirectory.prepared(description.name)): ends after \(first - description.firstNumber) of "
            + "\(description.documents) documents; run `xylem verify`")
      }
    }
    try body(batch.documents[number - first], batch)
  }
}

/// Reads a prepared part; its lines were written by us, so a rejected one means damage.
func preparedReader(_ part: PartName, directory: RunDirectory) throws -> ShardReader {
  let path = directory.absolute(RunDirectory.prepared(part))
  let size = try directory.fileSystem.size(of: path) ?? 0
  var options = ReadOptions()
  options.maximumRecordBytes = 1 << 30
  return try ShardReader(
    source: ShardSource(path: path, range: nil, size: size), options: options, fileSystem: directory.fileSystem)
}

/// The ordinals that deduplication took out of a part. Every part has a list where deduplication ran, an empty one too;
/// whether it ran is told by its manifest, not by the lists.
func readRemovals(_ part: PartName, directory: RunDirectory) throws -> [UInt64] {
  // Not `exists`: a server that gives no answer must not bring the duplicates back.
  guard
    try directory.fileSystem.isPresent(
      directory.absolute(RunDirectory.manifest(stage: DeduplicateStage.name, unit: DeduplicateStage.unitLabel)))
  else { return [] }
  let path = directory.absolute(RunDirectory.removals(part))
  let bytes = try readWholeFile(path, limit: 1 << 32, fileSystem: directory.fileSystem)
  return try RemovalList(decoding: bytes).ordinals
}
