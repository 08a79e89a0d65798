// Threads that run to completion over a shared counter. Work items last from milliseconds to minutes, so dedicated
// threads beat the cooperative pool, which blocking reads and writes must never hold up.
import Foundation
import Synchronization

/// Set by the signal handler of the command line; units look at it between batches.
public enum Interruption {
  private static let signalNumber = Atomic<Int32>(0)
  private static let draining = Atomic<Bool>(false)

  /// Async-signal-safe.
  public static func request(signal: Int32) { signalNumber.store(signal, ordering: .relaxed) }
  /// The signal that asked to stop, 0 when none did.
  public static var requestedSignal: Int32 { signalNumber.load(ordering: .relaxed) }
  static var isRequested: Bool { requestedSignal != 0 }

  /// Units that have begun are finished and committed, no other is begun. Async-signal-safe.
  public static func requestDrain() { draining.store(true, ordering: .relaxed) }
  static var isDraining: Bool { draining.load(ordering: .relaxed) }
}

/// Thrown out of a unit when the person wants to stop; the attempt is abandoned.
struct Interrupted: Error {}

/// Calls `body(0) ... body(count - 1)`, each once, on at most `workers` threads; returns when all are done.
func runInParallel(_ count: Int, workers: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let threads = max(1, min(workers, count))
  guard threads > 1 else {
    for index in 0..<count { body(index) }
    return
  }
  let next = SharedCounter()
  let group = DispatchGroup()
  for _ in 0..<threads {
    group.enter()
    let thread = Thread {
      while true {
        let index = next.take()
        guard index < count else { break }
        body(index)
      }
      group.leave()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }
  group.wait()
}

private final class SharedCounter: Sendable {
  private let value = Atomic<Int>(0)
  func take() -> Int { value.add(1, ordering: .relaxed).oldValue }
}
