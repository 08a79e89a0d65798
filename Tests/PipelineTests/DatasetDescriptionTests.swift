// What an export says of itself: true numbers, valid JSON, and hostile names that stay text.
import Foundation
import Testing

@testable import Pipeline

@Suite struct DatasetDescriptionTests {
  private func description(_ name: String) -> DatasetDescription {
    DatasetDescription(
      name: name, version: "0.2.0",
      languages: ["fr": .init(documents: 3, bytes: 1_200), "zhs": .init(documents: 1, bytes: 300)], ledger: nil)
  }

  @Test func `Croissant names the files, the fields and the languages`() throws {
    let json = try JSONSerialization.jsonObject(with: Data(description("demo").croissant)) as? [String: Any]
    #expect(json?["conformsTo"] as? String == "http://mlcommons.org/croissant/1.1")
    #expect(json?["inLanguage"] as? [String] == ["fr", "zh-Hans"])
    let fields = ((json?["recordSet"] as? [[String: Any]])?.first?["field"] as? [[String: Any]]) ?? []
    #expect(fields.compactMap { $0["name"] as? String } == ["id", "text", "lang"])
    #expect(description("demo").croissant == description("demo").croissant)
  }

  @Test func `the card and the table have the numbers`() {
    let card = String(decoding: description("demo").card, as: UTF8.self)
    #expect(card.hasPrefix("# demo\n\n4 documents, 1.50 kB of text in 2 languages"))
    #expect(card.contains("| fr | French | 3 | 1,200 | 80.0% |"))
    let table = String(decoding: description("demo").table, as: UTF8.self)
    #expect(table == "code,name,documents,bytes\r\nfr,French,3,1200\r\nzhs,Simplified Chinese,1,300\r\n")
  }

  @Test(arguments: ReportHostileTextTests.attacks.indices) func `a hostile name stays text`(index: Int) throws {
    let attack = ReportHostileTextTests.attacks[index]
    let card = String(decoding: description(attack).card, as: UTF8.self)
    // The one that is there opens the placeholder in the section on files.
    #expect(card.utf8.count { $0 == UInt8(ascii: "<") } == 1)
    #expect(card.utf8.split(separator: 10).count == description("plain").card.split(separator: 10).count)
    let json = try JSONSerialization.jsonObject(with: Data(description(attack).croissant)) as? [String: Any]
    #expect((json?["name"] as? String).map { Array($0.unicodeScalars) } == Array(attack.unicodeScalars))
  }
}
