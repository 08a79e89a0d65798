import TestSupport
import Testing

@testable import Pipeline

@Suite struct ConfigurationHostileYAMLTests {
  typealias Support = ConfigurationTesting

  private func faults(_ bytes: [UInt8]) -> [String] {
    do throws(ConfigurationFailure) {
      _ = try StrictYAML.tree(of: bytes, fileName: "p.yaml")
      return []
    } catch {
      return error.faults.map(\.description)
    }
  }

  @Test func aFileAboveTheLimitIsRefused() {
    let comment = String(repeating: "# comment\n", count: 110_000)
    #expect(Support.faults(comment) == ["p.yaml:1:1: the file is larger than 1M bytes; a pipeline file is small"])
  }

  @Test func aliasBombsAreRefusedWhereTheFirstAnchorStands() {
    let bomb = (0..<30).map { "l\($0): &l\($0) [*l\($0 - 1), *l\($0 - 1), *l\($0 - 1)]" }.joined(separator: "\n")
    #expect(
      Support.faults("l0: x\n" + bomb) == ["p.yaml:2:5: anchors and aliases are not allowed here; write the value out"])
    #expect(
      Support.faults("a: *b\n")
        == ["p.yaml:1:4: not valid YAML: found undefined alias; put quotes around a value that begins with *"])
    #expect(!Support.faults("a: [&a x, ? *a : 1]\n").isEmpty && !Support.faults("&a b: c\n").isEmpty)
    #expect(!Support.faults("a:\n- !!str &x y\n").isEmpty)
  }

  @Test func ampersandsInWordsAreNoAnchors() throws {
    let yaml = Support.file(top: "text_field: R&D & co\nid_field: \"&\"\n")
    #expect(try Support.parse(yaml).textField == "R&D & co")
  }

  /// By name: a test's arguments are printed, and these are long.
  static let hostileFiles: [String: String] = [
    "lists in lists": String(repeating: "[", count: 500_000),
    "mappings in mappings": String(repeating: "{", count: 500_000),
    "keyed mappings in mappings": String(repeating: "{a: ", count: 200_000),
    "dashes on one line": String(repeating: "- ", count: 500_000),
    "complex keys on one line": String(repeating: "? ", count: 500_000),
    "openers whose closers hide in comments": String(repeating: "[ # ]\n", count: 100_000),
    "openers whose closers hide in quotes": String(repeating: "[\"]\", ", count: 100_000),
    "one level deeper on every line": (0..<1_400).map { String(repeating: " ", count: $0) + "a:" }
      .joined(separator: "\n"),
    "a tag that never ends": String(repeating: "!", count: 500_000),
    "escapes that never end": "\"" + String(repeating: "\\", count: 500_001),
    "keys on one line": String(repeating: "a: ", count: 300_000),
    "quotes that never end": String(repeating: "'", count: 500_001),
    "a long list": String(repeating: "- a\n", count: 250_000),
    "many keys": (0..<70_000).map { "k\($0): 1" }.joined(separator: "\n"),
    "many directives": String(repeating: "%YAML 1.1\n", count: 50_000),
    "two documents": "---\na: b\n---\nc: d\n",
    "a colon too many": "a: b: c",
    "a tab": "a:\n\t- b",
    "a tag": "!!binary x",
    "a reserved character": "@",
    "a block of blank lines": "a: |\n" + String(repeating: " \n", count: 300_000),
    "a merge key": "<<: {name: x}",
  ]

  @Test(.timeLimit(.minutes(1)), arguments: hostileFiles.keys.sorted())
  func whatIsDeepOrBrokenIsRefusedAndNeverCrashes(name: String) {
    let faults = Support.faults(Self.hostileFiles[name] ?? "")
    #expect(!faults.isEmpty)
    // Messages stay short, whatever the file holds.
    #expect(faults.allSatisfy { $0.utf8.count < 600 })
  }

  @Test func depthIsReportedWhereItIsExceeded() {
    #expect(faults(Array("[[[[[[[[[[[[x]]]]]]]]]]]]".utf8)) == ["p.yaml:1:13: nested more than 12 levels deep"])
    #expect(faults(Array("[[[[[[[[[[[x]]]]]]]]]]]".utf8)) == [])
  }

  @Test func foreignBytesAreReportedAtTheirPlace() {
    #expect(faults(Array("a: b\nc: é".utf8) + [0xFF]) == ["p.yaml:2:5: the bytes here are not UTF-8"])
    #expect(faults(Array("a: b\nc: \u{0}".utf8)) == ["p.yaml:2:4: a control character (byte 0) is not allowed"])
    #expect(faults(Array("a: \u{1B}[31m".utf8)) == ["p.yaml:1:4: a control character (byte 27) is not allowed"])
    #expect(faults([0xFF, 0xFE, 0x61, 0x00]).count == 1)
    #expect(faults(Array("a: \u{85}\nb: \u{FFFE}".utf8)).first?.hasPrefix("p.yaml:") == true)
  }

  @Test func brokenSyntaxIsReportedAtItsPlace() {
    #expect(Support.faults("name: [a, b\noutput: c\n").first?.hasPrefix("p.yaml:2:7: not valid YAML: ") == true)
    #expect(Support.faults("name: \"a\n").first?.hasPrefix("p.yaml:2:1: not valid YAML: ") == true)
  }

  @Test func messagesEscapeWhatATerminalWouldObey() {
    let faults = Support.faults(Support.file(top: "\"k\\e[31m\\u202e\": 1\n"))
    #expect(faults.first?.hasPrefix("p.yaml:7:1: unknown key \"k\\u{1b}[31m\\u{202e}\"; the keys here are ") == true)
  }

  @Test func truncatedAndMutatedFilesNeverCrash() {
    var random = SplitMix64(state: 7)
    let bytes = Array((ConfigurationDigestTests.file + "unit_bytes: 3M\nlist: [\"a\", {b: 'c'}, |\n").utf8)
    for _ in 0..<3_000 {
      var mutant = bytes
      for _ in 0...Int(random.next() % 4) {
        mutant[Int(random.next() % UInt64(mutant.count))] = UInt8(truncatingIfNeeded: random.next() >> 20)
      }
      _ = try? StrictYAML.tree(of: Array(mutant.prefix(Int(random.next() % UInt64(bytes.count)) + 1)), fileName: "p")
      _ = Support.faults(String(decoding: mutant, as: UTF8.self))
    }
  }
}
