// Tokenizers from files: what is wrong in one is said with its path.
import CorpusCore
import CorpusIO
import TestSupport
import Testing

@testable import Pipeline

@Suite struct TokenizerLoadingTests {
  @Test func aDamagedFileIsNamed() throws {
    let scratch = try ScratchDirectory()
    let path = try scratch.write(Array("{\"model\":".utf8), to: "tokenizer.json")
    let failure = #expect(throws: PlainFailure.self) { try loadTokenizer(path, fileSystem: LocalFileSystem()) }
    #expect(failure?.description.hasPrefix("\(path): malformed tokenizer file") == true)
  }

  @Test func bothFilesOfAPairAreNamed() throws {
    let scratch = try ScratchDirectory()
    let vocabulary = try scratch.write(Array("{\"a\":0,\"b\":1,\"ab\":2}".utf8), to: "vocab.json")
    let merges = try scratch.write(Array("#version: 0.2\na b\n".utf8), to: "merges.txt")
    let wrong = try scratch.write(Array("#version: 0.2\na b\na c\n".utf8), to: "wrong.txt")
    func size(_ merges: String) throws -> Int {
      try loadTokenizer(vocabulary: vocabulary, merges: merges, split: .gpt2, fileSystem: LocalFileSystem())
        .vocabularySize
    }
    #expect(try size(merges) == 3)
    let failure = #expect(throws: PlainFailure.self) { try size(wrong) }
    #expect(failure?.description.hasPrefix("\(vocabulary) with \(wrong): ") == true)
  }
}
