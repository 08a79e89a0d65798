import Testing

@testable import TokenDataset

@Suite struct DatasetInfoTests {
  @Test func figuresAreThoseOfTheDataset() throws {
    let directory = try TemporaryDirectory()
    let prefix = try directory.makeDataset([[1, 2], [3], [4, 5, 6]], as: .uint16, name: "d")
    let info = try DatasetInfo(prefix: prefix)
    #expect(info.path == prefix && info.tokenType == .uint16)
    #expect(info.sequences == 3 && info.documents == 3 && info.tokens == 6)
    #expect(info.binBytes == 12 && info.idxBytes == 102)
    #expect(info.shortest == 1 && info.longest == 3 && info.mean == 2)
  }

  @Test func nothingHasNoMean() throws {
    let directory = try TemporaryDirectory()
    let info = try DatasetInfo(prefix: directory.makeDataset([], as: .int32, name: "d"))
    #expect(info.shortest == 0 && info.longest == 0 && info.mean == 0)
  }
}
