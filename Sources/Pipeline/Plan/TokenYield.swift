// How many tokens a tokenizer learned from the whole input will make of it, from tokenizers learned from samples.
//
// A tokenizer knows the words of the text it was learned from: of its own text it makes fewer tokens a byte than of other
// text. The more text, the less these two differ: own text needs more, other text fewer, and both come to one figure. What
// the whole input is to its tokenizer is own text; so its figure lies between the two of the larger sample, nearer to the
// first. By two samples of 3.5 and 15 MB: 4 % too low for 88 MB of 22 languages, 1 % too high for 134 MB of 25
// (`scripts/plan_check.py` compares with a run).
import CorpusCore
import CorpusIO
import Foundation
import Tokenization

/// Tokens a byte that the tokenizers of two samples make of their own samples and of text that neither has.
struct TokenYield {
  struct Measured {
    var own: Double
    var other: Double

    /// What knowing the text saves.
    var gap: Double { other - own }
  }
  let small: Measured
  let large: Measured

  /// `directories`: of the trial runs over the samples. nil where no text is left to be the other.
  init?(
    small: InputSample, large: InputSample, other: InputSample, directories: (small: String, large: String),
    configuration: PipelineConfiguration, fileSystem: any FileSystem
  ) throws {
    guard other.lineBytes > 0 else { return nil }
    func measure(_ own: InputSample, _ directory: String) throws -> Measured? {
      let path = RunDirectory(root: directory, fileSystem: fileSystem).absolute("tokenizer/tokenizer.json")
      let model = try loadTokenizer(path, fileSystem: fileSystem)
      let counting = TokenCounting(model: model, configuration: configuration, fileSystem: fileSystem)
      guard let own = try counting.tokensAByte(own.paths), let other = try counting.tokensAByte(other.paths) else {
        return nil
      }
      return Measured(own: own, other: other)
    }
    guard let small = try measure(small, directories.small), let large = try measure(large, directories.large) else {
      return nil
    }
    self.small = small
    self.large = large
  }

  init(small: Measured, large: Measured) {
    self.small = small
    self.large = large
  }

  /// Tokens a byte of `ratio` times the text of the larger sample, for one of that sample, which has `step` times the text
  /// of the smaller. The gap falls with a power of the text, and own text takes the same part of it everywhere.
  func growth(step: Double, ratio: Double) -> Double {
    guard step > 1, ratio > 1, large.own > 0, large.gap > 0, small.gap > large.gap else { return 1 }
    // Bounds that only noise meets: by far fewer merges than the vocabulary takes, or by samples of a few lines.
    let power = min(max(log(small.gap / large.gap) / log(step), 0.25), 1.5)
    let part = min(max((large.own - small.own) / (small.gap - large.gap), 0), 1)
    return (large.own + part * large.gap * (1 - pow(ratio, -power))) / large.own
  }
}

/// Counts the tokens of raw text.
private struct TokenCounting {
  let model: TokenizerModel
  let configuration: PipelineConfiguration
  let fileSystem: any FileSystem

  /// nil without text.
  func tokensAByte(_ paths: [String]) throws -> Double? {
    let encoder = BytePairEncoder(model: model, specialTokensInText: .text)
    var tokens = 0
    var bytes = 0
    var block = TokenBlock()
    var batch = DocumentBatch()
    for path in paths {
      let size = try fileSystem.size(of: path) ?? 0
      let reader = try ShardReader(
        source: ShardSource(path: path, size: size), options: readOptions(configuration), fileSystem: fileSystem)
      while try reader.next(into: &batch) {
        block.removeAll()
        try encodeBatch(batch, with: encoder, nil, into: &block)
        tokens += block.lengths.reduce(0) { $0 + Int($1) }
        bytes += batch.documents.reduce(0) { $0 + $1.text.count }
      }
    }
    return bytes > 0 ? Double(tokens) / Double(bytes) : nil
  }
}
