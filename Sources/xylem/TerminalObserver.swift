// Progress on standard error: a panel that is redrawn on a terminal, a plain line each 30 seconds and at the end of a
// stage elsewhere.
import Foundation
import Pipeline
import Synchronization

final class TerminalObserver: RunObserver {
  private struct State {
    var panel = ProgressPanel()
    var gauge: ProgressGauge?
    var lastPlainLine = 0.0
  }
  private static let secondsBetweenPlainLines = 30.0
  private let state = Mutex(State())
  private let start = ContinuousClock.now
  private let isTerminal: Bool
  private let isUnicode: Bool

  init() {
    let environment = ProcessInfo.processInfo.environment
    isTerminal = isatty(2) == 1 && !["", "dumb"].contains(environment["TERM"] ?? "")
    // The first of these that is set decides, as in setlocale.
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    isUnicode = locale.lowercased().replacing("-", with: "").contains("utf8")
    guard Log.level >= .info else { return }
    let thread = Thread { [weak self] in
      while let self {
        Thread.sleep(forTimeInterval: self.isTerminal ? 0.2 : 1)
        self.tick()
      }
    }
    thread.start()
  }

  func runBegan(_ run: RunOutline) {
    state.withLock { $0.panel.runBegan(run) }
  }

  func stageBegan(_ meter: ProgressMeter) {
    state.withLock { state in
      state.gauge = ProgressGauge(meter, at: now)
      state.lastPlainLine = now
      if isTerminal { draw(&state) }
    }
  }

  func stageEnded(_ meter: ProgressMeter) {
    state.withLock { state in
      guard Log.level >= .info, var gauge = state.gauge else { return }
      let reading = gauge.read(at: now, isFinal: true)
      if isTerminal {
        state.panel.update(reading)
        state.gauge = nil
        draw(&state)
      } else {
        tell(progressLine(reading, memoryBytes: residentBytes(), isFinal: true) + "\n")
        state.gauge = nil
      }
    }
  }

  func unitEnded(_ outcome: UnitOutcome) {
    guard Log.level >= .debug else { return }
    let end = outcome.failure.map { "failed: \($0)" } ?? "committed"
    complain(
      "debug: \(outcome.stage) \(outcome.unit): \(end), \(byteText(outcome.bytes)) in "
        + String(format: "%.2f s", outcome.seconds))
  }

  func message(_ text: String) {
    guard Log.level >= .warning else { return }
    tell("xylem: \(text)\n", lifting: true)
  }

  private var now: Double { (ContinuousClock.now - start) / .seconds(1) }

  private func tick() {
    state.withLock { state in
      guard var gauge = state.gauge else { return }
      if isTerminal {
        draw(&state)
      } else if now - state.lastPlainLine >= Self.secondsBetweenPlainLines {
        tell(progressLine(gauge.read(at: now), memoryBytes: residentBytes(), isFinal: false) + "\n")
        state.gauge = gauge
        state.lastPlainLine = now
      }
    }
  }

  private func draw(_ state: inout State) {
    guard Log.level >= .info else { return }
    if var gauge = state.gauge {
      state.panel.update(gauge.read(at: now))
      state.gauge = gauge
    }
    let (columns, rows) = Screen.size()
    let size = PanelSize(columns: columns, rows: rows, isUnicode: isUnicode)
    Screen.draw(
      state.panel.lines(size: size, seconds: now, memoryBytes: residentBytes()), columns: columns,
      isLive: state.gauge != nil)
  }
}
