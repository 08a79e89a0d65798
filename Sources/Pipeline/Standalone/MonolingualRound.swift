// One reading of the input for the rule of acceptance: counts as many languages as memory holds, then trains and compares
// each of them.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization
import Tokenization

/// What is known of one language.
struct MonolingualCounts: Sendable {
  var documents = 0
  var trainedDocuments = 0
  var trainedBytes = 0
  var measuredDocuments = 0
  var measuredBytes = 0
  /// Words and tokens of the measured documents.
  var words = 0
  var tokens = 0
  var monolingualTokens = 0
  /// Entries of the vocabulary trained on this language.
  var monolingualVocabulary = 0

  init(documents: Int = 0) { self.documents = documents }

  mutating func add(_ other: MonolingualCounts) {
    documents += other.documents
    trainedDocuments += other.trainedDocuments
    trainedBytes += other.trainedBytes
    measuredDocuments += other.measuredDocuments
    measuredBytes += other.measuredBytes
    words += other.words
    tokens += other.tokens
    monolingualTokens += other.monolingualTokens
  }
}

struct MonolingualRound: Sendable {
  private let comparison: MonolingualComparison
  private let catalog: DocumentCatalog
  private let languages: Set<String>

  /// A language's pieces as one thread or several counted them, until they are trained on.
  private struct Pieces: @unchecked Sendable {
    // Counters have no owner but this value, which one thread takes out of a mutex.
    var counts = MonolingualCounts()
    var trained: [PieceCounter] = []
    var measured: [PieceCounter] = []

    var trainedMemory: Int { trained.reduce(0) { $0 + $1.memoryBytes } }
  }

  init(_ comparison: MonolingualComparison, catalog: DocumentCatalog, languages: Set<String>) {
    self.comparison = comparison
    self.catalog = catalog
    self.languages = languages
  }

  /// Languages that fitted into memory, at least one, with all there is to know of them.
  func run(observer: any RunObserver) throws -> [String: MonolingualCounts] {
    try learn(try count(observer), observer)
  }

  // MARK: - Counting

  /// The counters of one thread.
  private final class Desk {
    let number: Int
    let encoder: BytePairEncoder
    let preTokenizer: PreTokenizer
    var rows: [String: (counts: MonolingualCounts, trained: PieceCounter, measured: PieceCounter)] = [:]
    var block = TokenBlock()

    init(number: Int, model: TokenizerModel, cacheBytes: Int) {
      self.number = number
      encoder = BytePairEncoder(model: model, specialTokensInText: .text, cacheBytes: cacheBytes)
      preTokenizer = PreTokenizer(kind: model.preTokenizer)
    }
  }

  private func count(_ observer: any RunObserver) throws -> [String: Pieces] {
    let model = comparison.tokenizer.model
    let cacheBytes = min(96 << 20, comparison.memoryBytes / 8 / max(comparison.pass.workers, 1))
    let numbers = Atomic<Int>(0)
    let budget = CountingBudget(bytes: comparison.memoryBytes / 2, languages: languages)
    let desks = BorrowedPool {
      Desk(number: numbers.add(1, ordering: .relaxed).oldValue, model: model, cacheBytes: cacheBytes)
    }
    _ = try comparison.pass.run(stage: "count", observer: observer) { sources, reader in
      try desks.borrow { desk in
        var before = try catalog.before(sources)
        try reader.forEachBatch(sources) { batch in
          try count(batch, at: desk, wanted: budget.languages, before: &before)
          let kept = try budget.report(
            desk.rows.mapValues { $0.trained.memoryBytes + $0.measured.memoryBytes }, of: desk.number)
          for language in desk.rows.keys where !kept.contains(language) { desk.rows[language] = nil }
        }
      }
    } commit: { _ in
    }
    var pieces: [String: Pieces] = [:]
    let kept = budget.languages
    for desk in desks.drain() {
      for (language, row) in desk.rows where kept.contains(language) {
        pieces[language, default: Pieces()].counts.add(row.counts)
        pieces[language]?.trained.append(row.trained)
        pieces[language]?.measured.append(row.measured)
      }
    }
    for language in kept where pieces[language]?.counts.documents != catalog.documents[language] {
      throw DocumentCatalog.changed(comparison.pass.paths.joined(separator: " "))
    }
    return pieces
  }

