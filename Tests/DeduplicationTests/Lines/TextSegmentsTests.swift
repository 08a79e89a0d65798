import Deduplication
import Testing

@Suite struct TextSegmentsTests {
  static func segments(_ text: String, _ unit: SegmentUnit, minimum: Int = 1) -> [String] {
    let bytes = Array(text.utf8)
    var found: [String] = []
    bytes.withUnsafeBufferPointer { buffer in
      TextSegments(unit: unit, minimumLength: minimum).forEach(buffer) {
        found.append(String(decoding: bytes[$0], as: UTF8.self))
      }
    }
    return found
  }

  static func removing(_ gone: Set<String>, from text: String, _ unit: SegmentUnit) -> String {
    let bytes = Array(text.utf8)
    var output: [UInt8] = []
    bytes.withUnsafeBufferPointer { buffer in
      TextSegments(unit: unit, minimumLength: 1).remove(from: buffer, into: &output) {
        gone.contains(String(decoding: bytes[$0], as: UTF8.self))
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  @Test func `lines are compared without the white space around them`() {
    #expect(
      Self.segments(" a b \n\n\u{A0}c\u{3000}\r\n\u{1C}\u{85}\n\t١\t", .line) == ["a b", "c", "١"])
    #expect(Self.segments("", .line) == [])
  }

  @Test func `lengths are counted in characters`() {
    #expect(Self.segments("漢字\nabc\nab\né\u{301}é", .line, minimum: 3) == ["abc", "é\u{301}é"])
  }

  @Test func `paragraphs end at blank lines`() {
    #expect(Self.segments("\n a\nb \n \n\nc", .paragraph) == ["a\nb", "c"])
  }

  @Test func `a removed line takes its line feed along`() {
    #expect(Self.removing(["b"], from: "a\nb\nc\n", .line) == "a\nc\n")
    #expect(Self.removing(["a"], from: " a\nc", .line) == "c")
    #expect(Self.removing(["c"], from: "a\nc", .line) == "a")
    #expect(Self.removing(["a"], from: "a", .line) == "")
  }

  @Test func `a removed paragraph takes the blank lines behind it along, or those before it at the end`() {
    #expect(Self.removing(["b"], from: "a\n\nb\n\n\nc", .paragraph) == "a\n\nc")
    #expect(Self.removing(["c"], from: "a\n\nc\n", .paragraph) == "a")
    #expect(Self.removing(["a"], from: "a\n\nc", .paragraph) == "c")
  }

  @Test func `removing nothing changes nothing`() {
    for text in ["", "\n", "a\n\n b\r\n\n", "\n\na\nb\n \n", "\0\n\0"] {
      for unit in SegmentUnit.allCases { #expect(Self.removing([], from: text, unit) == text) }
    }
  }
}
