// Tokenizers from files.
import CorpusCore
public import CorpusIO
public import Tokenization

/// The tokenizer of a file of one piece: a tokenizer.json, a compiled one, or ranks, for which `split` and `specialTokens`
/// are. What is wrong with it is said with its path. At most 1 GiB.
public func loadTokenizer(
  _ path: String, split: PreTokenizerKind? = nil, specialTokens: [AddedToken] = [], fileSystem: any FileSystem
) throws -> TokenizerModel {
  try withBytesOfTokenizer(path, fileSystem: fileSystem) { bytes in
    try TokenizerFile.read(bytes, preTokenizer: split, specialTokens: specialTokens)
  }
}

/// Calls `body` with the bytes of a tokenizer's file, and says its path with what is wrong with it.
func withBytesOfTokenizer<Result>(
  _ path: String, fileSystem: any FileSystem, _ body: (Span<UInt8>) throws -> Result
) throws -> Result {
  do {
    return try withBytesOfFile(path, limit: 1 << 30, fileSystem: fileSystem, body)
  } catch let failure as TokenizationFailure {
    throw PlainFailure(failure.kind, "\(path): \(failure)")
  }
}
