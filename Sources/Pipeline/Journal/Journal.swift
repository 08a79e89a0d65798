// journal.jsonl: what happened, when, how fast, with how much memory. For people and the report's cost table only:
// nothing decides by it, so it may differ between two runs with the same result.
import CorpusIO
import Foundation
import Synchronization

/// One line of the journal.
public struct JournalEntry: Codable, Sendable {
  public var event: String
  public var time: String
  public var stage: String?
  public var unit: String?
  public var units: Int?
  public var bytes: Int?
  public var seconds: Double?
  public var peakMemoryBytes: Int?
  /// Processor time of this process, user and system.
  public var processorSeconds: Double?
  public var workers: Int?
  public var message: String?

  static func unit(stage: String, unit: String, bytes: Int, seconds: Double) -> JournalEntry {
    JournalEntry(event: "unit", time: timestamp(), stage: stage, unit: unit, bytes: bytes, seconds: seconds)
  }
  static func failure(stage: String, unit: String, message: String) -> JournalEntry {
    JournalEntry(event: "unit_failed", time: timestamp(), stage: stage, unit: unit, message: message)
  }
  static func stage(
    name: String, units: Int, bytes: Int, seconds: Double, processorSeconds: Double?, peakMemoryBytes: Int,
    workers: Int
  ) -> JournalEntry {
    JournalEntry(
      event: "stage", time: timestamp(), stage: name, units: units, bytes: bytes, seconds: seconds,
      peakMemoryBytes: peakMemoryBytes, processorSeconds: processorSeconds, workers: workers)
  }
  static func note(_ event: String, message: String? = nil) -> JournalEntry {
    JournalEntry(event: event, time: timestamp(), message: message)
  }

  static func timestamp() -> String { Date.now.formatted(.iso8601) }
}

/// Appends whole lines; O_APPEND keeps lines of several processes apart. A journal that cannot be written stops nothing.
final class Journal: Sendable {
  private let directory: RunDirectory
  /// Whether a line of ours may be cut off, so that the next has to begin a new one.
  private let isCut = Mutex(false)

  init(directory: RunDirectory) {
    self.directory = directory
  }

  func append(_ entry: JournalEntry) {
    guard let line = try? encodeJSON(entry) else { return }
    isCut.withLock { isCut in
      do {
        try ((isCut ? [10] : []) + line).withUnsafeBytes {
          try directory.fileSystem.append($0, to: directory.absolute(RunDirectory.journalFile))
        }
        isCut = false
      } catch {
        isCut = true
      }
    }
  }

  /// What stages took so far. Lines of units, of which there may be millions, are passed over unread, and so is one that a
  /// kill cut off; none when there is no journal. Holds a block of the file at a time.
  static func stages(of directory: RunDirectory) -> [JournalEntry] {
    let path = directory.absolute(RunDirectory.journalFile)
    let fileSystem = directory.fileSystem
    guard let fd = try? fileSystem.openForReading(path) else { return [] }
    defer { fileSystem.close(fd) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
    defer { buffer.deallocate() }
    var entries: [JournalEntry] = []
    var rest: [UInt8] = []
    while let count = try? fileSystem.read(fd, into: buffer, path: path), count > 0 {
      var lines = (rest + buffer[..<count]).split(separator: 10, omittingEmptySubsequences: false)
      rest = Array(lines.removeLast())
      entries += lines.compactMap(stage)
    }
    return entries + [stage(rest[...])].compactMap { $0 }
  }

  private static let stageEvent = Array("\"event\":\"stage\"".utf8)

  private static func stage(_ line: ArraySlice<UInt8>) -> JournalEntry? {
    guard line.firstRange(of: stageEvent) != nil else { return nil }
    return (try? JSONDecoder().decode(JournalEntry.self, from: Data(line))).flatMap { $0.event == "stage" ? $0 : nil }
  }
}

/// Processor time of this process so far, user and system, in seconds.
func processorSeconds() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
  return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// Peak resident memory of this process so far, in bytes.
func peakMemoryBytes() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}
