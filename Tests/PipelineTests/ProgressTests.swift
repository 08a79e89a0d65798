import Testing

@testable import Pipeline

@Suite struct ProgressTests {
  private func gauge(units: Int = 4, bytes: Int = 1000) -> (ProgressMeter, ProgressGauge) {
    let meter = ProgressMeter(stage: "prepare", units: units, bytes: bytes)
    return (meter, ProgressGauge(meter, at: 0))
  }

  @Test func ratesAreThoseOfTheLastSecondsAndOfTheWholeAtTheEnd() {
    var (meter, gauge) = gauge(bytes: 100_000)
    _ = gauge.read(at: 0)
    for second in 1...60 {
      meter.add(bytes: second <= 30 ? 1000 : 100, documents: 1)
      _ = gauge.read(at: Double(second))
    }
    let now = gauge.read(at: 60)
    #expect(now.bytesPerSecond == 100)
    #expect(now.documentsPerSecond == 1)
    #expect(abs((now.secondsLeft ?? 0) - 670) < 1)
    #expect(gauge.read(at: 60, isFinal: true).bytesPerSecond == 550)
  }

  @Test func whatAnEarlierProcessCommittedCountsAsDoneAndNotAsSpeed() {
    let (meter, _) = gauge()
    meter.skip(bytes: 500)
    var gauge = ProgressGauge(meter, at: 0)
    _ = gauge.read(at: 0)
    meter.add(bytes: 100)
    let reading = gauge.read(at: 5)
    #expect(reading.bytesDone == 600)
    #expect(reading.bytesPerSecond == 20)
    #expect(reading.share == 0.6)
    #expect(abs((reading.secondsLeft ?? 0) - 20) < 1e-6)
  }

  @Test func aLongUnitThatHasReadItsInputSaysNoShareUnlessItKnowsOne() {
    var (meter, gauge) = gauge(units: 1)
    meter.add(bytes: 1000)
    #expect(gauge.read(at: 1).share == nil)
    meter.setShare(0.25)
    #expect(gauge.read(at: 2).share == 0.25)
    meter.finish()
    #expect(gauge.read(at: 3).share == 1)
  }

  @Test func noTimeLeftIsGuessedBeforeAnythingMoved() {
    var (meter, gauge) = gauge()
    #expect(gauge.read(at: 10).secondsLeft == nil)
    meter.add(bytes: 10)
    #expect(gauge.read(at: 11).secondsLeft != nil)
  }

  @Test(arguments: [
    (0.2, "1 s"), (61, "1 min 1 s"), (3600, "1 h 0 min"), (90_000, "1 d 1 h"), (.infinity, "very long"),
  ])
  func durationsAreRoundedUp(seconds: Double, text: String) {
    #expect(durationText(seconds) == text)
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
  func countsHaveCommas(count: Int, text: String) {
    #expect(countText(count) == text)
  }

  private func panel(stages: [String] = ["prepare", "collect", "train"], name: String = "demo") -> ProgressPanel {
    var panel = ProgressPanel()
    panel.runBegan(
      RunOutline(name: name, directory: "runs/demo", stages: stages, workers: 2, memoryBytes: 8_000_000_000))
    var (meter, gauge) = gauge()
    _ = gauge.read(at: 0)
    meter.add(bytes: 500, documents: 1234, quarantined: 3)
    meter.setDetail("half way")
    panel.update(gauge.read(at: 10))
    return panel
  }

  @Test func aPanelHasARowForEachStageAndTheSums() {
    let lines = panel().lines(size: PanelSize(columns: 120, rows: 24), seconds: 10, memoryBytes: 670_000_000)
    #expect(
      lines == [
        "demo  runs/demo",
        "  prepare       ████████████░░░░░░░░░░░░  50 %        0/4      123 docs/s    0.0 MB/s  ETA 10 s",
        "  collect       ░░░░░░░░░░░░░░░░░░░░░░░░", "  train         ░░░░░░░░░░░░░░░░░░░░░░░░",
        "  10 s, run ≈ 16 min more   3 quarantined   memory 670 MB of 8.00 GB   1,234 documents", "  half way",
      ])
  }

  @Test(arguments: [80, 94, 104]) func theTimeLeftOfAStageIsWhole(columns: Int) {
    var (meter, gauge) = gauge(units: 100, bytes: 359_900_000_000)
    _ = gauge.read(at: 0)
    meter.add(bytes: 1_000_000_000, documents: 123_450)
    var panel = ProgressPanel()
    panel.update(gauge.read(at: 10))
    let lines = panel.lines(size: PanelSize(columns: columns, rows: 24), seconds: 10, memoryBytes: nil)
    #expect(lines.first?.hasSuffix(" 100.0 MB/s  ETA 59 min 49 s") == true, "\(lines)")
    #expect(lines.first?.contains(" 12,345 docs/s ") == true, "\(lines)")
  }

