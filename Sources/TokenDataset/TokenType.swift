// The integer type of the tokens in a .bin, as the dtype byte of the .idx names it. Codes 6 and 7 are floating point
// (and 7 means float64 to Megatron-DeepSpeed but float32 to Megatron-core), so no token can have them: they are
// refused.
import CorpusCore

/// An integer type of the tokens on disk; the raw value is the dtype code of the `.idx`.
public enum TokenType: UInt8, Sendable, Hashable, CaseIterable {
  case uint8 = 1
  case int8 = 2
  case int16 = 3
  case int32 = 4
  case int64 = 5
  case uint16 = 8

  /// The type both Megatrons choose for a vocabulary of `size` entries: `uint16` below 65,500, `int32` from there on.
  public static func forVocabulary(size: Int) -> TokenType {
    size < 65_500 ? .uint16 : .int32
  }

  /// Bytes a token takes: 1, 2, 4 or 8.
  public var byteCount: Int {
    switch self {
    case .uint8, .int8: 1
    case .int16, .uint16: 2
    case .int32: 4
    case .int64: 8
    }
  }

  /// The name NumPy gives this type: `uint16`, `int32` and so on. Also how it appears in JSON.
  public var name: String { "\(self)" }

  /// The largest id that can be written as this type. Ids are `UInt32` everywhere else, which bounds `int64` too.
  public var maximumID: UInt32 {
    switch self {
    case .uint8: UInt32(UInt8.max)
    case .int8: UInt32(Int8.max)
    case .int16: UInt32(Int16.max)
    case .uint16: UInt32(UInt16.max)
    case .int32: UInt32(Int32.max)
    case .int64: UInt32.max
    }
  }
}

extension TokenType: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let type = TokenType.allCases.first(where: { $0.name == name }) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no token type is called \(name)")
    }
    self = type
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}

/// Appends `ids` to `buffer` as they stand in a `.bin`: little-endian values of `type`, nothing between them.
///
/// Throws `badData`, naming the id, its position and `document`, when an id does not fit `type`, and when the
/// sequence is longer than the int32 that the `.idx` has for its length; `buffer` is untouched then. O(n), one pass
/// to check and one to copy. `document` says what to call this document in an error, and is evaluated only then.
public func appendTokens(
  _ ids: [UInt32], as type: TokenType, to buffer: inout [UInt8],
  document: @autoclosure () -> String = "unnamed document"
) throws(TokenDatasetFailure) {
  try appendTokens(ids.span, as: type, to: &buffer, document: document())
}

/// Calls `body` with the bytes of `ids` as they stand in a `.bin`, in order: with all that are in memory where they are the
/// same, else a block at a time, converted in `scratch`, which loses what it had. `ids` may be of many sequences, and more
/// than one may have. Throws what `appendTokens` throws of an id, its position being that in its block.
public func forEachTokenBlock(
  _ ids: UnsafeBufferPointer<UInt32>, as type: TokenType, scratch: inout [UInt8],
  _ body: (UnsafeRawBufferPointer) throws -> Void
) throws {
  #if _endian(little)
    if type == .int32 {
      try checkTokens(ids.span, type, "unnamed document")
      return try body(UnsafeRawBufferPointer(ids))
    }
  #endif
  let blockCount = 1 << 18
  for start in stride(from: 0, to: ids.count, by: blockCount) {
    scratch.removeAll(keepingCapacity: true)
    let block = UnsafeBufferPointer(rebasing: ids[start..<min(start + blockCount, ids.count)])
    try appendTokens(block.span, as: type, to: &scratch)
    try scratch.withUnsafeBytes(body)
  }
}

/// `appendTokens` for ids that stand in someone else's storage.
public func appendTokens(
  _ ids: Span<UInt32>, as type: TokenType, to buffer: inout [UInt8],
  document: @autoclosure () -> String = "unnamed document"
) throws(TokenDatasetFailure) {
  guard ids.count <= Int(Int32.max) else {
    throw TokenDatasetFailure(
      .badData, path: document(), "\(ids.count) tokens in one sequence; the .idx holds at most \(Int32.max)")
  }
  try checkTokens(ids, type, document())
  switch type {
  case .uint8, .int8: appendValues(of: ids, to: &buffer) { UInt8(truncatingIfNeeded: $0) }
  case .int16, .uint16: appendValues(of: ids, to: &buffer) { UInt16(truncatingIfNeeded: $0).littleEndian }
  case .int32:
    #if _endian(little)
      // As they stand: one copy.
      ids.withUnsafeBytes { buffer.append(contentsOf: $0) }
    #else
      appendValues(of: ids, to: &buffer) { $0.littleEndian }
    #endif
  case .int64: appendValues(of: ids, to: &buffer) { UInt64($0).littleEndian }
  }
}

/// Throws `badData` for an id that does not fit `type`.
private func checkTokens(
  _ ids: Span<UInt32>, _ type: TokenType, _ document: @autoclosure () -> String
) throws(TokenDatasetFailure) {
  let limit = type.maximumID
  // A maximum first, not a test an element: this loop has no exit, so the compiler turns it into vector code.
  var largest: UInt32 = 0
  for position in ids.indices { largest = max(largest, ids[position]) }
  guard largest <= limit else {
    let position = ids.indices.first { ids[$0] > limit } ?? 0
    throw TokenDatasetFailure(
      .badData, path: document(),
      "token \(position) has id \(ids[position]), but \(type.name) holds ids up to \(limit)")
  }
}

/// Appends the bytes of `convert(id)` for every id, through a small block on the stack.
@inline(__always)
private func appendValues<Value: FixedWidthInteger & BitwiseCopyable>(
  of ids: Span<UInt32>, to buffer: inout [UInt8], convert: (UInt32) -> Value
) {
  let blockCount = 1024
  withUnsafeTemporaryAllocation(of: Value.self, capacity: blockCount) { block in
    var start = 0
    while start < ids.count {
      let count = min(blockCount, ids.count - start)
      for offset in 0..<count { block[offset] = convert(ids[start + offset]) }
      let bytes = UnsafeRawBufferPointer(start: block.baseAddress, count: count * MemoryLayout<Value>.size)
      buffer.append(contentsOf: bytes)
      start += count
    }
  }
}
