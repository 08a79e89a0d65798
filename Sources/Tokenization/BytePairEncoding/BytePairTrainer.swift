// Byte-pair training (Sennrich et al., arXiv 1508.07909) with the order and rules of Hugging Face's BpeTrainer and
// 64-bit counts: merges are identical as long as no pair occurs 2^31 times.
import CKernels

/// Learns merges from counted pieces. A handle: copies share their pieces, and `train` uses them up.
public struct BytePairTrainer {
  private let options: TrainerOptions
  private let run: TrainingRun

  /// Throws `invalidOption` for a vocabulary that cannot hold the special tokens and the 256 bytes, or is too large.
  public init(options: TrainerOptions) throws(TokenizationFailure) {
    self.options = options
    run = try TrainingRun(options)
  }

  /// Adds a piece and how often it occurs. The result does not depend on the order. 8 bytes a byte of `piece`, and while
  /// training about 20 in all.
  public mutating func add(piece: UnsafeBufferPointer<UInt8>, count: UInt64) {
    run.add(piece, count)
  }

  /// Bytes held.
  public var memoryBytes: Int { run.memoryBytes }

  /// Learns merges until the vocabulary is full or no pair occurs often enough. Throws `tooLarge` when the pieces are
  /// more than 2^32 bytes or occur 2^62 times in all. `progress` is called every thousand merges.
  public mutating func train(progress: (TrainingProgress) -> Void) throws(TokenizationFailure) -> TrainedModel {
    try run.learnPairs()
    while run.mergeNext() {
      if run.merges.count % 1000 == 0 { progress(run.progress) }
    }
    progress(run.progress)
    return run.model
  }
}

/// The state of training.
///
/// Pieces lie in one row of cells, a separator between them; a token covers as many cells as it has bytes. Its first and
/// its last cell hold its id, cells between hold `hole`. So both neighbours of a token are found in one step, and a merge
/// writes four cells at most. `cell.symbol == a` at a place once recorded for the pair (a, b) means that an `a` begins
/// there: a cell that ceased to begin a token is a hole or the last cell of a longer one, which has another id.
private final class TrainingRun {
  struct Cell {
    var symbol: UInt32
    /// Occurrences of the piece this cell is in; `.max` stands for more, kept in `heavyPieces`.
    var weight: UInt32
  }
  /// A neighbour that a merge met, and where the new pair begins.
  struct Meeting {
    var partner: UInt32
    var place: UInt32
  }

  static let separator = UInt32.max
  static let hole = UInt32.max - 1
  static let largestVocabulary = (1 << 20) - 1

  private let options: TrainerOptions
  private var cells = RawArray<Cell>(capacity: 1 << 16)
  private var heavyPieces: [(start: Int, weight: UInt64)] = []
  private var occurrences: UInt64 = 0
  private var occurrencesOverflowed = false

  private var table = PairTable()
  private var queue = PairQueue()
  private var places = RawArray<UInt32>(capacity: 1 << 16)

  // What the merge at hand did, by partner: dense, so that an event costs an addition and not a look-up.
  private var partnerWeight: RawArray<Int64>
  private var partnerCount: RawArray<UInt32>
  private var partnerCursor: RawArray<Int>
  private var partners = RawArray<UInt32>()
  private var leftMeetings = RawArray<Meeting>()
  private var rightMeetings = RawArray<Meeting>()

  private var byteID = [UInt32](repeating: 0, count: 256)
  private var vocabulary: [[UInt8]] = []
  /// Bytes a token stands for: a special token's are those its text spells in the byte alphabet, when it does.
  private var spellings: [[UInt8]] = []
  private var idBySpelling: [[UInt8]: UInt32] = [:]
  private var lengths: RawArray<Int>
  private var specialTokens: [String] = []
  private(set) var merges: [(UInt32, UInt32)] = []
  private var lastCount: UInt64 = 0
  private var overflowed32Bits = false

  init(_ options: TrainerOptions) throws(TokenizationFailure) {
    self.options = options
    guard options.vocabularySize <= Self.largestVocabulary else {
      throw .invalidOption(
        name: "vocabularySize", detail: "\(options.vocabularySize) is more than \(Self.largestVocabulary)")
    }
    guard options.specialTokens.count <= 1 << 16, !options.specialTokens.contains("") else {
      throw .invalidOption(name: "specialTokens", detail: "at most 65,536, none of them empty")
    }
    if let length = options.maximumTokenLength, length < 1 {
      throw .invalidOption(name: "maximumTokenLength", detail: "\(length) is less than 1")
    }
    let capacity = max(options.vocabularySize, 0) + options.specialTokens.count + 256
    partnerWeight = RawArray(repeating: 0, count: capacity)
    partnerCount = RawArray(repeating: 0, count: capacity)
    partnerCursor = RawArray(repeating: 0, count: capacity)
    lengths = RawArray(repeating: 0, count: capacity)
    var seen = Set<[UInt8]>()
    for token in options.specialTokens where seen.insert(Array(token.utf8)).inserted {
      specialTokens.append(token)
      let text = Array(token.utf8)
      let spelling = ByteAlphabet.bytes(spelledBy: text)
      if let spelling { idBySpelling[spelling] = UInt32(vocabulary.count) }
      addToken(text, spelling: spelling ?? text)
    }
    for byte in ByteAlphabet.sortedBytes {
      if let id = idBySpelling[[byte]] {
        byteID[Int(byte)] = id
        continue
      }
      byteID[Int(byte)] = UInt32(vocabulary.count)
      idBySpelling[[byte]] = UInt32(vocabulary.count)
      addToken([byte], spelling: [byte])
    }
    guard vocabulary.count <= options.vocabularySize else {
      throw .invalidOption(
        name: "vocabularySize",
        detail: "\(options.vocabularySize) cannot hold \(specialTokens.count) special tokens and 256 bytes")
    }
    cells.append(Cell(symbol: Self.separator, weight: 0))
  }

