// BLOOM's rule for accepting a tokenizer (BigScience, arXiv 2211.05100, section 3.2): in no language is its fertility
// more than ten percent above that of a tokenizer trained on that language alone.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization
import Tokenization

/// Trains one tokenizer a language in memory and compares fertilities on text that it was not trained on.
///
/// Of each ten documents of a language, in order of the input, the second is measured and the others train: two documents
/// are enough for a verdict. Memory: counts of pieces take up to half of the ceiling; when they pass it, the language
/// with the largest is put off to a further reading. Results depend on neither workers nor ceiling.
public struct MonolingualComparison: Sendable {
  public var pass: InputPass
  public var tokenizer: NamedTokenizer
  /// Most entries of a monolingual vocabulary; text may have fewer to merge.
  public var vocabularySize: Int
  /// How many percent more tokens are accepted.
  public var tolerancePercent: Double
  /// Ceiling of memory.
  public var memoryBytes: Int

  /// `vocabularySize` nil: 50,000, and no more than the tokenizer itself has.
  public init(
    pass: InputPass, tokenizer: NamedTokenizer, vocabularySize: Int? = nil, tolerancePercent: Double = 10,
    memoryBytes: Int = 8_000_000_000
  ) {
    self.pass = pass
    self.tokenizer = tokenizer
    self.vocabularySize = vocabularySize ?? min(50_000, tokenizer.model.vocabularySize)
    self.tolerancePercent = tolerancePercent
    self.memoryBytes = memoryBytes
  }

  /// Whether document `index` of its language, from 0, is measured.
  static func isMeasured(_ index: Int) -> Bool { index % 10 == 1 }

  /// Documents it takes for one to be measured and one to train.
  static let leastDocuments = 2

  /// What is told to the trainers of all languages. Text never spells a special token, as in measuring.
  var options: TrainerOptions {
    var options = TrainerOptions()
    options.vocabularySize = vocabularySize
    options.specialTokens = tokenizer.model.specialTokens.map(\.content)
    options.protectSpecialTokens = true
    return options
  }

  /// Throws what reading, splitting and training throw; `.usage` for standard input, which cannot be read again;
  /// `.configuration` when a language alone does not fit into memory.
  public func run(observer: any RunObserver) throws -> MonolingualVerdicts {
    guard !pass.paths.contains("-") else {
      throw PlainFailure(.usage, "-: the input is read more than once; standard input cannot be")
    }
    // Options that cannot be had are refused before anything is read.
    _ = try BytePairTrainer(options: options)
    let catalog = try DocumentCatalog(pass, observer: observer)
    var verdicts = MonolingualVerdicts(self)
    var waiting = Set<String>()
    for (language, documents) in catalog.documents {
      if documents < Self.leastDocuments {
        verdicts.add(language, MonolingualCounts(documents: documents))
      } else {
        waiting.insert(language)
      }
    }
    while !waiting.isEmpty {
      let round = MonolingualRound(self, catalog: catalog, languages: waiting)
      let found = try round.run(observer: MutedObserver(observer))
      for (language, counts) in found { verdicts.add(language, counts) }
      waiting.subtract(found.keys)
    }
    return verdicts
  }
}

/// How many documents each language has, and how many of them come before each unit of the input.
struct DocumentCatalog: Sendable {
  private(set) var documents: [String: Int] = [:]
  private var before: [ShardSource: [String: Int]] = [:]

  /// Reads the input once.
  init(_ pass: InputPass, observer: any RunObserver) throws {
    let sums = Mutex<(documents: [String: Int], before: [ShardSource: [String: Int]])>(([:], [:]))
    _ = try pass.run(stage: "catalog", observer: observer) { sources, reader in
      var found: [String: Int] = [:]
      try reader.forEachBatch(sources) { batch in
        for document in batch.documents { found[labelledLanguage(of: document, in: batch), default: 0] += 1 }
      }
      return (sources.first, found)
    } commit: { source, found in
      guard let source else { return }
      sums.withLock { sums in
        var before: [String: Int] = [:]
        for (language, count) in found {
          before[language] = sums.documents[language, default: 0]
          sums.documents[language, default: 0] += count
        }
        sums.before[source] = before
      }
    }
    (documents, before) = sums.withLock { $0 }
  }

  /// Documents of each language that come before a unit; the languages are those of the unit.
  func before(_ sources: [ShardSource]) throws -> [String: Int] {
    guard let source = sources.first else { return [:] }
    guard let found = before[source] else { throw Self.changed(source.path) }
    return found
  }

  static func changed(_ path: String) -> PlainFailure {
    PlainFailure(.inputOutput, "\(path): changed while it was read")
  }
}

/// Says what the stages do, and nothing that an earlier reading of the same input has said.
private struct MutedObserver: RunObserver {
  private let next: any RunObserver

  init(_ next: any RunObserver) { self.next = next }

  func stageBegan(_ meter: ProgressMeter) { next.stageBegan(meter) }
  func stageEnded(_ meter: ProgressMeter) { next.stageEnded(meter) }
  func message(_ text: String) {}
}
