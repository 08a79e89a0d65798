// The state of byte-pair training: pieces as cells, pairs worth watching, and the merges learned.
//
// Most of the time goes into waiting for memory, and most pairs are too rare ever to be merged. A pair is complete when
// it is born (every pair made by a merge holds the new token) and only loses from then on. So pairs born below a
// `threshold` are not kept at all: no record, no places. When no pair is left above it, the threshold falls, the cells
// are compacted, and the pairs above the new one are counted anew.
import CKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

struct TrainingRun: ~Copyable {
  /// Pieces of one count: cells up to `end`, from where the group before ends. Groups ascend by weight, so that the rare
  /// pieces, which are most, are found with the first glance.
  struct Group {
    var end: Int
    var weight: Int64
  }
  /// A neighbour that a merge met, and where the new pair begins.
  struct Meeting {
    var partner: UInt32
    var place: UInt32
  }
  /// What the merge at hand did by partner: dense, so that an event costs an addition and not a look-up.
  struct PartnerSum {
    /// Of all places; then by how much `places` moves with each place: 1, or 0 when the pair is not kept.
    var weight: Int64
    /// First how many places and one more, 0 before the first; then where the next one goes.
    var places: Int
  }

  struct BytePair {
    var count: Int64
    var places: Int
  }
  /// Where the next place of a list goes; `step` is 0 for lists that are not kept and 1 for others.
  struct PlaceCursor {
    var next: UInt32
    var step: UInt32
  }

  static let separator = UInt32.max
  static let hole = UInt32.max - 1
  static let largestVocabulary = (1 << 20) - 1
  /// Places and merges (each worth 50) between two calls of an observer: some milliseconds.
  static let workBetweenReports = 200_000
  /// Cells asked for ahead of their use.
  private static let prefetchDistance = 32

  private let options: TrainerOptions
  private var vocabulary: TrainingVocabulary
  /// Pieces lie in one row, a separator before, between and after them. Since the last compaction a token covers
  /// `spans[id]` cells; its first and its last cell hold its id, cells between hold `hole` where a token once began or
  /// ended. So both neighbours of a token are found in one step. `cells[place] == a` at a place once recorded for (a, b)
  /// means that an `a` begins there: a cell that ceased to begin a token is a hole or the last cell of a longer one.
  private var cells = RawArray<UInt32>()
  private var groups: [Group] = []
  private var spans: RawArray<UInt32>
  private var lengths: RawArray<UInt32>

  private var table = PairTable()
  private var queue = PairQueue()
  private var places = PlaceLists()
  /// Pairs of smaller counts are not in the table, unless `isAlwaysKept`.
  private var threshold = Int64.max
  /// Whether a pair may be `isAlwaysKept`: a reusable token occurs.
  private var reusableOccurs = false
  /// Sum of the counts of all pairs at the start.
  private var totalWeight: Int64 = 0
  /// Tokens whose spelling was made twice: special tokens from the start, since a merge may spell one.
  private var reusable: RawArray<Bool>
  /// Counts that merged pairs with a reusable token are left with. Hugging Face's trainer never resets them, and adds to
  /// them should the pair occur again.
  private var staleCounts: [UInt64: Int64] = [:]
  /// Special tokens that merges have spelled.
  private var spelledSpecials: Set<UInt32> = []
  /// While merges of an earlier process are applied: the table holds those pairs and no others.
  private var isReplaying = false

  private var leftSums: RawArray<PartnerSum>
  private var rightSums: RawArray<PartnerSum>
  private var leftPartners = RawArray<UInt32>()
  private var rightPartners = RawArray<UInt32>()
  private var leftMeetings = RawArray<Meeting>()
  private var rightMeetings = RawArray<Meeting>()
  private static let hitsAtATime = 256
  private var hits = RawArray<UInt32>(repeating: 0, count: hitsAtATime)

  private(set) var merges: [LearnedMerge] = []
  /// Places visited so far, and 50 a merge.
  private(set) var work = 0
  private var lastCount: UInt64 = 0
  private var overflowed32Bits = false

  static func check(_ options: TrainerOptions) throws(TokenizationFailure) {
    guard options.vocabularySize <= largestVocabulary else {
      throw .invalidOption(
        name: "vocabularySize", detail: "\(options.vocabularySize) is more than \(largestVocabulary)")
    }
    guard options.specialTokens.count <= 1 << 16, !options.specialTokens.contains("") else {
      throw .invalidOption(name: "specialTokens", detail: "at most 65,536, none of them empty")
    }
    if let length = options.maximumTokenLength, length < 1 {
      throw .invalidOption(name: "maximumTokenLength", detail: "\(length) is less than 1")
    }
    if let limit = options.alphabetLimit, limit < 0 {
      throw .invalidOption(name: "alphabetLimit", detail: "\(limit) is less than 0")
    }
    let certain = TrainingVocabulary(
      specialTokens: options.specialTokens, alphabet: options.initialAlphabet.bytes, capacity: capacity(options))
    try checkRoom(certain.count, options)
  }