  private func addToken(_ bytes: [UInt8], spelling: [UInt8]) {
    lengths[vocabulary.count] = spelling.count
    vocabulary.append(bytes)
    spellings.append(spelling)
  }

  func add(_ piece: UnsafeBufferPointer<UInt8>, _ count: UInt64) {
    // A piece of one byte has no pairs.
    guard piece.count > 1, count > 0 else { return }
    let (weighted, overflow) = count.multipliedReportingOverflow(by: UInt64(piece.count))
    let (sum, sumOverflow) = occurrences.addingReportingOverflow(weighted)
    occurrences = sum
    if overflow || sumOverflow || sum >= 1 << 62 || cells.count + piece.count + 1 > Int(UInt32.max) {
      occurrencesOverflowed = true
      return
    }
    let weight = count < UInt64(UInt32.max) ? UInt32(count) : UInt32.max
    if weight == .max { heavyPieces.append((cells.count, count)) }
    cells.reserve(cells.count + piece.count + 1)
    for byte in piece { cells.append(Cell(symbol: byteID[Int(byte)], weight: weight)) }
    cells.append(Cell(symbol: Self.separator, weight: 0))
  }

  var memoryBytes: Int {
    cells.byteCount + table.byteCount + queue.byteCount + places.byteCount + leftMeetings.byteCount
      + rightMeetings.byteCount + 4 * lengths.byteCount
  }

  var progress: TrainingProgress {
    TrainingProgress(
      vocabularyCount: vocabulary.count, vocabularySize: options.vocabularySize, mergeCount: merges.count,
      pairCount: lastCount, distinctPairs: table.records.count, memoryBytes: memoryBytes)
  }

  var model: TrainedModel {
    TrainedModel(
      vocabulary: vocabulary, merges: merges, specialTokens: specialTokens, overflowed32Bits: overflowed32Bits)
  }

  /// Occurrences of the piece that holds the cell at `place`.
  @inline(__always)
  private func weight(at place: Int) -> Int64 {
    let weight = cells[place].weight
    return weight == .max ? heavyWeight(at: place) : Int64(weight)
  }

