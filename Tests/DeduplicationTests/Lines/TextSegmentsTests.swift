import Deduplication
import Foundation
import TestSupport
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
      let cuts = TextSegments(unit: unit, minimumLength: 1).cuts(in: buffer) {
        gone.contains(String(decoding: bytes[$0], as: UTF8.self))
      }
      #expect(cuts.allSatisfy { !$0.isEmpty && $0.upperBound <= bytes.count })
      #expect(zip(cuts, cuts.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }, "none touches the next")
      appendRest(of: buffer, without: cuts, to: &output)
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

  /// The same by taking lists of lines apart and joining what stays.
  static func naiveRemoving(_ gone: Set<String>, from text: String, _ unit: SegmentUnit) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    func core(_ line: String) -> String { line.trimmingCharacters(in: .whitespaces) }
    if unit == .line { return lines.filter { !gone.contains(core($0)) }.joined(separator: "\n") }
    var kept: [String] = []
    var paragraph: [String] = []
    var wasRemoved = false
    func close() {
      guard !paragraph.isEmpty else { return }
      wasRemoved = gone.contains(core(paragraph.joined(separator: "\n")))
      if !wasRemoved { kept += paragraph }
      paragraph = []
    }
    for line in lines {
      if !core(line).isEmpty {
        paragraph.append(line)
      } else {
        close()
        if !wasRemoved { kept.append(line) }
      }
    }
    close()
    if wasRemoved {
      while let last = kept.last, core(last).isEmpty { kept.removeLast() }
    }
    return kept.joined(separator: "\n")
  }

  @Test(arguments: SegmentUnit.allCases) func `random texts lose what the plain twin takes out`(unit: SegmentUnit) {
    var random = SplitMix64(state: 11)
    for _ in 0..<3000 {
      let lines = (0..<Int.random(in: 0...8, using: &random)).map { _ in
        ["", " ", "a", "b ", " c", "a", "d"].randomElement(using: &random) ?? ""
      }
      let text = lines.joined(separator: "\n")
      let gone: Set<String> = unit == .line ? ["a", "c"] : ["a", "b", "b \n c", "a\nd", "a\na"]
      #expect(Self.removing(gone, from: text, unit) == Self.naiveRemoving(gone, from: text, unit), "\(lines)")
    }
  }

  @Test func `removing nothing changes nothing`() {
    for text in ["", "\n", "a\n\n b\r\n\n", "\n\na\nb\n \n", "\0\n\0"] {
      for unit in SegmentUnit.allCases { #expect(Self.removing([], from: text, unit) == text) }
    }
  }
}
