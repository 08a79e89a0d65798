// Verification names the file that is not what was committed.
import CorpusCore
import CorpusIO
import Foundation
import TestSupport
import Testing

@testable import Pipeline

struct RunVerificationTests {
  /// A finished run of two languages.
  private func finishedRun(_ scratch: ScratchDirectory) throws -> RunDirectory {
    let files = [RunTesting.sampleFiles[3], RunTesting.sampleFiles[4]]
    let configuration = RunTesting.configuration(files, output: scratch.file("run"), vocabulary: 300)
    _ = try PipelineRun(configuration: configuration).run()
    let directory = RunDirectory(root: configuration.output)
    let verification = try verifyRun(directory)
    #expect(verification.ok, "\(verification.faults)")
    #expect(verification.datasets == 2)
    return directory
  }

  /// Puts changed bytes in the place of a file, not into it: a link to it elsewhere would change too.
  private func change(_ path: String, _ body: (inout [UInt8]) -> Void) throws {
    var bytes = try readWholeFile(path, limit: 1 << 26, fileSystem: RunTesting.disk)
    body(&bytes)
    try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
  }

  @Test func `a changed byte, a cut, a missing file and an unfinished run are named`() throws {
    let scratch = try ScratchDirectory()
    let directory = try finishedRun(scratch)
    let outputs = [
      "prepared/fr/part-00000.jsonl.zst", "fingerprints/sw/part-00000.fp", "removals/fr-00000.removals",
      "tokenizer/tokenizer.json", "dataset/fr_text_document.bin", "dataset/sw_text_document.idx",
    ]
    for output in outputs {
      let path = directory.absolute(output)
      let original = try readWholeFile(path, limit: 1 << 26, fileSystem: RunTesting.disk)
      try change(path) { $0[$0.count / 2] ^= 0x10 }
      let flipped = try verifyRun(directory)
      #expect(!flipped.ok)
      #expect(Set(flipped.faults.map(\.path)) == [output], "\(flipped.faults)")
      #expect(flipped.faults.contains { $0.message.contains("content changed") }, "\(flipped.faults)")
      try change(path) { $0 = original }
    }

    let binary = "dataset/sw_text_document.bin"
    let original = try readWholeFile(directory.absolute(binary), limit: 1 << 26, fileSystem: RunTesting.disk)
    try change(directory.absolute(binary)) { $0.removeLast(3) }
    let cut = try verifyRun(directory)
    #expect(cut.faults.contains { $0.path == binary && $0.message.contains("\(original.count - 3) bytes") }, "\(cut)")
    try RunTesting.disk.remove(directory.absolute(binary))
    let missing = try verifyRun(directory)
    #expect(missing.faults.contains { $0.path == binary }, "\(missing.faults)")
    try Data(original).write(to: URL(fileURLWithPath: directory.absolute(binary)))
    #expect(try verifyRun(directory).ok)

    try RunTesting.disk.remove(directory.absolute("manifests/assemble/fr.json"))
    let unfinished = try verifyRun(directory)
    #expect(unfinished.faults.contains { $0.message.contains("not finished") }, "\(unfinished.faults)")
    #expect(try !runStatus(directory).finished)
  }

  @Test func `a damaged manifest and an unbalanced ledger are named`() throws {
    let scratch = try ScratchDirectory()
    let directory = try finishedRun(scratch)
    let manifest = "manifests/encode/fr-00000.json"
    let original = try readWholeFile(directory.absolute(manifest), limit: 1 << 26, fileSystem: RunTesting.disk)
    try change(directory.absolute(manifest)) { $0.removeLast(20) }
    let damaged = try verifyRun(directory)
    #expect(damaged.faults.map(\.path) == [manifest], "\(damaged.faults)")
    try change(directory.absolute(manifest)) { $0 = original }
    try change(directory.absolute("ledger.json")) {
      $0 = Array(
        String(decoding: $0, as: UTF8.self).replacingOccurrences(
          of: "\"balanced\" : true", with: "\"balanced\" : false"
        ).utf8)
    }
    #expect(try verifyRun(directory).faults.map(\.path) == ["ledger.json"])
  }

  @Test func `manifests that are missing or foreign and a ledger of other numbers are named`() throws {
    let scratch = try ScratchDirectory()
    let directory = try finishedRun(scratch)
    let plan = try #require(try stagePlan("prepare", directory: directory))
    let manifests = plan.units.prefix(2).map { RunDirectory.manifest(stage: "prepare", unit: $0) }
    try #require(manifests.count == 2)
    let original = try readWholeFile(directory.absolute(manifests[0]), limit: 1 << 26, fileSystem: RunTesting.disk)
    let other = try readWholeFile(directory.absolute(manifests[1]), limit: 1 << 26, fileSystem: RunTesting.disk)
    try change(directory.absolute(manifests[0])) { $0 = other }
    let foreign = try verifyRun(directory)
    #expect(foreign.faults.contains { $0.path == manifests[0] && $0.message.contains("the plan has") }, "\(foreign)")
    try RunTesting.disk.remove(directory.absolute(manifests[0]))
    let missing = try verifyRun(directory)
    #expect(missing.faults.contains { $0.path == manifests[0] && $0.message.contains("missing") }, "\(missing)")
    try Data(original).write(to: URL(fileURLWithPath: directory.absolute(manifests[0])))
    #expect(try verifyRun(directory).ok)

    var ledger = try decodeJSON(
      Ledger.self, path: directory.absolute("ledger.json"), fileSystem: RunTesting.disk)
    ledger.read += 1
    ledger.quarantined += 1
    try change(directory.absolute("ledger.json")) { $0 = (try? encodeJSON(ledger)) ?? [] }
    let wrong = try verifyRun(directory)
    #expect(wrong.faults.map(\.path) == ["ledger.json"], "\(wrong.faults)")
    #expect(wrong.faults.allSatisfy { $0.message.contains("add up to") }, "\(wrong.faults)")
    try RunTesting.disk.remove(directory.absolute("ledger.json"))
    #expect(try verifyRun(directory).faults.contains { $0.path == "ledger.json" })
  }

  @Test func `what is no run directory is refused`() throws {
    let scratch = try ScratchDirectory()
    #expect(try RunTesting.failure { _ = try verifyRun(RunDirectory(root: scratch.path)) }.kind == .noInput)
    #expect(try RunTesting.failure { _ = try verifyRun(RunDirectory(root: scratch.file("none"))) }.kind == .noInput)
  }
}