  private static func checkRoom(_ count: Int, _ options: TrainerOptions) throws(TokenizationFailure) {
    guard count <= options.vocabularySize else {
      throw .invalidOption(
        name: "vocabularySize",
        detail: "\(options.vocabularySize) cannot hold \(options.specialTokens.count) special tokens and the "
          + "alphabet, \(count) entries in all")
    }
  }

  private static func capacity(_ options: TrainerOptions) -> Int {
    max(options.vocabularySize, 0) + options.specialTokens.count + 257
  }

  init(_ options: TrainerOptions) {
    self.options = options
    let capacity = Self.capacity(options)
    vocabulary = TrainingVocabulary(specialTokens: [], alphabet: [], capacity: 0)
    // One entry more, for what stands in for a separator.
    spans = RawArray(repeating: 1, count: capacity + 1)
    lengths = RawArray(repeating: 0, count: capacity)
    reusable = RawArray(repeating: false, count: capacity)
    leftSums = RawArray(inLargePages: capacity + 1, repeating: PartnerSum(weight: 0, places: 0))
    rightSums = RawArray(inLargePages: capacity + 1, repeating: PartnerSum(weight: 0, places: 0))
  }

  // MARK: - What is known

  var memoryBytes: Int {
    cells.byteCount + table.byteCount + queue.byteCount + places.byteCount + leftMeetings.byteCount
      + rightMeetings.byteCount + leftSums.byteCount + rightSums.byteCount + vocabulary.byteCount
  }

  var progress: TrainingProgress {
    TrainingProgress(
      vocabularyCount: vocabulary.count, vocabularySize: options.vocabularySize, mergeCount: merges.count,
      pairCount: lastCount, distinctPairs: table.records.count, memoryBytes: memoryBytes)
  }

  var model: TrainedModel {
    TrainedModel(
      vocabulary: vocabulary.tokens(), merges: merges.map { ($0.left, $0.right) },
      specialTokens: vocabulary.specialTokens, overflowed32Bits: overflowed32Bits)
  }

  // MARK: - Laying out

  /// Numbers the alphabet and writes the cells; `pieces` is emptied. Two or three passes over them.
  mutating func layOut(_ pieces: TrainingPieces, minimumCount: UInt64) throws(TokenizationFailure) {
    let alphabet = alphabet(of: pieces, minimumCount)
    vocabulary = TrainingVocabulary(
      specialTokens: options.specialTokens, alphabet: alphabet, capacity: Self.capacity(options))
    try Self.checkRoom(vocabulary.count, options)
    for id in 0..<vocabulary.count { lengths[id] = UInt32(truncatingIfNeeded: vocabulary.spelling(UInt32(id)).count) }
    for id in 0..<vocabulary.specialTokens.count {
      reusable[id] = true
      if vocabulary.isInitial[id] { reusableOccurs = true }
    }
    let isComplete = alphabet.count == 256
    let isKept = (0..<256).map { alphabet.contains(UInt8($0)) }
    func keptLength(_ piece: UnsafeBufferPointer<UInt8>) -> Int {
      isComplete ? piece.count : piece.reduce(0) { $0 + (isKept[Int($1)] ? 1 : 0) }
    }

    // Cells by count: common counts in an array, the others (few) in a dictionary.
    let smallCounts = 1 << 12
    var smallSizes = [Int](repeating: 0, count: smallCounts)
    var largeSizes: [UInt64: Int] = [:]
    var occurrences: UInt64 = 0
    var isTooLarge = false
    pieces.forEach(atLeast: minimumCount) { piece, count in
      let length = keptLength(piece)
      // A piece of one byte has no pairs.
      guard length > 1 else { return }
      let (weighted, overflow) = count.multipliedReportingOverflow(by: UInt64(length))
      let (sum, sumOverflow) = occurrences.addingReportingOverflow(weighted)
      occurrences = sum
      if overflow || sumOverflow || sum >= 1 << 62 { isTooLarge = true }
      if count < smallCounts {
        smallSizes[Int(count)] += length + 1
      } else {
        largeSizes[count, default: 0] += length + 1
      }
    }
    let sizes =
      smallSizes.enumerated().filter { $0.element > 0 }.map { (weight: Int64($0.offset), cells: $0.element) }
      + largeSizes.sorted { $0.key < $1.key }.map { (weight: Int64(clamping: $0.key), cells: $0.value) }
    let total = sizes.reduce(1) { $0 + $1.cells }
    guard !isTooLarge, total < Int(UInt32.max) else {
      throw .tooLarge("pieces of more than 2^32 bytes, or 2^62 occurrences; leave out rare pieces")
    }
    totalWeight = Int64(occurrences)

    var cursors: [Int] = []
    var largeGroups: [UInt64: Int] = [:]
    var smallGroups = [Int](repeating: 0, count: smallCounts)
    var start = 1
    for (index, size) in sizes.enumerated() {
      if size.weight < smallCounts {
        smallGroups[Int(size.weight)] = index
      } else {
        largeGroups[UInt64(size.weight)] = index
      }
      cursors.append(start)
      start += size.cells
      groups.append(Group(end: start, weight: size.weight))
    }
    cells = RawArray(capacity: total)
    cells.preferHugePages()
    cells.appendUninitialized(total)
    let cells = cells.base
    cells[0] = Self.separator
    let byteID = vocabulary.byteID
    byteID.withUnsafeBufferPointer { byteID in
      cursors.withUnsafeMutableBufferPointer { cursors in
        pieces.forEach(atLeast: minimumCount) { piece, count in
          guard piece.count > 1, isComplete || keptLength(piece) > 1 else { return }
          let group = count < smallCounts ? smallGroups[Int(count)] : largeGroups[count] ?? 0
          var at = cursors[group]
          for byte in piece {
            let id = byteID[Int(byte)]
            if id == TrainingVocabulary.absent { continue }
            cells[at] = id
            at &+= 1
          }
          cells[at] = Self.separator
          cursors[group] = at &+ 1
        }
      }
    }
    pieces.removeAll()
  }

