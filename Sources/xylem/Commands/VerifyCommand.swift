import ArgumentParser
import CorpusCore
import Foundation
import Pipeline
import TokenDataset

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a run directory (ledger, digests, datasets) or one dataset prefix.",
    discussion: """
      Ends with 65 when something is not as it should be, and says what.

      Examples:
        xylem verify runs/demo
        xylem verify runs/demo/dataset/fr_text_document
      """)

  @Argument(help: "A run directory, or the prefix of a .bin/.idx pair.", completion: .directory) var target: String
  @Flag(help: "Print the result as one JSON object.") var json = false

  func run() throws {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: target, isDirectory: &isDirectory), isDirectory.boolValue {
      let result = try verifyRun(RunDirectory(root: target))
      if json {
        try sayJSON(result)
      } else {
        say("\(result.files) files, \(byteText(result.bytes)), \(result.datasets) datasets checked")
        for fault in result.faults { say("FAULT \(fault.path): \(fault.message)") }
      }
      guard result.ok else { throw PlainFailure(.badData, "\(target): \(result.faults.count) faults") }
    } else {
      try verifyPrefixes([target], json: json)
    }
  }
}

/// Verifies datasets one by one; throws when any fails.
func verifyPrefixes(_ prefixes: [String], json: Bool) throws {
  let results = prefixes.map { verifyDataset(prefix: datasetPrefix($0)) }
  if json {
    if results.count == 1 { try sayJSON(results[0]) } else { try sayJSON(results) }
  } else {
    for result in results {
      say("\(result.prefix): \(result.passed ? "ok" : "FAILED")")
      for check in result.checks where check.outcome == .failed {
        say("  \(check.name): \(check.explanation ?? "") \(check.place.map { "(\($0))" } ?? "")")
      }
    }
  }
  let failed = results.filter { !$0.passed }
  guard failed.isEmpty else {
    throw PlainFailure(.badData, "\(failed.map(\.prefix).joined(separator: ", ")): verification failed")
  }
}

/// A prefix may be given as one of its files.
func datasetPrefix(_ path: String) -> String {
  path.hasSuffix(".bin") || path.hasSuffix(".idx") ? String(path.dropLast(4)) : path
}
