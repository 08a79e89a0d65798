// Progress on standard error: a panel that is redrawn on a terminal, a plain line each 30 seconds and at the end of a
// stage elsewhere.
import Foundation
import Pipeline
import Synchronization

final class TerminalObserver: RunObserver {
  private struct State {
    var panel = ProgressPanel()
    var gauge: ProgressGauge?
    var log = ProgressLog()
  }
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
    state.withLock { state in
      state.panel.runBegan(run)
      state.log.runBegan(run)
    }
  }

  func stageBegan(_ meter: ProgressMeter) {
    state.withLock { state in
      guard isTerminal else { return state.log.stageBegan(meter, at: now) }
      state.gauge = ProgressGauge(meter, at: now)
      draw(&state)
    }
  }

  func stageEnded(_ meter: ProgressMeter) {
    state.withLock { state in
      guard Log.level >= .info else { return }
      guard isTerminal else {
        return tellLine(state.log.stageEnded(at: now, memoryBytes: residentBytes()))
      }
      guard var gauge = state.gauge else { return }
      state.panel.update(gauge.read(at: now, isFinal: true))
      state.gauge = nil
      draw(&state)
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
      guard isTerminal else { return tellLine(state.log.tick(at: now, memoryBytes: residentBytes())) }
      if state.gauge != nil { draw(&state) }
    }
  }

  private func tellLine(_ line: String?) {
    if let line { tell(line + "\n") }
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
