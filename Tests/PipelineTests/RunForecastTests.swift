// When a run is said to be over: by paces that are known, and not at all while they are not.
import Testing

@testable import Pipeline

@Suite struct RunForecastTests {
  private static let bytes = 269_000_000
  private static let stages = ["prepare", "collect", "deduplicate", "count", "train", "encode", "assemble"]
  /// One worker on the machine of README's table, and on one half as fast.
  private static let seconds = [
    "prepare": 10.6, "collect": 0.3, "deduplicate": 1.5, "count": 4.1, "train": 5.6, "encode": 7.2, "assemble": 0.6,
  ]

  private func begun(_ stages: [String] = Self.stages, isLocal: Bool = true) -> RunForecast {
    var forecast = RunForecast()
    forecast.runBegan(
      RunOutline(
        name: "demo", directory: "runs/demo", stages: stages, workers: 1, memoryBytes: 1, isLocal: isLocal,
        vocabularySize: 250_680))
    return forecast
  }

  /// A stage of `whole` seconds after `seconds`, of which an earlier process did the `skipped` part.
  private func reading(_ stage: String, _ seconds: Double, of whole: Double, skipped: Double = 0) -> ProgressReading {
    let share = skipped + (1 - skipped) * seconds / whole
    return ProgressReading(
      stage: stage, units: 100, unitsDone: seconds >= whole ? 100 : 0, bytes: Self.bytes,
      bytesDone: Int(share * Double(Self.bytes)), bytesSkipped: Int(skipped * Double(Self.bytes)), documents: 0,
      quarantined: 0, detail: "", seconds: seconds, bytesPerSecond: 0, documentsPerSecond: 0, share: share,
      secondsLeft: seconds < whole ? whole - seconds : nil)
  }

  @Test(arguments: [1.0, 2, 50]) func aRunThatKeepsTheTablesRelationsIsForetoldFromItsFirstStageOn(slower: Double) {
    var forecast = begun()
    var left = Self.seconds.values.reduce(0, +) * slower
    for stage in Self.stages.dropLast() {
      let whole = (Self.seconds[stage] ?? 0) * slower
      forecast.update(reading(stage, whole / 2, of: whole))
      #expect(abs((forecast.secondsLeft ?? 0) / (left - whole / 2) - 1) < 1e-6, "\(stage)")
      forecast.update(reading(stage, whole, of: whole))
      left -= whole
      #expect(abs((forecast.secondsLeft ?? 0) / left - 1) < 1e-6, "after \(stage)")
    }
  }

  @Test func laterStagesThatAreSlowerThanExpectedMoveTheEnd() {
    var forecast = begun(["prepare", "count", "encode"])
    forecast.update(reading("prepare", 10.6, of: 10.6))
    #expect(abs((forecast.secondsLeft ?? 0) - 11.3) < 1e-6)
    forecast.update(reading("count", 41, of: 41))
    // 14.7 expected and 51.6 taken: the pace of both together.
    #expect(abs((forecast.secondsLeft ?? 0) - 7.2 * 51.6 / 14.7) < 1e-6)
  }

  @Test func nothingIsSaidWhileNothingIsMeasured() {
    var forecast = RunForecast()
    #expect(forecast.secondsLeft == nil)
    forecast = begun()
    #expect(forecast.secondsLeft == nil)
    var first = reading("prepare", 0.1, of: 10.6)
    first.secondsLeft = nil
    forecast.update(first)
    #expect(forecast.secondsLeft == nil)
    // A hundredth of a stage.
    forecast.update(reading("prepare", 3, of: 300))
    #expect(forecast.secondsLeft == nil)
    forecast.update(reading("prepare", 9, of: 300))
    #expect(forecast.secondsLeft != nil)
  }

  @Test func nothingIsSaidOfAClusterAndOfStagesThatAreNotKnown() {
    var cluster = begun(isLocal: false)
    cluster.update(reading("prepare", 5, of: 10))
    #expect(cluster.secondsLeft == nil)
    var unknown = begun(["prepare", "polish"])
    unknown.update(reading("prepare", 5, of: 10))
    #expect(unknown.secondsLeft == nil)
  }

  @Test func whatAnEarlierProcessDidIsNoSpeed() {
    var forecast = begun(["prepare", "count"])
    forecast.update(reading("prepare", 2.65, of: 5.3, skipped: 0.5))
    #expect(abs((forecast.secondsLeft ?? 0) - (2.65 + 4.1)) < 1e-6)
    // All of it: its few moments here measure nothing.
    forecast.update(reading("prepare", 0.01, of: 0.01, skipped: 1))
    #expect(forecast.secondsLeft == nil)
    forecast.update(reading("count", 2.05, of: 4.1))
    #expect(abs((forecast.secondsLeft ?? 0) - 2.05) < 1e-6)
  }

  @Test func aStageThatDoesNotTellIsExpectedToTakeItsPartAndNoMoreIsSaidWhenItTakesLonger() {
    var forecast = begun(["prepare", "deduplicate"])
    forecast.update(reading("prepare", 10.6, of: 10.6))
    var silent = reading("deduplicate", 0.5, of: 9)
    silent.share = nil
    silent.secondsLeft = nil
    forecast.update(silent)
    #expect(abs((forecast.secondsLeft ?? 0) - 1) < 1e-6)
    silent.seconds = 1.6
    forecast.update(silent)
    #expect(forecast.secondsLeft == nil)
  }

  @Test func theEndHasNothingLeft() {
    var forecast = begun(["prepare"])
    forecast.update(reading("prepare", 10, of: 10))
    #expect(forecast.secondsLeft == nil)
  }

  @Test(arguments: [
    (1, "5 s"), (42, "45 s"), (61, "1 min 30 s"), (125, "2 min 30 s"), (601, "11 min"), (3700, "1 h 10 min"),
    (40_000, "12 h"), (90_000, "1 d 1 h"), (900_000, "11 d"),
  ]) func roughDurationsSayNoMoreThanIsKnown(seconds: Double, text: String) {
    #expect(roughDurationText(seconds) == text)
  }
}
