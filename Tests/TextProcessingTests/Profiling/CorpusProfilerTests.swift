// What a profile says of texts small enough to count by hand.
import CorpusCore
import Foundation
import Testing

@testable import TextProcessing

@Suite struct CorpusProfilerTests {
  private func profile(_ texts: [String], language: String = "en") -> LanguageProfile {
    var profiler = CorpusProfiler()
    for text in texts { profiler.add(Array(text.utf8).span, language: Language(code: language) ?? .undetermined) }
    return profiler.finish().languages[language] ?? LanguageProfile()
  }

  @Test func `lines are counted without the white space around them`() {
    let found = profile(["Sign up for news\n  Sign up for news\t\nshort", "x\r\nSign up for news\r\n"])
    #expect(found.lines.entries.map(\.text) == ["Sign up for news"])
    #expect(found.lines.entries.first?.count == 3)
    #expect(found.documents == 2)
  }

  @Test func `long lines are cut between characters`() {
    let found = profile([String(repeating: "ग", count: 100)], language: "hi")
    #expect(found.lines.entries.first?.text == String(repeating: "ग", count: 53))
  }

  @Test func `phrases are three words of a line, whatever parts them`() {
    let found = profile(["one two,  three four\none two three"])
    #expect(found.phrases.entries.map(\.text) == ["one two three", "two three four"])
    #expect(found.phrases.entries.map(\.count) == [2, 1])
  }

  @Test func `phrases of scripts without spaces are six characters in a row`() {
    let found = profile(["中华人民共和国，我们", "abc中华人民共和"], language: "zhs")
    #expect(found.phrases.entries.map(\.text) == ["中华人民共和", "华人民共和国"])
    #expect(found.phrases.entries.map(\.count) == [2, 1])
  }

  @Test func `every character has a script or a class`() {
    let text = "Añ Жд 中か한 مر हि 12 ,\n"
    let found = profile([text])
    #expect(found.scripts.values.reduce(0, +) == text.unicodeScalars.count)
    #expect(found.scripts["Latin"] == 2 && found.scripts["Cyrillic"] == 2 && found.scripts["Arabic"] == 2)
    #expect(found.scripts["Han"] == 1 && found.scripts["Kana"] == 1 && found.scripts["Hangul"] == 1)
    #expect(found.scripts["Devanagari"] == 2 && found.scripts["Digits"] == 2)
  }

  @Test func `malformed bytes and empty texts do no harm`() {
    var profiler = CorpusProfiler()
    let english = Language(code: "en") ?? .undetermined
    for _ in 0..<500 {
      let bytes = (0..<Int.random(in: 0...400)).map { _ in UInt8.random(in: 0...255) }
      profiler.add(bytes.span, language: english, address: bytes, source: bytes)
    }
    #expect(profiler.finish().documents == 500)
  }

  @Test(arguments: [
    ("https://www.Example.org/a?b", "example.org"), ("http://user:pw@host.example:8080/", "host.example"),
    ("https://example.org?x=http://other", "example.org"), ("no address", ""), ("://x", "x"), ("https://", ""),
    ("african-storybook/en/0001", ""), ("https:///path", ""),
  ])
  func `hosts are those of addresses`(address: String, host: String) {
    let found = CorpusProfiler.host(of: Array(address.utf8)).map { String(decoding: $0, as: UTF8.self) }
    #expect((found ?? "") == host)
  }

  @Test func `a profile is as small over many documents as over few`() throws {
    func size(_ documents: Int) throws -> Int {
      var merging = CorpusProfile.merging
      for part in 0..<documents / 50 {
        var profiler = CorpusProfiler()
        for number in 0..<50 {
          let text =
            (0..<30).map { _ in "w\(Int.random(in: 0..<5000))" }.joined(separator: " ") + "\nLine \(number) of \(part)"
          profiler.add(
            Array(text.utf8).span, language: Language(code: "en") ?? .undetermined,
            address: Array("https://h\(part)-\(number).example/".utf8))
        }
        merging.add(profiler.finish(.unit), number: part)
      }
      return try JSONEncoder().encode(merging.result).count
    }
    // Lists are full after some thousand documents, and stay as long.
    #expect(try size(10_000) < 120_000)
    #expect(try size(2_000) * 2 > size(10_000))
  }
}