  /// The bytes that get a token.
  private func alphabet(of pieces: TrainingPieces, _ minimumCount: UInt64) -> Set<UInt8> {
    let initial = options.initialAlphabet.bytes
    if initial.count == 256 && (options.alphabetLimit ?? 256) >= 256 { return initial }
    var counts = [UInt64](repeating: 0, count: 256)
    pieces.forEach(atLeast: minimumCount) { piece, count in
      for byte in piece {
        let (sum, overflow) = counts[Int(byte)].addingReportingOverflow(count)
        counts[Int(byte)] = overflow ? .max : sum
      }
    }
    for byte in initial { counts[Int(byte)] = .max }
    let occurring = ByteAlphabet.sortedBytes.filter { counts[Int($0)] > 0 }
    guard let limit = options.alphabetLimit, limit < occurring.count else { return Set(occurring) }
    let ranked = occurring.enumerated().sorted { a, b in
      let (more, less) = (counts[Int(a.element)], counts[Int(b.element)])
      return more != less ? more > less : a.offset < b.offset
    }
    return Set(ranked.prefix(limit).map(\.element))
  }

  // MARK: - Watching pairs

  /// Occurrences of the pieces that lie around `place`; `cursor` is where the last look-up ended, and places ascend.
  @inline(__always)
  private static func weight(
    at place: Int, _ groups: UnsafePointer<Group>, _ groupCount: Int, _ cursor: inout Int
  ) -> Int64 {
    if place >= groups[cursor].end { cursor = laterGroup(place, groups, groupCount, cursor) }
    return groups[cursor].weight
  }

  private static func laterGroup(
    _ place: Int, _ groups: UnsafePointer<Group>, _ groupCount: Int, _ cursor: Int
  ) -> Int {
    var low = cursor &+ 1
    let near = min(cursor &+ 6, groupCount &- 1)
    while low < near {
      if place < groups[low].end { return low }
      low &+= 1
    }
    var high = groupCount &- 1
    while low < high {
      let middle = (low &+ high) / 2
      if groups[middle].end <= place { low = middle &+ 1 } else { high = middle }
    }
    return low
  }

  @inline(__always)
  private func isAlwaysKept(_ left: UInt32, _ right: UInt32) -> Bool { reusable[Int(left)] || reusable[Int(right)] }

  /// Hugging Face's rule: a pair that would make a token of the limit's length or more is not counted, unless both are
  /// of the alphabet.
  @inline(__always)
  private func isTooLong(_ left: UInt32, _ right: UInt32) -> Bool {
    guard let limit = options.maximumTokenLength else { return false }
    return Int(lengths[Int(left)]) &+ Int(lengths[Int(right)]) >= limit
      && !(vocabulary.isInitial[Int(left)] && vocabulary.isInitial[Int(right)])
  }

  /// Writes the tokens that are left side by side, a cell each, without pieces that are one token by now. A merge given
  /// is applied on the way.
  private mutating func compact(applying merge: (left: UInt32, right: UInt32, id: UInt32)?) {
    let base = cells.base
    let spans = spans.base
    let (left, right, id) = merge ?? (Self.hole, Self.hole, Self.hole)
    var from = 1
    var to = 1
    var kept: [Group] = []
    for group in groups {
      let groupStart = to
      while from < group.end {
        let pieceStart = to
        while true {
          let token = base[from]
          if token == Self.separator { break }
          from &+= Int(spans[Int(token)])
          if token == right, base[to &- 1] == left {
            base[to &- 1] = id
          } else {
            base[to] = token
            to &+= 1
          }
        }
        from &+= 1
        if to &- pieceStart <= 1 {
          to = pieceStart
        } else {
          base[to] = Self.separator
          to &+= 1
        }
      }
      if to > groupStart { kept.append(Group(end: to, weight: group.weight)) }
    }
    groups = kept
    cells.truncate(to: to)
    cells.shrink()
    self.spans = RawArray(repeating: 1, count: lengths.count + 1)
  }

