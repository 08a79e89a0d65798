// When a run will be over, from what its stages have taken so far. Pure: readings go in, seconds come out.
import Foundation

/// Adds up what is left of a run: the stage at work by its own pace, stages to come by how they relate to those that were
/// measured. Says nothing until one stage tells how long it takes, nor for stages it knows nothing of.
public struct RunForecast: Sendable {
  /// Earlier than that a share is too small to be carried to the whole.
  private static let leastShare = 0.02
  /// A stage that took less says little of how fast the machine is.
  private static let leastSeconds = 2.0

  private var outline: RunOutline?
  private var readings: [ProgressReading] = []

  public init() {}

  public mutating func runBegan(_ run: RunOutline) {
    outline = run
    readings = []
  }

  /// The newest reading of a stage; that of a stage that began last is the one at work.
  public mutating func update(_ reading: ProgressReading) {
    readings.removeAll { $0.stage == reading.stage }
    readings.append(reading)
  }

  /// Seconds until the run is over; nil while too little is known, and when nothing is left.
  public var secondsLeft: Double? {
    guard let outline, outline.isLocal, let current = readings.last,
      let inputBytes = readings.first(where: { $0.stage == "prepare" })?.bytes, inputBytes > 0
    else { return nil }
    func cost(_ stage: String) -> Double? { Self.cost(of: stage, inputBytes: inputBytes, run: outline) }

    var taken = 0.0
    var expected = 0.0
    for reading in readings {
      if let whole = wholeSeconds(reading), let cost = cost(reading.stage) {
        taken += whole
        expected += cost
      }
    }
    guard expected > 0 else { return nil }
    let pace = taken / expected

    var left = 0.0
    if !current.isDone {
      if let known = current.secondsLeft {
        left = known
      } else if let cost = cost(current.stage), cost * pace > current.seconds {
        left = cost * pace - current.seconds
      } else {
        // It takes longer than expected, and does not say how long.
        return nil
      }
    }
    let begun = Set(readings.map(\.stage))
    for stage in outline.stages where !begun.contains(stage) {
      guard let cost = cost(stage) else { return nil }
      left += cost * pace
    }
    return left > 0 ? left : nil
  }

  /// What a stage takes in all, had this process done all of it; nil while it is not measured.
  private func wholeSeconds(_ reading: ProgressReading) -> Double? {
    let skipped = reading.bytes > 0 ? Double(reading.bytesSkipped) / Double(reading.bytes) : 0
    guard 1 - skipped >= Self.leastShare else { return nil }
    if reading.isDone {
      return reading.seconds >= Self.leastSeconds ? reading.seconds / (1 - skipped) : nil
    }
    guard let left = reading.secondsLeft, let share = reading.share, share - skipped >= Self.leastShare else {
      return nil
    }
    return (reading.seconds + left) / (1 - skipped)
  }

  /// Seconds of a stage on one machine: those of README's table over 269 MB of 59 languages with one worker. Only their
  /// relation counts, the machine's pace is measured. All grow with the input, but for train: it grows with different
  /// pieces, which a text has the fewer of the longer it is, and with entries.
  private static func cost(of stage: String, inputBytes: Int, run: RunOutline) -> Double? {
    let size = Double(inputBytes) / 269e6
    let workers = Double(max(1, run.workers))
    switch stage {
    case "prepare": return 10.6 * size / workers
    case "collect": return 0.3 * size / workers
    case "deduplicate": return 1.5 * size
    case "count": return 4.1 * size / workers
    case "train":
      let entries = Double(run.vocabularySize ?? 250_680) / 250_680
      return 5.6 * pow(size, 0.7) * (0.5 + 0.5 * min(1, entries))
    case "encode": return 7.2 * size / workers
    case "assemble": return 0.6 * size
    default: return nil
    }
  }
}

/// A duration of which only the beginning is meant: `50 s`, `4 min 30 s`, `3 h 20 min`, `5 d`.
public func roughDurationText(_ seconds: Double) -> String {
  let unit: Double =
    switch seconds {
    case ..<60: 5
    case ..<600: 30
    case ..<3600: 60
    case ..<36_000: 600
    case ..<864_000: 3600
    default: 86_400
    }
  let text = durationText((seconds / unit).rounded(.up) * unit)
  let parts = text.split(separator: " ")
  return parts.count == 4 && parts[2] == "0" ? parts[..<2].joined(separator: " ") : text
}
