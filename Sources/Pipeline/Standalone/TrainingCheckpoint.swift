// What a killed training leaves for the next one: the merged counts as one sorted run, and the merges learned so far.
//
// DIR/key      identity of the input and of all options; another one starts anew
// DIR/counts   a run of piece counts, and DIR/counts.json: what it is and its digest, written after it
// DIR/merges   12 bytes a merge: left id, right id (top bit: a count had passed 2^31), and a check that chains from the key
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
  private static let recordBytes = 12
  /// Of a vocabulary of 2^20 entries at most.
  private static let largestLog = (1 << 21) * recordBytes

  private let directory: String
  private let key: Digest128
  private let fileSystem = LocalFileSystem()
  private var log: FileHandle?
  private var chain: UInt32

  /// Opens `directory` for a training of identity `key`; state of another one is removed.
  init(directory: String, key: Digest128) throws {
    self.directory = directory
    self.key = key
    chain = UInt32(truncatingIfNeeded: key.low)
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
    let bytes = try readWholeFile(path, limit: Self.largestLog, fileSystem: fileSystem)
    var merges: [LearnedMerge] = []
    func number(_ at: Int) -> UInt32 {
      UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24
    }
    for at in stride(from: 0, through: bytes.count - Self.recordBytes, by: Self.recordBytes) {
      let merge = LearnedMerge(
        left: number(at), right: number(at + 4) & ~(1 << 31), overflowed32Bits: number(at + 4) >> 31 == 1)
      let next = Self.link(chain, merge)
      guard number(at + 8) == next else { break }
      chain = next
      merges.append(merge)
    }
    return merges
  }

  /// Forgets the merges: they do not fit the counts.
  func dropMerges() throws {
    try fileSystem.remove(directory + "/merges")
    log = nil
    chain = UInt32(truncatingIfNeeded: key.low)
  }

  /// Appends merges behind the first `known`, which `merges` gave, and waits until they are on stable storage.
  func append(_ merges: [LearnedMerge], after known: Int) throws {
    guard !merges.isEmpty else { return }
    try prepare()
    let file: FileHandle
    if let log {
      file = log
    } else {
      let path = directory + "/merges"
      if !fileSystem.exists(path) {
        _ = try OutputFile.write([], to: path, fileSystem: fileSystem)
        try fileSystem.synchronizeDirectory(directory)
      }
      guard let opened = FileHandle(forUpdatingAtPath: path) else {
        throw PlainFailure(.inputOutput, "\(path): cannot be opened for writing")
      }
      try opened.truncate(atOffset: UInt64(known * Self.recordBytes))
      try opened.seekToEnd()
      log = opened
      file = opened
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(merges.count * Self.recordBytes)
    for merge in merges {
      chain = Self.link(chain, merge)
      for value in [merge.left, Self.right(merge), chain] {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
      }
    }
    try file.write(contentsOf: bytes)
    try file.synchronize()
  }

  private static func right(_ merge: LearnedMerge) -> UInt32 {
    merge.right | (merge.overflowed32Bits ? 1 << 31 : 0)
  }

  private static func link(_ chain: UInt32, _ merge: LearnedMerge) -> UInt32 {
    let hash = withUnsafeBytes(of: (merge.left.littleEndian, right(merge).littleEndian)) {
      hash64($0, seed: UInt64(chain))
    }
    return UInt32(truncatingIfNeeded: hash >> 32)
  }

  /// Removes everything: training is done.
  func remove() {
    log = nil
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
