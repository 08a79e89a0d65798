// What goes from the texts of a prepared part: byte ranges of some documents, and some documents as a whole. On disk
// sealed numbers "XYCT", counting documents; of each
//   the first document's ordinal, then each gap less one
//   the number of its ranges; 0: the document goes as a whole
//   of each range the bytes that stay before it (since the last range; there less one), and its length less one

/// Builds the list of one part, document by document.
public struct CutListWriter {
  private var numbers = SealedNumbersWriter(magic: CutList.magic)
  private var count: UInt64 = 0
  private var lowest: UInt64 = 0

  public init() {}

  /// A document that goes as a whole. Ordinals ascend strictly over both kinds.
  public mutating func appendRemoved(_ ordinal: UInt64) { begin(ordinal, ranges: 0) }

  /// A document that loses `ranges`, at least one: ascending, none empty, none touching the next.
  public mutating func append(_ ordinal: UInt64, _ ranges: [Range<Int>]) {
    precondition(!ranges.isEmpty, "a document without a range would be one that goes as a whole")
    begin(ordinal, ranges: ranges.count)
    var lowest = 0
    for range in ranges {
      precondition(range.lowerBound >= lowest && !range.isEmpty, "ranges ascend, hold something and do not touch")
      numbers.append(UInt64(range.lowerBound - lowest))
      numbers.append(UInt64(range.count - 1))
      lowest = range.upperBound + 1
    }
  }

  /// The list as it stands on disk.
  public consuming func finished() -> [UInt8] { numbers.finished(count: count) }

  private mutating func begin(_ ordinal: UInt64, ranges: Int) {
    precondition(ordinal >= lowest && ordinal < .max, "ordinals ascend, each once")
    numbers.append(ordinal - lowest)
    numbers.append(UInt64(ranges))
    lowest = ordinal + 1
    count += 1
  }
}

/// The cuts of one part, in the bytes of their file. Not trusted: what a file says is checked when it is taken, and held
/// against texts by whoever has them.
public struct CutList: Sendable {
  static let magic: [UInt8] = Array("XYCT".utf8)

  /// A document of the list.
  public struct Entry: Sendable, Equatable {
    public var ordinal: UInt64 = 0
    /// Empty: the document goes as a whole.
    public var ranges: [Range<Int>] = []
  }

  private let numbers: SealedNumbers
  /// Documents that lose something, those that go included.
  public var count: Int { numbers.count }

  /// The list that a `CutListWriter` wrote; fails on bytes that it cannot have written. O(n), in the memory of the bytes
  /// and of one document's ranges.
  public init(decoding bytes: [UInt8]) throws(DeduplicationFailure) {
    numbers = try SealedNumbers(bytes, magic: Self.magic, name: "cut list") { .damagedCutList(offset: $0, reason: $1) }
    var cursor = makeCursor()
    while try cursor.next() != nil {}
    guard cursor.position == numbers.end else {
      throw .damagedCutList(
        offset: cursor.position, reason: "\(numbers.end - cursor.position) bytes behind the last document")
    }
  }

  /// Goes through the documents in order.
  public struct Cursor: Sendable {
    private let numbers: SealedNumbers
    private var left: Int
    private var lowest: UInt64 = 0
    fileprivate private(set) var position = SealedNumbers.start

    fileprivate init(_ numbers: SealedNumbers) {
      self.numbers = numbers
      left = numbers.count
    }

    /// nil at the end. Of a list that was taken it does not fail.
    public mutating func next() throws(DeduplicationFailure) -> Entry? {
      guard left > 0 else { return nil }
      left -= 1
      var entry = Entry()
      let start = position
      let gap = try numbers.number(at: &position)
      guard case let (ordinal, overflow) = lowest.addingReportingOverflow(gap), !overflow, ordinal < .max else {
        throw .damagedCutList(offset: start, reason: "an ordinal beyond 64 bits")
      }
      entry.ordinal = ordinal
      lowest = ordinal + 1
      let count = try numbers.number(at: &position)
      // A range takes two bytes at least, so the count is bounded by the file before memory is taken.
      guard count <= UInt64(numbers.end - position) / 2 else {
        throw .damagedCutList(offset: position, reason: "\(count) ranges do not fit the file")
      }
      entry.ranges.reserveCapacity(Int(count))
      var lower: UInt64 = 0
      for _ in 0..<count {
        let start = position
        let (before, length) = (try numbers.number(at: &position), try numbers.number(at: &position))
        // Ends stay below 2^62, so that no sum here or elsewhere overflows.
        guard before < 1 << 61, length < 1 << 61, lower + before + length + 1 < 1 << 62 else {
          throw .damagedCutList(offset: start, reason: "a range beyond 62 bits")
        }
        lower += before
        entry.ranges.append(Int(lower)..<Int(lower + length + 1))
        lower += length + 2
      }
      return entry
    }
  }

  public func makeCursor() -> Cursor { Cursor(numbers) }
}
