// What a vocabulary is made of, and how it changed while it was learned.
import CorpusCore
import CorpusIO
import TextProcessing
import Tokenization

extension ReportData.Tokenizer {
  private static let steps = 12

  /// Fills in scripts and stretches; `vocabulary` are the entries' bytes by id, in the order they were learned.
  mutating func describe(_ vocabulary: [[UInt8]]) {
    guard !vocabulary.isEmpty else { return }
    let scripts = vocabulary.map { mainScript(of: $0.span) }
    entriesByScript = Dictionary(scripts.map { ($0, 1) }, uniquingKeysWith: +)
    let count = min(Self.steps, vocabulary.count)
    learning = (0..<count).map { index in
      let range = vocabulary.count * index / count..<vocabulary.count * (index + 1) / count
      var step = ReportData.LearningStep()
      step.first = range.lowerBound
      step.entries = range.count
      step.meanBytes = Double(vocabulary[range].reduce(0) { $0 + $1.count }) / Double(range.count)
      step.longestBytes = vocabulary[range].map(\.count).max() ?? 0
      step.entriesByScript = Dictionary(scripts[range].map { ($0, 1) }, uniquingKeysWith: +)
      return step
    }
  }
}

/// The entries of a run's tokenizer by id; none where there is no such file any more.
func vocabulary(of directory: RunDirectory) throws -> [[UInt8]] {
  let path = directory.absolute("tokenizer/tokenizer.json")
  guard directory.fileSystem.exists(path) else { return [] }
  let model = try loadTokenizer(path, fileSystem: directory.fileSystem)
  return (0..<UInt32(model.vocabularySize)).map { model.tokenBytes($0) }
}
