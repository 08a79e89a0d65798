// What a killed training leaves for the next one: the merged counts as one sorted run, and the merges learned so far.
//
// DIR/key      identity of the input and of all options; another one starts anew
// DIR/counts   a run of piece counts, and DIR/counts.json: what it is and its digest, written after it
// DIR/merges   see MergeLog
//
// The merges only grow; a torn end is cut off. Removed as a whole when the tokenizer is written.
import CorpusCore
import CorpusIO
import Foundation
import Tokenization

/// A directory of training state. One process at a time uses it.
final class TrainingCheckpoint {
  /// What the counts were made of.
  struct CountsNote: Codable {
    var documents: Int
    var bytes: Int
    var multipliers: [String: UInt64]
    var fileBytes: Int
    var digest: Digest128
  }
  private let directory: String
  private let key: Digest128
  private let fileSystem = LocalFileSystem()
  private var file: FileHandle?
  /// Goes on behind the merges that are in the file.
  private var log: MergeLog

  /// Opens `directory` for a training of identity `key`; state of another one is removed.
  init(directory: String, key: Digest128) throws {
    self.directory = directory
    self.key = key
    log = MergeLog(key: key)
    guard fileSystem.exists(directory) else { return }
    let found = try? readWholeFile(directory + "/key", limit: 1 << 10, fileSystem: fileSystem)
    guard found != Array("\(key)\n".utf8) else { return }
    let names = try FileManager.default.contentsOfDirectory(atPath: directory)
    guard found != nil || names.isEmpty else {
      throw PlainFailure(
        .cannotCreate, "\(directory): holds something else than a training's state; choose another --checkpoint")
    }
    try fileSystem.removeTree(directory)
  }

  private func prepare() throws {
    guard !fileSystem.exists(directory + "/key") else { return }
    try fileSystem.makeDirectories(directory)
    _ = try OutputFile.write(Array("\(key)\n".utf8), to: directory + "/key", fileSystem: fileSystem)
    try fileSystem.synchronizeDirectory(directory)
  }

  // MARK: - Counts

  /// The counts of an earlier process, when they are whole.
  func counts() throws -> (note: CountsNote, run: PieceCountRunReader)? {
    let path = directory + "/counts"
    guard fileSystem.exists(directory + "/counts.json"), fileSystem.exists(path) else { return nil }
    let text = try readWholeFile(directory + "/counts.json", limit: 1 << 20, fileSystem: fileSystem)
    guard let note = try? JSONDecoder().decode(CountsNote.self, from: Data(text)) else { return nil }
    let file = try digestOfFile(path, fileSystem: fileSystem)
    guard file.digest == note.digest, file.bytes == note.fileBytes else { return nil }
    let blocks = try FileBlocks(path: path, fileSystem: fileSystem)
    return (note, PieceCountRunReader { try blocks.next() ?? [] })
  }

  /// Writes counts: `each` calls its argument with every piece in ascending order.
  func writeCounts(
    documents: Int, bytes: Int, multipliers: [String: UInt64],
    each: ((UnsafeBufferPointer<UInt8>, UInt64) throws -> Void) throws -> Void
  ) throws {
    try prepare()
    for name in ["/counts.json", "/counts", "/counts.attempt"] { try fileSystem.remove(directory + name) }
    let file = try OutputFile(path: directory + "/counts.attempt", fileSystem: fileSystem)
    var run = PieceCountRunWriter()
    try each { piece, count in
      run.append(piece, count)
      if run.block.count >= 1 << 20 { try file.write(run.takeBlock()) }
    }
    try file.write(run.takeBlock())
    let summary = try file.finish()
    try fileSystem.rename(summary.path, to: directory + "/counts")
    let note = CountsNote(
      documents: documents, bytes: bytes, multipliers: multipliers, fileBytes: summary.bytes, digest: summary.digest)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let json = [UInt8](try encoder.encode(note))
    _ = try OutputFile.write(json, to: directory + "/counts.json", fileSystem: fileSystem)
    try fileSystem.synchronizeDirectory(directory)
  }

  // MARK: - Merges

  /// The merges of an earlier process, as far as the log is whole.
  func merges() throws -> [LearnedMerge] {
    let path = directory + "/merges"
    guard fileSystem.exists(path) else { return [] }
    return log.decode(try readWholeFile(path, limit: MergeLog.largestFile, fileSystem: fileSystem))
  }

  /// Forgets the merges: they do not fit the counts.
  func dropMerges() throws {
    try fileSystem.remove(directory + "/merges")
    file = nil
    log = MergeLog(key: key)
  }

  /// Appends merges behind the first `known`, which `merges` gave, and waits until they are on stable storage.
  func append(_ merges: [LearnedMerge], after known: Int) throws {
    guard !merges.isEmpty else { return }
    try prepare()
    let opened: FileHandle
    if let file {
      opened = file
    } else {
      let path = directory + "/merges"
      if !fileSystem.exists(path) {
        _ = try OutputFile.write([], to: path, fileSystem: fileSystem)
        try fileSystem.synchronizeDirectory(directory)
      }
      guard let handle = FileHandle(forUpdatingAtPath: path) else {
        throw PlainFailure(.inputOutput, "\(path): cannot be opened for writing")
      }
      try handle.truncate(atOffset: UInt64(known * MergeLog.recordBytes))
      try handle.seekToEnd()
      file = handle
      opened = handle
    }
    try opened.write(contentsOf: log.encode(merges))
    try opened.synchronize()
  }

  /// Removes everything: training is done.
  func remove() {
    file = nil
    if fileSystem.exists(directory + "/key") { try? fileSystem.removeTree(directory) }
  }
}

extension OutputFile {
  /// A small file with these bytes.
  static func write(_ bytes: [UInt8], to path: String, fileSystem: any FileSystem) throws -> FileSummary {
    let file = try OutputFile(path: path, fileSystem: fileSystem)
    try file.write(bytes)
    return try file.finish()
  }
}
