// Has the missing units of a stage done by arrays of Slurm jobs that call `xylem worker`. What is done, manifests say and
// never the scheduler; what was submitted, files in slurm/ say, so that a driver that was killed goes on with its jobs.
import CorpusCore
import CorpusIO
import Foundation

/// One submission of a stage: which element does which units. Written before anything is submitted.
struct SlurmRound: Codable, Sendable {
  struct Array: Codable, Sendable {
    var name: String
    /// Units of each element, as `xylem worker --units` takes them.
    var elements: [String]
  }
  var stage: String
  var round: Int
  var arrays: [Array]
}

struct SlurmExecutor: Sendable {
  let options: SlurmConfiguration
  let directory: RunDirectory
  /// Digest of the run's configuration: part of every job's name.
  let digest: Digest128
  let memoryBytes: Int
  let executable: String
  let workingDirectory: String
  let scheduler: any BatchScheduler
  let observer: any RunObserver
  /// Set for a run that nobody follows: each round is submitted with a job that goes on when it has ended.
  var detached: DetachedRun?

  /// Names that a driver asks the file server for a poll: one that follows 100,000 units must not be its heaviest user.
  private static let looksAPoll = 2000

  /// Returns when every unit of `missing` is done; throws `.incomplete` with their logs when some are not after the last
  /// resubmission. `isDone` looks at manifests.
  func perform(
    stage: String, labels: [String], missing: [Int], restoring: Bool, meter: ProgressMeter, isDone: (Int) throws -> Bool
  ) throws {
    if let detached {
      throw try detach(detached, stage: stage, labels: labels, missing: missing, restoring: restoring)
    }
    var left = missing
    var cursor = 0
    // Looks at so many of the units that are left, going round; takes out those that are done.
    func refresh(atMost limit: Int) throws {
      if cursor >= left.count { cursor = 0 }
      let looked = cursor..<min(left.count, cursor + min(limit, left.count))
      var undone: [Int] = []
      for index in left[looked] {
        if try isDone(index) { meter.finish() } else { undone.append(index) }
      }
      left.replaceSubrange(looked, with: undone)
      cursor = looked.lowerBound + undone.count
    }
    func refreshAll() throws {
      cursor = 0
      try refresh(atMost: left.count)
    }
    func refresh() throws { try refresh(atMost: Self.looksAPoll) }
    var number = 0
    while let earlier = try read(stage: stage, round: number) {
      // Only the newest can still have jobs: a round begins when those before it have ended.
      if try read(stage: stage, round: number + 1) == nil {
        try submit(earlier, restoring: restoring)
        try follow(earlier, refresh: refresh, isFinished: { left.isEmpty })
      }
      number += 1
    }
    try refreshAll()
    var tries = 0
    while !left.isEmpty {
      guard tries <= options.resubmissions else {
        throw try failure(stage: stage, labels: labels, left: left, rounds: number)
      }
      if tries > 0 || number > 0 {
        observer.message("stage \(stage): \(left.count) units are not done, submitting them again")
      }
      let round = try begin(stage: stage, number: number, left: left)
      try submit(round, restoring: restoring)
      try follow(round, refresh: refresh, isFinished: { left.isEmpty })
      try refreshAll()
      tries += 1
      number += 1
    }
  }

  // MARK: - Rounds

  func path(_ stage: String, _ round: Int) -> String { "slurm/\(stage).r\(round)" }

  func read(stage: String, round: Int) throws -> SlurmRound? {
    let file = directory.absolute(path(stage, round) + ".json")
    guard try directory.fileSystem.isPresent(file) else { return nil }
    return try decodeJSON(SlurmRound.self, path: file, fileSystem: directory.fileSystem)
  }

  /// Cuts the units into elements and the elements into arrays, and writes that down once.
  func begin(stage: String, number: Int, left: [Int]) throws -> SlurmRound {
    let most = try answered { try scheduler.maximumArrayElements() }
    let elements = stride(from: 0, to: left.count, by: options.unitsPerElement).map {
      UnitSelection.ranges(Swift.Array(left[$0..<min($0 + options.unitsPerElement, left.count)]))
    }
    let prefix = "xylem-\(digest.description.prefix(8))\(try runNonce())-\(stage)-r\(number)"
    let arrays = stride(from: 0, to: elements.count, by: most).enumerated().map { index, first in
      SlurmRound.Array(
        name: "\(prefix)-a\(index)", elements: Swift.Array(elements[first..<min(first + most, elements.count)]))
    }
    let round = SlurmRound(stage: stage, round: number, arrays: arrays)
    // Whoever comes second goes on with the round of the first.
    guard try createOnce(try encodeJSON(round), at: path(stage, number) + ".json") else {
      return try read(stage: stage, round: number) ?? round
    }
    return round
  }