  /// Watches the pairs of bytes that are frequent: their counts are exact in a square table, in one pass.
  private mutating func watchBytes() {
    // A row and a column for each byte of the alphabet. Without a branch on separators, which no one can foresee: what is
    // no pair goes to one entry behind the square.
    let none = 1 << 16
    var rank = [UInt8](repeating: 0, count: vocabulary.count + 1)
    var ids: [UInt32] = []
    for id in 0..<vocabulary.count where vocabulary.isInitial[id] {
      rank[id] = UInt8(truncatingIfNeeded: ids.count)
      ids.append(UInt32(id))
    }
    let square = RawArray<BytePair>(repeating: BytePair(count: 0, places: 0), count: none + 1)
    let nowhere = PlaceCursor(next: UInt32(PlaceLists.nowhere), step: 0)
    let cursors = RawArray<PlaceCursor>(repeating: nowhere, count: none + 1)
    rank.withUnsafeBufferPointer { rank in
      let last = UInt32(truncatingIfNeeded: rank.count &- 1)
      @inline(__always)
      func forEachPair(_ body: (Int, Int, Int64) -> Void) {
        let cells = cells.base
        var start = 1
        for group in groups {
          var left = cells[start]
          var row = Int(rank[Int(min(left, last))]) &<< 8
          for at in start..<group.end &- 1 {
            let right = cells[at &+ 1]
            let column = Int(rank[Int(min(right, last))])
            let isPair = left != Self.separator && right != Self.separator
            body(isPair ? row | column : none, at, group.weight)
            left = right
            row = column &<< 8
          }
          start = group.end
        }
      }
      let pairs = square.base
      forEachPair { pair, _, weight in
        pairs[pair].count &+= weight
        pairs[pair].places &+= 1
      }
      square[none] = BytePair(count: 0, places: 0)
      var largest: Int64 = 0
      for k in 0..<none { largest = max(largest, square[k].count) }
      if largest >= 1 << 31 { overflowed32Bits = true }
      threshold = nextThreshold(below: largest)
      var total = 0
      for k in 0..<none where square[k].count >= threshold { total += square[k].places }
      // Lists of new pairs do not all fit where old ones were. Room that is not used costs nothing; growing would copy.
      places.reset(expecting: total + total / 4)
      total = 0
      for k in 0..<none where square[k].places > 0 {
        let (left, right) = (ids[k >> 8], ids[k & 255])
        let count = square[k].count
        guard count >= threshold || isAlwaysKept(left, right) else { continue }
        let index = table.findOrInsert(pairKey(left, right))
        let start = places.end + total
        table.records.base[index].count = count
        table.records.base[index].placeStart = start
        table.records.base[index].placeCount = UInt32(truncatingIfNeeded: square[k].places)
        cursors[k] = PlaceCursor(next: UInt32(truncatingIfNeeded: start), step: 1)
        total += square[k].places
      }
      _ = places.allocate(total)
      let list = places.base
      let next = cursors.base
      forEachPair { pair, at, _ in
        let cursor = next[pair]
        list[Int(cursor.next)] = UInt32(truncatingIfNeeded: at)
        xylem_prefetch(list + Int(cursor.next) + 16)
        next[pair].next = cursor.next &+ cursor.step
      }
    }
    work += 2 * cells.count
  }

  /// Compacts, lowers the threshold and watches the pairs that reach it.
  private mutating func rebuild(
    applying merge: (left: UInt32, right: UInt32, id: UInt32)? = nil, keepThreshold: Bool = false
  ) {
    table.removeAll()
    queue.removeAll()
    places.reset(expecting: 0)
    compact(applying: merge)
    watchPairs(keepThreshold: keepThreshold)
  }

