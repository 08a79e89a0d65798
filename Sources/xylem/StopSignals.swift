// SIGINT and SIGTERM: the first asks the run to stop between batches, a second one ends the process at once. SIGUSR1, which
// schedulers send before a time limit, lets units that have begun be committed and begins no other.
import Foundation
import Pipeline

enum StopSignals {
  static func install() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        if Interruption.requestedSignal != 0 { _exit(128 + number) }
        Interruption.request(signal: number)
      }
    }
    signal(SIGUSR1) { _ in Interruption.requestDrain() }
    // A reader that goes away is an error of the write, not a death of ours.
    signal(SIGPIPE, SIG_IGN)
  }
}
