// The figures of a dataset that a person asks for first.
import CorpusCore

/// Size and shape of one dataset. Lengths are in tokens.
public struct DatasetInfo: Codable, Sendable, Equatable {
  /// The prefix, as given.
  public let path: String
  public let tokenType: TokenType
  public let sequences: Int
  public let documents: Int
  public let tokens: Int
  public let binBytes: Int
  public let idxBytes: Int
  /// 0 when there are no sequences; so are `longest` and `mean`.
  public let shortest: Int
  public let longest: Int
  public let mean: Double

  public init(of dataset: TokenDataset) {
    path = dataset.prefix
    tokenType = dataset.tokenType
    sequences = dataset.sequenceCount
    documents = dataset.documentCount
    tokens = dataset.tokenCount
    binBytes = dataset.binByteCount
    idxBytes = dataset.indexByteCount
    shortest = dataset.shortestLength
    longest = dataset.longestLength
    mean = dataset.sequenceCount == 0 ? 0 : Double(dataset.tokenCount) / Double(dataset.sequenceCount)
  }

  /// Opens the dataset, with all that opening checks. O(N).
  public init(prefix: String) throws(TokenDatasetFailure) {
    self.init(of: try TokenDataset(prefix: prefix))
  }
}
