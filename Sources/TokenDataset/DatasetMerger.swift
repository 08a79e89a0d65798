// Makes one dataset of several, in the order given: .bin files back to back, lengths and document indices joined. The
// result has the bytes of a dataset written in one go. Megatron's own tool keeps all indices in memory; this one
// keeps none.
public import CorpusCore
import Glibc

/// A dataset that was written, with the digests of its two files.
public struct DatasetSummary: Codable, Sendable, Equatable {
  public let prefix: String
  public let tokenType: TokenType
  public let sequences: Int
  public let documents: Int
  public let tokens: Int
  public let binBytes: Int
  public let idxBytes: Int
  public let binDigest: Digest128
  public let idxDigest: Digest128
}

/// Joins datasets of one token type into `prefix.bin` and `prefix.idx`.
///
/// Every input is checked as `TokenDataset` checks it. The two files are written under attempt names beside the
/// target, synced and then linked, `.bin` first; an existing file of the same bytes is accepted and one of other
/// bytes is left alone and is an error, so a merge that was killed can be run again. Time: two passes over every
/// `.idx`, one over every `.bin`. Memory: under 8 MiB; two files open at a time, however many inputs.
/// - Throws: `usage` for no inputs or a target among them, `badData` for faulty inputs, different token types, or
/// more
///   documents than the int32 with which Megatron numbers them, `cannotCreate`, `inputOutput`.
public func mergeDatasets(prefixes: [String], to prefix: String) throws(TokenDatasetFailure) -> DatasetSummary {
  let parts = try mergeParts(prefixes: prefixes, to: prefix)
  let whole = try mergedHeader(of: parts, path: prefix)
  try refuseOtherFile(at: prefix + ".bin", bytes: whole.binBytes)
  try refuseOtherFile(at: prefix + ".idx", bytes: whole.header.indexByteCount)

  let attempt = ".attempt-\(getpid())-\(String(UInt32.random(in: 0...UInt32.max), radix: 16))"
  let binAttempt = prefix + ".bin" + attempt
  let idxAttempt = prefix + ".idx" + attempt
  let bin = try concatenateBins(of: parts, to: binAttempt)
  let idx: (bytes: Int, digest: Digest128)
  do throws(TokenDatasetFailure) {
    idx = try writeIndex(
      to: idxAttempt, tokenType: whole.header.tokenType, sequenceCount: whole.header.sequenceCount,
      documentBoundaries: .explicit(count: whole.header.documentIndexCount) { body in
        try forEachBoundary(of: parts, body)
      },
      binByteCount: whole.binBytes
    ) { body in
      for part in parts { try part.reopened().forEachLength(body) }
    }
  } catch {
    unlink(binAttempt)
    throw error
  }
  let isBinOurs: Bool
  do throws(TokenDatasetFailure) {
    isBinOurs = try commit(binAttempt, as: prefix + ".bin", bytes: bin.bytes, digest: bin.digest)
  } catch {
    unlink(idxAttempt)
    throw error
  }
  do throws(TokenDatasetFailure) {
    _ = try commit(idxAttempt, as: prefix + ".idx", bytes: idx.bytes, digest: idx.digest)
  } catch {
    if isBinOurs { unlink(prefix + ".bin") }
    throw error
  }
  syncDirectory(of: prefix + ".idx")
  return DatasetSummary(
    prefix: prefix, tokenType: whole.header.tokenType, sequences: whole.header.sequenceCount,
    documents: whole.header.documentCount, tokens: whole.binBytes / whole.header.tokenType.byteCount,
    binBytes: bin.bytes, idxBytes: idx.bytes, binDigest: bin.digest, idxDigest: idx.digest)
}

/// An input that was checked and closed again.
private struct MergePart {
  let prefix: String
  let header: DatasetIndexHeader
  let binBytes: Int

  /// The files again, without the checks; what changed in size since then is an error.
  func reopened() throws(TokenDatasetFailure) -> OpenPart {
    let inspection = try DatasetInspection(prefix: prefix)
    guard inspection.header == header, inspection.bin.byteCount == binBytes else {
      throw TokenDatasetFailure(.inputOutput, path: prefix, "changed while it was being merged")
    }
    return OpenPart(inspection: inspection)
  }
}

