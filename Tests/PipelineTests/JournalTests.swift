// The journal as the report reads it: stages only, whatever else stands there.
import Foundation
import Testing

@testable import Pipeline

@Suite struct JournalTests {
  private func directory() throws -> RunDirectory {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("journal-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    return RunDirectory(root: root)
  }

  @Test func `stages are found among many units, in their order, and lines longer than a block are whole`() throws {
    let directory = try directory()
    defer { try? FileManager.default.removeItem(atPath: directory.root) }
    let journal = Journal(directory: directory)
    for number in 0..<50 {
      for unit in 0..<40 { journal.append(.unit(stage: "prepare", unit: "\(unit)", bytes: 1, seconds: 1)) }
      journal.append(
        .failure(stage: "prepare", unit: "1", message: String(repeating: "\"event\":\"stage\" ", count: 6000)))
      journal.append(
        .stage(
          name: "prepare", units: number, bytes: 2, seconds: 3, processorSeconds: nil, peakMemoryBytes: 4, workers: 5))
    }
    let stages = Journal.stages(of: directory)
    #expect(stages.map(\.units) == (0..<50).map { $0 })
    #expect(stages.allSatisfy { $0.event == "stage" && $0.stage == "prepare" && $0.workers == 5 })
  }

  @Test func `a line that a kill cut off is passed over, and no journal is none`() throws {
    let directory = try directory()
    defer { try? FileManager.default.removeItem(atPath: directory.root) }
    #expect(Journal.stages(of: directory).isEmpty)
    let line = "{\"event\":\"stage\",\"stage\":\"train\",\"time\":\"2026-01-01T00:00:00Z\"}"
    let text = line.dropLast(9) + "\n" + line + "\n" + line.dropLast(3)
    try Data(text.utf8).write(to: URL(fileURLWithPath: directory.absolute(RunDirectory.journalFile)))
    #expect(Journal.stages(of: directory).map(\.stage) == ["train"])
  }
}
