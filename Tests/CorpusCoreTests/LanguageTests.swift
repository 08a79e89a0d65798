// Language codes are file names: what could not be one is no code.
import CorpusCore
import Foundation
import Testing

struct LanguageTests {
  @Test(arguments: ["fr", "zhs", "code-python", "a", "x1_2-3", "und", String(repeating: "a", count: 32)])
  func `lower-case letters, digits, hyphen and underscore make a code`(code: String) {
    #expect(Language(code: code)?.code == code)
  }

  @Test(arguments: [
    "", "FR", "fr/..", "..", ".", "fr.x", "1fr", "-fr", "_fr", "fr ", "é", "fr\0", "fr\n",
    String(repeating: "a", count: 33),
  ])
  func `what could not be a file name is refused`(code: String) {
    #expect(Language(code: code) == nil)
    let json = try? JSONEncoder().encode([code])
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Language].self, from: json ?? Data()) }
  }

  @Test func `codes are JSON strings and sort by their bytes`() throws {
    let languages = ["zhs", "code-c", "fr", "und"].compactMap { Language(code: $0) }
    #expect(languages.sorted().map(\.code) == ["code-c", "fr", "und", "zhs"])
    #expect(String(decoding: try JSONEncoder().encode(languages), as: UTF8.self) == #"["zhs","code-c","fr","und"]"#)
    #expect(try JSONDecoder().decode([Language].self, from: JSONEncoder().encode(languages)) == languages)
  }

  @Test func `programming languages are told by their prefix`() {
    #expect(Language(code: "code-rust")?.isCode == true)
    #expect(Language(code: "code")?.isCode == true)
    #expect(Language(code: "codex")?.isCode == false)
    #expect(Language.undetermined.isCode == false)
    #expect(Language.undetermined == Language(code: "und"))
  }

  @Test func `the list of ROOTS has 46 languages, largest first, each a code of its own`() {
    #expect(rootsLanguages.count == 46)
    #expect(Set(rootsLanguages.map(\.code)).count == 46)
    #expect(rootsLanguages.allSatisfy { Language(code: $0.code) != nil && $0.rootsBytes > 0 })
    #expect(zip(rootsLanguages, rootsLanguages.dropFirst()).allSatisfy { $0.rootsBytes >= $1.rootsBytes })
  }
}
