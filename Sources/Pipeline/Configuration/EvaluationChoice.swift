// From the keys of `decontaminate` to an evaluation set. What its files hold was noted when the configuration was read;
// whoever reads them later gets the same set or a failure, never another one.
import CorpusCore
import CorpusIO
import Deduplication
import Synchronization

extension DecontaminateConfiguration {
  /// Notes what the evaluation files hold.
  mutating func resolveEvaluation(fileSystem: any FileSystem = LocalFileSystem()) throws {
    evaluationDigest = Self.digest(try listInput(evaluation, fileSystem: fileSystem))
  }

  fileprivate static func digest(_ files: [InputFile]) -> Digest128 {
    var bytes: [UInt8] = []
    for file in files {
      appendBigEndian(file.sampledDigest.high, to: &bytes)
      appendBigEndian(file.sampledDigest.low, to: &bytes)
    }
    return Digest128(hashing: bytes)
  }
}

/// The evaluation set of a step, read when the first unit asks for it and then shared by all.
final class EvaluationSource: Sendable {
  private let step: DecontaminateConfiguration
  private let reading: ReadOptions
  private let maximumBytes: Int
  private let fileSystem: any FileSystem
  private let known = Mutex<EvaluationSet?>(nil)

  /// The table may take a quarter of the run's memory.
  init(_ step: DecontaminateConfiguration, of configuration: PipelineConfiguration, fileSystem: any FileSystem) {
    self.step = step
    reading = readOptions(configuration)
    maximumBytes = configuration.memory / 4
    self.fileSystem = fileSystem
  }

  func set() throws -> EvaluationSet {
    try known.withLock { known in
      if let known { return known }
      let files = try listInput(step.evaluation, fileSystem: fileSystem)
      let digest = DecontaminateConfiguration.digest(files)
      guard digest == step.evaluationDigest else {
        throw PlainFailure(
          .configuration,
          "\(step.evaluation.joined(separator: ", ")): changed since the run began; restore the files, or begin another run"
        )
      }
      let set = try EvaluationSet(
        files,
        options: EvaluationOptions(
          fields: step.fields, wordsPerGram: step.ngram, minimumOverlap: step.minimumOverlap),
        reading: reading, maximumBytes: maximumBytes, fileSystem: fileSystem)
      known = set
      return set
    }
  }
}
