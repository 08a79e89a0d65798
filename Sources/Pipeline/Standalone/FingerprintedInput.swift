// An input whose documents have fingerprints and numbers: what one pass over it leaves behind for near deduplication.
import CorpusCore
import CorpusIO
import Deduplication
import Synchronization
import TextProcessing

/// Documents are numbered in the order of the input, those without text as well.
struct FingerprintedInput: Sendable {
  let units: UnitPass
  let fingerprints: MappedFingerprints
  /// Number of the first document of each unit, and at the end that of all documents.
  let firsts: [Int]
  fileprivate let retained: RetainedSets

  /// Reads the input once, on several threads: a record of `layout` a document, in order, and what `register` and `lines`
  /// note of each.
  static func make(
    _ units: UnitPass, options: NearDuplicateOptions, keep: KeepPreference, within: RepetitionScope,
    register: DocumentRegister, lines: LineTable, space: DeduplicationSpace, observer: any RunObserver
  ) throws -> (input: FingerprintedInput, tally: InputPass.Tally) {
    let layout = FingerprintLayout(near: options)
    nonisolated(unsafe) let file = try space.createScratch("fingerprints")
    // The file is used by one thread at a time: `OrderedOutput` sees to that, and afterwards this one has it alone.
    let output = OrderedOutput(limitBytes: space.memoryBytes / 8) { _, chunk in try file.write(chunk.bytes) }
    let retained = RetainedSets(units: units.units.count, limitBytes: space.memoryBytes / 4)
    let counts = Mutex([Int](repeating: 0, count: units.units.count))
    let tally = try units.run(stage: "fingerprint", observer: observer, output: output) { task in
      var maker = FingerprintMaker(
        options: options, keep: keep, within: within, sets: retained.collector(unit: task.unit))
      var documents = register.writer(unit: task.unit)
      for (index, source) in task.sources.enumerated() {
        try task.reader.forEachBatch([source]) { batch in
          lines.add(batch, unit: task.unit, source: index)
          for document in batch.documents {
            _ = try batch.withBytes(document.id) {
              try documents.append(source: index, line: document.line, id: $0)
            }
            maker.append(document, of: batch)
          }
          let records = maker.takeRecords()
          try output.append(OutputChunk(lane: 0, bytes: records, rawBytes: records.count), unit: task.unit)
        }
      }
      try documents.flush()
      maker.finish()
      counts.withLock { $0[task.unit] = maker.count }
    }
    _ = try file.finish()
    var firsts = [0]
    for count in counts.withLock({ $0 }) { firsts.append(firsts[firsts.count - 1] + count) }
    let fingerprints = MappedFingerprints([try space.map("fingerprints")], layout: layout)
    return (FingerprintedInput(units: units, fingerprints: fingerprints, firsts: firsts, retained: retained), tally)
  }
}

extension FingerprintedInput: ShingleSource {
  /// Sets that were kept in memory come from there; units without them are read once more, those with a chosen document
  /// alone.
  func forEachSet(
    of chosen: ExternalSorter, options: NearDuplicateOptions, _ body: (Int, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var unit = -1
    var walk: UnitShingles?
    try chosen.forEachUnique { number in
      while number >= firsts[unit + 1] {
        unit += 1
        walk = nil
      }
      let ordinal = number - firsts[unit]
      if try retained.withSet(unit: unit, ordinal: ordinal, { try body(number, $0) }) { return }
      let open = walk ?? UnitShingles(units.units[unit], of: units, options: options)
      walk = open
      try open.withSet(ordinal) { try body(number, $0) }
    }
  }
}

/// Fingerprint records of the documents of one unit.
private struct FingerprintMaker {
  private var builder: FingerprintBuilder
  private var digester = ExactDigester(normalized: false)
  private let keep: KeepPreference
  private let groups: RepetitionScope
  private var sets: RetainedSets.Collector
  private var records: [UInt8] = []
  private(set) var count = 0

  init(
    options: NearDuplicateOptions, keep: KeepPreference, within: RepetitionScope, sets: RetainedSets.Collector
  ) {
    builder = FingerprintBuilder(options: options)
    self.keep = keep
    groups = within.recorded
    self.sets = sets
  }

  mutating func append(_ document: DocumentRecord, of batch: DocumentBatch) {
    let raw = batch.bytes.span.extracting(document.text)
    // One spelling for one text, or shingles of the same words would differ; what is kept stays as it came.
    if let composed = canonicalForm(of: raw) {
      append(composed.span, document, batch)
    } else {
      append(raw, document, batch)
    }
    count += 1
  }

