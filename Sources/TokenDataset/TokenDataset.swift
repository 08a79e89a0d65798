// Reads a Megatron dataset that may come from anywhere: all of the .idx is checked when it is opened, and every read
// checks again what it touches, because files can change under a reader.
import CorpusCore

/// A `.bin/.idx` pair, open for reading at any sequence.
///
/// Holds two file descriptors and no array, however many sequences there are. Reads may come from several threads.
public final class TokenDataset: Sendable {
  public let prefix: String
  public let header: DatasetIndexHeader
  /// Tokens of all sequences.
  public let tokenCount: Int
  /// Tokens of the shortest and the longest sequence; 0 when there are none.
  public let shortestLength: Int
  public let longestLength: Int
  let inspection: DatasetInspection

  /// Opens `prefix.bin` and `prefix.idx` and checks the whole `.idx`: magic, version, type, counts against the file's
  /// size, lengths, pointers, document index, and the `.bin`'s size. O(N) in time, under 1 MiB of memory.
  ///
  /// Throws `noInput` when a file is missing and `badData`, with the place, for the first fault.
  public init(prefix: String) throws(TokenDatasetFailure) {
    let inspection = try DatasetInspection(prefix: prefix)
    let scan = try inspection.scanSequences()
    if let fault = scan.lengthFault ?? scan.pointerFault { throw fault.failure }
    if let fault = try inspection.documentIndexFault() { throw fault.failure }
    if let fault = inspection.binSizeFault(tokenCount: scan.tokenCount) { throw fault.failure }
    self.prefix = prefix
    self.inspection = inspection
    header = inspection.header
    tokenCount = scan.tokenCount
    shortestLength = scan.shortest ?? 0
    longestLength = scan.longest ?? 0
  }

  public var sequenceCount: Int { header.sequenceCount }
  /// Documents, without the extra entry that the document index has.
  public var documentCount: Int { header.documentCount }
  public var tokenType: TokenType { header.tokenType }
  public var binByteCount: Int { inspection.bin.byteCount }
  public var indexByteCount: Int { inspection.index.byteCount }

  /// Tokens of one sequence. Throws `usage` when there is no such sequence. One read.
  public func length(ofSequence sequence: Int) throws(TokenDatasetFailure) -> Int {
    guard (0..<sequenceCount).contains(sequence) else {
      throw TokenDatasetFailure(.usage, path: prefix, "there is no sequence \(sequence); it has \(sequenceCount)")
    }
    var length: [Int32] = [0]
    try inspection.index.read(into: &length, at: header.lengthsOffset + 4 * sequence)
    return Int(Int32(littleEndian: length[0]))
  }

  /// The ids of one sequence, in order. Three reads and one array of the sequence's length.
  ///
  /// Throws `usage` when there is no such sequence, `badData` when an id is negative or exceeds 2^32 - 1.
  public func tokens(ofSequence sequence: Int) throws(TokenDatasetFailure) -> [UInt32] {
    let length = try length(ofSequence: sequence)
    var pointer: [Int64] = [0]
    try inspection.index.read(into: &pointer, at: header.pointersOffset + 8 * sequence)
    let start = Int(Int64(littleEndian: pointer[0]))
    guard length >= 0, start >= 0, start <= binByteCount, length <= (binByteCount - start) / tokenType.byteCount else {
      throw TokenDatasetFailure(.inputOutput, path: prefix, "the .idx changed while it was open (sequence \(sequence))")
    }
    return switch tokenType {
    case .uint8: try ids(UInt8.self, start, length, sequence)
    case .int8: try ids(Int8.self, start, length, sequence)
    case .int16: try ids(Int16.self, start, length, sequence)
    case .uint16: try ids(UInt16.self, start, length, sequence)
    case .int32: try ids(Int32.self, start, length, sequence)
    case .int64: try ids(Int64.self, start, length, sequence)
    }
  }

  /// The sequences of one document, from 0; a range, empty for a document without any. One read.
  public func sequences(ofDocument document: Int) throws(TokenDatasetFailure) -> Range<Int> {
    guard (0..<documentCount).contains(document) else {
      throw TokenDatasetFailure(.usage, path: prefix, "there is no document \(document); it has \(documentCount)")
    }
    var entries: [Int64] = [0, 0]
    try inspection.index.read(into: &entries, at: header.documentIndexOffset + 8 * document)
    let first = Int64(littleEndian: entries[0])
    let end = Int64(littleEndian: entries[1])
    guard first >= 0, first <= end, end <= Int64(sequenceCount) else {
      throw TokenDatasetFailure(.inputOutput, path: prefix, "the .idx changed while it was open (document \(document))")
    }
    return Int(first)..<Int(end)
  }

  /// Calls `body` with every sequence's length in order. O(N), one 256 KiB block.
  public func forEachLength(_ body: (Int32) throws -> Void) throws {
    var lengths = inspection.lengths()
    while let length = try lengths.next() { try body(length) }
  }

  private func ids<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type, _ start: Int, _ length: Int, _ sequence: Int
  ) throws(TokenDatasetFailure) -> [UInt32] {
    var values = [Value](repeating: 0, count: length)
    try inspection.bin.read(into: &values, at: start)
    var ids: [UInt32] = []
    ids.reserveCapacity(length)
    for position in 0..<length {
      let value = Value(littleEndian: values[position])
      guard let id = UInt32(exactly: value) else {
        throw TokenDatasetFailure(
          .badData, path: prefix, "sequence \(sequence), token \(position): \(value) is no token id")
      }
      ids.append(id)
    }
    return ids
  }
}
