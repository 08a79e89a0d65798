// Lines at the bottom of the terminal that are drawn again and again in place. All that goes to the terminal passes here,
// so that a message or a result never lands in the middle of them.
import Foundation
import Synchronization

enum Screen {
  private struct State {
    /// Columns of each line that stands there; empty when none does.
    var drawn: [Int] = []
    var text = ""
    var columns = 0
    /// Whether they will be drawn again soon.
    var isLive = false
  }
  private static let state = Mutex(State())

  /// Draws `lines` where those before stand. One write a frame, each line overwritten before its rest is erased, between
  /// marks that terminals which know them take for one picture: nothing flickers.
  static func draw(_ lines: [String], columns: Int, isLive: Bool = true) {
    state.withLock { state in
      state.isLive = isLive
      let text = lines.map { $0 + "\u{1B}[K\n" }.joined()
      guard text != state.text || columns != state.columns else { return }
      put("\u{1B}[?2026h" + back(state, columns: columns) + text + "\u{1B}[J\u{1B}[?2026l")
      state = State(drawn: lines.map(\.count), text: text, columns: columns, isLive: isLive)
    }
  }

  /// Writes something else. Lines that are alive, or that `lifting` says go on, are taken away first and stand below it when
  /// they are drawn next; lines that have come to rest stay above it.
  static func interrupt(lifting: Bool = false, _ write: () -> Void) {
    state.withLock { state in
      if !state.drawn.isEmpty, state.isLive || lifting { put(back(state, columns: size().columns) + "\u{1B}[J") }
      write()
      state = State()
    }
  }

  /// Columns and rows of the terminal at standard error; what a VT100 had where it does not say.
  static func size() -> (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// To the first line drawn. A window made narrower has wrapped them meanwhile, so each may take several rows.
  private static func back(_ state: State, columns: Int) -> String {
    let rows = state.drawn.reduce(0) { $0 + max(1, ($1 + columns - 1) / max(1, columns)) }
    return rows > 0 ? "\r\u{1B}[\(rows)A" : "\r"
  }

  private static func put(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
