// Progress on standard error: one line that is redrawn on a terminal, a plain line each 30 seconds elsewhere.
import Foundation
import Pipeline
import Synchronization

final class TerminalObserver: RunObserver {
  private struct State {
    var meter: ProgressMeter?
    var started = ContinuousClock.now
    var lastPlainLine = ContinuousClock.now
    var isLineOpen = false
  }
  private let state = Mutex(State())
  private let isTerminal = isatty(2) == 1
  private let isQuiet: Bool

  init(quiet: Bool = false) {
    isQuiet = quiet
    guard !quiet else { return }
    let thread = Thread { [weak self] in
      while let self {
        Thread.sleep(forTimeInterval: self.isTerminal ? 0.2 : 1)
        self.tick()
      }
    }
    thread.start()
  }

  func stageBegan(_ meter: ProgressMeter) {
    state.withLock {
      $0.meter = meter
      $0.started = .now
      $0.lastPlainLine = .now
    }
  }

  func stageEnded(_ meter: ProgressMeter) {
    state.withLock { state in
      guard !isQuiet else { return }
      erase(&state)
      write(line(meter, since: state.started, isFinal: true) + "\n")
      state.meter = nil
    }
  }

  func message(_ text: String) {
    state.withLock { state in
      erase(&state)
      write("xylem: \(text)\n")
    }
  }

  private func tick() {
    state.withLock { state in
      guard let meter = state.meter else { return }
      if isTerminal {
        erase(&state)
        write(String(line(meter, since: state.started, isFinal: false).prefix(110)))
        state.isLineOpen = true
      } else if ContinuousClock.now - state.lastPlainLine > .seconds(30) {
        write(line(meter, since: state.started, isFinal: false) + "\n")
        state.lastPlainLine = .now
      }
    }
  }

  private func erase(_ state: inout State) {
    if state.isLineOpen { write("\r\u{1B}[K") }
    state.isLineOpen = false
  }

  private func line(_ meter: ProgressMeter, since start: ContinuousClock.Instant, isFinal: Bool) -> String {
    let elapsed = max(0.001, (ContinuousClock.now - start) / .seconds(1))
    let rate = Double(meter.bytesRead) / 1e6 / elapsed
    let name = meter.stage.padding(toLength: 11, withPad: " ", startingAt: 0)
    var text = "\(name) \(meter.unitsDone)/\(meter.units) units"
    if meter.documents > 0 { text += "  \(meter.documents) documents" }
    if meter.bytesRead > 0 { text += "  \(byteText(meter.bytesRead))  \(String(format: "%.1f", rate)) MB/s" }
    if !meter.detail.isEmpty { text += "  \(meter.detail)" }
    if meter.quarantinedRecords > 0 { text += "  \(meter.quarantinedRecords) quarantined" }
    let left = meter.bytes - meter.bytesSkipped - meter.bytesRead
    if isFinal {
      text += "  \(String(format: "%.1f", elapsed)) s"
    } else if rate > 0, left > 0 {
      text += "  ETA \(durationText(Double(left) / 1e6 / rate))"
    }
    return text
  }

  private func durationText(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.up))
    return whole < 60
      ? "\(whole) s" : whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  private func write(_ text: String) { tell(text) }
}
