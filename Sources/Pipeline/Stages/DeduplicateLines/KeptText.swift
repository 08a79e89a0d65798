// What stays of a prepared part: its documents without those on its removal list and, where the step ran, without what
// its cut list takes out. Whoever counts, encodes or exports reads through here.
import CorpusCore
import CorpusIO
import Deduplication

/// Every kept document of a part in order. `cut`: whether the part's cut list is to be applied.
func forEachKept(
  _ part: PartCatalog.Part, cut: Bool, directory: RunDirectory, attempt: Attempt,
  _ body: (DocumentRecord, DocumentBatch) throws -> Void
) throws {
  try forEachKeptBatch(part, cut: cut, directory: directory, attempt: attempt) { records, batch in
    for record in records { try body(record, batch) }
  }
}

/// The same, a batch at a time.
func forEachKeptBatch(
  _ part: PartCatalog.Part, cut: Bool, directory: RunDirectory, attempt: Attempt,
  _ body: ([DocumentRecord], DocumentBatch) throws -> Void
) throws {
  guard cut else {
    return try forEachRemainingBatch(part, directory: directory, attempt: attempt) { documents, batch in
      try body(documents.map(\.record), batch)
    }
  }
  var cuts = try TextCutting(part.name, directory: directory)
  try forEachRemainingBatch(part, directory: directory, attempt: attempt) { documents, batch in
    var kept: [DocumentRecord] = []
    kept.reserveCapacity(documents.count)
    for (ordinal, record) in documents {
      if let record = try cuts.apply(to: record, ordinal: ordinal, in: &batch) { kept.append(record) }
    }
    try body(kept, batch)
  }
  try cuts.finish()
}

/// Every document that is not on the part's removal list, with its ordinal in the part, a batch at a time.
func forEachRemainingBatch(
  _ part: PartCatalog.Part, directory: RunDirectory, attempt: Attempt,
  _ body: ([(ordinal: UInt64, record: DocumentRecord)], inout DocumentBatch) throws -> Void
) throws {
  let removals = try readRemovals(part.name, directory: directory)
  let reader = try preparedReader(part.name, directory: directory)
  var batch = DocumentBatch()
  var ordinal: UInt64 = 0
  var next = 0
  while try reader.next(into: &batch) {
    if Interruption.isRequested { throw Interrupted() }
    if let rejected = batch.rejected.first {
      throw PlainFailure(.badData, "\(rejected.location): \(rejected.reason) in a prepared part; run `xylem verify`")
    }
    var remaining: [(ordinal: UInt64, record: DocumentRecord)] = []
    remaining.reserveCapacity(batch.documents.count)
    for record in batch.documents {
      if next < removals.count, removals[next] == ordinal {
        next += 1
      } else {
        remaining.append((ordinal, record))
      }
      ordinal += 1
    }
    try body(remaining, &batch)
    attempt.progress.add(
      bytes: batch.documents.reduce(0) { $0 + $1.text.count }, documents: batch.documents.count)
  }
  guard ordinal == UInt64(part.documents), next == removals.count else {
    throw PlainFailure(
      .badData,
      "\(RunDirectory.prepared(part.name)): \(ordinal) documents and \(next) of \(removals.count) removals met, expected "
        + "\(part.documents) documents; run `xylem verify`")
  }
}

/// Applies a part's cut list to its documents in order.
private struct TextCutting {
  private let path: String
  private var cursor: CutList.Cursor
  private var next: CutList.Entry?
  private var rest: [UInt8] = []

  init(_ part: PartName, directory: RunDirectory) throws {
    path = RunDirectory.cuts(part)
    let bytes = try readWholeFile(directory.absolute(path), limit: 1 << 32, fileSystem: directory.fileSystem)
    cursor = try CutList(decoding: bytes).makeCursor()
    next = try cursor.next()
  }

  /// The record with what is left of its text, in the place of the text; nil when the document goes. The list is held
  /// against the text: ranges lie within it and end between characters.
  mutating func apply(
    to record: DocumentRecord, ordinal: UInt64, in batch: inout DocumentBatch
  ) throws -> DocumentRecord? {
    guard let entry = next, entry.ordinal <= ordinal else { return record }
    guard entry.ordinal == ordinal else { throw mismatch("document \(entry.ordinal) is not among the kept ones") }
    next = try cursor.next()
    if entry.ranges.isEmpty { return nil }
    rest.removeAll(keepingCapacity: true)
    let isWithin = batch.bytes.withUnsafeBufferPointer { bytes in
      let text = UnsafeBufferPointer(rebasing: bytes[record.text])
      guard
        entry.ranges.allSatisfy({ range in
          range.upperBound <= text.count && text[range.lowerBound] & 0xC0 != 0x80
            && (range.upperBound == text.count || text[range.upperBound] & 0xC0 != 0x80)
        })
      else { return false }
      appendRest(of: text, without: entry.ranges, to: &rest)
      return true
    }
    guard isWithin else { throw mismatch("its ranges do not fit the text of document \(ordinal)") }
    var record = record
    record.text = record.text.lowerBound..<record.text.lowerBound + rest.count
    batch.bytes.replaceSubrange(record.text, with: rest)
    return record
  }

  /// Call at the end of the part.
  func finish() throws {
    if let next { throw mismatch("document \(next.ordinal) is not among the kept ones") }
  }

  private func mismatch(_ reason: String) -> PlainFailure {
    PlainFailure(.badData, "\(path): \(reason); run `xylem verify`")
  }
}