  /// Watches the pairs of compacted cells that reach the threshold and those watched in any case; while replaying, those
  /// in the table. Places are sorted by their left token, then those of a token by the right one: counts are exact and no
  /// pair is looked up before it is known to be watched. O(cells + tokens): two passes over the cells, two over the places.
  private mutating func watchPairs(keepThreshold: Bool) {
    let cells = cells.base
    let none = vocabulary.count
    // Of each token as the left one of a pair: how many places, then where the next one goes.
    let cursors = RawArray<PlaceCursor>(repeating: PlaceCursor(next: 0, step: 0), count: none + 1)
    let weights = RawArray<Int64>(repeating: 0, count: none + 1)
    /// Calls `body` with the left token of each pair, its place and weight, and for what is no pair with `none`.
    @inline(__always)
    func forEachPair(_ body: (Int, Int, Int64) -> Void) {
      var start = 1
      for group in groups {
        var left = cells[start]
        for at in start..<group.end &- 1 {
          let right = cells[at &+ 1]
          // Without a branch, as in `watchBytes`.
          let isPair = left != Self.separator && right != Self.separator
          body(isPair ? Int(left) : none, at, group.weight)
          left = right
        }
        start = group.end
      }
    }
    let weight = weights.base
    let next = cursors.base
    forEachPair { left, _, pairWeight in
      weight[left] &+= pairWeight
      next[left].next &+= 1
    }
    if !isReplaying, !keepThreshold {
      var largest: Int64 = 0
      for id in 0..<none { largest = max(largest, weight[id]) }
      threshold = nextThreshold(below: largest)
    }
    // A pair is at most as frequent as its left token: not all of them need places.
    let isEveryTokenWanted = isReplaying || reusableOccurs
    var total = 0
    for id in 0..<none where isEveryTokenWanted || weight[id] >= threshold { total += Int(next[id].next) }
    places.reset(expecting: total + total / 4)
    let first = places.allocate(total)
    total = first
    for id in 0..<none {
      let count = Int(next[id].next)
      let isWanted = isEveryTokenWanted || weight[id] >= threshold
      next[id].next = UInt32(truncatingIfNeeded: isWanted ? total : PlaceLists.nowhere)
      next[id].step = isWanted ? 1 : 0
      total += isWanted ? count : 0
    }
    next[none] = PlaceCursor(next: UInt32(PlaceLists.nowhere), step: 0)
    let list = places.base
    forEachPair { left, at, _ in
      let cursor = next[left]
      list[Int(cursor.next)] = UInt32(truncatingIfNeeded: at)
      xylem_prefetch(list + Int(cursor.next) + 16)
      next[left].next = cursor.next &+ cursor.step
    }
    var kept = first
    var start = first
    for id in 0..<none where next[id].step == 1 {
      let end = Int(next[id].next)
      kept = watchPairs(of: UInt32(truncatingIfNeeded: id), start..<end, before: total, to: kept)
      start = end
    }
    places.truncate(to: kept)
    work += 2 * self.cells.count
  }

  /// Watches pairs by their left token: `range` of the lists holds its places. The places of pairs that are kept go to
  /// the lists from `kept` on, which is not behind the range; returns where they end. The list ends before `total`.
  private mutating func watchPairs(of left: UInt32, _ range: Range<Int>, before total: Int, to kept: Int) -> Int {
    guard !range.isEmpty else { return kept }
    rightMeetings.removeAll()
    rightMeetings.reserve(range.count)
    rightPartners.removeAll()
    rightPartners.reserve(min(range.count, vocabulary.count) + 1)
    // Pointers taken out: none of these arrays grows in the loops.
    let cells = self.cells.base
    let list = places.base
    let sums = rightSums.base
    let meetings = rightMeetings.base
    let partners = rightPartners.base
    let last = total &- 1
    let prefetchDistance = 24
    var partnerCount = 0
    groups.withUnsafeBufferPointer { groups in
      guard let groupBase = groups.baseAddress else { return }
      var cursor = 0
      for k in range {
        xylem_prefetch(cells + Int(list[min(k &+ prefetchDistance, last)]))
        let place = Int(list[k])
        let right = cells[place &+ 1]
        meetings[k &- range.lowerBound] = Meeting(partner: right, place: UInt32(truncatingIfNeeded: place))
        let sum = sums + Int(right)
        partners[partnerCount] = right
        partnerCount &+= sum.pointee.places == 0 ? 1 : 0
        sum.pointee.weight &+= Self.weight(at: place, groupBase, groups.count, &cursor)
        sum.pointee.places &+= 1
      }
    }
    var end = kept
    for k in 0..<partnerCount {
      let right = partners[k]
      let sum = sums + Int(right)
      let count = sum.pointee.places
      let index = watched(left, right, sum.pointee.weight)
      sum.pointee = PartnerSum(weight: index == nil ? 0 : 1, places: index == nil ? PlaceLists.nowhere : end)
      guard let index else { continue }
      table.records.base[index].placeStart = end
      table.records.base[index].placeCount = UInt32(truncatingIfNeeded: count)
      end += count
    }
    if end > kept {
      for k in 0..<range.count {
        let sum = sums + Int(meetings[k].partner)
        let at = sum.pointee.places
        list[at] = meetings[k].place
        sum.pointee.places = at &+ Int(sum.pointee.weight)
      }
    }
    for k in 0..<partnerCount { sums[Int(partners[k])] = PartnerSum(weight: 0, places: 0) }
    return end
  }

  /// The record of a pair counted anew, or nil when it is not to be watched.
  @inline(__always)
  private mutating func watched(_ left: UInt32, _ right: UInt32, _ count: Int64) -> Int? {
    let key = pairKey(left, right)
    if isReplaying { return table.find(key) }
    let isKept = isAlwaysKept(left, right)
    guard count >= threshold || isKept, !isTooLong(left, right) else { return nil }
    if count >= 1 << 31 { overflowed32Bits = true }
    let index = table.findOrInsert(key)
    table.records.base[index].count = count &+ (isKept ? staleCounts[key] ?? 0 : 0)
    return index
  }

