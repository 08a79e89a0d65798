// Sorted runs of pre-token counts in scratch files.
import CorpusCore
import CorpusIO
import Synchronization
import Tokenization

/// Appended by any thread, then read.
final class SpilledRuns: Sendable {
  private struct State {
    var files: [(path: String, language: String)] = []
    var started = 0
  }
  private let directory: String
  private let state = Mutex(State())

  init(directory: String) { self.directory = directory }

  var isEmpty: Bool { state.withLock { $0.files.isEmpty } }

  /// Writes what `counter` counted, which is empty afterwards.
  func append(_ counter: PieceCounter, language: String) throws {
    let fileSystem = LocalFileSystem()
    try fileSystem.makeDirectories(directory)
    let path = state.withLock { state in
      defer { state.started += 1 }
      return directory + "/\(state.started).counts"
    }
    let file = try OutputFile(path: path, fileSystem: fileSystem)
    var run = PieceCountRunWriter()
    var failure: (any Error)?
    counter.drainSorted { piece, count in
      guard failure == nil else { return }
      run.append(piece, count)
      if run.block.count >= 1 << 20 {
        do { try file.write(run.takeBlock()) } catch { failure = error }
      }
    }
    if let failure { throw failure }
    try file.write(run.takeBlock())
    _ = try file.finish()
    state.withLock { $0.files.append((path, language)) }
  }

  /// Readers of all runs, each with the weight of its language.
  func readers(multipliers: [String: UInt64]) throws -> [PieceCountRunReader] {
    try state.withLock { $0.files }.map { path, language in
      let blocks = try FileBlocks(path: path, fileSystem: LocalFileSystem())
      return PieceCountRunReader(weight: multipliers[language] ?? 1) { try blocks.next() ?? [] }
    }
  }

  func remove() {
    if state.withLock({ $0.started > 0 }) { try? LocalFileSystem().removeTree(directory) }
  }
}
