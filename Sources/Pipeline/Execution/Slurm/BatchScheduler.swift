// What the Slurm executor asks of a scheduler, and Slurm's own answers by sbatch, squeue and scontrol. No sacct: many sites
// have none.
import CorpusCore
import Foundation

/// An element of an array that has not ended.
struct QueuedElement: Sendable, Equatable {
  var job: String
  var state: String
  var reason: String
}

/// A scheduler that did not answer; asking again later may help.
struct SchedulerSilent: Error { let message: String }

protocol BatchScheduler: Sendable {
  /// Elements that an array may have.
  func maximumArrayElements() throws -> Int
  /// Submits the script; the job's number. Throws `SchedulerSilent`, after which the job may or may not be there.
  func submit(_ script: String) throws -> String
  /// The number of a job of this name that the scheduler still remembers, ended or not.
  func find(name: String) throws -> String?
  /// Elements of the jobs of these names that have not ended.
  func queue(names: [String]) throws -> [QueuedElement]
  func wait(seconds: Double)
}

struct SlurmCommands: BatchScheduler {
  func maximumArrayElements() throws -> Int {
    let text = try run("scontrol", ["show", "config"])
    for line in text.split(separator: "\n") where line.hasPrefix("MaxArraySize") {
      if let value = line.split(separator: "=").last.flatMap({ Int($0.trimmingCharacters(in: .whitespaces)) }),
        value > 0
      {
        // The site's figure is one above the highest index.
        return value
      }
    }
    throw SchedulerSilent(message: "scontrol show config: no MaxArraySize in what it printed")
  }

  func submit(_ script: String) throws -> String {
    let text = try run("sbatch", ["--parsable"], input: script)
    let id = text.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: ";").first.map(String.init) ?? ""
    guard !id.isEmpty, id.utf8.allSatisfy({ (48...57).contains($0) }) else {
      throw SchedulerSilent(message: "sbatch printed '\(text)' and no job number")
    }
    return id
  }

  func find(name: String) throws -> String? {
    try run("squeue", ["--noheader", "--states=all", "--name=\(name)", "--format=%F"])
      .split(separator: "\n").first.map { $0.trimmingCharacters(in: .whitespaces) }
  }

  func queue(names: [String]) throws -> [QueuedElement] {
    try run("squeue", ["--noheader", "--name=\(names.joined(separator: ","))", "--format=%i|%T|%r"])
      .split(separator: "\n").compactMap { line in
        let fields = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        return fields.count == 3 ? QueuedElement(job: fields[0], state: fields[1], reason: fields[2]) : nil
      }
  }

  func wait(seconds: Double) { Thread.sleep(forTimeInterval: seconds) }

  /// Standard output of a command that ended with 0.
  private func run(_ command: String, _ arguments: [String], input: String = "") throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [command] + arguments
    let (output, errors, source) = (Pipe(), Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = source
    do {
      try process.run()
    } catch {
      throw SchedulerSilent(message: "\(command): \(error)")
    }
    // Scripts and messages are far below the size of a pipe; what squeue prints is not, and is read while it runs.
    try? source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try? source.fileHandleForWriting.close()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      if process.terminationStatus == 127 {
        throw PlainFailure(
          .configuration, "\(command): not found; --executor slurm needs sbatch, squeue and scontrol in PATH")
      }
      throw SchedulerSilent(
        message: "\(command) ended with \(process.terminationStatus): "
          + complaint.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    return text
  }
}
