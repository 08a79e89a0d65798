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
  /// Share done as a long unit tells it, in millionths; negative until it does.
  private let told = Atomic<Int>(-1)

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
  /// How much of a stage of one long unit is done, 0 to 1, where bytes do not tell.
  func setShare(_ share: Double) { told.store(Int(min(1, max(0, share)) * 1e6), ordering: .relaxed) }
  var share: Double? {
    let millionths = told.load(ordering: .relaxed)
    return millionths < 0 ? nil : Double(millionths) / 1e6
  }
  public var detail: String { text.withLock { $0 } }

  public var unitsDone: Int { finished.load(ordering: .relaxed) }
  /// Bytes read in this process, and bytes of units that an earlier one had committed.
  public var bytesRead: Int { read.load(ordering: .relaxed) }
  public var bytesSkipped: Int { skipped.load(ordering: .relaxed) }
  public var documents: Int { records.load(ordering: .relaxed) }
  public var quarantinedRecords: Int { quarantined.load(ordering: .relaxed) }
}

/// A run that begins or goes on.
public struct RunOutline: Sendable {
  public var name: String
  public var directory: String
  /// In the order in which they run.
  public var stages: [String]
  public var workers: Int
  public var memoryBytes: Int
  /// Whether this process does the units itself.
  public var isLocal = true
  /// Entries of the tokenizer to be trained; nil when none is.
  public var vocabularySize: Int?
}

/// How a unit ended.
public struct UnitOutcome: Sendable {
  public var stage: String
  public var unit: String
  /// Of its input.
  public var bytes: Int
  public var seconds: Double
  /// Why it failed; nil when it is committed.
  public var failure: String?
}

/// Whoever shows a run to a person or a machine. Called from any thread.
public protocol RunObserver: Sendable {
  func runBegan(_ run: RunOutline)
  func stageBegan(_ meter: ProgressMeter)
  func unitEnded(_ outcome: UnitOutcome)
  func stageEnded(_ meter: ProgressMeter)
  func message(_ text: String)
}

extension RunObserver {
  public func runBegan(_ run: RunOutline) {}
  public func unitEnded(_ outcome: UnitOutcome) {}
}

/// Shows nothing.
public struct SilentObserver: RunObserver {
  public init() {}
  public func stageBegan(_ meter: ProgressMeter) {}
  public func stageEnded(_ meter: ProgressMeter) {}
  public func message(_ text: String) {}
}
