// Spilled counts. A run is a sequence of (varint length, bytes, varint count), strictly ascending by bytes; varints are
// LEB128, seven bits a byte, low bits first. Runs of many threads and shards merge in one streaming pass.

/// Builds a run as blocks of bytes.
public struct PieceCountRunWriter: Sendable {
  /// Bytes not taken yet.
  public private(set) var block: [UInt8] = []

  public init() {}

  /// Appends one piece; pieces come in strictly ascending order of bytes.
  public mutating func append(_ piece: UnsafeBufferPointer<UInt8>, _ count: UInt64) {
    appendVarint(UInt64(piece.count))
    block.append(contentsOf: piece)
    appendVarint(count)
  }

  /// The bytes gathered so far; the writer goes on with an empty block. A block may end inside a record.
  public mutating func takeBlock() -> [UInt8] {
    let taken = block
    block = []
    return taken
  }

  private mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      block.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    block.append(UInt8(truncatingIfNeeded: rest))
  }
}

/// Reads a run piece by piece from blocks that `refill` supplies; a block may end anywhere. Holds one block and one piece.
public final class PieceCountRunReader {
  /// Longest piece a reader accepts: memory is bounded by it whatever the file says.
  public static let maximumPieceLength = 1 << 30

  private let refill: () throws -> [UInt8]
  private let weight: UInt64
  private var block: [UInt8] = []
  private var at = 0
  /// The piece `next` found.
  public private(set) var piece: [UInt8] = []
  /// Its count, times the run's weight.
  public private(set) var count: UInt64 = 0
  private var previous: [UInt8] = []
  private var hasPrevious = false

  /// `refill` returns the next bytes of the run, and no bytes at its end. `weight` multiplies every count.
  public init(weight: UInt64 = 1, refill: @escaping () throws -> [UInt8]) {
    self.refill = refill
    self.weight = weight
  }

  /// A run that is in memory as a whole.
  public convenience init(_ bytes: [UInt8], weight: UInt64 = 1) {
    var rest: [UInt8]? = bytes
    self.init(weight: weight) {
      defer { rest = nil }
      return rest ?? []
    }
  }

  /// Moves to the next piece; false at the end. Throws `TokenizationFailure.corruptRun`, or what `refill` throws.
  public func next() throws -> Bool {
    guard try ensureByte() else { return false }
    let length = try varint()
    guard length <= UInt64(Self.maximumPieceLength) else {
      throw TokenizationFailure.corruptRun("a piece of \(length) bytes; at most \(Self.maximumPieceLength) expected")
    }
    swap(&previous, &piece)
    piece.removeAll(keepingCapacity: true)
    var missing = Int(length)
    while missing > 0 {
      guard try ensureByte() else { throw TokenizationFailure.corruptRun("it ends inside a piece") }
      let taken = min(missing, block.count - at)
      piece.append(contentsOf: block[at..<at + taken])
      at += taken
      missing -= taken
    }
    let (product, overflow) = try varint().multipliedReportingOverflow(by: weight)
    guard !overflow else { throw TokenizationFailure.corruptRun("a weighted count beyond 64 bits") }
    count = product
    let ascending =
      !hasPrevious
      || previous.withUnsafeBufferPointer { a in piece.withUnsafeBufferPointer { comparePieces(a, $0) < 0 } }
    guard ascending else { throw TokenizationFailure.corruptRun("pieces are not in ascending order") }
    hasPrevious = true
    return true
  }

  private func ensureByte() throws -> Bool {
    if at < block.count { return true }
    block = try refill()
    at = 0
    return !block.isEmpty
  }

  private func varint() throws -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard try ensureByte() else { throw TokenizationFailure.corruptRun("it ends inside a number") }
      let byte = block[at]
      at += 1
      guard shift < 63 || byte <= 1 else { throw TokenizationFailure.corruptRun("a number beyond 64 bits") }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }
}

/// Merges runs into one ascending sequence of distinct pieces with summed counts. O(n log k); memory: one piece and one
/// block a run. A piece whose weighted count is 0 is left out. Throws `TokenizationFailure.corruptRun`, or what a refill
/// or `body` throws.
public func mergeRuns(
  _ runs: [PieceCountRunReader], _ body: (UnsafeBufferPointer<UInt8>, UInt64) throws -> Void
) throws {
  func before(_ a: PieceCountRunReader, _ b: PieceCountRunReader) -> Bool {
    a.piece.withUnsafeBufferPointer { left in b.piece.withUnsafeBufferPointer { comparePieces(left, $0) < 0 } }
  }
  // A binary heap with the least piece on top.
  var heap: [PieceCountRunReader] = []
  func siftDown(_ start: Int) {
    var parent = start
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && before(heap[child], heap[least]) {
        least = child
      }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
  for run in runs where try run.next() { heap.append(run) }
  for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(index) }

  var current: [UInt8] = []
  while let top = heap.first {
    current.removeAll(keepingCapacity: true)
    current.append(contentsOf: top.piece)
    var sum: UInt64 = 0
    while let run = heap.first, run.piece == current {
      let (total, overflow) = sum.addingReportingOverflow(run.count)
      guard !overflow else { throw TokenizationFailure.corruptRun("a summed count beyond 64 bits") }
      sum = total
      if try run.next() {
        siftDown(0)
      } else {
        let last = heap.removeLast()
        if !heap.isEmpty {
          heap[0] = last
          siftDown(0)
        }
      }
    }
    if sum > 0 { try current.withUnsafeBufferPointer { try body($0, sum) } }
  }
}
