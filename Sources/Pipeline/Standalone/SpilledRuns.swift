// Sorted runs of pre-token counts, in memory while they fit and in scratch files from then on.
import CorpusCore
import CorpusIO
import Synchronization
import Tokenization

/// Appended by one thread at a time (`InputPass` commits in turn), then read once.
final class SpilledRuns: Sendable {
  private struct State {
    var inMemory: [[UInt8]] = []
    var bytes = 0
    var files: [String] = []
  }
  private let directory: String
  private let memoryBytes: Int
  private let state = Mutex(State())

  init(directory: String, memoryBytes: Int) {
    self.directory = directory
    self.memoryBytes = memoryBytes
  }

  func append(_ run: [UInt8]) throws {
    try state.withLock { state in
      guard state.bytes + run.count > memoryBytes else {
        state.inMemory.append(run)
        state.bytes += run.count
        return
      }
      let fileSystem = LocalFileSystem()
      if state.files.isEmpty { try fileSystem.makeDirectories(directory) }
      let file = try OutputFile(path: directory + "/\(state.files.count).counts", fileSystem: fileSystem)
      try file.write(run)
      state.files.append(try file.finish().path)
    }
  }

  func readers() throws -> [PieceCountRunReader] {
    let (runs, files) = state.withLock { state in
      defer { state.inMemory = [] }
      return (state.inMemory, state.files)
    }
    return try runs.map { PieceCountRunReader($0) }
      + files.map { path in
        let blocks = try FileBlocks(path: path, fileSystem: LocalFileSystem())
        return PieceCountRunReader { try blocks.next() ?? [] }
      }
  }

  func remove() {
    if state.withLock({ !$0.files.isEmpty }) { try? LocalFileSystem().removeTree(directory) }
  }
}

/// Merging holds every distinct piece; what cannot fit is refused before the machine is in trouble.
func checkTrainerMemory(_ bytes: Int, limit: Int) throws {
  guard bytes <= limit else {
    throw PlainFailure(
      .configuration,
      "training needs more than the \(byteText(limit)) that --memory allows (\(byteText(bytes)) so far); give more "
        + "memory, or train on a sample of the text")
  }
}
