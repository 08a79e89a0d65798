import CorpusCore
import CorpusIO
import TestSupport
import Testing

@Suite struct MappedFileTests {
  @Test(arguments: [0, 1, 4095, 4096, 70_000]) func theBytesAreThoseOfTheFile(count: Int) throws {
    let scratch = try ScratchDirectory()
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let file = try MappedFile(path: try scratch.write(content, to: "a"), fileSystem: LocalFileSystem())
    #expect(file.count == count)
    #expect(file.withBytes { Array($0) } == content)
    // What was given back comes again.
    file.release()
    #expect(file.withBytes { Array($0) } == content)
    #expect(file.withBytes(count / 3..<count / 2) { Array($0) } == Array(content[count / 3..<count / 2]))
  }

  @Test func aFileThatIsNotThereIsRefused() throws {
    let scratch = try ScratchDirectory()
    #expect(throws: CorpusIOFailure.self) {
      _ = try MappedFile(path: scratch.file("absent"), fileSystem: LocalFileSystem())
    }
  }
}
