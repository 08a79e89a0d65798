// The checks of a .bin/.idx pair, each on its own, so that opening (stops at the first fault) and verifying (reports
// all) share one set of rules. Nothing here allocates by what a file claims: arrays pass through small blocks.
import CorpusCore

/// Where something is wrong, and what.
struct DatasetFault: Equatable {
  let path: String
  let place: String
  let explanation: String

  var failure: TokenDatasetFailure { TokenDatasetFailure(.badData, path: path, "\(place): \(explanation)") }
}

/// What one pass over lengths and pointers tells.
struct SequenceScan {
  var tokenCount = 0
  var shortest: Int?
  var longest: Int?
  var lengthFault: DatasetFault?
  var pointerFault: DatasetFault?
}

/// An open pair whose header is known to fit its file.
struct DatasetInspection {
  let index: RandomAccessFile
  let bin: RandomAccessFile
  let header: DatasetIndexHeader

  /// Opens `prefix.idx` and `prefix.bin`. Throws `noInput` without them and `badData` for a faulty header.
  init(prefix: String) throws(TokenDatasetFailure) {
    index = try RandomAccessFile(path: prefix + ".idx")
    bin = try RandomAccessFile(path: prefix + ".bin")
    header = try RawIndexHeader(file: index).header()
  }

  init(index: RandomAccessFile, bin: RandomAccessFile, header: DatasetIndexHeader) {
    self.index = index
    self.bin = bin
    self.header = header
  }

  func lengths() -> ArrayCursor<Int32> {
    ArrayCursor(index, offset: header.lengthsOffset, count: header.sequenceCount)
  }

  func pointers() -> ArrayCursor<Int64> {
    ArrayCursor(index, offset: header.pointersOffset, count: header.sequenceCount)
  }

  func documentIndex() -> ArrayCursor<Int64> {
    ArrayCursor(index, offset: header.documentIndexOffset, count: header.documentIndexCount)
  }

  /// Lengths are not negative; pointers are their exclusive scan in bytes. Stops at the first negative length, since
  /// no pointer can be judged after it. O(N).
  func scanSequences() throws(TokenDatasetFailure) -> SequenceScan {
    var scan = SequenceScan()
    var lengths = lengths()
    var pointers = pointers()
    let size = Int64(header.tokenType.byteCount)
    var expected: Int64 = 0
    var sequence = 0
    while let length = try lengths.next(), let pointer = try pointers.next() {
      guard length >= 0 else {
        scan.lengthFault = fault(
          "sequence \(sequence) (byte \(header.lengthsOffset + 4 * sequence))", "its length is \(length)")
        return scan
      }
      if pointer != expected && scan.pointerFault == nil {
        scan.pointerFault = fault(
          "sequence \(sequence) (byte \(header.pointersOffset + 8 * sequence))",
          "its pointer is \(pointer), but \(expected) bytes of tokens come before it")
      }
      let (next, overflow) = expected.addingReportingOverflow(Int64(length) * size)
      guard !overflow else {
        scan.lengthFault = fault("sequence \(sequence)", "the lengths up to here exceed 2^63 - 1 bytes")
        return scan
      }
      expected = next
      scan.tokenCount += Int(length)
      scan.shortest = min(scan.shortest ?? Int(length), Int(length))
      scan.longest = max(scan.longest ?? Int(length), Int(length))
      sequence += 1
    }
    return scan
  }

  /// The document index begins with 0, never falls and ends with N. O(M).
  func documentIndexFault() throws(TokenDatasetFailure) -> DatasetFault? {
    var check = DocumentIndexCheck(header: header)
    var entries = documentIndex()
    var count = 0
    while let entry = try entries.next() {
      if let explanation = check.fault(taking: entry) {
        return fault("byte \(header.documentIndexOffset + 8 * count)", explanation)
      }
      count += 1
    }
    return check.faultAtEnd.map { fault("byte \(header.documentIndexOffset + 8 * (count - 1))", $0) }
  }

  /// The `.bin` has just the bytes that the lengths sum to.
  func binSizeFault(tokenCount: Int) -> DatasetFault? {
    let expected = tokenCount * header.tokenType.byteCount
    guard bin.byteCount != expected else { return nil }
    return DatasetFault(
      path: bin.path, place: "byte \(min(bin.byteCount, expected))",
      explanation: "the file has \(bin.byteCount) bytes, the \(tokenCount) \(header.tokenType.name) tokens of its .idx "
        + "take \(expected)")
  }

  /// Every id is in `0..<vocabularySize`. Streams the `.bin`: O(tokens).
  func idFault(tokenCount: Int, vocabularySize: Int) throws(TokenDatasetFailure) -> DatasetFault? {
    switch header.tokenType {
    case .uint8: try idFault(UInt8.self, tokenCount, vocabularySize)
    case .int8: try idFault(Int8.self, tokenCount, vocabularySize)
    case .int16: try idFault(Int16.self, tokenCount, vocabularySize)
    case .uint16: try idFault(UInt16.self, tokenCount, vocabularySize)
    case .int32: try idFault(Int32.self, tokenCount, vocabularySize)
    case .int64: try idFault(Int64.self, tokenCount, vocabularySize)
    }
  }

  private func idFault<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type, _ tokenCount: Int, _ vocabularySize: Int
  ) throws(TokenDatasetFailure) -> DatasetFault? {
    var tokens = ArrayCursor<Value>(bin, offset: 0, count: tokenCount)
    var firstBad: (token: Int, id: Value)?
    var badCount = 0
    var token = 0
    while let id = try tokens.next() {
      if id < 0 || UInt64(id) >= UInt64(max(0, vocabularySize)) {
        if firstBad == nil { firstBad = (token, id) }
        badCount += 1
      }
      token += 1
    }
    guard let firstBad else { return nil }
    let (sequence, position) = try place(ofToken: firstBad.token)
    return DatasetFault(
      path: bin.path, place: "sequence \(sequence), token \(position)",
      explanation: "its id is \(firstBad.id), outside a vocabulary of \(vocabularySize); \(badCount) such in all")
  }

  /// The sequence a token of the `.bin` belongs to, and its position there.
  private func place(ofToken token: Int) throws(TokenDatasetFailure) -> (sequence: Int, position: Int) {
    var lengths = lengths()
    var sequence = 0
    var start = 0
    while let length = try lengths.next() {
      if token < start + Int(length) { break }
      start += Int(length)
      sequence += 1
    }
    return (sequence, token - start)
  }

  private func fault(_ place: String, _ explanation: String) -> DatasetFault {
    DatasetFault(path: index.path, place: place, explanation: explanation)
  }
}
