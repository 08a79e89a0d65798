// Checks a fastText model (.bin, .ftz) before libfasttext reads it, which takes sizes, counts and row numbers of a file at
// their word. Format: fastText 0.9.2, version 12: header, arguments, dictionary, pruned n-grams, input and output matrix.

/// Why a file is no fastText model that may be used.
public struct FastTextModelFailure: Error, CustomStringConvertible {
  public let offset: Int
  public let reason: String
  public var description: String {
    "at byte \(offset): \(reason); expected a classifier of fastText (supervised, version 12), as lid.176.bin or .ftz"
  }
}

/// A walk through the file that reads every number which libfasttext will act on.
struct FastTextModelFile {
  private static let magic: Int32 = 793_712_314
  private static let version: Int32 = 12
  /// More than any language identifier has (GlotLID 2,102); hierarchical softmax recurses as deep as that.
  private static let maximumLabels = 10_000
  private static let maximumWordBytes = 4096
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0

  /// Throws unless all of `bytes` is a model in which every number is in bounds.
  static func check(_ bytes: UnsafeRawBufferPointer) throws(FastTextModelFailure) {
    var file = FastTextModelFile(bytes: bytes)
    try file.walk()
  }

  private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private mutating func walk() throws(FastTextModelFailure) {
    try require(try integer() == Self.magic, "this is no file of fastText")
    let version = try integer()
    try require(version == Self.version, "version \(version)")
    let arguments = try Arguments(&self)
    let dictionary = try Entries(&self)
    // Rows that n-grams may name, behind those of the words; -1 pruned n-grams: none was pruned.
    let grams = dictionary.pruned < 0 ? arguments.buckets : dictionary.prunedRows
    let isQuantized = try flag()
    try require(isQuantized || dictionary.pruned < 0, "n-grams are pruned and the matrix is not quantized")
    try matrix(isQuantized, columns: arguments.dimensions) { $0 >= dictionary.words + grams }
    let quantizesOutput = try flag()
    try matrix(isQuantized && quantizesOutput, columns: arguments.dimensions) { $0 == dictionary.labels }
    try require(offset == bytes.count, "\(bytes.count - offset) bytes follow the model")
  }

  private struct Arguments {
    let dimensions: Int
    let buckets: Int

    init(_ file: inout FastTextModelFile) throws(FastTextModelFailure) {
      dimensions = Int(try file.integer())
      try file.require((1...4096).contains(dimensions), "\(dimensions) dimensions")
      // Window, epochs, least count, negatives: for training alone.
      for _ in 0..<4 { _ = try file.integer() }
      let wordGrams = try file.integer()
      let loss = try file.integer()
      let model = try file.integer()
      buckets = Int(try file.integer())
      let shortest = try file.integer()
      let longest = try file.integer()
      _ = try file.integer()
      _ = try file.pass(8)
      try file.require(model == 3, "a model of word vectors, no classifier")
      try file.require((1...4).contains(loss), "loss \(loss)")
      try file.require((1...64).contains(wordGrams), "n-grams of \(wordGrams) words")
      try file.require(
        (0...64).contains(longest) && (0...64).contains(shortest), "n-grams of \(shortest) to \(longest)")
      // Numbers of n-grams are remainders by it.
      try file.require(buckets >= (wordGrams > 1 || longest > 0 ? 1 : 0), "\(buckets) buckets")
    }
  }

  private struct Entries {
    let words: Int
    let labels: Int
    /// Pairs of an n-gram and its row; -1 when nothing was pruned.
    let pruned: Int64
    private(set) var prunedRows = 0

