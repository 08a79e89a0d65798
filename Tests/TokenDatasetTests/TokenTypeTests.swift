import Foundation
import Testing

@testable import TokenDataset

@Suite struct TokenTypeTests {
  @Test func theTypeFollowsBothMegatronsRule() {
    #expect(TokenType.forVocabulary(size: 0) == .uint16)
    #expect(TokenType.forVocabulary(size: 65_499) == .uint16)
    #expect(TokenType.forVocabulary(size: 65_500) == .int32)
    #expect(TokenType.forVocabulary(size: 250_680) == .int32)
  }

  @Test func sizesAreThoseOfTheCodes() {
    #expect(TokenType.allCases.map(\.rawValue).sorted() == [1, 2, 3, 4, 5, 8])
    #expect(TokenType.allCases.map(\.byteCount) == [1, 1, 2, 4, 8, 2])
  }

  @Test func inJSONATypeIsItsNumPyName() throws {
    #expect(String(decoding: try JSONEncoder().encode([TokenType.uint16]), as: UTF8.self) == #"["uint16"]"#)
    #expect(try JSONDecoder().decode([TokenType].self, from: Data(#"["int32"]"#.utf8)) == [.int32])
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([TokenType].self, from: Data(#"["f4"]"#.utf8)) }
  }

  @Test(arguments: TokenType.allCases) func theLargestIDFitsAndTheNextIsRefusedByName(type: TokenType) throws {
    var buffer: [UInt8] = [9]
    try appendTokens([0, type.maximumID], as: type, to: &buffer)
    #expect(buffer.count == 1 + 2 * type.byteCount)
    guard type != .int64 else { return }
    let error = #expect(throws: TokenDatasetFailure.self) {
      try appendTokens([7, type.maximumID + 1], as: type, to: &buffer, document: "fr.jsonl:12")
    }
    #expect(buffer.count == 1 + 2 * type.byteCount)
    #expect(error?.description.contains("fr.jsonl:12: token 1 has id \(type.maximumID + 1)") == true)
  }

  @Test func bytesAreLittleEndianAcrossBlocks() throws {
    let ids = (0..<2500).map { UInt32($0 * 26) }
    for type in [TokenType.uint16, .int32, .int64] {
      var buffer: [UInt8] = []
      try appendTokens(ids, as: type, to: &buffer)
      var plain: [UInt8] = []
      for id in ids {
        for byte in 0..<type.byteCount { plain.append(UInt8(truncatingIfNeeded: UInt64(id) >> UInt64(8 * byte))) }
      }
      #expect(buffer == plain)
    }
  }

  @Test(arguments: TokenType.allCases) func bytesInPlaceOrInBlocksAreThoseThatAreAppended(type: TokenType) throws {
    let ids = (0..<600_000).map { min(UInt32($0 * 26), type.maximumID) }
    var (appended, scratch, seen): ([UInt8], [UInt8], [UInt8]) = ([], [1, 2, 3], [])
    try appendTokens(ids, as: type, to: &appended)
    try ids.withUnsafeBufferPointer { try forEachTokenBlock($0, as: type, scratch: &scratch) { seen += $0 } }
    #expect(seen == appended)
    guard type != .int64 else { return }
    #expect(throws: TokenDatasetFailure.self) {
      try [type.maximumID + 1].withUnsafeBufferPointer {
        try forEachTokenBlock($0, as: type, scratch: &scratch) { _ in }
      }
    }
  }
}
