// Writes an .idx without holding it: its three arrays are streamed from lengths that the caller can name again.
// (Megatron's builder keeps Python lists of all of them; users report 250 GB of memory for it.)
public import CorpusCore

/// Which sequences make a document.
public enum DocumentBoundaries {
  /// Every sequence is a document: the document index is 0, 1, ..., N.
  case oneSequenceADocument
  /// The document index as it shall stand: `count` entries, first 0, last N, never falling; the closure names them
  /// all.
  case explicit(count: Int, forEachBoundary: ((Int64) throws -> Void) throws -> Void)
}

/// Writes the `.idx` of a `.bin` that already has its tokens.
///
/// `forEachLength` is called twice, for the lengths and for the pointers, and must name the same `sequenceCount`
/// lengths in the same order both times; that is checked. Memory: 1 MiB. Time: O(N). The file is created (never
/// replaced), synced and hashed; when anything fails it is taken away again. `binByteCount`, the size of the `.bin`, is
/// compared with the sum of the lengths when given.
/// - Returns: size of the file and its XXH3 digest.
/// - Throws: `cannotCreate` when `path` exists, `inputOutput`, or `badData` when lengths and counts disagree; an error of
///   the closures is passed on as a `TokenDatasetFailure` of the same kind.
public func writeIndex(
  to path: String, tokenType: TokenType, sequenceCount: Int,
  documentBoundaries: DocumentBoundaries = .oneSequenceADocument, binByteCount: Int? = nil,
  forEachLength: ((Int32) throws -> Void) throws -> Void
) throws(TokenDatasetFailure) -> (bytes: Int, digest: Digest128) {
  let header = try DatasetIndexHeader(
    tokenType: tokenType, sequenceCount: sequenceCount, boundaries: documentBoundaries, path: path)
  let file = try AttemptFile(creating: path)
  do {
    try writeArrays(
      header, boundaries: documentBoundaries, binByteCount: binByteCount, to: file, forEachLength: forEachLength)
    return try file.finish()
  } catch {
    throw TokenDatasetFailure(wrapping: error, path: path)
  }
}

/// Hands the bytes of the `.idx` to `write`, in order, in pieces of at most 64 KiB: for callers who create files in a way
/// of their own. `path` is for messages; errors of the closures come out as they are. Otherwise like the other.
public func writeIndex(
  path: String, tokenType: TokenType, sequenceCount: Int,
  documentBoundaries: DocumentBoundaries = .oneSequenceADocument, binByteCount: Int? = nil,
  forEachLength: ((Int32) throws -> Void) throws -> Void, write: ([UInt8]) throws -> Void
) throws {
  let header = try DatasetIndexHeader(
    tokenType: tokenType, sequenceCount: sequenceCount, boundaries: documentBoundaries, path: path)
  try withoutActuallyEscaping(write) { write in
    let output = PiecewiseOutput(path: path, write: write)
    try writeArrays(
      header, boundaries: documentBoundaries, binByteCount: binByteCount, to: output, forEachLength: forEachLength)
    try output.flush()
  }
}

/// What the arrays of an index are written to.
protocol IndexOutput {
  var path: String { get }
  /// Appends one integer, little-endian.
  func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) throws
  func append(_ bytes: [UInt8]) throws
}

extension AttemptFile: IndexOutput {}

/// Collects integers to pieces of 64 KiB.
private final class PiecewiseOutput: IndexOutput {
  private static let pieceBytes = 64 << 10
  let path: String
  private let write: ([UInt8]) throws -> Void
  private var piece: [UInt8] = []

  init(path: String, write: @escaping ([UInt8]) throws -> Void) {
    self.path = path
    self.write = write
    piece.reserveCapacity(Self.pieceBytes)
  }

  func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) throws {
    withUnsafeBytes(of: value.littleEndian) { piece.append(contentsOf: $0) }
    if piece.count > Self.pieceBytes - 8 { try flush() }
  }

  func append(_ bytes: [UInt8]) throws {
    try flush()
    try write(bytes)
  }

  func flush() throws {
    guard !piece.isEmpty else { return }
    try write(piece)
    piece.removeAll(keepingCapacity: true)
  }
}