  private func count(
    _ batch: DocumentBatch, at desk: Desk, wanted: Set<String>, before: inout [String: Int]
  ) throws {
    var measured: [DocumentRecord] = []
    var measuredLanguages: [String] = []
    try batch.bytes.withUnsafeBufferPointer { bytes in
      for document in batch.documents {
        let language = labelledLanguage(of: document, in: batch)
        guard wanted.contains(language) else { continue }
        guard let index = before[language] else { throw DocumentCatalog.changed(batch.shard) }
        before[language] = index + 1
        let text = UnsafeBufferPointer(rebasing: bytes[document.text])
        var row =
          desk.rows[language]
          ?? (
            MonolingualCounts(), PieceCounter(preTokenizer: desk.preTokenizer),
            PieceCounter(preTokenizer: desk.preTokenizer)
          )
        row.counts.documents += 1
        if MonolingualComparison.isMeasured(index) {
          row.counts.measuredDocuments += 1
          row.counts.measuredBytes += text.count
          var words = 0
          forEachWord(text) { _ in words += 1 }
          row.counts.words += words
          row.measured.count(text)
          measured.append(document)
          measuredLanguages.append(language)
        } else {
          row.counts.trainedDocuments += 1
          row.counts.trainedBytes += text.count
          row.trained.count(text)
        }
        desk.rows[language] = row
      }
    }
    try desk.preTokenizer.checkFailures()
    desk.block.removeAll()
    try encodeTexts(measured, of: batch, with: desk.encoder, into: &desk.block)
    for (language, tokens) in zip(measuredLanguages, desk.block.lengths) {
      desk.rows[language]?.counts.tokens += tokens
    }
  }

  // MARK: - Training

  private func learn(_ pieces: [String: Pieces], _ observer: any RunObserver) throws -> [String: MonolingualCounts] {
    let meter = ProgressMeter(stage: "train", units: pieces.count, bytes: 0)
    observer.stageBegan(meter)
    defer { observer.stageEnded(meter) }
    let workers = comparison.pass.workers
    // Training takes at most about 20 times what its counter holds: small languages are trained at the same time.
    let share = comparison.memoryBytes / 2 / max(workers, 1) / 20
    let order = pieces.keys.sorted()
    let small = order.filter { language in pieces[language].map { $0.trainedMemory <= share } ?? false }
    let large = order.filter { !small.contains($0) }
    let waiting = Mutex(pieces)
    let found = Mutex<(rows: [String: MonolingualCounts], failure: (any Error)?)>(([:], nil))
    @Sendable func learnOne(_ language: String) {
      guard !Interruption.isRequested, found.withLock({ $0.failure == nil }),
        let pieces = waiting.withLock({ $0.removeValue(forKey: language) })
      else { return }
      do {
        let counts = try learn(pieces, language)
        found.withLock { $0.rows[language] = counts }
        meter.finish()
      } catch {
        found.withLock { $0.failure = $0.failure ?? error }
      }
    }
    runInParallel(small.count, workers: workers) { learnOne(small[$0]) }
    for language in large { learnOne(language) }
    if Interruption.isRequested { throw RunInterrupted(signal: Interruption.requestedSignal) }
    let (rows, failure) = found.withLock { ($0.rows, $0.failure) }
    if let failure { throw failure }
    return rows
  }

