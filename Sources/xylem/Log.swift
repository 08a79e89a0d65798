// How much a command says on standard error.
import ArgumentParser
import Foundation
import Synchronization

/// Each level says what those before it say, and more.
enum LogLevel: String, CaseIterable, Comparable, ExpressibleByArgument {
  /// Why the command failed.
  case error
  /// What is odd and stops nothing.
  case warning
  /// Progress.
  case info
  /// Every unit as it ends.
  case debug

  static func < (a: LogLevel, b: LogLevel) -> Bool {
    (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
  }
}

enum Log {
  private static let chosen = Mutex(LogLevel.info)

  /// Chosen once, when the command line is read.
  static var level: LogLevel {
    get { chosen.withLock { $0 } }
    set { chosen.withLock { $0 = newValue } }
  }
}

/// What is odd and stops nothing.
func warn(_ text: String) {
  guard Log.level >= .warning else { return }
  if EventStream.isOn { return EventStream.send(MessageEvent(level: "warning", text: text)) }
  complain(text)
}
