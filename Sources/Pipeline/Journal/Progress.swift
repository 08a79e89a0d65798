// Progress as numbers that any thread may add to; drawing them is the command line's business.
import Synchronization

/// Counters of one stage. Bytes are those of the units' input.
public final class ProgressMeter: Sendable {
  public let stage: String
  public let units: Int
  public let bytes: Int
  private let finished = Atomic<Int>(0)
  private let read = Atomic<Int>(0)
  private let skipped = Atomic<Int>(0)
  private let records = Atomic<Int>(0)
  private let quarantined = Atomic<Int>(0)
  private let text = Mutex("")

  public init(stage: String, units: Int, bytes: Int) {
    self.stage = stage
    self.units = units
    self.bytes = bytes
  }

  func skip(bytes: Int) {
    finished.add(1, ordering: .relaxed)
    skipped.add(bytes, ordering: .relaxed)
  }
  func finish() { finished.add(1, ordering: .relaxed) }
  func add(bytes: Int = 0, documents: Int = 0, quarantined count: Int = 0) {
    read.add(bytes, ordering: .relaxed)
    records.add(documents, ordering: .relaxed)
    quarantined.add(count, ordering: .relaxed)
  }

  /// A few words on what goes on inside a long unit.
  func setDetail(_ detail: String) { text.withLock { $0 = detail } }
  public var detail: String { text.withLock { $0 } }

  public var unitsDone: Int { finished.load(ordering: .relaxed) }
  /// Bytes read in this process, and bytes of units that an earlier one had committed.
  public var bytesRead: Int { read.load(ordering: .relaxed) }
  public var bytesSkipped: Int { skipped.load(ordering: .relaxed) }
  public var documents: Int { records.load(ordering: .relaxed) }
  public var quarantinedRecords: Int { quarantined.load(ordering: .relaxed) }
}

/// Whoever shows a run to a person.
public protocol RunObserver: Sendable {
  func stageBegan(_ meter: ProgressMeter)
  func stageEnded(_ meter: ProgressMeter)
  func message(_ text: String)
}

/// Shows nothing.
public struct SilentObserver: RunObserver {
  public init() {}
  public func stageBegan(_ meter: ProgressMeter) {}
  public func stageEnded(_ meter: ProgressMeter) {}
  public func message(_ text: String) {}
}