  private mutating func append(_ text: Span<UInt8>, _ document: DocumentRecord, _ batch: DocumentBatch) {
    FingerprintLayout.appendHeader(
      digest: digester.digest(of: text), idHash: batch.withBytes(document.id) { hash64($0) }, textBytes: text.count,
      places: FingerprintLayout.places(of: document, in: batch, exact: keep, near: keep),
      group: UInt32(truncatingIfNeeded: groups.group(document, of: batch, shard: batch.shard)), to: &records)
    builder.append(fingerprintOf: text, to: &records) { sets.append($0) }
  }

  mutating func takeRecords() -> [UInt8] {
    let taken = records
    records.removeAll(keepingCapacity: true)
    return taken
  }

  mutating func finish() { sets.finish() }
}

/// Shingle sets of whole units in memory, as long as they fit.
private final class RetainedSets: Sendable {
  fileprivate struct Sets: Sendable {
    var hashes: [UInt64] = []
    /// Where the set of each document ends.
    var ends: [Int] = []
  }
  private struct State {
    var left: Int
    var units: [Sets?]
  }
  private let state: Mutex<State>

  init(units: Int, limitBytes: Int) {
    state = Mutex(State(left: limitBytes, units: Array(repeating: nil, count: units)))
  }

  /// Takes the sets of one unit in order. One thread uses it.
  struct Collector {
    fileprivate let owner: RetainedSets
    fileprivate let unit: Int
    private var sets = Sets()
    private var granted = 0
    private var isFull = false

    fileprivate init(owner: RetainedSets, unit: Int) {
      self.owner = owner
      self.unit = unit
    }

    mutating func append(_ hashes: Span<UInt64>) {
      guard !isFull else { return }
      // Arrays grow by doubling.
      let needed = 2 * 8 * (sets.hashes.count + hashes.count + sets.ends.count + 1)
      if needed > granted {
        let more = max(1 << 20, needed - granted)
        guard owner.grant(more) else {
          owner.giveBack(granted)
          granted = 0
          sets = Sets()
          isFull = true
          return
        }
        granted += more
      }
      hashes.withUnsafeBufferPointer { sets.hashes.append(contentsOf: $0) }
      let end = sets.hashes.count
      sets.ends.append(end)
    }

    mutating func finish() {
      guard !isFull else { return }
      owner.giveBack(granted - (sets.hashes.capacity + sets.ends.capacity) * 8)
      owner.state.withLock { $0.units[unit] = sets }
    }
  }

  func collector(unit: Int) -> Collector { Collector(owner: self, unit: unit) }

  private func grant(_ bytes: Int) -> Bool {
    state.withLock { state in
      guard state.left >= bytes else { return false }
      state.left -= bytes
      return true
    }
  }

  private func giveBack(_ bytes: Int) { state.withLock { $0.left += bytes } }

  /// Calls `body` with the set of a document; false when it was not kept.
  func withSet(unit: Int, ordinal: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) rethrows -> Bool {
    guard let sets = state.withLock({ $0.units[unit] }) else { return false }
    let start = ordinal == 0 ? 0 : sets.ends[ordinal - 1]
    try sets.hashes.withUnsafeBytes {
      try body(UnsafeRawBufferPointer(rebasing: $0[start * 8..<sets.ends[ordinal] * 8]))
    }
    return true
  }
}

/// The documents of one unit once more, forward. One thread uses it.
private final class UnitShingles {
  private let sources: [ShardSource]
  private let pass: UnitPass
  private var shingler: Shingler
  private var hashes: [UInt64] = []
  private var next = 0
  private var reader: ShardReader?
  private var batch = DocumentBatch()
  /// Ordinal of the first document of `batch`.
  private var first = 0

  init(_ sources: [ShardSource], of pass: UnitPass, options: NearDuplicateOptions) {
    self.sources = sources
    self.pass = pass
    shingler = Shingler(options: options)
  }

  /// Calls `body` with the set of a document; ordinals ascend from call to call.
  func withSet(_ ordinal: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    while ordinal >= first + batch.documents.count {
      if Interruption.isRequested { throw Interrupted() }
      first += batch.documents.count
      batch.removeAll()
      if let reader, try reader.next(into: &batch) { continue }
      guard next < sources.count else { throw shardChanged(sources[sources.count - 1]) }
      reader = try ShardReader(source: sources[next], options: pass.options, fileSystem: pass.fileSystem)
      next += 1
    }
    let text = batch.documents[ordinal - first].text
    if let composed = canonicalForm(of: batch.bytes.span.extracting(text)) {
      shingler.shingles(of: composed.span, into: &hashes)
    } else {
      shingler.shingles(of: batch.bytes.span.extracting(text), into: &hashes)
    }
    try hashes.withUnsafeBytes { try body($0) }
  }
}
