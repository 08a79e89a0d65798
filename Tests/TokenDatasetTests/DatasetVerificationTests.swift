import Foundation
import Testing

@testable import TokenDataset

@Suite struct DatasetVerificationTests {
  let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    try directory.makeDataset([[1, 2], [3], [4, 5, 6]], as: .uint16, name: "d")
  }

  private func outcomes(_ verification: DatasetVerification) -> [String: DatasetCheck.Outcome] {
    Dictionary(uniqueKeysWithValues: verification.checks.map { ($0.name, $0.outcome) })
  }

  private func damage(_ offset: Int, _ bytes: [UInt8]) throws {
    var index = try directory.read("d.idx")
    index.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    try directory.write(index, to: "d.idx")
  }

  @Test func aGoodDatasetPassesEveryCheck() {
    let verification = verifyDataset(prefix: directory.path + "/d", vocabularySize: 7)
    #expect(verification.passed)
    #expect(verification.checks.count == 10)
    #expect(verification.checks.allSatisfy { $0.outcome == .passed })
    #expect(verification.tokens == 6 && verification.sequences == 3 && verification.documents == 3)
  }

  @Test func anIDOutsideTheVocabularyIsNamedWithItsPlace() throws {
    let verification = verifyDataset(prefix: directory.path + "/d", vocabularySize: 5)
    #expect(!verification.passed)
    let check = try #require(verification.checks.last)
    #expect(check.name == "token_ids")
    #expect(check.place == "\(directory.path)/d.bin, sequence 2, token 1")
    #expect(check.explanation == "its id is 5, outside a vocabulary of 5; 2 such in all")
  }

  /// The second length is made 2: the third pointer and the size are wrong then, the document index is not.
  @Test func aWrongLengthFailsWhatDependsOnItAndNothingElse() throws {
    try damage(34 + 4, [2])
    let found = outcomes(verifyDataset(prefix: directory.path + "/d"))
    #expect(found["sequence_lengths"] == .passed)
    #expect(found["sequence_pointers"] == .failed)
    #expect(found["document_index"] == .passed)
    #expect(found["bin_size"] == .failed)
  }

  @Test func aNegativeLengthLeavesPointersUnjudged() throws {
    try damage(34 + 4, [0xff, 0xff, 0xff, 0xff])
    let found = outcomes(verifyDataset(prefix: directory.path + "/d", vocabularySize: 7))
    #expect(found["sequence_lengths"] == .failed)
    #expect(found["sequence_pointers"] == .notRun)
    #expect(found["document_index"] == .passed)
    #expect(found["bin_size"] == .notRun)
    #expect(found["token_ids"] == .notRun)
  }

  @Test func aDocumentIndexOutOfOrderIsOneFailedCheck() throws {
    try damage(34 + 36 + 8, [3])
    let verification = verifyDataset(prefix: directory.path + "/d")
    #expect(verification.checks.filter { $0.outcome == .failed }.map(\.name) == ["document_index"])
    #expect(verification.tokens == nil)
  }

  @Test func aMissingFileIsAFailedCheck() throws {
    let verification = verifyDataset(prefix: directory.path + "/absent")
    #expect(!verification.passed)
    #expect(verification.checks.first?.outcome == .failed)
    #expect(verification.checks.dropFirst().allSatisfy { $0.outcome == .notRun })
    let json = try JSONEncoder().encode(verification)
    #expect(try JSONDecoder().decode(DatasetVerification.self, from: json) == verification)
  }
}
