// The word n-grams of an evaluation set, and which of them a document holds (Brown et al. 2020, appendix C: 13-grams).
// A hash proposes, the words decide: an n-gram counts as found only when its bytes are equal.
public import CorpusCore

/// An n-gram of a document that an evaluation record holds as well.
public struct EvaluationMatch: Sendable, Hashable {
  /// Number of the evaluation record, in the order of `add`; the first one that has the n-gram.
  public var record: Int
  /// Number of the n-gram in the index.
  public var gram: Int
  /// First word in the document.
  public var word: Int
}

/// A table of n-grams. Immutable while documents are compared, so any thread may read it.
///
/// Memory: 16 to 32 bytes an n-gram (arrays double), 8 to 16 bytes of slots, and the words once: 46 bytes measured on 400
/// documents in many languages, so 10^7 n-grams take about 0.5 GB (`byteCount` says it exactly), and twice that for a
/// moment while the arrays grow.
public struct EvaluationIndex: Sendable {
  private struct Gram {
    var hash: UInt64
    /// Where its words begin.
    var start: UInt32
    var record: UInt32
  }

  public let wordsPerGram: Int
  private let maximumBytes: Int
  private let topPower: UInt64
  private var grams: [Gram] = []
  /// Gram number + 1, or 0; open addressing, at most half full.
  private var slots: [UInt32] = Array(repeating: 0, count: 1024)
  /// Word forms of all records, a line feed between two.
  private var words: [UInt8] = []
  /// N-grams that stand in this record first.
  public private(set) var gramsOfRecord: [Int] = []
  /// Records with fewer words than an n-gram: nothing can match them.
  public private(set) var shortRecords = 0

  /// `wordsPerGram` 1 to 64; `maximumBytes` is the ceiling of the table.
  public init(wordsPerGram: Int, maximumBytes: Int) {
    precondition((1...64).contains(wordsPerGram), "an n-gram has 1 to 64 words: validate the option first")
    self.wordsPerGram = wordsPerGram
    self.maximumBytes = maximumBytes
    topPower = (1..<wordsPerGram).reduce(UInt64(1)) { power, _ in power &* goldenGamma }
  }

  public var gramCount: Int { grams.count }
  public var recordCount: Int { gramsOfRecord.count }

  /// Bytes that the table takes now.
  public var byteCount: Int {
    grams.capacity * MemoryLayout<Gram>.stride + slots.count * 4 + words.capacity
  }

  /// Adds the n-grams of a record. Throws `.configuration` when the table would exceed its ceiling.
  public mutating func add(_ form: WordForm) throws(PlainFailure) {
    let record = gramsOfRecord.count
    guard record < Int(UInt32.max), words.count + form.bytes.count < Int(UInt32.max) else {
      throw PlainFailure(.configuration, "the evaluation set has more than 4 GB of words; split it")
    }
    let needed = byteCount + form.bytes.count + form.wordCount * (MemoryLayout<Gram>.stride + 8)
    guard needed <= maximumBytes else {
      throw PlainFailure(
        .configuration,
        "the n-grams of the evaluation set need more than \(maximumBytes) bytes (\(grams.count) so far); "
          + "give more memory, or split the set")
    }
    guard form.wordCount >= wordsPerGram else {
      gramsOfRecord.append(0)
      shortRecords += 1
      return
    }
    let base = words.count
    words.append(contentsOf: form.bytes)
    words.append(10)
    var added = 0
    forEachHash(of: form) { word, hash in
      let range = form.range(first: word, count: wordsPerGram)
      if form.bytes.withUnsafeBufferPointer({ find(hash, UnsafeBufferPointer(rebasing: $0[range])) }) == nil {
        insert(Gram(hash: hash, start: UInt32(base + range.lowerBound), record: UInt32(record)))
        added += 1
      }
    }
    gramsOfRecord.append(added)
  }

  /// Calls `body` for each n-gram of the document that the index holds, in the order of words. O(words).
  public func forEachMatch(in form: WordForm, _ body: (EvaluationMatch) -> Void) {
    guard !grams.isEmpty else { return }
    form.bytes.withUnsafeBufferPointer { bytes in
      forEachHash(of: form) { word, hash in
        let range = form.range(first: word, count: wordsPerGram)
        if let gram = find(hash, UnsafeBufferPointer(rebasing: bytes[range])) {
          body(EvaluationMatch(record: Int(grams[gram].record), gram: gram, word: word))
        }
      }
    }
  }

  /// Rolling polynomial over the hashes of words.
  private func forEachHash(of form: WordForm, _ body: (Int, UInt64) -> Void) {
    guard form.wordCount >= wordsPerGram else { return }
    form.bytes.withUnsafeBytes { bytes in
      func word(_ index: Int) -> UInt64 {
        hash64(UnsafeRawBufferPointer(rebasing: bytes[form.starts[index]..<form.starts[index + 1]]))
      }
      // The words of the window, so that each is hashed once.
      var ring = [UInt64](repeating: 0, count: wordsPerGram)
      var slot = 0
      var value: UInt64 = 0
      for index in 0..<form.wordCount {
        if index >= wordsPerGram { value = value &- ring[slot] &* topPower }
        ring[slot] = word(index)
        value = value &* goldenGamma &+ ring[slot]
        slot = slot + 1 == wordsPerGram ? 0 : slot + 1
        if index + 1 >= wordsPerGram { body(index + 1 - wordsPerGram, mix64(value)) }
      }
    }
  }

  private func find(_ hash: UInt64, _ text: UnsafeBufferPointer<UInt8>) -> Int? {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let number = Int(slots[slot]) - 1
      if grams[number].hash == hash, equals(Int(grams[number].start), text) { return number }
      slot = (slot + 1) & mask
    }
    return nil
  }

  private func equals(_ start: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
    // Both end with the space behind the last word, so a longer word does not pass for a shorter one.
    guard start + text.count <= words.count else { return false }
    for i in 0..<text.count where words[start + i] != text[i] { return false }
    return true
  }

  private mutating func insert(_ gram: Gram) {
    if (grams.count + 1) * 2 > slots.count { grow() }
    grams.append(gram)
    place(grams.count - 1)
  }

  private mutating func place(_ number: Int) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: grams[number].hash) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = UInt32(number + 1)
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: slots.count * 2)
    for number in grams.indices { place(number) }
  }
}
