// The n-gram models that language files name, read when filters are made.
import CorpusCore
import CorpusIO
public import TextProcessing

/// The model in the ARPA file at `path`: plain, gzip or zstd. About 40 MB of text a second; `ARPAReader` has the ceilings.
public func readNGramModel(path: String) throws -> NGramModel {
  let lines = try LineReader(
    path: path, maximumLineBytes: ARPAReader.maximumLineBytes, fileSystem: LocalFileSystem())
  var reader = ARPAReader()
  do {
    while let line = try lines.next() { try reader.take(line.span) }
    return try reader.finish()
  } catch let failure as ARPAFailure {
    throw PlainFailure(.configuration, "\(path): \(failure.description)")
  }
}

/// By language, the models of those that name one.
func readPerplexityModels(_ files: [LanguageFile]) throws -> [String: NGramModel] {
  var models: [String: NGramModel] = [:]
  for file in files {
    if let path = file.perplexityModel { models[file.code] = try readNGramModel(path: path) }
  }
  return models
}
