// Which documents of a prepare unit the report looks into: about 1 MiB of its input, chosen by what they say. Profiling
// all of them would cost a tenth of prepare.
import CorpusCore
import TextProcessing

struct TextSample {
  private static let profiledBytes = 1 << 20
  private let mask: UInt64
  private var profiler = CorpusProfiler()

  /// One document of 2^n, so that about 1 MiB of `unitBytes` are looked into; all of a small unit.
  init(unitBytes: Int) {
    var rate = 1
    while rate < 1 << 20, unitBytes / rate > Self.profiledBytes { rate *= 2 }
    mask = UInt64(rate - 1)
  }

  mutating func add(_ text: [UInt8], language: Language, of document: DocumentRecord, in batch: DocumentBatch) {
    guard mask == 0 || text.withUnsafeBytes({ hash64($0) }) & mask == 0 else { return }
    let (address, source) = batch.origin(of: document)
    profiler.add(text.span, language: language, address: address, source: source)
  }

  mutating func finish() -> CorpusProfile { profiler.finish(.unit) }
}
