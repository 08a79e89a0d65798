// Shards into batches of documents, streaming: .jsonl and .txt, plain, gzip or Zstandard. A bad line is data: it becomes
// a rejected record with its place, reason and bytes. Only a file that cannot be opened or read throws.
import CJSONShim
public import CorpusCore

/// Reads one shard from its beginning to its end. One thread uses it.
///
/// Every line is a document, a rejected record or a blank line. Line numbers count from 1 at the start of the file, or of
/// the source's part, where they say nothing about the file; byte offsets are exact in both cases and count decompressed
/// bytes. A damaged frame is one rejected record, and lines go on behind it; where nobody knows where it ends, and in
/// `.txt` shards, that record is the last. Memory: a batch, and the longest line several times.
public final class ShardReader {
  private static let recordsPerBatch = 4096

  private let source: ShardSource
  private let options: ReadOptions
  private let lines: LineSplitter
  private let parser: OpaquePointer?
  private var paragraph = TextDocument()
  private var isDone = false

  /// Opens the shard; throws `.noInput` when that cannot be done.
  public init(
    source: ShardSource, options: ReadOptions, fileSystem: any FileSystem
  ) throws(CorpusIOFailure) {
    self.source = source
    self.options = options
    lines = try LineSplitter(
      source, maximumLineBytes: options.maximumRecordBytes, isHashing: options.hashesContent, fileSystem: fileSystem)
    parser = source.isPlainText ? nil : Self.makeParser(options)
    if !source.isPlainText, parser == nil {
      throw CorpusIOFailure(.inputOutput, "\(source.path): no memory for a JSON parser; lower --workers")
    }
  }

  deinit {
    if let parser { json_reader_destroy(parser) }
  }

  /// Bytes taken from the file so far, before decompression.
  public var bytesRead: Int { lines.rawBytesRead }

  /// XXH3-128 of the file's bytes (before decompression), or of the lines of the range; complete once `next` said false.
  /// Of nothing where the options ask for none.
  public var contentDigest: Digest128 { lines.contentDigest }

  /// Puts the next documents into `batch`, which is emptied first; false when there was nothing more.
  ///
  /// A batch ends at about `batchBytes` or 4,096 records; it may hold rejected records or blank lines alone.
  public func next(into batch: inout DocumentBatch) throws(CorpusIOFailure) -> Bool {
    batch.removeAll()
    batch.shard = source.path
    if isDone { return false }
    // The last record goes beyond, and mostly not by more.
    batch.bytes.reserveCapacity(options.batchBytes + options.batchBytes / 4)
    var rejectedBytes = 0
    while batch.bytes.count + rejectedBytes < options.batchBytes,
      batch.documents.count + batch.rejected.count < Self.recordsPerBatch
    {
      let rejectedBefore = batch.rejected.count
      try take(try lines.next(), into: &batch)
      for record in batch.rejected[rejectedBefore...] { rejectedBytes += record.raw.count }
      if isDone { break }
    }
    return !(batch.documents.isEmpty && batch.rejected.isEmpty && batch.blankLineCount == 0)
  }

  private func take(_ item: LineItem, into batch: inout DocumentBatch) throws(CorpusIOFailure) {
    switch item {
    case .line(let line, let place):
      if let parser {
        takeJSON(line, at: place, parser: parser, into: &batch)
      } else {
        takeText(line, at: place, into: &batch)
      }
    case .tooLong(let head, let place):
      if parser == nil, options.textDocuments != .line {
        appendToParagraph(head, at: place, isCut: true)
      } else {
        reject(head, at: place, "record too long", into: &batch)
      }
    case .broken(let rest, let place, let end):
      breakOff(rest, at: place, end.reason ?? "shard is corrupt", into: &batch)
      guard parser == nil else { break }
      isDone = true
      try lines.drain()
    case .end:
      endParagraph(into: &batch)
      isDone = true
    }
  }

  private func reject(
    _ bytes: UnsafeRawBufferPointer, at place: LinePlace, _ reason: String, into batch: inout DocumentBatch
  ) {
    let kept = bytes[..<min(bytes.count, LineSplitter.keptBytes)]
    let location = FileLocation(shard: source.path, line: place.number, byteOffset: place.offset)
    batch.rejected.append(RejectedRecord(location: location, reason: reason, raw: Array(kept)))
  }

  // MARK: JSON lines

  private static func makeParser(_ options: ReadOptions) -> OpaquePointer? {
    // All names in one buffer, so that one pointer keeps them alive during the call.
    let names = [options.textField, options.idField] + options.languageFields
    var bytes: [UInt8] = []
    for name in names { bytes.append(contentsOf: name.utf8) }
    bytes.append(0)
    return bytes.withUnsafeBufferPointer { (all: UnsafeBufferPointer<UInt8>) -> OpaquePointer? in
      var slices: [json_slice] = []
      var offset = 0
      for name in names {
        slices.append(json_slice(start: all.baseAddress?.advanced(by: offset), count: name.utf8.count))
        offset += name.utf8.count
      }
      let languages = Array(slices.dropFirst(2))
      return json_reader_create(slices[0], slices[1], languages, languages.count)
    }
  }