private func writeArrays<Output: IndexOutput>(
  _ header: DatasetIndexHeader, boundaries: DocumentBoundaries, binByteCount: Int?, to file: Output,
  forEachLength: ((Int32) throws -> Void) throws -> Void
) throws {
  let path = file.path
  let sequenceCount = header.sequenceCount
  let tokenType = header.tokenType
  try file.append(header.bytes)
  var first = LengthPass(path: path, expected: sequenceCount)
  try forEachLength { length in
    try first.take(length)
    try file.append(length)
  }
  try first.finish()
  var second = LengthPass(path: path, expected: sequenceCount)
  var pointer: Int64 = 0
  try forEachLength { length in
    try second.take(length)
    try file.append(pointer)
    // One length adds less than 2^34 bytes.
    let (next, overflow) = pointer.addingReportingOverflow(Int64(length) * Int64(tokenType.byteCount))
    guard !overflow else { throw TokenDatasetFailure(.badData, path: path, "the .bin exceeds 2^63 - 1 bytes") }
    pointer = next
  }
  try second.finish()
  guard first.fingerprint == second.fingerprint else {
    throw TokenDatasetFailure(.badData, path: path, "the lengths changed between the first and the second reading")
  }
  if let binByteCount, Int64(binByteCount) != pointer {
    throw TokenDatasetFailure(
      .badData, path: path, "the lengths sum to \(pointer) bytes, but the .bin has \(binByteCount)")
  }
  try writeDocumentIndex(boundaries, header: header, to: file)
}

extension DatasetIndexHeader {
  /// With as many document boundaries as `boundaries` has for so many sequences.
  fileprivate init(
    tokenType: TokenType, sequenceCount: Int, boundaries: DocumentBoundaries, path: String
  ) throws(TokenDatasetFailure) {
    var entryCount = sequenceCount < Int.max ? sequenceCount + 1 : sequenceCount
    if case .explicit(let count, _) = boundaries { entryCount = count }
    try self.init(tokenType: tokenType, sequenceCount: sequenceCount, documentIndexCount: entryCount, path: path)
  }
}

private func writeDocumentIndex<Output: IndexOutput>(
  _ boundaries: DocumentBoundaries, header: DatasetIndexHeader, to file: Output
) throws {
  switch boundaries {
  case .oneSequenceADocument:
    for entry in 0..<header.documentIndexCount { try file.append(Int64(entry)) }
  case .explicit(_, let forEachBoundary):
    var check = DocumentIndexCheck(header: header)
    try forEachBoundary { entry in
      if let fault = check.fault(taking: entry) { throw TokenDatasetFailure(.badData, path: file.path, fault) }
      try file.append(entry)
    }
    if let fault = check.faultAtEnd { throw TokenDatasetFailure(.badData, path: file.path, fault) }
  }
}

/// One reading of the lengths: how many there were and a fingerprint of them in order.
private struct LengthPass {
  let path: String
  let expected: Int
  var count = 0
  var fingerprint: UInt64 = 0xcbf2_9ce4_8422_2325

  init(path: String, expected: Int) {
    self.path = path
    self.expected = expected
  }

  mutating func take(_ length: Int32) throws(TokenDatasetFailure) {
    guard length >= 0 else {
      throw TokenDatasetFailure(.badData, path: path, "sequence \(count) has the negative length \(length)")
    }
    guard count < expected else {
      throw TokenDatasetFailure(.badData, path: path, "more lengths than the \(expected) sequences announced")
    }
    count += 1
    // Not commutative, so an exchange of two lengths shows.
    fingerprint = (fingerprint ^ UInt64(UInt32(bitPattern: length))) &* 0x9e37_79b9_7f4a_7c15
    fingerprint ^= fingerprint >> 29
  }

  func finish() throws(TokenDatasetFailure) {
    guard count == expected else {
      throw TokenDatasetFailure(.badData, path: path, "\(count) lengths for the \(expected) sequences announced")
    }
  }
}

/// The rules of a document index, entry by entry: first 0, never falling, last N.
struct DocumentIndexCheck {
  private let header: DatasetIndexHeader
  private var count = 0
  private var previous: Int64 = 0

  init(header: DatasetIndexHeader) { self.header = header }

  /// What is wrong with the next entry, nil when nothing is.
  mutating func fault(taking entry: Int64) -> String? {
    defer {
      count += 1
      previous = entry
    }
    if count == header.documentIndexCount {
      return "the document index has more than the \(count) entries announced"
    }
    if count == 0 && entry != 0 { return "document index entry 0 is \(entry), not 0" }
    if entry < previous { return "document index entry \(count) is \(entry), less than the \(previous) before it" }
    if entry > Int64(header.sequenceCount) {
      return "document index entry \(count) is \(entry), but there are \(header.sequenceCount) sequences"
    }
    return nil
  }

  /// What is wrong now that no entry follows.
  var faultAtEnd: String? {
    if count != header.documentIndexCount {
      return "the document index has \(count) entries, \(header.documentIndexCount) were announced"
    }
    if previous != Int64(header.sequenceCount) {
      return "the document index ends with \(previous), not with the \(header.sequenceCount) sequences"
    }
    return nil
  }
}
