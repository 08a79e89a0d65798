// Seconds of CPU and of the wall, and the peak of resident memory, as the kernel counts them for this process.
import Foundation

/// What some work took.
struct Seconds: Codable {
  /// User and system time of all threads of the process.
  var cpu: Double
  var wall: Double

  enum CodingKeys: String, CodingKey {
    case cpu = "cpu_seconds"
    case wall = "wall_seconds"
  }
}

/// Runs `work` and says what it took; both clocks tick in nanoseconds.
func timed<Result>(_ work: () throws -> Result) rethrows -> (result: Result, seconds: Seconds) {
  let cpu = clock(CLOCK_PROCESS_CPUTIME_ID)
  let wall = clock(CLOCK_MONOTONIC)
  let result = try work()
  return (result, Seconds(cpu: clock(CLOCK_PROCESS_CPUTIME_ID) - cpu, wall: clock(CLOCK_MONOTONIC) - wall))
}

private func clock(_ id: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(id, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The largest resident set so far, in bytes (getrusage(2); Linux counts in KiB).
func peakMemoryBytes() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss << 10
}