  private func takeJSON(
    _ line: UnsafeRawBufferPointer, at place: LinePlace, parser: OpaquePointer, into batch: inout DocumentBatch
  ) {
    guard !isBlank(line) else {
      batch.blankLineCount += 1
      return
    }
    var record = json_record()
    // The splitter leaves JSON_READER_PADDING readable bytes behind every line.
    let outcome = json_reader_parse(
      parser, line.baseAddress?.assumingMemoryBound(to: UInt8.self), line.count, &record)
    guard outcome == JSON_RECORD else { return reject(line, at: place, reason(for: outcome), into: &batch) }
    let text = append(record.text, to: &batch.bytes)
    let id = append(record.id, to: &batch.bytes)
    let language = append(record.language, to: &batch.bytes)
    let other = append(record.other, to: &batch.bytes)
    batch.documents.append(
      DocumentRecord(
        text: text, id: id, languageLabel: language, otherFields: other, line: place.number, byteOffset: place.offset))
  }

  private func append(_ slice: json_slice, to bytes: inout [UInt8]) -> Range<Int> {
    let start = bytes.count
    bytes.append(contentsOf: UnsafeBufferPointer(start: slice.start, count: slice.count))
    return start..<bytes.count
  }

  private func reason(for outcome: json_outcome) -> String {
    switch outcome {
    case JSON_NOT_AN_OBJECT: "not an object"
    case JSON_TEXT_MISSING: "text is missing"
    case JSON_TEXT_NOT_A_STRING: "text is not a string"
    case JSON_INVALID_UTF8: "invalid UTF-8"
    case JSON_TOO_DEEP: "nested too deep"
    case JSON_OUT_OF_MEMORY: "record too long"
    default: "malformed JSON"
    }
  }

  // MARK: Plain text

  /// A text document that is being put together from lines.
  private struct TextDocument {
    var bytes: [UInt8] = []
    var place: LinePlace?
    var isTooLong = false
  }

  private func takeText(_ line: UnsafeRawBufferPointer, at place: LinePlace, into batch: inout DocumentBatch) {
    switch options.textDocuments {
    case .file:
      appendToParagraph(line, at: place, isCut: false)
    case .line:
      if isBlank(line) {
        batch.blankLineCount += 1
      } else {
        takeDocument(withoutCarriageReturn(line), at: place, into: &batch)
      }
    case .paragraph:
      if isBlank(line) {
        batch.blankLineCount += 1
        endParagraph(into: &batch)
      } else {
        appendToParagraph(line, at: place, isCut: false)
      }
    }
  }

  private func appendToParagraph(_ line: UnsafeRawBufferPointer, at place: LinePlace, isCut: Bool) {
    // The line feed that stood before this line, unless it is the first; the last one is not part of the document.
    if paragraph.place == nil { paragraph.place = place } else { paragraph.bytes.append(0x0A) }
    if isCut || line.count > options.maximumRecordBytes - paragraph.bytes.count { paragraph.isTooLong = true }
    let room = paragraph.isTooLong ? max(0, LineSplitter.keptBytes - paragraph.bytes.count) : line.count
    paragraph.bytes.append(contentsOf: line[..<min(room, line.count)])
    if paragraph.isTooLong, paragraph.bytes.count > LineSplitter.keptBytes {
      paragraph.bytes.removeSubrange(LineSplitter.keptBytes...)
    }
  }

  private func endParagraph(into batch: inout DocumentBatch) {
    guard let place = paragraph.place else { return }
    let document = paragraph
    paragraph = TextDocument()
    document.bytes.withUnsafeBytes { bytes in
      if document.isTooLong {
        reject(bytes, at: place, "record too long", into: &batch)
      } else {
        takeDocument(bytes, at: place, into: &batch)
      }
    }
  }

  private func takeDocument(
    _ bytes: UnsafeRawBufferPointer, at place: LinePlace, into batch: inout DocumentBatch
  ) {
    guard json_is_utf8(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count) else {
      return reject(bytes, at: place, "invalid UTF-8", into: &batch)
    }
    let start = batch.bytes.count
    batch.bytes.append(contentsOf: bytes)
    let end = batch.bytes.count
    batch.documents.append(
      DocumentRecord(
        text: start..<end, id: end..<end, languageLabel: end..<end, otherFields: end..<end,
        line: place.number, byteOffset: place.offset))
  }

  /// The stream broke: what is left of a document goes with the broken line into one rejected record.
  private func breakOff(
    _ rest: UnsafeRawBufferPointer, at place: LinePlace, _ reason: String, into batch: inout DocumentBatch
  ) {
    guard paragraph.place != nil else { return reject(rest, at: place, reason, into: &batch) }
    appendToParagraph(rest, at: place, isCut: false)
    let start = paragraph.place ?? place
    paragraph.bytes.withUnsafeBytes { reject($0, at: start, reason, into: &batch) }
    paragraph = TextDocument()
  }

  private func withoutCarriageReturn(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    line.last == 0x0D ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
  }

  private func isBlank(_ line: UnsafeRawBufferPointer) -> Bool {
    for byte in line where !isJSONSpace(byte) { return false }
    return true
  }
}