  /// Tells this run's jobs from those of an earlier run in the same directory.
  private func runNonce() throws -> String {
    let file = directory.absolute("slurm/run")
    if try !directory.fileSystem.isPresent(file) {
      let nonce = String(UInt32.random(in: .min ... .max), radix: 36)
      _ = try createOnce(Swift.Array(nonce.utf8), at: "slurm/run")
    }
    return String(decoding: try readWholeFile(file, limit: 64, fileSystem: directory.fileSystem), as: UTF8.self)
  }

  /// Writes a small file unless there is one of that name; false when there is.
  func createOnce(_ bytes: [UInt8], at relative: String) throws -> Bool {
    let path = directory.absolute(relative)
    try directory.fileSystem.makeDirectories(directoryName(of: path))
    let temporary = path + ".attempt-" + String(UInt64.random(in: .min ... .max), radix: 36)
    let file = try OutputFile(path: temporary, fileSystem: directory.fileSystem)
    try file.write(bytes)
    _ = try file.finish()
    defer { try? directory.fileSystem.remove(temporary) }
    let isFirst = try directory.fileSystem.link(temporary, to: path)
    try directory.fileSystem.synchronizeDirectory(directoryName(of: path))
    return isFirst
  }

  /// Submits the arrays that were not: a job's number is in its file, or the scheduler knows its name. The numbers of all.
  @discardableResult
  func submit(_ round: SlurmRound, restoring: Bool) throws -> [String] {
    try round.arrays.enumerated().map { index, array in
      let base = path(round.stage, round.round) + ".a\(index)"
      return try job(named: array.name, of: round.stage, file: base + ".job") {
        let table = array.elements.joined(separator: "\n") + "\n"
        try replaceFile(Swift.Array(table.utf8), at: base + ".units", in: directory)
        return script(round, index: index, restoring: restoring)
      }
    }
  }

  /// The number of the job of this name, submitted once: it is in `file`, or the scheduler knows it, or `script` is
  /// submitted now.
  func job(named name: String, of stage: String, file: String, script: () throws -> String) throws -> String {
    let path = directory.absolute(file)
    if try directory.fileSystem.isPresent(path) {
      return String(decoding: try readWholeFile(path, limit: 64, fileSystem: directory.fileSystem), as: UTF8.self)
    }
    try directory.fileSystem.makeDirectories(directory.absolute("slurm/logs"))
    let text = try script()
    var number = try answered { try scheduler.find(name: name) }
    var refusals = 0
    while number == nil {
      do {
        number = try scheduler.submit(text)
      } catch let silent as SchedulerSilent {
        // The job may be there all the same.
        scheduler.wait(seconds: 2)
        number = try answered { try scheduler.find(name: name) }
        refusals += 1
        if number == nil, refusals == 3 {
          throw PlainFailure(
            .configuration,
            "stage \(stage) could not be submitted: \(silent.message); mend the section slurm "
              + "of the pipeline file, and run the same command again")
        }
      }
    }
    let known = number ?? ""
    _ = try createOnce(Swift.Array(known.utf8), at: file)
    return known
  }

  /// What the scripts of all jobs begin with; `log` is a name in slurm/logs.
  func header(name: String, log: String, processors: Int, _ further: [String]) -> [String] {
    let root = directory.root.hasPrefix("/") ? directory.root : workingDirectory + "/" + directory.root
    var lines = ["#!/bin/bash", "#SBATCH --job-name=\(name)"] + further.map { "#SBATCH \($0)" }
    lines += ["#SBATCH --chdir=\"\(workingDirectory)\"", "#SBATCH --output=\"\(root)/slurm/logs/\(log)\""]
    lines += ["#SBATCH --open-mode=append", "#SBATCH --requeue", "#SBATCH --ntasks=1"]
    lines += ["#SBATCH --cpus-per-task=\(processors)"]
    if let partition = options.partition { lines.append("#SBATCH --partition=\(partition)") }
    if let account = options.account { lines.append("#SBATCH --account=\(account)") }
    if let time = options.time { lines.append("#SBATCH --time=\(time)") }
    return lines + options.options.map { "#SBATCH \($0)" } + options.setup
  }

