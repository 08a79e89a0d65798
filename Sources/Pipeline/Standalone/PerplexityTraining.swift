// `xylem language train-perplexity`: one model of characters a language, from labelled records, as compressed ARPA files.
import CorpusCore
import CorpusIO
public import TextProcessing

/// What a training saw and made.
public struct PerplexityTraining: Codable, Sendable {
  public struct Model: Codable, Sendable {
    public var language: String
    public var path: String
    /// Of the file.
    public var bytes: Int
    /// Of the text that it learnt from.
    public var textBytes: Int

    enum CodingKeys: String, CodingKey {
      case language, path, bytes
      case textBytes = "text_bytes"
    }
  }
  public var records = 0
  /// Records without a label.
  public var unused = 0
  public var models: [Model] = []

  /// Learns from the records of every language, its sources alike as far as their text reaches, `languageBytes` of text at
  /// most, and writes `<code>.arpa.zst` into `directory`, where no such file may be. The same records give the same bytes.
  public static func run(
    _ pass: InputPass, trainer: CharacterModelTrainer, languageBytes: Int, directory: String,
    observer: any RunObserver
  ) throws -> PerplexityTraining {
    let (texts, unused, records) = try LabelledTexts.gather(pass, budget: languageBytes, observer: observer) {
      $0 != .undetermined
    }
    var training = PerplexityTraining(records: records, unused: unused)
    let fileSystem = LocalFileSystem()
    try fileSystem.makeDirectories(directory)
    for (language, sources) in texts.sorted(by: { $0.key < $1.key }) {
      let chosen = TrainingTexts.balanced(sources, bytes: languageBytes)
      guard let model = trainer.train(chosen) else { continue }
      let path = directory + "/" + language.code + ".arpa.zst"
      let file = try OutputFile(path: path, fileSystem: fileSystem)
      try file.write(model.withUnsafeBytes { compressFrame($0, level: 12) })
      let summary = try file.finish()
      training.models.append(
        Model(
          language: language.code, path: path, bytes: summary.bytes, textBytes: chosen.reduce(0) { $0 + $1.count }))
    }
    guard !training.models.isEmpty else {
      throw PlainFailure(.badData, "no text with a label in the input; training needs records with `lang`")
    }
    return training
  }
}
