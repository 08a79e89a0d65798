import Testing

@testable import TokenDataset

@Suite struct DatasetIndexWriterTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Three documents of 2, 1 and 3 uint16 tokens, worked by hand from the byte table in notes/roots.md.
  @Test func aDatasetOfThreeDocumentsHasTheBytesOfTheTable() throws {
    try directory.makeDataset([[5, 258], [65_499], [0, 1, 2]], as: .uint16, name: "d")
    #expect(try directory.read("d.bin") == [5, 0, 2, 1, 0xdb, 0xff, 0, 0, 1, 0, 2, 0])
    let header: [UInt8] =
      [0x4d, 0x4d, 0x49, 0x44, 0x49, 0x44, 0x58, 0, 0]  // MMIDIDX, two NULs
      + [1, 0, 0, 0, 0, 0, 0, 0]  // version
      + [8]  // uint16
      + [3, 0, 0, 0, 0, 0, 0, 0]  // sequences
      + [4, 0, 0, 0, 0, 0, 0, 0]  // document index entries
    let lengths: [UInt8] = [2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0]
    let pointers: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0] + [4, 0, 0, 0, 0, 0, 0, 0] + [6, 0, 0, 0, 0, 0, 0, 0]
    let documents: [UInt8] =
      [0, 0, 0, 0, 0, 0, 0, 0] + [1, 0, 0, 0, 0, 0, 0, 0] + [2, 0, 0, 0, 0, 0, 0, 0] + [3, 0, 0, 0, 0, 0, 0, 0]
    #expect(try directory.read("d.idx") == header + lengths + pointers + documents)
    #expect(try directory.read("d.idx").count == 42 + 20 * 3)
  }

  @Test func sizeAndDigestAreThoseOfTheFile() throws {
    let path = directory.path + "/d.idx"
    let (bytes, digest) = try writeIndex(to: path, tokenType: .int32, sequenceCount: 2) { body in
      try body(7)
      try body(0)
    }
    #expect(bytes == 82)
    let file = try RandomAccessFile(path: path)
    #expect(try fileDigest(of: file) == digest)
  }

  @Test func anIndexLargerThanTheBufferIsWhole() throws {
    let count = 100_000
    let path = directory.path + "/d.idx"
    try directory.write([UInt8](repeating: 0, count: 2 * (0..<count).reduce(0) { $0 + $1 % 7 }), to: "d.bin")
    _ = try writeIndex(to: path, tokenType: .uint16, sequenceCount: count) { body in
      for i in 0..<count { try body(Int32(i % 7)) }
    }
    let dataset = try TokenDataset(prefix: directory.path + "/d")
    #expect(dataset.sequenceCount == count)
    #expect(try dataset.length(ofSequence: 99_999) == 99_999 % 7)
  }

  @Test func anExistingIndexIsNeverReplaced() throws {
    try directory.write([1, 2, 3], to: "d.idx")
    #expect(throws: TokenDatasetFailure.self) {
      _ = try writeIndex(to: directory.path + "/d.idx", tokenType: .int32, sequenceCount: 0) { _ in }
    }
    #expect(try directory.read("d.idx") == [1, 2, 3])
  }

  @Test(arguments: [1, 3]) func lengthsThatAreNotAsManyAsAnnouncedLeaveNoFile(announced: Int) throws {
    #expect(throws: TokenDatasetFailure.self) {
      _ = try writeIndex(to: directory.path + "/d.idx", tokenType: .int32, sequenceCount: announced) { body in
        try body(1)
        try body(2)
      }
    }
    #expect(try directory.names == [])
  }

  @Test func lengthsThatChangeBetweenTheTwoReadingsAreNoticed() throws {
    var isFirst = true
    #expect(throws: TokenDatasetFailure.self) {
      _ = try writeIndex(to: directory.path + "/d.idx", tokenType: .int32, sequenceCount: 2) { body in
        for length in isFirst ? [1, 2] as [Int32] : [2, 1] { try body(length) }
        isFirst = false
      }
    }
    #expect(try directory.names == [])
  }

  @Test func aNegativeLengthAndAForeignErrorLeaveNoFile() throws {
    struct Foreign: Error {}
    let path = directory.path + "/d.idx"
    #expect(throws: TokenDatasetFailure.self) {
      _ = try writeIndex(to: path, tokenType: .int32, sequenceCount: 1) { try $0(-1) }
    }
    #expect(throws: TokenDatasetFailure.self) {
      _ = try writeIndex(to: path, tokenType: .int32, sequenceCount: 1) { _ in throw Foreign() }
    }
    #expect(throws: TokenDatasetFailure.self) {
      _ = try writeIndex(to: path, tokenType: .int32, sequenceCount: 1, binByteCount: 8) { try $0(1) }
    }
    #expect(try directory.names == [])
  }

  @Test(arguments: [[], [1, 2], [0, 1], [0, 2, 1, 2], [0, 3, 2], [0, -1, 2]] as [[Int64]])
  func aDocumentIndexThatBreaksItsRulesIsRefused(entries: [Int64]) throws {
    #expect(throws: TokenDatasetFailure.self) {
      _ = try writeIndex(
        to: directory.path + "/d.idx", tokenType: .int32, sequenceCount: 2,
        documentBoundaries: .explicit(count: entries.count) { body in for entry in entries { try body(entry) } }
      ) { body in
        try body(1)
        try body(1)
      }
    }
    #expect(try directory.names == [])
  }

  @Test func severalSequencesCanMakeADocumentAndADocumentCanBeEmpty() throws {
    let entries: [Int64] = [0, 2, 2, 3]
    try directory.write([UInt8](repeating: 0, count: 12), to: "d.bin")
    _ = try writeIndex(
      to: directory.path + "/d.idx", tokenType: .int32, sequenceCount: 3,
      documentBoundaries: .explicit(count: 4) { body in for entry in entries { try body(entry) } }
    ) { body in
      for _ in 0..<3 { try body(1) }
    }
    let dataset = try TokenDataset(prefix: directory.path + "/d")
    #expect(dataset.documentCount == 3)
    #expect(try (0..<3).map { try dataset.sequences(ofDocument: $0) } == [0..<2, 2..<2, 2..<3])
  }
}