  /// The threshold to go on with. Ranks of merges go with the power -0.8 of their counts (measured: 1,400, 15,000 and
  /// 136,000 merges reach 3,800, 240 and 14 in a mix of 46 languages), which says where training will end; a sixteenth of
  /// the last threshold keeps the pairs few while the cells are many. A wrong guess costs time only.
  private func nextThreshold(below largest: Int64) -> Int64 {
    let floor = Int64(clamping: max(options.minimumFrequency, 1))
    if threshold == .max { return max(min(totalWeight >> 16, largest / 16), floor) }
    let done = Double(max(merges.count, 1))
    let wanted = done + Double(max(options.vocabularySize - vocabulary.count, 1))
    let last = Int64(0.7 * Double(threshold) * pow(done / wanted, 1.25))
    return max(min(max(last, threshold / 256), threshold - 1, largest), floor)
  }

  // MARK: - Merging

  /// Learns one merge; false when there is nothing left to learn.
  mutating func mergeNext() -> Bool {
    let floor = Int64(clamping: max(options.minimumFrequency, 1))
    while vocabulary.count < options.vocabularySize {
      guard threshold < .max, let index = queue.popBest(atLeast: threshold, in: table) else {
        if threshold <= floor { return false }
        if merges.isEmpty { watchBytes() } else { rebuild() }
        continue
      }
      lookAhead()
      let record = table.records[index]
      if merge(record.left, record.right, record: index, count: record.count) { return true }
    }
    return false
  }

  /// Asks for what the next merges will need, of the pairs that are on top now.
  @inline(__always)
  private func lookAhead() {
    queue.prefetchRecords(of: table)
    guard let next = queue.topRecord else { return }
    let record = table.records.base + next
    let list = places.base + record.pointee.placeStart
    xylem_prefetch(list)
    xylem_prefetch(list + 16)
    vocabulary.prefetch(record.pointee.left, record.pointee.right)
  }

  /// The same, when what it asked for has come: the cells that the next merge begins with.
  @inline(__always)
  private func lookAheadAtCells() {
    guard let next = queue.topRecord else { return }
    let record = table.records[next]
    let list = places.base + record.placeStart
    let span = Int(spans[Int(record.left)] + spans[Int(record.right)])
    for k in 0..<min(Self.prefetchDistance, Int(record.placeCount)) {
      xylem_prefetch(cells.base + Int(list[k]))
      xylem_prefetch(cells.base + Int(list[k]) + span)
    }
    vocabulary.prefetchSpelling(record.left, record.right)
  }

  /// Learns (left, right); false when that is forbidden. `index` is the pair's record.
  private mutating func merge(_ left: UInt32, _ right: UInt32, record index: Int, count: Int64) -> Bool {
    let (id, isNew) = vocabulary.join(left, right)
    let span = spans[Int(left)] + spans[Int(right)]
    let isSpecial = id < UInt32(vocabulary.specialTokens.count)
    if !isNew, isSpecial, options.protectSpecialTokens { return false }
    merges.append(LearnedMerge(left: left, right: right, overflowed32Bits: overflowed32Bits))
    lastCount = UInt64(clamping: count)
    work += 50
    if isNew {
      lengths[Int(id)] = lengths[Int(left)] + lengths[Int(right)]
      spans[Int(id)] = span
    } else if !isSpecial || !spelledSpecials.insert(id).inserted && spans[Int(id)] != span {
      // Tokens of one id must cover equally many cells, and be watched from their birth.
      reusable[Int(id)] = true
      reusableOccurs = true
      noteStaleCount(left, right, count)
      rebuild(applying: (left, right, id), keepThreshold: true)
      return true
    } else {
      spans[Int(id)] = span
      reusableOccurs = true
    }
    lookAheadAtCells()
    let record = table.records[index]
    apply(left, right, id, places: record.placeStart, Int(record.placeCount))
    places.free(PlaceLists.Region(start: record.placeStart, count: Int(record.placeCount)))
    // The places are spent; only an id that is used again can bring new ones.
    table.records.base[index].placeCount = 0
    if isAlwaysKept(left, right) { noteStaleCount(left, right, table.records[index].count) }
    return true
  }

  private mutating func noteStaleCount(_ left: UInt32, _ right: UInt32, _ count: Int64) {
    if isAlwaysKept(left, right) { staleCounts[pairKey(left, right)] = count }
  }

