// Progress for a pipe or a log file: a line when a stage ends, and one each 30 seconds while it goes on. Pure: whoever
// calls says what time it is and prints what comes out.

/// The plain lines of a run.
public struct ProgressLog: Sendable {
  public static let secondsBetweenLines = 30.0
  private var gauge: ProgressGauge?
  private var forecast = RunForecast()
  private var lastLine = 0.0

  public init() {}

  public mutating func runBegan(_ run: RunOutline) { forecast.runBegan(run) }

  /// `second`: now, on the clock of all calls.
  public mutating func stageBegan(_ meter: ProgressMeter, at second: Double) {
    gauge = ProgressGauge(meter, at: second)
    lastLine = second
  }

  /// To be called about once a second, since rates are those between calls. A line when 30 seconds have passed since the
  /// last, or since the stage began.
  public mutating func tick(at second: Double, memoryBytes: Int?) -> String? {
    guard let reading = gauge?.read(at: second) else { return nil }
    forecast.update(reading)
    guard second - lastLine >= Self.secondsBetweenLines else { return nil }
    lastLine = second
    return progressLine(reading, memoryBytes: memoryBytes, runSecondsLeft: forecast.secondsLeft, isFinal: false)
  }

  /// The stage's last line; nil when none had begun.
  public mutating func stageEnded(at second: Double, memoryBytes: Int?) -> String? {
    guard let reading = gauge?.read(at: second, isFinal: true) else { return nil }
    gauge = nil
    forecast.update(reading)
    return progressLine(reading, memoryBytes: memoryBytes, runSecondsLeft: nil, isFinal: true)
  }
}
