// Megatron-DeepSpeed's own test data, read in place where it is present (it is not part of this repository).
import Foundation
import Testing

@testable import TokenDataset

private let goldenPrefix =
  (ProcessInfo.processInfo.environment["XYLEM_REFERENCE"] ?? "../shared/reference")
  + "/megatron-golden/meg-gpt2-openwebtext_text_document"

@Suite(.enabled(if: FileManager.default.fileExists(atPath: goldenPrefix + ".idx")))
struct GoldenDatasetTests {
  @Test func megatronsOwnDatasetReadsAsItsCountsSay() throws {
    let dataset = try TokenDataset(prefix: goldenPrefix)
    #expect(dataset.tokenType == .uint16)
    #expect(dataset.sequenceCount == 1000)
    #expect(dataset.documentCount == 1000)
    #expect(dataset.tokenCount == 1_361_845)
    for sequence in 0..<1000 { #expect(try dataset.tokens(ofSequence: sequence).last == 4999) }
    #expect(verifyDataset(prefix: goldenPrefix, vocabularySize: 5000).passed)
    #expect(!verifyDataset(prefix: goldenPrefix, vocabularySize: 4999).passed)
  }

  @Test func writingItAgainGivesTheSameBytes() throws {
    let directory = try TemporaryDirectory()
    let dataset = try TokenDataset(prefix: goldenPrefix)
    let sequences = try (0..<1000).map { try dataset.tokens(ofSequence: $0) }
    try directory.makeDataset(sequences, as: .uint16, name: "d")
    for kind in [".bin", ".idx"] {
      let golden = try Data(contentsOf: URL(fileURLWithPath: goldenPrefix + kind))
      #expect(try directory.read("d" + kind) == [UInt8](golden))
    }
  }
}

/// Written by megatron-core 0.16.1: IndexedDatasetBuilder(dtype=int32), add_document([1, 2], [2]),
/// add_document([], []), add_document([3], [1]), finalize. A document may have no sequence there.
@Suite struct MegatronCoreFixtureTests {
  let bin: [UInt8] = [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]
  let idx: [UInt8] =
    [0x4d, 0x4d, 0x49, 0x44, 0x49, 0x44, 0x58, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4]
    + [2, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]
    + [2, 0, 0, 0, 1, 0, 0, 0]
    + [0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0]
    + [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]

  @Test func whatMegatronCoreWroteReadsAndIsWrittenTheSame() throws {
    let directory = try TemporaryDirectory()
    try directory.write(bin, to: "d.bin")
    try directory.write(idx, to: "d.idx")
    let dataset = try TokenDataset(prefix: directory.path + "/d")
    #expect(try (0..<2).map { try dataset.tokens(ofSequence: $0) } == [[1, 2], [3]])
    #expect(try (0..<3).map { try dataset.sequences(ofDocument: $0) } == [0..<1, 1..<1, 1..<2])
    _ = try writeIndex(
      to: directory.path + "/e.idx", tokenType: .int32, sequenceCount: 2,
      documentBoundaries: .explicit(count: 4) { body in for entry in [0, 1, 1, 2] as [Int64] { try body(entry) } },
      binByteCount: 12
    ) { body in
      try dataset.forEachLength(body)
    }
    #expect(try directory.read("e.idx") == idx)
  }
}