  /// Replaces `left right` by `id` at every recorded place, left to right, and moves counts to the new pairs.
  private mutating func apply(_ left: UInt32, _ right: UInt32, _ id: UInt32, places start: Int, _ count: Int) {
    leftMeetings.removeAll()
    rightMeetings.removeAll()
    leftMeetings.reserve(count)
    rightMeetings.reserve(count)
    leftPartners.removeAll()
    rightPartners.removeAll()
    let partnersAtMost = min(count, vocabulary.count) + 1
    leftPartners.reserve(partnersAtMost)
    rightPartners.reserve(partnersAtMost)
    let leftSpan = Int(spans[Int(left)])
    let rightSpan = Int(spans[Int(right)])
    let span = leftSpan + rightSpan
    let pair = pairKey(left, right)
    // Pointers taken out: none of these arrays grows in the loops.
    let cells = self.cells.base
    let list = self.places.base + start
    let hits = self.hits.base
    let spans = self.spans.base
    let leftSums = self.leftSums.base
    let rightSums = self.rightSums.base
    let leftMeetings = self.leftMeetings.base
    let rightMeetings = self.rightMeetings.base
    let leftPartners = self.leftPartners.base
    let rightPartners = self.rightPartners.base
    // What is met at a separator is written where the next meeting will be, and to sums that no token has.
    let none = UInt32(truncatingIfNeeded: self.leftSums.count &- 1)
    var (leftMet, rightMet, leftMany, rightMany) = (0, 0, 0, 0)
    var lastEnd = -1
    var chained: Int64 = 0
    groups.withUnsafeBufferPointer { groups in
      guard let groupBase = groups.baseAddress else { return }
      var cursor = 0
      for k in 0..<min(Self.prefetchDistance, count) {
        xylem_prefetch(cells + Int(list[k]))
        xylem_prefetch(cells + Int(list[k]) + span)
      }
      var first = 0
      while first < count {
        let end = min(first &+ Self.hitsAtATime, count)
        var hitCount = 0
        // Which places are stale no one can foresee: without a branch, which comparing the two apart would bring.
        for k in first..<end {
          let ahead = cells + Int(list[min(k &+ Self.prefetchDistance, count &- 1)])
          xylem_prefetch(ahead)
          xylem_prefetch(ahead + span)
          let place = Int(list[k])
          hits[hitCount] = UInt32(truncatingIfNeeded: place)
          hitCount &+= pairKey(cells[place], cells[place &+ leftSpan]) == pair ? 1 : 0
        }
        first = end
        for k in 0..<hitCount {
          let place = Int(hits[k])
          xylem_prefetch(leftSums + Int(min(cells[place &- 1], none)))
          xylem_prefetch(rightSums + Int(min(cells[place &+ span], none)))
        }
        for k in 0..<hitCount {
          let place = Int(hits[k])
          let second = place &+ leftSpan
          // `aaa` has two places, and the first hit takes the second one's `a`. Other places share no cell.
          if left == right, cells[place] != left || cells[second] != right { continue }
          let end = second &+ rightSpan
          let before = cells[place &- 1]
          let after = cells[end]
          cells[second &- 1] = Self.hole
          cells[second] = Self.hole
          cells[place] = id
          cells[end &- 1] = id
          let weight = Self.weight(at: place, groupBase, groups.count, &cursor)
          if lastEnd == place {
            // `abab`: the pair that the hit before made with this `a` is gone again.
            rightMet &-= 1
            rightSums[Int(left)].weight &-= weight
            rightSums[Int(left)].places &-= 1
            chained &+= weight
          }
          let leftPartner = min(before, none)
          let leftSum = leftSums + Int(leftPartner)
          let isFirstBefore = leftSum.pointee.places == 0 ? 1 : 0
          leftPartners[leftMany] = leftPartner
          leftMany &+= before == Self.separator ? 0 : isFirstBefore
          leftSum.pointee.weight &+= weight
          leftSum.pointee.places &+= 1 &+ isFirstBefore
          leftMeetings[leftMet] = Meeting(
            partner: leftPartner, place: UInt32(truncatingIfNeeded: place &- Int(spans[Int(leftPartner)])))
          leftMet &+= before == Self.separator ? 0 : 1
          let rightPartner = min(after, none)
          let rightSum = rightSums + Int(rightPartner)
          let isFirstAfter = rightSum.pointee.places == 0 ? 1 : 0
          rightPartners[rightMany] = rightPartner
          rightMany &+= after == Self.separator ? 0 : isFirstAfter
          rightSum.pointee.weight &+= weight
          rightSum.pointee.places &+= 1 &+ isFirstAfter
          rightMeetings[rightMet] = Meeting(partner: rightPartner, place: UInt32(truncatingIfNeeded: place))
          rightMet &+= after == Self.separator ? 0 : 1
          lastEnd = end
        }
      }
    }
    leftSums[Int(none)] = PartnerSum(weight: 0, places: 0)
    rightSums[Int(none)] = PartnerSum(weight: 0, places: 0)
    self.leftMeetings.appendUninitialized(leftMet)
    self.rightMeetings.appendUninitialized(rightMet)
    self.leftPartners.appendUninitialized(leftMany)
    self.rightPartners.appendUninitialized(rightMany)
    work += count
    if chained != 0, !isReplaying, let index = table.find(pairKey(right, left)) {
      table.records.base[index].count &-= chained
    }
    settle(
      self.leftPartners.elements, self.leftMeetings.elements, leftSums, id, chained: chained,
      lost: { pairKey($0, left) }
    ) {
      pairKey($0, id)
    }
    settle(
      self.rightPartners.elements, self.rightMeetings.elements, rightSums, id, chained: 0,
      lost: { pairKey(right, $0) }
    ) {
      pairKey(id, $0)
    }
  }