  private func learn(_ pieces: Pieces, _ language: String) throws -> MonolingualCounts {
    var counts = pieces.counts
    var trainer = try BytePairTrainer(options: comparison.options)
    let limit = max(comparison.memoryBytes / 2, 16 << 20)
    var fits = true
    gather(pieces.trained).drainSorted { piece, count in
      // Pieces take two and a half times as much while merging.
      fits = fits && trainer.memoryBytes / 2 * 5 <= limit
      if fits { trainer.add(piece: piece, count: count) }
    }
    guard fits else { throw CountingBudget.tooLarge(language, comparison.memoryBytes) }
    let trained = try trainer.train { _ in }
    counts.monolingualVocabulary = trained.vocabulary.count
    counts.monolingualTokens = try tokens(of: gather(pieces.measured), trained)
    return counts
  }

  private func gather(_ counters: [PieceCounter]) -> PieceCounter {
    let all = counters.first ?? PieceCounter(preTokenizer: comparison.tokenizer.model.preTokenizer)
    for counter in counters.dropFirst() { counter.drainSorted { all.add($0, $1) } }
    return all
  }

  /// Tokens of text that is counted as pieces: each distinct piece is encoded once, by a model that splits no further.
  private func tokens(of pieces: PieceCounter, _ trained: TrainedModel) throws -> Int {
    let whole = try PreTokenizerKind(rules: [SplitRule(pattern: .regex(#"[\s\S]+"#))])
    let encoder = BytePairEncoder(
      model: try TokenizerModel(trained, preTokenizer: whole), specialTokensInText: .text, cacheBytes: 0)
    var bytes: [UInt8] = []
    var ranges: [Range<Int>] = []
    var occurrences: [UInt64] = []
    var block = TokenBlock()
    var sum = 0
    func flush() {
      block.removeAll()
      bytes.withUnsafeBufferPointer { encoder.encode(ranges, of: $0, into: &block) }
      for (length, count) in zip(block.lengths, occurrences) { sum += length * Int(count) }
      bytes.removeAll(keepingCapacity: true)
      ranges.removeAll(keepingCapacity: true)
      occurrences.removeAll(keepingCapacity: true)
    }
    pieces.drainSorted { piece, count in
      ranges.append(bytes.count..<bytes.count + piece.count)
      bytes.append(contentsOf: piece)
      occurrences.append(count)
      if bytes.count >= 1 << 20 { flush() }
    }
    flush()
    try encoder.checkFailures()
    return sum
  }
}

/// Memory of all counters together; puts languages off when it is too much.
private final class CountingBudget: Sendable {
  private struct State {
    var languages: Set<String>
    /// By desk and language.
    var memory: [Int: [String: Int]] = [:]
  }
  private let bytes: Int
  private let state: Mutex<State>

  init(bytes: Int, languages: Set<String>) {
    self.bytes = bytes
    state = Mutex(State(languages: languages))
  }

  /// Languages that are still counted.
  var languages: Set<String> { state.withLock { $0.languages } }

  /// Takes note of one desk's memory and says which languages are still counted. Throws when one alone is too much.
  func report(_ memory: [String: Int], of desk: Int) throws -> Set<String> {
    try state.withLock { state in
      state.memory[desk] = memory.filter { state.languages.contains($0.key) }
      var sums: [String: Int] = [:]
      for rows in state.memory.values { sums.merge(rows, uniquingKeysWith: +) }
      var total = sums.values.reduce(0, +)
      while total > bytes, let largest = sums.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) {
        guard sums.count > 1 else { throw Self.tooLarge(largest.key, bytes * 2) }
        total -= largest.value
        sums[largest.key] = nil
        state.languages.remove(largest.key)
        for desk in state.memory.keys { state.memory[desk]?[largest.key] = nil }
      }
      return state.languages
    }
  }

  static func tooLarge(_ language: String, _ memoryBytes: Int) -> PlainFailure {
    PlainFailure(
      .configuration,
      "the text of \(language) alone needs more than the \(byteText(memoryBytes)) that --memory allows; give more memory, "
        + "or less text")
  }
}
