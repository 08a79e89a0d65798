// A sample of documents with everything that the filters measure, for `xylem clean --explain` and `xylem tune`: what a
// configuration would do is looked at before it is believed.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization
import TextProcessing

/// Documents as the filters saw them.
struct CleaningSample: Sendable {
  struct Row: Sendable {
    var language: Language
    var id: String
    /// UTF-8 bytes of the cleaned text.
    var bytes: Int
    var values: FilterValues
    /// Whether nothing was left of the text.
    var isEmpty: Bool
    /// What the configured identifier takes the cleaned text for, whatever the label says; nil when it cannot tell, and
    /// where labels alone are asked.
    var guess: Language?
    /// The first 200 bytes, on one line.
    var head: String
  }

  /// In the order of the input.
  var rows: [Row] = []
  /// Documents that the sample was taken from.
  var documents = 0
  let table: LanguageTable

  /// Text that is read of a shard at most, in bytes: whole shards of a large corpus are not read for a few documents.
  private static let unitTextBytes = 16 << 20
  private static let maximumUnits = 512

  /// Takes `count` documents: from up to 512 shards, or ranges of large ones, spread evenly over the input, of each among
  /// its first 16 MB of text those with the smallest hashes of their places. So the same input gives the same sample,
  /// whatever the worker count.
  static func gather(
    _ pass: InputPass, configuration: PipelineConfiguration, count: Int, observer: any RunObserver
  ) throws -> CleaningSample {
    let files = try configuration.languages.map { try readLanguageFiles(directory: $0) } ?? []
    let table = try LanguageTable(files: files, step: configuration.filter)
    let identifier = try configuration.identifyLanguage?.makeIdentifier()
    let fileSystem = LocalFileSystem()
    let all = try pass.units(fileSystem: fileSystem).sources.flatMap { $0 }
    let chosen = min(all.count, maximumUnits, max(1, count))
    let units = (0..<chosen).map { all[$0 * all.count / chosen] }
    let quota = (count + chosen - 1) / chosen
    let meter = ProgressMeter(stage: "sample", units: units.count, bytes: 0)
    observer.stageBegan(meter)
    defer { observer.stageEnded(meter) }
    let results = Mutex([[Row]](repeating: [], count: units.count))
    let documents = Mutex(0)
    let failures = Mutex<[any Error]>([])
    runInParallel(units.count, workers: pass.workers) { unit in
      guard failures.withLock({ $0.isEmpty }) else { return }
      let reader = UnitReader(options: pass.options, fileSystem: fileSystem, meter: meter)
      do {
        var picker = SamplePicker(
          quota: quota,
          cleaner: DocumentCleaner(
            configuration: configuration, languages: table, identifier: identifier, extent: .all),
          identifier: identifier)
        do {
          try reader.forEachBatch([units[unit]]) { batch in
            picker.take(batch)
            if picker.textBytes >= unitTextBytes { throw SampleIsFull() }
          }
        } catch is SampleIsFull {}
        documents.withLock { $0 += picker.documents }
        results.withLock { $0[unit] = picker.rows }
        meter.finish()
      } catch {
        failures.withLock { $0.append(error) }
      }
    }
    if Interruption.isRequested { throw RunInterrupted(signal: Interruption.requestedSignal) }
    if let failure = failures.withLock({ $0.first }) { throw failure }
    var sample = CleaningSample(table: table)
    sample.rows = results.withLock { $0.flatMap { $0 } }
    sample.documents = documents.withLock { $0 }
    guard !sample.rows.isEmpty else { throw PlainFailure(.noInput, "the input holds no document to sample") }
    return sample
  }

  /// Rows by language, the largest languages first.
  var byLanguage: [(language: Language, rows: [Row])] {
    Dictionary(grouping: rows) { $0.language }.map { ($0.key, $0.value) }
      .sorted { $0.1.count != $1.1.count ? $0.1.count > $1.1.count : $0.0 < $1.0 }
  }
}

private struct SampleIsFull: Error {}

/// Cleans those documents of a unit that are in the sample so far.
private struct SamplePicker {
  private let quota: Int
  private let cleaner: DocumentCleaner
  private let identifier: (any LanguageIdentifier)?
  private var counts = PrepareCounts()
  /// Sorted by rank; as many as the quota at most.
  private var picked: [(rank: UInt64, place: Int, row: CleaningSample.Row)] = []
  private(set) var documents = 0
  private(set) var textBytes = 0

  init(quota: Int, cleaner: DocumentCleaner, identifier: (any LanguageIdentifier)?) {
    self.quota = quota
    self.cleaner = cleaner
    self.identifier = identifier
  }

  var rows: [CleaningSample.Row] { picked.sorted { $0.place < $1.place }.map(\.row) }

  mutating func take(_ batch: DocumentBatch) {
    for document in batch.documents {
      documents += 1
      textBytes += document.text.count
      var place = batch.shard.utf8.reduce(into: [UInt8]()) { $0.append($1) }
      appendLittleEndian(UInt64(document.byteOffset), to: &place)
      let rank = place.withUnsafeBytes { hash64($0) }
      if picked.count == quota, let last = picked.last, last.rank <= rank { continue }
      let fate = cleaner.clean(document, of: batch, counts: &counts)
      let language: Language
      var isEmpty = false
      switch fate {
      case .kept(let kept): language = kept
      case .removed(let other, let drop): (language, isEmpty) = (other, drop.reason == .empty)
      }
      let cleaned = cleaner.text
      let guess = identifier?.identify(cleaned.span).language
      let row = CleaningSample.Row(
        language: language, id: recordID(document, batch: batch), bytes: cleaned.count, values: cleaner.values,
        isEmpty: isEmpty, guess: guess,
        head: head(cleaned, bytes: 200).replacing("\n", with: " "))
      let index = picked.firstIndex { $0.rank > rank } ?? picked.count
      picked.insert((rank, documents, row), at: index)
      if picked.count > quota { picked.removeLast() }
    }
  }
}
