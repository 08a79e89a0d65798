// Megatron-DeepSpeed's own test data, read in place where it is present (it is not part of this repository).
import Foundation
import Testing

@testable import TokenDataset

private let goldenPrefix =
  (ProcessInfo.processInfo.environment["XYLEM_REFERENCE"] ?? "/work/shared/reference")
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
