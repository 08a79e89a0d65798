// Where large compressed shards are cut into units: found once a run, kept in the run directory, read by every worker.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization

/// Cuts by path, ascending; shards without an entry are read whole.
struct ShardSplits: Codable, Sendable, Equatable {
  var borders: [String: [FrameBorder]] = [:]

  /// Looks through the large compressed JSONL shards of `files`, several at a time, for cuts about every `unitBytes` of
  /// text. The same files and configuration give the same cuts.
  static func find(
    in files: [InputFile], configuration: PipelineConfiguration, fileSystem: any FileSystem
  ) throws -> ShardSplits {
    let unit = configuration.unitBytes
    let large = files.filter { file in
      isCompressed(file.path) && !ShardSource(path: file.path, size: 0).isPlainText
        && file.size * 4 > unit + unit / 2
    }
    let found = Mutex(ShardSplits())
    let failure = Mutex<(any Error)?>(nil)
    let workers = configuration.workers ?? ProcessInfo.processInfo.activeProcessorCount
    runInParallel(large.count, workers: workers) { index in
      guard !Interruption.isRequested, failure.withLock({ $0 == nil }) else { return }
      let file = large[index]
      do {
        let cuts = try cuts(of: file, every: unit, fileSystem: fileSystem)
        if !cuts.isEmpty { found.withLock { $0.borders[file.path] = cuts } }
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
    }
    if Interruption.isRequested { throw RunInterrupted(signal: Interruption.requestedSignal) }
    if let failure = failure.withLock({ $0 }) { throw failure }
    return found.withLock { $0 }
  }

  /// Borders at least `unit` bytes of text apart. A frame longer than two units ends the search: what follows is one unit.
  private static func cuts(of file: InputFile, every unit: Int, fileSystem: any FileSystem) throws -> [FrameBorder] {
    let borders = try FrameBorders(path: file.path, fileSystem: fileSystem)
    var cuts: [FrameBorder] = []
    var last = FrameBorder(file: 0, text: 0)
    var end: FrameBorder?
    while let border = try borders.next(reach: unit * 2) {
      if Interruption.isRequested { break }
      end = border
      guard border.text - last.text >= unit, border.file < file.size else { continue }
      cuts.append(border)
      last = border
    }
    // A short rest goes with the piece before it.
    if let end, end.file == file.size, !cuts.isEmpty, end.text - last.text < unit / 2 { cuts.removeLast() }
    return cuts
  }

  /// The cuts of the run in `directory`: those found when it began, or looked for now and kept.
  static func of(
    _ files: [InputFile], configuration: PipelineConfiguration, directory: RunDirectory
  ) throws -> ShardSplits {
    let path = directory.absolute(RunDirectory.splits)
    if try directory.fileSystem.isPresent(path) {
      return try decodeJSON(ShardSplits.self, path: path, fileSystem: directory.fileSystem)
    }
    let splits = try find(in: files, configuration: configuration, fileSystem: directory.fileSystem)
    if !splits.borders.isEmpty { try writeOnce(try encodeJSON(splits), to: RunDirectory.splits, in: directory) }
    return splits
  }
}
