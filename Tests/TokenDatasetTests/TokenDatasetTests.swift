import Foundation
import TestSupport
import Testing

@testable import TokenDataset

@Suite struct TokenDatasetTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test(arguments: TokenType.allCases) func whatWasWrittenIsRead(type: TokenType) throws {
    var random = SplitMix64(state: UInt64(type.rawValue))
    let sequences = (0..<60).map { _ in
      (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt32.random(in: 0...type.maximumID, using: &random) }
    }
    let dataset = try TokenDataset(prefix: directory.makeDataset(sequences, as: type, name: "d"))
    #expect(dataset.tokenType == type)
    #expect(dataset.sequenceCount == 60)
    #expect(dataset.documentCount == 60)
    #expect(dataset.tokenCount == sequences.reduce(0) { $0 + $1.count })
    #expect(try (0..<60).map { try dataset.tokens(ofSequence: $0) } == sequences)
    #expect(try (0..<60).map { try dataset.length(ofSequence: $0) } == sequences.map(\.count))
    #expect(dataset.longestLength == sequences.map(\.count).max())
  }

  @Test func aDatasetOfNothingIsADataset() throws {
    let dataset = try TokenDataset(prefix: directory.makeDataset([], as: .int32, name: "d"))
    #expect(dataset.sequenceCount == 0 && dataset.documentCount == 0 && dataset.tokenCount == 0)
    #expect(throws: TokenDatasetFailure.self) { _ = try dataset.tokens(ofSequence: 0) }
  }

  @Test func sequencesThatAreNotThereAreErrors() throws {
    let dataset = try TokenDataset(prefix: directory.makeDataset([[1]], as: .int32, name: "d"))
    for sequence in [-1, 1, Int.max, Int.min] {
      #expect(throws: TokenDatasetFailure.self) { _ = try dataset.tokens(ofSequence: sequence) }
      #expect(throws: TokenDatasetFailure.self) { _ = try dataset.sequences(ofDocument: sequence) }
    }
  }

  @Test func aNegativeTokenIsAnErrorWithItsPlace() throws {
    try directory.makeDataset([[1, 2]], as: .int32, name: "d")
    try directory.write([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], to: "d.bin")
    let dataset = try TokenDataset(prefix: directory.path + "/d")
    let error = #expect(throws: TokenDatasetFailure.self) { _ = try dataset.tokens(ofSequence: 0) }
    #expect(error?.message == "sequence 0, token 1: -1 is no token id")
  }

  @Test func theLegacyMagicIsRefusedWithAMessage() throws {
    try directory.write(Array("TNTIDX".utf8) + [UInt8](repeating: 0, count: 60), to: "d.idx")
    try directory.write([], to: "d.bin")
    let error = #expect(throws: TokenDatasetFailure.self) { _ = try TokenDataset(prefix: directory.path + "/d") }
    #expect(error?.message.contains("TNTIDX") == true)
    #expect(error?.kind == .badData)
  }

  @Test func missingFilesAndDirectoriesAreNoInput() throws {
    #expect(throws: TokenDatasetFailure.self) { _ = try TokenDataset(prefix: directory.path + "/absent") }
    try FileManager.default.createDirectory(atPath: directory.path + "/d.idx", withIntermediateDirectories: false)
    let error = #expect(throws: TokenDatasetFailure.self) { _ = try TokenDataset(prefix: directory.path + "/d") }
    #expect(error?.kind == .noInput)
  }

  @Test(arguments: [6, 7, 0, 9, 255] as [UInt8]) func floatingPointAndUnknownTypesAreRefused(code: UInt8) throws {
    try directory.makeDataset([[1]], as: .int32, name: "d")
    var index = try directory.read("d.idx")
    index[17] = code
    try directory.write(index, to: "d.idx")
    let error = #expect(throws: TokenDatasetFailure.self) { _ = try TokenDataset(prefix: directory.path + "/d") }
    #expect(error?.message.contains("dtype code \(code)") == true)
  }

  /// Counts near 2^64 / 12 and the like, whose products wrap around to the right file size.
  @Test(arguments: [
    UInt64.max, UInt64.max / 2, 1 << 63, 1 << 62, 1 << 61, 1 << 60, 0x1555_5555_5555_5556, 0x0555_5555_5555_5556,
  ])
  func countsThatOverflowAreRefused(count: UInt64) throws {
    try directory.makeDataset([[1], [2]], as: .int32, name: "d")
    let valid = try directory.read("d.idx")
    for offset in [18, 26] {
      var index = valid
      withUnsafeBytes(of: count.littleEndian) { index.replaceSubrange(offset..<offset + 8, with: $0) }
      try directory.write(index, to: "d.idx")
      let error = #expect(throws: TokenDatasetFailure.self) { _ = try TokenDataset(prefix: directory.path + "/d") }
      #expect(error?.kind == .badData)
    }
  }

  @Test func everyTruncationOfAnIndexIsRefused() throws {
    try directory.makeDataset([[1, 2], [], [3]], as: .uint16, name: "d")
    let valid = try directory.read("d.idx")
    for count in 0..<valid.count {
      try directory.write(Array(valid[..<count]), to: "d.idx")
      #expect(throws: TokenDatasetFailure.self) { _ = try TokenDataset(prefix: directory.path + "/d") }
    }
  }

  @Test func aBinOfAnotherSizeIsRefused() throws {
    try directory.makeDataset([[1, 2], [3]], as: .uint16, name: "d")
    for count in [0, 5, 7, 8] {
      try directory.write([UInt8](repeating: 0, count: count), to: "d.bin")
      let error = #expect(throws: TokenDatasetFailure.self) { _ = try TokenDataset(prefix: directory.path + "/d") }
      #expect(error?.path.hasSuffix(".bin") == true)
    }
  }

  /// Opening a mutated index throws, or all that it then says is consistent and readable.
  @Test func hostileIndicesNeverCrashAndNeverLie() throws {
    var random = SplitMix64(state: 2026)
    try directory.makeDataset((0..<12).map { length in (0..<length).map { UInt32($0) } }, as: .uint16, name: "d")
    let valid = try directory.read("d.idx")
    var opened = 0
    for _ in 0..<500 {
      var index = valid
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<index.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: index[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: index[place] = UInt8.random(in: 0...255, using: &random)
        case 2:
          let value = ([0, 0xff, 0x7f] as [UInt8])[Int.random(in: 0..<3, using: &random)]
          for i in place..<min(place + 8, index.count) { index[i] = value }
        case 3: index.removeSubrange(place..<min(place + Int.random(in: 1...20, using: &random), index.count))
        default: index.insert(contentsOf: [UInt8](repeating: 0, count: 4), at: place)
        }
        if index.isEmpty { break }
      }
      try directory.write(index, to: "d.idx")
      let verification = verifyDataset(prefix: directory.path + "/d")
      do throws(TokenDatasetFailure) {
        let dataset = try TokenDataset(prefix: directory.path + "/d")
        opened += 1
        var sum = 0
        for sequence in 0..<dataset.sequenceCount { sum += try dataset.tokens(ofSequence: sequence).count }
        #expect(sum == dataset.tokenCount)
        #expect(sum * dataset.tokenType.byteCount == dataset.binByteCount)
        #expect(verification.passed)
      } catch {
        #expect(error.kind == .badData)
        #expect(!verification.passed)
      }
    }
    // Document index entries may move without harm, and int16 reads like uint16: some mutants stay valid.
    #expect(opened > 0)
  }
}
