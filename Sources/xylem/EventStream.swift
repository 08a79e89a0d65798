// Events for machines: one JSON object a line on standard output (docs/formats/events.md).
import Foundation
import Pipeline
import Synchronization

enum EventStream {
  private static let on = Mutex(false)

  static var isOn: Bool {
    get { on.withLock { $0 } }
    set { on.withLock { $0 = newValue } }
  }

  /// An event that cannot be written as JSON does not exist: all are made of numbers and text.
  static func send<Event: Encodable>(_ event: Event) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let line = try? encoder.encode(Stamped(event: event)) else { return }
    writeResult(line + Data("\n".utf8))
  }

  /// Every event says when it was.
  private struct Stamped<Event: Encodable>: Encodable {
    var event: Event

    enum CodingKeys: CodingKey { case time }

    func encode(to encoder: any Encoder) throws {
      try event.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(Date.now.formatted(.iso8601), forKey: .time)
    }
  }
}

struct MessageEvent: Encodable {
  var event = "message"
  var level: String
  var text: String
}

struct ResultEvent<Value: Encodable>: Encodable {
  var event = "result"
  var result: Value
}

struct FailedEvent: Encodable {
  var event = "failed"
  var exitStatus: Int32
  var message: String

  enum CodingKeys: String, CodingKey {
    case event, message
    case exitStatus = "exit_status"
  }
}

private struct RunBeganEvent: Encodable {
  var event = "run_began"
  var name: String
  var output: String
  var stages: [String]
  var workers: Int
  var memoryLimitBytes: Int
  var version = xylemVersion

  enum CodingKeys: String, CodingKey {
    case event, name, output, stages, workers, version
    case memoryLimitBytes = "memory_limit_bytes"
  }
}

private struct UnitEvent: Encodable {
  var event: String
  var stage: String
  var unit: String
  var bytes: Int
  var seconds: Double
  var message: String?
}

/// `stage_began`, `progress` and `stage_ended` have the same keys.
private struct StageEvent: Encodable {
  var event: String
  var stage: String
  var units: Int
  var unitsDone: Int
  var bytes: Int
  var bytesDone: Int
  var documents: Int
  var quarantined: Int
  var seconds: Double
  var bytesPerSecond: Double
  var documentsPerSecond: Double
  var share: Double?
  var secondsLeft: Double?
  var runSecondsLeft: Double?
  var memoryBytes: Int?
  var detail: String?

  enum CodingKeys: String, CodingKey {
    case event, stage, units, bytes, documents, quarantined, seconds, share, detail
    case unitsDone = "units_done"
    case bytesDone = "bytes_done"
    case bytesPerSecond = "bytes_per_second"
    case documentsPerSecond = "documents_per_second"
    case secondsLeft = "seconds_left"
    case runSecondsLeft = "run_seconds_left"
    case memoryBytes = "memory_bytes"
  }

  init(_ event: String, _ reading: ProgressReading, runSecondsLeft left: Double? = nil) {
    func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
    self.event = event
    stage = reading.stage
    units = reading.units
    unitsDone = reading.unitsDone
    bytes = reading.bytes
    bytesDone = reading.bytesDone
    documents = reading.documents
    quarantined = reading.quarantined
    seconds = rounded(reading.seconds)
    bytesPerSecond = rounded(reading.bytesPerSecond)
    documentsPerSecond = rounded(reading.documentsPerSecond)
    share = reading.share.map(rounded)
    secondsLeft = reading.secondsLeft.map(rounded)
    runSecondsLeft = left.map(rounded)
    memoryBytes = residentBytes()
    detail = reading.detail.isEmpty ? nil : reading.detail
  }
}

/// Tells a run as events; progress once a second.
final class EventObserver: RunObserver {
  private struct State {
    var gauge: ProgressGauge?
    var forecast = RunForecast()
  }
  private let state = Mutex(State())
  private let start = ContinuousClock.now

  init() {
    let thread = Thread { [weak self] in
      while let self {
        Thread.sleep(forTimeInterval: 1)
        self.tick()
      }
    }
    thread.start()
  }

  func runBegan(_ run: RunOutline) {
    state.withLock { $0.forecast.runBegan(run) }
    EventStream.send(
      RunBeganEvent(
        name: run.name, output: run.directory, stages: run.stages, workers: run.workers,
        memoryLimitBytes: run.memoryBytes))
  }

  func stageBegan(_ meter: ProgressMeter) {
    state.withLock { state in
      var fresh = ProgressGauge(meter, at: now)
      EventStream.send(StageEvent("stage_began", fresh.read(at: now)))
      state.gauge = fresh
    }
  }

  func unitEnded(_ outcome: UnitOutcome) {
    EventStream.send(
      UnitEvent(
        event: outcome.failure == nil ? "unit_done" : "unit_failed", stage: outcome.stage, unit: outcome.unit,
        bytes: outcome.bytes, seconds: (outcome.seconds * 1000).rounded() / 1000, message: outcome.failure))
  }

  func stageEnded(_ meter: ProgressMeter) {
    state.withLock { state in
      guard let reading = state.gauge?.read(at: now, isFinal: true) else { return }
      state.forecast.update(reading)
      state.gauge = nil
      EventStream.send(StageEvent("stage_ended", reading))
    }
  }

  func message(_ text: String) { warn(text) }

  private var now: Double { (ContinuousClock.now - start) / .seconds(1) }

  private func tick() {
    state.withLock { state in
      guard let reading = state.gauge?.read(at: now) else { return }
      state.forecast.update(reading)
      EventStream.send(StageEvent("progress", reading, runSecondsLeft: state.forecast.secondsLeft))
    }
  }
}
