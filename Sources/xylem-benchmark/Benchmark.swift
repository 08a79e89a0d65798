// What the race track needs of us in one process: encoding alone, with texts already in memory, as rivals are measured.
// The racing itself, against programs that live in Python packages, is scripts/bench/; docs/benchmarks.md says how.
import ArgumentParser
import CorpusCore
import Foundation

@main
struct Benchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "xylem-benchmark",
    abstract: "Times parts of Xylem inside one process; every command prints one JSON object.",
    discussion: "`make bench` calls it. Seconds are of this process: CPU (user and system) and wall.",
    subcommands: [
      EncodeOnly.self, LanguageRates.self, AdversarialRates.self, CollisionCurve.self, FingerprintMemory.self,
    ])
}

/// Prints one JSON object with sorted keys on a line of its own.
func report<Value: Encodable>(_ value: Value) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
