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

/// The tokenizer of GPT-2's two files, vocab.json and merges.txt. What is wrong in them is said with their paths. At most
/// 1 GiB each.
public func loadTokenizer(
  vocabulary: String, merges: String, split: PreTokenizerKind, fileSystem: any FileSystem
) throws -> TokenizerModel {
  try naming("\(vocabulary) with \(merges)") {
    try TokenizerFile.read(
      vocabulary: readWholeFile(vocabulary, limit: mostBytes, fileSystem: fileSystem),
      merges: readWholeFile(merges, limit: mostBytes, fileSystem: fileSystem), preTokenizer: split)
  }
}

/// Calls `body` with the bytes of a tokenizer's file, and says its path with what is wrong with it.
func withBytesOfTokenizer<Result>(
  _ path: String, fileSystem: any FileSystem, _ body: (Span<UInt8>) throws -> Result
) throws -> Result {
  try naming(path) { try withBytesOfFile(path, limit: mostBytes, fileSystem: fileSystem, body) }
}

private let mostBytes = 1 << 30

/// Says `files` before what `body` finds wrong in them.
private func naming<Result>(_ files: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let failure as TokenizationFailure {
    throw PlainFailure(failure.kind, "\(files): \(failure)")
  }
}
