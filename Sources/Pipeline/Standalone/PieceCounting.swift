// Counting the pre-tokens of a corpus on several threads: a set of counters a thread, sorted runs on disk when they grow
// beyond their share of memory.
import CorpusCore
import Synchronization
import Tokenization

/// The counters of one thread: one, or one a language when languages are weighted.
final class CounterSet: @unchecked Sendable {
  // Owned by one thread at a time: `PieceCounting` hands it over under its lock.
  private let kind: PreTokenizerKind
  private let byLanguage: Bool
  private(set) var counters: [String: PieceCounter] = [:]
  private var labels: [[UInt8]: PieceCounter] = [:]
  private let whole: PieceCounter
  /// Distinct pieces when the last batch was counted; any thread may read it.
  private let distinct = Atomic<Int>(0)

  init(kind: PreTokenizerKind, byLanguage: Bool) {
    self.kind = kind
    self.byLanguage = byLanguage
    whole = PieceCounter(preTokenizer: kind)
    counters[""] = whole
  }

  var distinctPieces: Int { distinct.load(ordering: .relaxed) }

  var memoryBytes: Int { counters.values.reduce(0) { $0 + $1.memoryBytes } }

  func count(_ batch: DocumentBatch) {
    batch.bytes.withUnsafeBufferPointer { buffer in
      for document in batch.documents {
        let counter = byLanguage ? counter(of: buffer[document.languageLabel]) : whole
        counter.count(UnsafeBufferPointer(rebasing: buffer[document.text]))
      }
    }
    distinct.store(counters.values.reduce(0) { $0 + $1.distinctCount }, ordering: .relaxed)
  }

  private func counter(of label: Slice<UnsafeBufferPointer<UInt8>>) -> PieceCounter {
    if label.isEmpty { return whole }
    let bytes = Array(label)
    if let known = labels[bytes] { return known }
    let made = PieceCounter(preTokenizer: kind)
    labels[bytes] = made
    counters[String(decoding: bytes, as: UTF8.self)] = made
    return made
  }
}

/// Lends counters to threads and gathers what they counted.
final class PieceCounting: Sendable {
  private struct State {
    var idle: [CounterSet] = []
    var all: [CounterSet] = []
    var bytes: [String: Int] = [:]
  }
  private let kind: PreTokenizerKind
  private let byLanguage: Bool
  /// Memory of one set; a fuller one is spilled.
  private let setBytes: Int
  private let runs: SpilledRuns
  private let state = Mutex(State())

  init(kind: PreTokenizerKind, byLanguage: Bool, setBytes: Int, runs: SpilledRuns) {
    self.kind = kind
    self.byLanguage = byLanguage
    self.setBytes = setBytes
    self.runs = runs
  }

  /// Calls `body` with counters that no other thread has meanwhile.
  func withCounters(_ body: (CounterSet) throws -> Void) throws {
    let set = state.withLock { state in
      if let idle = state.idle.popLast() { return idle }
      let made = CounterSet(kind: kind, byLanguage: byLanguage)
      state.all.append(made)
      return made
    }
    defer { state.withLock { $0.idle.append(set) } }
    try body(set)
  }

  /// Counts a batch and spills the set when it has become too large.
  func count(_ batch: DocumentBatch, with set: CounterSet) throws {
    set.count(batch)
    if set.memoryBytes > setBytes { try spill(set) }
  }

  private func spill(_ set: CounterSet) throws {
    for (language, counter) in set.counters.sorted(by: { $0.key < $1.key }) {
      note(counter.totalBytes, language)
      if counter.distinctCount > 0 { try runs.append(counter, language: language) }
    }
  }

  private func note(_ bytes: Int, _ language: String) {
    state.withLock { $0.bytes[language, default: 0] += bytes }
  }

  /// Bytes of text by language; under "" all that has no label. Call when no thread counts.
  func languageBytes() -> [String: Int] {
    state.withLock { state in
      var bytes = state.bytes
      for set in state.all {
        for (language, counter) in set.counters { bytes[language, default: 0] += counter.totalBytes }
      }
      return bytes
    }
  }

  /// Distinct pieces in memory, those that two threads have counted twice.
  var distinctSoFar: Int { state.withLock { $0.all.reduce(0) { $0 + $1.distinctPieces } } }

  /// Hands over the counts: one counter when all of them stayed in memory, else nil and everything is in `runs`.
  func finish(multipliers: [String: UInt64]) throws -> PieceCounter? {
    let sets = state.withLock { $0.all }
    guard runs.isEmpty else {
      for set in sets { try spill(set) }
      return nil
    }
    var first: PieceCounter?
    for set in sets {
      for (language, counter) in set.counters.sorted(by: { $0.key < $1.key }) {
        let weight = multipliers[language] ?? 1
        if let target = first {
          target.absorb(counter, weight: weight)
        } else if weight == 1 {
          first = counter
        } else {
          let target = PieceCounter(preTokenizer: kind)
          target.absorb(counter, weight: weight)
          first = target
        }
      }
    }
    state.withLock { state in
      state.idle = []
      state.all = []
    }
    return first ?? PieceCounter(preTokenizer: kind)
  }
}
