import Foundation
import Testing

@testable import TokenDataset

@Suite struct DatasetMergerTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func parts(_ type: TokenType) throws -> [[[UInt32]]] {
    let parts: [[[UInt32]]] = [[[1, 2], [3]], [], [[4], [], [5, 6, 7]]]
    for (number, sequences) in parts.enumerated() {
      try directory.makeDataset(sequences, as: type, name: "part\(number)")
    }
    return parts
  }

  private var prefixes: [String] { (0..<3).map { "\(directory.path)/part\($0)" } }

  @Test(arguments: [TokenType.uint16, .int32])
  func mergingThreeEqualsWritingThemInOneGo(type: TokenType) throws {
    let whole = try parts(type).flatMap { $0 }
    try directory.makeDataset(whole, as: type, name: "whole")
    let summary = try mergeDatasets(prefixes: prefixes, to: directory.path + "/merged")
    #expect(try directory.read("merged.bin") == directory.read("whole.bin"))
    #expect(try directory.read("merged.idx") == directory.read("whole.idx"))
    #expect(summary.tokens == 7 && summary.sequences == 5 && summary.documents == 5)
    #expect(try summary.idxDigest == fileDigest(of: RandomAccessFile(path: directory.path + "/merged.idx")))
    #expect(try summary.binDigest == fileDigest(of: RandomAccessFile(path: directory.path + "/merged.bin")))
    #expect(try directory.names.allSatisfy { !$0.contains("attempt") })
  }

  @Test func documentsOfSeveralSequencesKeepTheirBoundaries() throws {
    for name in ["part0", "part1"] {
      try directory.write([UInt8](repeating: 0, count: 6), to: name + ".bin")
      _ = try writeIndex(
        to: "\(directory.path)/\(name).idx", tokenType: .uint16, sequenceCount: 3,
        documentBoundaries: .explicit(count: 4) { body in for entry in [0, 2, 2, 3] as [Int64] { try body(entry) } }
      ) { body in
        for _ in 0..<3 { try body(1) }
      }
    }
    _ = try mergeDatasets(prefixes: Array(prefixes.prefix(2)), to: directory.path + "/merged")
    let merged = try TokenDataset(prefix: directory.path + "/merged")
    let ranges = try (0..<merged.documentCount).map { try merged.sequences(ofDocument: $0) }
    #expect(ranges == [0..<2, 2..<2, 2..<3, 3..<5, 5..<5, 5..<6])
  }

  @Test func differentTypesAreNotMerged() throws {
    _ = try parts(.uint16)
    try directory.makeDataset([[1]], as: .int32, name: "other")
    let error = #expect(throws: TokenDatasetFailure.self) {
      _ = try mergeDatasets(prefixes: prefixes + [directory.path + "/other"], to: directory.path + "/merged")
    }
    #expect(error?.message.contains("int32") == true)
    #expect(try directory.names.allSatisfy { !$0.hasPrefix("merged") })
  }

  @Test func aMergeRunAgainFindsItsWorkDone() throws {
    _ = try parts(.uint16)
    let first = try mergeDatasets(prefixes: prefixes, to: directory.path + "/merged")
    #expect(try mergeDatasets(prefixes: prefixes, to: directory.path + "/merged") == first)
    // Killed between its two links: the .bin is there, the .idx is not.
    try FileManager.default.removeItem(atPath: directory.path + "/merged.idx")
    #expect(try mergeDatasets(prefixes: prefixes, to: directory.path + "/merged") == first)
  }

  @Test(arguments: ["merged.bin", "merged.idx"], [0, 14, 142])
  func aFileOfOtherContentIsLeftAlone(name: String, size: Int) throws {
    _ = try parts(.uint16)
    let other = [UInt8](repeating: 9, count: size)
    try directory.write(other, to: name)
    let error = #expect(throws: TokenDatasetFailure.self) {
      _ = try mergeDatasets(prefixes: prefixes, to: directory.path + "/merged")
    }
    #expect(error?.kind == .cannotCreate)
    #expect(try directory.read(name) == other)
    #expect(try directory.names.filter { $0.hasPrefix("merged") } == [name])
  }

  @Test func nothingToMergeAndMergingOntoAnInputAreUsageErrors() throws {
    _ = try parts(.uint16)
    for (inputs, output) in [([], directory.path + "/merged"), (prefixes, prefixes[1])] {
      let error = #expect(throws: TokenDatasetFailure.self) { _ = try mergeDatasets(prefixes: inputs, to: output) }
      #expect(error?.kind == .usage)
    }
  }
}
