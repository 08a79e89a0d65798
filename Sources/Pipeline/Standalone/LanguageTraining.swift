// `xylem language train`: a language model from labelled records.
public import CorpusCore
import CorpusIO
import Synchronization
public import TextProcessing

/// What a training saw and made.
public struct LanguageTraining: Codable, Sendable {
  public var records = 0
  /// Records without a label, or with one outside the 46 languages.
  public var unused = 0
  public var languages: [String] = []
  public var bytes = 0
  public var digest = Digest128(hashing: "")

  /// Trains on every record whose label is one of the 46 languages and writes the model to `output`, which must not
  /// exist. The source of a record is its `id` up to the first `/`. The same records give the same bytes.
  public static func run(
    _ pass: InputPass, trainer: LanguageModelTrainer, output: String, observer: any RunObserver
  ) throws -> LanguageTraining {
    let known = Set(rootsLanguages.map(\.code))
    let (texts, unused, records) = try LabelledTexts.gather(
      pass, budget: trainer.languageBytes, observer: observer
    ) { known.contains($0.code) }
    guard texts.count >= 2 else {
      throw PlainFailure(
        .badData, "\(texts.count) of the 46 languages in the input; training needs records with `lang` of two or more")
    }
    let bytes = trainer.train(texts).encoded()
    let file = try OutputFile(path: output, fileSystem: LocalFileSystem())
    try file.write(bytes)
    let summary = try file.finish()
    return LanguageTraining(
      records: records, unused: unused, languages: texts.keys.map(\.code).sorted(), bytes: summary.bytes,
      digest: summary.digest)
  }
}

/// Texts to learn from, by language and source: what every training of the `language` commands reads.
enum LabelledTexts {
  typealias Texts = [Language: [String: TrainingTexts]]

  /// The texts of all records whose label `isWanted`, at most about `budget` bytes of each source; how many records were not
  /// used, and how many there were. The source of a record is its `id` up to the first `/`.
  static func gather(
    _ pass: InputPass, budget: Int, observer: any RunObserver, isWanted: @escaping @Sendable (Language) -> Bool
  ) throws -> (texts: Texts, unused: Int, records: Int) {
    let sum = Mutex<(texts: Texts, unused: Int)>((texts: [:], unused: 0))
    let tally = try pass.run(stage: "language", observer: observer) { sources, reader in
      var texts: Texts = [:]
      var unused = 0
      var normal = TextNormalizing()
      try reader.forEachBatch(sources) { batch in
        for document in batch.documents {
          guard let language = batch.labelledLanguage(of: document), isWanted(language) else {
            unused += 1
            continue
          }
          normal.load(document, of: batch)
          let source = batch.bytes[document.id].prefix { $0 != UInt8(ascii: "/") }
          texts[language, default: [:]][
            String(decoding: source, as: UTF8.self), default: TrainingTexts(budget: budget)
          ].add(normal.text.span)
        }
      }
      return (texts: texts, unused: unused)
    } commit: { part in
      sum.withLock { sum in
        sum.unused += part.unused
        for (language, sources) in part.texts {
          for (source, texts) in sources {
            sum.texts[language, default: [:]][source, default: TrainingTexts(budget: budget)].add(texts)
          }
        }
      }
    }
    let (texts, unused) = sum.withLock { $0 }
    return (texts, unused, tally.records)
  }
}