private struct OpenPart {
  let inspection: DatasetInspection

  func forEachLength(_ body: (Int32) throws -> Void) throws {
    var lengths = inspection.lengths()
    while let length = try lengths.next() { try body(length) }
  }
}

private func mergeParts(prefixes: [String], to prefix: String) throws(TokenDatasetFailure) -> [MergePart] {
  guard !prefixes.isEmpty else {
    throw TokenDatasetFailure(.usage, path: prefix, "nothing to merge: no prefix was given")
  }
  var parts: [MergePart] = []
  for input in prefixes {
    guard input != prefix else {
      throw TokenDatasetFailure(.usage, path: prefix, "is both an input and the output of the merge")
    }
    let dataset = try TokenDataset(prefix: input)
    if let first = parts.first, first.header.tokenType != dataset.tokenType {
      throw TokenDatasetFailure(
        .badData, path: input,
        "has \(dataset.tokenType.name) tokens, but \(first.prefix) has \(first.header.tokenType.name); "
          + "only datasets of one type can be merged")
    }
    parts.append(MergePart(prefix: input, header: dataset.header, binBytes: dataset.binByteCount))
  }
  return parts
}

/// The header of the result and the size of its `.bin`, or why there cannot be one.
private func mergedHeader(
  of parts: [MergePart], path: String
) throws(TokenDatasetFailure) -> (header: DatasetIndexHeader, binBytes: Int) {
  var sequences = 0
  var documents = 0
  var binBytes = 0
  var overflow = false
  func add(_ value: Int, to sum: inout Int) {
    let (next, carried) = sum.addingReportingOverflow(value)
    sum = next
    overflow = overflow || carried
  }
  for part in parts {
    add(part.header.sequenceCount, to: &sequences)
    add(part.header.documentCount, to: &documents)
    add(part.binBytes, to: &binBytes)
  }
  guard let type = parts.first?.header.tokenType, !overflow else {
    throw TokenDatasetFailure(.badData, path: path, "the merged .bin would exceed 2^63 - 1 bytes")
  }
  guard documents <= Int(Int32.max), sequences <= Int(Int32.max) else {
    throw TokenDatasetFailure(
      .badData, path: path,
      "\(documents) documents in \(sequences) sequences: Megatron numbers both with int32, at most \(Int32.max) a "
        + "dataset. Keep several datasets and blend them")
  }
  let header = try DatasetIndexHeader(
    tokenType: type, sequenceCount: sequences, documentIndexCount: documents + 1, path: path)
  return (header, binBytes)
}

/// An early look, so that hours of copying do not end at a name that was taken all along.
private func refuseOtherFile(at path: String, bytes: Int) throws(TokenDatasetFailure) {
  var status = stat()
  guard lstat(path, &status) == 0, Int(status.st_size) != bytes else { return }
  throw TokenDatasetFailure(
    .cannotCreate, path: path, "exists with other content; it was left alone. Remove it or choose another prefix")
}

/// All tokens, back to back. Read and written rather than copied in the kernel, because the digest needs the bytes.
private func concatenateBins(
  of parts: [MergePart], to path: String
) throws(TokenDatasetFailure) -> (bytes: Int, digest: Digest128) {
  let file = try AttemptFile(creating: path)
  var block: [UInt8] = []
  for part in parts {
    let bin = try part.reopened().inspection.bin
    var offset = 0
    while offset < bin.byteCount {
      let count = min(4 << 20, bin.byteCount - offset)
      if block.count != count { block = [UInt8](repeating: 0, count: count) }
      try bin.read(into: &block, at: offset)
      try file.append(block)
      offset += count
    }
  }
  return try file.finish()
}

/// The joined document index: each part's entries moved by the sequences before it, and its leading 0 said only once.
private func forEachBoundary(of parts: [MergePart], _ body: (Int64) throws -> Void) throws {
  try body(0)
  var base: Int64 = 0
  for part in parts {
    var entries = try part.reopened().inspection.documentIndex()
    _ = try entries.next()
    while let entry = try entries.next() { try body(base + entry) }
    base += Int64(part.header.sequenceCount)
  }
}
