// A run on Slurm that nobody follows: each round of jobs is submitted together with one that waits for all of them, looks at
// manifests, and goes on: the next stage, or what is missing once more, or a list of what cannot be done.
import CorpusCore
import CorpusIO

/// How a run without a driver goes on.
public struct DetachedRun: Sendable {
  /// The round whose end the waiting job has seen.
  public struct After: Sendable, Equatable {
    public var stage: String
    public var round: Int
    /// How often this chain has submitted the stage's missing units again.
    public var resubmissions: Int

    public init(stage: String, round: Int, resubmissions: Int) {
      self.stage = stage
      self.round = round
      self.resubmissions = resubmissions
    }

    /// `prepare:0:2`, as `description` has it.
    public init?(_ text: String) {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 3, !parts[0].isEmpty, let round = Int(parts[1]), let resubmissions = Int(parts[2]),
        round >= 0,
        resubmissions >= 0
      else { return nil }
      self.init(stage: String(parts[0]), round: round, resubmissions: resubmissions)
    }
  }

  /// The command line that goes on, without the program and without `--after`.
  public let arguments: [String]
  /// nil when a person began or resumed the run.
  public let after: After?

  public init(arguments: [String], after: After?) {
    self.arguments = arguments
    self.after = after
  }
}

extension DetachedRun.After: CustomStringConvertible {
  public var description: String { "\(stage):\(round):\(resubmissions)" }
}

/// Thrown when a detached run has submitted what it had to: the jobs go on by themselves.
public struct RunDetached: Error, Sendable {
  public let stage: String
  public let units: Int
  /// Numbers of the arrays, and of the job that waits for them and goes on.
  public let jobs: [String]
  public let continuation: String
  /// Where that job says how it went.
  public let log: String
  /// Everything had been submitted before.
  public let wasRunning: Bool
}

extension SlurmExecutor {
  /// Submits a round of the stage, unless one is on its way, and the job that goes on after it. Returns what to throw.
  /// Safe to repeat at any point: names and files tell what is there.
  func detach(
    _ run: DetachedRun, stage: String, labels: [String], missing: [Int], restoring: Bool
  ) throws -> any Error {
    var newest = -1
    while try read(stage: stage, round: newest + 1) != nil { newest += 1 }
    var resubmissions = 0
    var isOnItsWay = false
    if let after = run.after, after.stage == stage {
      guard after.round >= newest - 1 else {
        return PlainFailure(.incomplete, "stage \(stage): round \(newest) is on its way already; nothing to do here")
      }
      resubmissions = after.resubmissions + 1
      if newest == after.round {
        guard resubmissions <= options.resubmissions else {
          return try failure(stage: stage, labels: labels, left: missing, rounds: newest + 1)
        }
      } else {
        // An earlier try of this very job was cut off between submissions.
        isOnItsWay = true
      }
    } else if newest >= 0, let round = try read(stage: stage, round: newest) {
      let names = round.arrays.map(\.name) + [continuationName(round)]
      // Not even submitted, or not ended.
      isOnItsWay =
        try !directory.fileSystem.isPresent(directory.absolute(continuationFile(round)))
        || !(try answered { try scheduler.queue(names: names) }).isEmpty
    }
    let number = isOnItsWay ? newest : newest + 1
    let round = try read(stage: stage, round: number) ?? begin(stage: stage, number: number, left: missing)
    let wasSubmitted = try directory.fileSystem.isPresent(directory.absolute(continuationFile(round)))
    let jobs = try submit(round, restoring: restoring)
    let continuation = try job(named: continuationName(round), of: stage, file: continuationFile(round)) {
      continuationScript(
        round, jobs: jobs, arguments: run.arguments,
        after: DetachedRun.After(stage: stage, round: number, resubmissions: resubmissions))
    }
    return RunDetached(
      stage: stage, units: missing.count, jobs: jobs, continuation: continuation,
      log: directory.absolute("slurm/logs/" + continuationLog(round)), wasRunning: wasSubmitted)
  }

  private func continuationName(_ round: SlurmRound) -> String { (round.arrays.first?.name ?? round.stage) + "-verify" }
  private func continuationFile(_ round: SlurmRound) -> String { path(round.stage, round.round) + ".verify.job" }
  private func continuationLog(_ round: SlurmRound) -> String { "\(round.stage).r\(round.round).verify.log" }

  /// Runs whatever became of the arrays, all of them; a dependency that can never hold must not leave it in the queue.
  func continuationScript(
    _ round: SlurmRound, jobs: [String], arguments: [String], after: DetachedRun.After
  ) -> String {
    let words = [executable] + arguments + ["--after", after.description]
    return
      (header(
        name: continuationName(round), log: continuationLog(round), processors: 1,
        ["--dependency=afterany:\(jobs.joined(separator: ":"))", "--kill-on-invalid-dep=yes"])
      + ["exec " + words.map(quotedForShell).joined(separator: " ")])
      .joined(separator: "\n") + "\n"
  }
}
