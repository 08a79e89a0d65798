// Rates and time left of a stage, from its meter read now and then. Knows no clock: whoever reads says what time it is.

/// What a meter says at one moment.
public struct ProgressReading: Sendable, Equatable {
  public var stage: String
  public var units: Int
  public var unitsDone: Int
  /// Of input: in all, and read by this process or committed by an earlier one.
  public var bytes: Int
  public var bytesDone: Int
  /// Of them those that an earlier process had committed.
  public var bytesSkipped = 0
  public var documents: Int
  public var quarantined: Int
  public var detail: String
  /// Since the stage began in this process.
  public var seconds: Double
  public var bytesPerSecond: Double
  public var documentsPerSecond: Double
  /// Share done, 0 to 1; nil where nothing tells (one long unit whose input is read).
  public var share: Double?
  /// nil until enough is known, and at the end.
  public var secondsLeft: Double?

  public var isDone: Bool { unitsDone >= units }
}

/// Reads one meter again and again. Rates are those of the last `windowSeconds`, and of the whole stage when it is over.
public struct ProgressGauge: Sendable {
  public static let windowSeconds = 15.0
  /// Earlier than that no time left is named: it would be a guess.
  static let patienceSeconds = 2.0

  private struct Sample {
    var second: Double
    var bytes: Int
    var documents: Int
    var share: Double?
  }

  public let meter: ProgressMeter
  private let start: Double
  private var samples: [Sample] = []

  /// `second`: now, on any clock that goes on.
  public init(_ meter: ProgressMeter, at second: Double) {
    self.meter = meter
    start = second
  }

  /// O(samples of the window), which are at most four a second.
  public mutating func read(at second: Double, isFinal: Bool = false) -> ProgressReading {
    let share = share()
    let now = Sample(second: second, bytes: meter.bytesRead, documents: meter.documents, share: share)
    if samples.last.map({ second - $0.second >= 0.25 }) ?? true { samples.append(now) }
    // The last sample outside the window stays: it is where the window begins.
    while samples.count > 2, second - samples[1].second >= Self.windowSeconds { samples.removeFirst() }
    let whole = Sample(second: start, bytes: 0, documents: 0, share: nil)
    let first = isFinal ? whole : samples.first ?? whole
    let span = max(0.001, second - first.second)
    var reading = ProgressReading(
      stage: meter.stage, units: meter.units, unitsDone: meter.unitsDone, bytes: meter.bytes,
      bytesDone: meter.bytes > 0 ? min(meter.bytes, meter.bytesRead + meter.bytesSkipped) : meter.bytesRead,
      bytesSkipped: meter.bytesSkipped, documents: meter.documents,
      quarantined: meter.quarantinedRecords, detail: meter.detail, seconds: second - start,
      bytesPerSecond: Double(now.bytes - first.bytes) / span,
      documentsPerSecond: Double(now.documents - first.documents) / span, share: share)
    if !isFinal, second - start >= Self.patienceSeconds, let share, share < 1, let before = first.share, share > before
    {
      reading.secondsLeft = (1 - share) * span / (share - before)
    }
    return reading
  }

  private func share() -> Double? {
    if meter.unitsDone >= meter.units { return 1 }
    if let told = meter.share { return min(told, 0.999) }
    let byUnits = Double(meter.unitsDone) / Double(max(1, meter.units))
    guard meter.bytes > 0 else { return meter.units == 1 ? nil : byUnits }
    let byBytes = Double(meter.bytesRead + meter.bytesSkipped) / Double(meter.bytes)
    // One unit that has read everything and goes on working: how far it is, its bytes do not say.
    if meter.units == 1, byBytes >= 1 { return nil }
    return min(max(byUnits, byBytes), 0.999)
  }
}

/// `1 h 2 min`, `3 min 20 s`, `12 s`: rounded up to whole seconds.
public func durationText(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "very long" }
  let whole = Int(max(0, seconds).rounded(.up))
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  if whole < 86_400 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
  return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
}

/// A count with a comma at each thousand.
public func countText(_ count: Int) -> String {
  var text = ""
  for (index, digit) in String(count.magnitude).reversed().enumerated() {
    if index > 0, index % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return (count < 0 ? "-" : "") + String(text.reversed())
}