  private func heavyWeight(at place: Int) -> Int64 {
    var low = 0
    var high = heavyPieces.count
    while low < high {
      let middle = (low + high) / 2
      if heavyPieces[middle].start <= place { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? Int64(heavyPieces[low - 1].weight) : 0
  }

  /// Counts the pairs of bytes and lists their places, in ascending order: two passes over the cells.
  func learnPairs() throws(TokenizationFailure) {
    guard !occurrencesOverflowed else {
      throw .tooLarge("pieces of more than 2^32 bytes, or 2^62 occurrences; leave out rare pieces")
    }
    for i in 1..<max(cells.count - 1, 1) {
      let left = cells[i].symbol
      let right = cells[i + 1].symbol
      if left == Self.separator || right == Self.separator { continue }
      let index = table.findOrInsert(pairKey(left, right))
      table.records.base[index].count &+= weight(at: i)
      table.records.base[index].placeCount &+= 1
    }
    var start = 0
    for index in 0..<table.records.count {
      table.records.base[index].placeStart = start
      start += table.records[index].placeCount
      table.records.base[index].placeCount = 0
      if table.records[index].count >= 1 << 31 { overflowed32Bits = true }
    }
    places.appendUninitialized(start)
    for i in 1..<max(cells.count - 1, 1) {
      let left = cells[i].symbol
      let right = cells[i + 1].symbol
      if left == Self.separator || right == Self.separator { continue }
      guard let index = table.find(pairKey(left, right)) else { continue }
      let record = table.records[index]
      places[record.placeStart &+ record.placeCount] = UInt32(truncatingIfNeeded: i)
      table.records.base[index].placeCount = record.placeCount &+ 1
    }
  }

  /// Learns one merge; false when there is nothing left to learn.
  func mergeNext() -> Bool {
    let floor = Int64(clamping: max(options.minimumFrequency, 1))
    while vocabulary.count < options.vocabularySize {
      guard let index = queue.popBest(atLeast: floor, in: table) else { return false }
      let record = table.records[index]
      let spelling = spellings[Int(record.left)] + spellings[Int(record.right)]
      var id = UInt32(vocabulary.count)
      if let known = idBySpelling[spelling] {
        if options.protectSpecialTokens && known < UInt32(specialTokens.count) { continue }
        id = known
      } else {
        idBySpelling[spelling] = id
        addToken(spelling, spelling: spelling)
      }
      merges.append((record.left, record.right))
      lastCount = UInt64(record.count)
      apply(record.left, record.right, id, places: record.placeStart, record.placeCount)
      // The places are spent; only an id that is used again can bring new ones.
      table.records.base[index].placeCount = 0
      return true
    }
    return false
  }

  /// Replaces `left right` by `id` at every recorded place, left to right, and moves counts to the new pairs.
  private func apply(_ left: UInt32, _ right: UInt32, _ id: UInt32, places start: Int, _ count: Int) {
    let leftLength = lengths[Int(left)]
    let rightLength = lengths[Int(right)]
    leftMeetings.removeAll()
    rightMeetings.removeAll()
    let prefetchDistance = 12
    // Pointers taken out of the object: none of these arrays grows in the loop.
    let cells = self.cells.base
    let places = self.places.base
    let lengths = self.lengths.base
    for k in start..<start &+ count {
      if k &+ prefetchDistance < start &+ count {
        xylem_prefetch(cells + Int(places[k &+ prefetchDistance]))
      }
      let place = Int(places[k])
      let second = place &+ leftLength
      if cells[place].symbol != left || cells[second].symbol != right { continue }
      let end = second &+ rightLength
      let before = cells[place &- 1].symbol
      let after = cells[end].symbol
      cells[second &- 1].symbol = Self.hole
      cells[second].symbol = Self.hole
      cells[place].symbol = id
      cells[end &- 1].symbol = id
      if before != Self.separator {
        let previous = place &- lengths[Int(before)]
        leftMeetings.append(Meeting(partner: before, place: UInt32(truncatingIfNeeded: previous)))
      }
      if after != Self.separator {
        rightMeetings.append(Meeting(partner: after, place: UInt32(truncatingIfNeeded: place)))
      }
    }
    // With overlapping occurrences (`abab`) a pair may lose here what it gains in the next line: counts go below zero.
    settle(leftMeetings, lost: { pairKey($0, left) }, gained: { pairKey($0, id) }, length: lengths[Int(id)])
    settle(rightMeetings, lost: { pairKey(right, $0) }, gained: { pairKey(id, $0) }, length: lengths[Int(id)])
  }

  /// Sums the meetings by partner; then one update a partner of the pair that gained and of the pair that lost.
  @inline(__always)
  private func settle(
    _ meetings: borrowing RawArray<Meeting>, lost: (UInt32) -> UInt64, gained: (UInt32) -> UInt64, length: Int
  ) {
    partners.removeAll()
    for k in 0..<meetings.count {
      let meeting = meetings[k]
      let partner = Int(meeting.partner)
      if partnerCount[partner] == 0 { partners.append(meeting.partner) }
      partnerCount[partner] &+= 1
      partnerWeight[partner] &+= weight(at: Int(meeting.place))
    }
    var reopened: [Int] = []
    for k in 0..<partners.count {
      let partner = Int(partners[k])
      // Hugging Face's rule: a pair that would make a token of the limit's length or more is not counted.
      if let limit = options.maximumTokenLength, lengths[partner] + length >= limit {
        partnerCursor[partner] = -1
        continue
      }
      let index = table.findOrInsert(gained(partners[k]))
      let record = table.records.base + index
      record.pointee.count &+= partnerWeight[partner]
      if record.pointee.count >= 1 << 31 { overflowed32Bits = true }
      let old = record.pointee.placeCount
      let oldStart = record.pointee.placeStart
      let newStart = places.count
      places.appendUninitialized(old + Int(partnerCount[partner]))
      if old > 0 {
        // Only when an id is used again: the pair has places already.
        (places.base + newStart).update(from: places.base + oldStart, count: old)
        reopened.append(index)
      }
      record.pointee.placeStart = newStart
      record.pointee.placeCount = old + Int(partnerCount[partner])
      partnerCursor[partner] = newStart + old
    }
    for k in 0..<meetings.count {
      let partner = Int(meetings[k].partner)
      let cursor = partnerCursor[partner]
      if cursor < 0 { continue }
      places[cursor] = meetings[k].place
      partnerCursor[partner] = cursor &+ 1
    }
    for index in reopened {
      let record = table.records[index]
      var spread = UnsafeMutableBufferPointer(start: places.base + record.placeStart, count: record.placeCount)
      spread.sort()
    }
    for k in 0..<partners.count {
      let partner = Int(partners[k])
      let loser = table.findOrInsert(lost(partners[k]))
      table.records.base[loser].count &-= partnerWeight[partner]
      if partnerCursor[partner] >= 0, let index = table.find(gained(partners[k])) { queue.raised(index, in: table) }
      partnerWeight[partner] = 0
      partnerCount[partner] = 0
    }
  }
}