  /// One update a partner of the pair that gained and of the pair that lost; then the new pairs' places. `chained` of
  /// the weight of partner `id` was lost by no pair.
  @inline(__always)
  private mutating func settle(
    _ partners: UnsafeBufferPointer<UInt32>, _ meetings: UnsafeBufferPointer<Meeting>,
    _ sums: UnsafeMutablePointer<PartnerSum>, _ id: UInt32, chained: Int64, lost: (UInt32) -> UInt64,
    gained: (UInt32) -> UInt64
  ) {
    let isReusable = reusable[Int(id)]
    for k in 0..<partners.count {
      xylem_prefetch(table.home(of: pairHash(lost(partners[k]))))
      if sums[Int(partners[k])].weight >= threshold { xylem_prefetch(table.home(of: pairHash(gained(partners[k])))) }
    }
    for k in 0..<partners.count { table.prefetchRecord(at: table.home(of: pairHash(lost(partners[k])))) }
    var reopened: [Int] = []
    var hasPlaces = false
    for k in 0..<partners.count {
      let partner = partners[k]
      let sum = sums + Int(partner)
      let weight = sum.pointee.weight
      let placeCount = sum.pointee.places &- 1
      sum.pointee = PartnerSum(weight: 0, places: PlaceLists.nowhere)
      // Emptied by a chain.
      if placeCount == 0 { continue }
      if !isReplaying {
        let loss = partner == id ? weight &- chained : weight
        if loss != 0, let loser = table.find(lost(partner)) { table.records.base[loser].count &-= loss }
      }
      let key = gained(partner)
      let isKept = reusableOccurs && (isReusable || reusable[Int(partner)])
      if isReplaying {
        if table.find(key) == nil { continue }
      } else if weight < threshold, !isKept {
        continue
      }
      if isTooLong(UInt32(truncatingIfNeeded: key >> 32), UInt32(truncatingIfNeeded: key)) { continue }
      let known = table.records.count
      let index = table.findOrInsert(key)
      let record = table.records.base + index
      if isKept, index == known { record.pointee.count = staleCounts[key] ?? 0 }
      record.pointee.count &+= weight
      if record.pointee.count >= 1 << 31 { overflowed32Bits = true }
      let old = Int(record.pointee.placeCount)
      let oldStart = record.pointee.placeStart
      let newStart = places.allocate(old + placeCount)
      if old > 0 {
        // Only when an id is used again: the pair has places already.
        (places.base + newStart).update(from: places.base + oldStart, count: old)
        places.free(PlaceLists.Region(start: oldStart, count: old))
        reopened.append(index)
      }
      record.pointee.placeStart = newStart
      record.pointee.placeCount = UInt32(truncatingIfNeeded: old + placeCount)
      sum.pointee = PartnerSum(weight: 1, places: newStart + old)
      hasPlaces = true
      queue.raised(index, in: table)
    }
    if hasPlaces {
      let list = places.base
      for k in 0..<meetings.count {
        let sum = sums + Int(meetings[k].partner)
        let at = sum.pointee.places
        list[at] = meetings[k].place
        sum.pointee.places = at &+ Int(sum.pointee.weight)
      }
      for index in reopened {
        let record = table.records[index]
        var spread = UnsafeMutableBufferPointer(start: list + record.placeStart, count: Int(record.placeCount))
        spread.sort()
      }
    }
    for k in 0..<partners.count { sums[Int(partners[k])] = PartnerSum(weight: 0, places: 0) }
  }

  // MARK: - Going on after an earlier process

  /// Applies merges that an earlier process learned from the same pieces. No counts are kept meanwhile, and places only
  /// of pairs still to come. Merges with special tokens, and those after them, are left to be learned again: of such
  /// pairs a count outlives its places. Throws `corruptRun` for merges that cannot come from these pieces.
  mutating func replay(_ known: [LearnedMerge]) throws(TokenizationFailure) {
    let first = merges.count
    for merge in known {
      let (left, right) = (merge.left, merge.right)
      guard vocabulary.count < options.vocabularySize, left < vocabulary.count, right < vocabulary.count else {
        throw .corruptRun("a merge of tokens that are not there")
      }
      if isAlwaysKept(left, right) { break }
      let (id, isNew) = vocabulary.join(left, right)
      if !isNew { break }
      lengths[Int(id)] = lengths[Int(left)] + lengths[Int(right)]
      let index = table.findOrInsert(pairKey(left, right))
      table.records.base[index].state = PairRecord.State.closed
      overflowed32Bits = overflowed32Bits || merge.overflowed32Bits
      merges.append(merge)
    }
    guard merges.count > first else { return }
    isReplaying = true
    defer { isReplaying = false }
    watchPairs(keepThreshold: true)
    var id = UInt32(vocabulary.count - (merges.count - first))
    for merge in merges[first...] {
      guard let index = table.find(pairKey(merge.left, merge.right)) else { continue }
      let record = table.records[index]
      guard record.placeCount > 0 else { throw .corruptRun("a merge of a pair that does not occur") }
      spans[Int(id)] = spans[Int(merge.left)] + spans[Int(merge.right)]
      apply(merge.left, merge.right, id, places: record.placeStart, Int(record.placeCount))
      places.free(PlaceLists.Region(start: record.placeStart, count: Int(record.placeCount)))
      table.records.base[index].placeCount = 0
      id += 1
    }
    table.removeAll()
  }
}