  @Test func whatHasNoPlaceInTheLastLineIsLeftOutWhole() {
    for (columns, end) in [(89, "1,234 documents"), (80, "of 8.00 GB"), (50, "3 quarantined"), (30, "16 min more")] {
      let lines = panel().lines(size: PanelSize(columns: columns, rows: 24), seconds: 10, memoryBytes: 670_000_000)
      #expect(lines.contains { $0.hasPrefix("  10 s, run") && $0.hasSuffix(end) }, "\(columns): \(lines)")
    }
  }

  @Test func aPanelFitsEveryWindow() {
    for columns in [1, 2, 10, 20, 47, 48, 60, 72, 84, 300] {
      for rows in 1...12 {
        let lines = panel().lines(size: PanelSize(columns: columns, rows: rows), seconds: 1, memoryBytes: 1)
        #expect(!lines.isEmpty && lines.count <= max(1, rows - 1), "\(columns) × \(rows): \(lines.count)")
        #expect(lines.allSatisfy { $0.count <= max(1, columns - 1) }, "\(columns) × \(rows)")
      }
    }
  }

  @Test func theStageAtWorkStaysInALowWindow() {
    var panel = panel(stages: (0..<20).map { "stage\($0)" })
    var (meter, gauge) = gauge()
    meter.add(bytes: 1)
    panel.update(gauge.read(at: 1))
    let lines = panel.lines(size: PanelSize(columns: 80, rows: 4), seconds: 1, memoryBytes: nil)
    #expect(lines.count == 3 && lines.contains { $0.contains("prepare") } && lines[2].contains("quarantined"))
  }

  @Test func namesCannotMoveTheCursorAndWideOnesAreCut() {
    let lines = panel(name: "a\u{1B}[2J\n語語語語").lines(
      size: PanelSize(columns: 12, rows: 24, isUnicode: false), seconds: 1, memoryBytes: nil)
    #expect(lines.first == "a?[2J?語語")
  }

  @Test func aLogHasALineEachThirtySecondsAndOneAtTheEnd() {
    let meter = ProgressMeter(stage: "prepare", units: 4, bytes: 100_000_000)
    var log = ProgressLog()
    #expect(log.tick(at: 1000, memoryBytes: nil) == nil)
    log.stageBegan(meter, at: 1000)
    var lines: [Int: String] = [:]
    for second in 1001...1095 {
      meter.add(bytes: 1_000_000, documents: 100)
      lines[second] = log.tick(at: Double(second), memoryBytes: nil)
    }
    #expect(lines.keys.sorted() == [1030, 1060, 1090])
    let sixth = lines[1060] ?? ""
    #expect(sixth.hasPrefix("prepare     0/4 units  6,000 documents  100 docs/s  60.0 MB  1.0 MB/s  ETA 4"), "\(sixth)")
    #expect(
      log.stageEnded(at: 1100, memoryBytes: nil)
        == "prepare     0/4 units  9,500 documents  95 docs/s  95.0 MB  0.9 MB/s  100.0 s")
    // Between stages nothing is said; the next one's half minute begins with it.
    #expect(log.tick(at: 1200, memoryBytes: nil) == nil && log.stageEnded(at: 1200, memoryBytes: nil) == nil)
    log.stageBegan(ProgressMeter(stage: "collect", units: 1, bytes: 1), at: 1210)
    #expect(log.tick(at: 1239, memoryBytes: nil) == nil)
    #expect(log.tick(at: 1240, memoryBytes: nil) == "collect     0/1 units")
  }

  @Test func aLateTickDoesNotMoveTheLinesTogether() {
    var log = ProgressLog()
    log.stageBegan(ProgressMeter(stage: "train", units: 1, bytes: 0), at: 0)
    let seconds = [29.9, 45, 59, 74.9, 75, 80, 105].filter { log.tick(at: $0, memoryBytes: nil) != nil }
    #expect(seconds == [45, 75, 105])
  }

  @Test func aPlainLineSaysAllInOne() {
    var (meter, gauge) = gauge(bytes: 4_000_000)
    _ = gauge.read(at: 0)
    meter.add(bytes: 2_000_000, documents: 5000, quarantined: 1)
    #expect(
      progressLine(gauge.read(at: 2), memoryBytes: 5_000_000, isFinal: false)
        == "prepare     0/4 units  5,000 documents  2,500 docs/s  2.00 MB  1.0 MB/s  memory 5.00 MB  1 quarantined  ETA 2 s"
    )
  }
}