  func script(_ round: SlurmRound, index: Int, restoring: Bool) -> String {
    let array = round.arrays[index]
    let base = directory.absolute(path(round.stage, round.round)) + ".a\(index)"
    var lines = header(
      name: array.name, log: "\(round.stage).r\(round.round).a\(index).%a.log", processors: options.processors,
      ["--array=0-\(array.elements.count - 1)", "--signal=B:USR1@\(options.signalSeconds)"])
    lines += [
      "units=$(sed -n \"$((SLURM_ARRAY_TASK_ID + 1))p\" \(quotedForShell(base + ".units")))",
      "drained=",
      "\(quotedForShell(executable)) worker --run \(quotedForShell(directory.root)) --stage \(round.stage) "
        + "--units \"$units\"\(restoring ? " --restore" : "") --workers \(options.processors) --memory \(memoryBytes) &",
      "child=$!",
      "trap 'drained=1; kill -USR1 $child' USR1",
      "trap 'kill -TERM $child' TERM",
      // A trapped signal ends `wait` while the worker goes on.
      "while :; do wait $child; status=$?; kill -0 $child 2>/dev/null || break; done",
      "[ $status -le 128 ] || { wait $child; status=$?; }",
      "if [ -n \"$drained\" ] && [ $status = 75 ]; then",
      "  scontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\"",
      "fi",
      "exit $status",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: - Following

  private func follow(_ round: SlurmRound, refresh: () throws -> Void, isFinished: () -> Bool) throws {
    var pause = 0.5
    var reported: Set<String> = []
    while true {
      try refresh()
      if isFinished() { return }
      if Interruption.isRequested {
        observer.message(
          "the submitted jobs go on; the same command follows them, scancel --name="
            + round.arrays.map(\.name).joined(separator: ",") + " ends them")
        throw RunInterrupted(signal: Interruption.requestedSignal)
      }
      let elements = try answered { try scheduler.queue(names: round.arrays.map(\.name)) }
      if elements.isEmpty { return }
      for element in elements where isStuck(element) && reported.insert(element.job).inserted {
        observer.message(
          "job \(element.job) will not start by itself (\(element.reason)): scontrol release \(element.job), "
            + "or scancel \(element.job) and its units are submitted again")
      }
      scheduler.wait(seconds: pause)
      pause = min(15, pause * 1.3)
    }
  }

  private func isStuck(_ element: QueuedElement) -> Bool {
    element.state == "PENDING" && (element.reason.lowercased().contains("held") || element.reason.contains("Never"))
  }

  /// Asks until the scheduler answers: a controller that restarts is no reason to give up a run.
  func answered<Answer>(_ question: () throws -> Answer) throws -> Answer {
    var tries = 0
    while true {
      do {
        return try question()
      } catch let silent as SchedulerSilent {
        if Interruption.isRequested { throw RunInterrupted(signal: Interruption.requestedSignal) }
        if tries % 60 == 0 { observer.message("the scheduler does not answer, asking again: \(silent.message)") }
        tries += 1
        scheduler.wait(seconds: 5)
      }
    }
  }

  /// The units that stay undone, each with the log of the last element that tried it.
  func failure(stage: String, labels: [String], left: [Int], rounds: Int) throws -> any Error {
    var logs: [Int: String] = [:]
    if let last = try read(stage: stage, round: rounds - 1) {
      for (arrayIndex, array) in last.arrays.enumerated() {
        for (elementIndex, units) in array.elements.enumerated() {
          for unit in try UnitSelection(stage: stage, units: units).indexes(in: labels) {
            logs[unit] = directory.absolute("slurm/logs/\(stage).r\(last.round).a\(arrayIndex).\(elementIndex).log")
          }
        }
      }
    }
    let lines = left.prefix(20).map { "  \(labels[$0]): \(logs[$0] ?? "no log")" }
    let more = left.count > 20 ? ["  and \(left.count - 20) more"] : []
    return PlainFailure(
      .incomplete,
      "stage \(stage): \(left.count) of \(labels.count) units are not done after \(options.resubmissions) resubmissions; "
        + "the others are kept, and the same command tries these again\n" + (lines + more).joined(separator: "\n"))
  }
}

/// `text` as one word of a shell.
func quotedForShell(_ text: String) -> String {
  "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
}