    init(_ file: inout FastTextModelFile) throws(FastTextModelFailure) {
      let entries = Int(try file.integer())
      words = Int(try file.integer())
      labels = Int(try file.integer())
      _ = try file.long()
      pruned = try file.long()
      try file.require((1...FastTextModelFile.maximumLabels).contains(labels), "\(labels) labels")
      try file.require(words >= 0 && entries == words + labels, "\(entries) entries, \(words) of them words")
      var labelled: Int64 = 0
      for entry in 0..<entries {
        try file.word()
        let count = try file.long()
        let type = try file.byte()
        try file.require(type == (entry < words ? 0 : 1), "entry \(entry) is of kind \(type)")
        // Beyond this the tree of hierarchical softmax would be built out of its bounds.
        try file.require((0..<1 << 48).contains(count), "entry \(entry) was met \(count) times")
        if entry >= words { labelled += count }
      }
      try file.require(labelled < 1_000_000_000_000_000, "labels were met \(labelled) times")
      try file.require(pruned >= -1 && pruned <= Int64(file.left / 8), "\(pruned) pruned n-grams")
      for _ in 0..<max(0, pruned) {
        _ = try file.integer()
        let row = Int(try file.integer())
        try file.require(row >= 0, "row \(row) of a pruned n-gram")
        prunedRows = max(prunedRows, row + 1)
      }
    }
  }

  private mutating func matrix(
    _ isQuantized: Bool, columns: Int, rowsFit: (Int) -> Bool
  ) throws(FastTextModelFailure) {
    let hasNorms = isQuantized ? try flag() : false
    let (rows, found) = (try long(), try long())
    try require(rows >= 0 && rows <= Int64(left) && rowsFit(Int(rows)), "a matrix of \(rows) rows")
    try require(found == Int64(columns), "a matrix of \(found) columns beside \(columns) dimensions")
    guard isQuantized else {
      _ = try pass(Int(rows), times: 4 * columns)
      return
    }
    let codes = Int(try integer())
    try require(codes >= 0, "\(codes) codes")
    _ = try pass(codes)
    let parts = try quantizer(columns)
    try require(codes / parts == Int(rows) && codes % parts == 0, "\(codes) codes for \(rows) rows of \(parts) parts")
    if hasNorms {
      _ = try pass(Int(rows))
      _ = try quantizer(1)
    }
  }

  /// Centroids of 256 codes for each part of a row; answers the number of parts.
  private mutating func quantizer(_ columns: Int) throws(FastTextModelFailure) -> Int {
    let (dimensions, parts, width, last) = (
      Int(try integer()), Int(try integer()), Int(try integer()), Int(try integer())
    )
    try require(
      dimensions == columns && (1...columns).contains(parts) && (1...columns).contains(width)
        && (1...width).contains(last) && (parts - 1) * width + last == columns,
      "\(parts) parts of \(width), the last of \(last), for \(dimensions) of \(columns) columns")
    _ = try pass(columns, times: 256 * 4)
    return parts
  }

  // MARK: Reading

  private var left: Int { bytes.count - offset }

  private func require(_ holds: Bool, _ reason: @autoclosure () -> String) throws(FastTextModelFailure) {
    if !holds { throw FastTextModelFailure(offset: offset, reason: reason()) }
  }

  /// Passes `count` times `size` bytes; where they began.
  private mutating func pass(_ count: Int, times size: Int = 1) throws(FastTextModelFailure) -> Int {
    let (total, overflow) = count.multipliedReportingOverflow(by: size)
    try require(!overflow && total >= 0 && total <= left, "the file ends early")
    offset += total
    return offset - total
  }

  private mutating func byte() throws(FastTextModelFailure) -> UInt8 {
    bytes[try pass(1)]
  }

  private mutating func flag() throws(FastTextModelFailure) -> Bool {
    let byte = try byte()
    try require(byte < 2, "\(byte) for yes or no")
    return byte == 1
  }

  private mutating func integer() throws(FastTextModelFailure) -> Int32 {
    let start = try pass(4)
    return Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Int32.self))
  }

  private mutating func long() throws(FastTextModelFailure) -> Int64 {
    let start = try pass(8)
    return Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Int64.self))
  }

  /// A word with the zero at its end.
  private mutating func word() throws(FastTextModelFailure) {
    let start = offset
    while try byte() != 0 {
      try require(offset - start <= Self.maximumWordBytes, "a word of more than \(Self.maximumWordBytes) bytes")
    }
  }
}
