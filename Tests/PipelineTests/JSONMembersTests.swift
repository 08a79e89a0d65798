import Foundation
import Testing

@testable import Pipeline

struct JSONMembersTests {
  private func value(_ name: String, in line: String) -> String? {
    let bytes = Array(line.utf8)
    return bytes.withUnsafeBytes { raw in
      JSONMembers(bytes: raw).value(of: name).map { String(decoding: raw[$0], as: UTF8.self) }
    }
  }

  private func string(_ paths: [[String]], in line: String) -> String? {
    Array(line.utf8).withUnsafeBytes { JSONMembers(bytes: $0).string(at: paths) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `a value is found where it stands, the last of equal keys`() {
    let line = #" { "a" : [1,{"text":"no"}] , "text":"x\"}", "n":-1.5e3,"b":null, "te\u0078t" : "yes" } "#
    #expect(value("a", in: line) == #"[1,{"text":"no"}]"#)
    #expect(value("n", in: line) == "-1.5e3")
    #expect(value("b", in: line) == "null")
    #expect(value("text", in: line) == #""yes""#)
    #expect(value("c", in: line) == nil)
    #expect(value("x", in: "{}") == nil)
  }

  @Test func `paths lead into objects, and members need no braces`() {
    let members = #""meta":{"url":"http:\/\/a.b\u002Fc","x":{}},"source":"\ud83d\ude00"#
    #expect(string([["url"], ["meta", "url"]], in: members + "\"") == "http://a.b/c")
    #expect(string([["source"]], in: members + "\"") == "😀")
    #expect(string([["meta"]], in: members + "\"") == nil)
  }

  @Test func `damaged input gives nothing and does not crash`() {
    let line = Array(#"{"a":{"b":[1,2,"\u12"]},"text":"x\\","c":"\ud800"}"#.utf8)
    for end in 0...line.count {
      for cut in [Array(line[..<end]), Array(line[end...])] {
        cut.withUnsafeBytes { raw in
          _ = JSONMembers(bytes: raw).value(of: "text")
          _ = JSONMembers(bytes: raw).string(at: [["a", "b"], ["c"]])
        }
      }
    }
  }

  @Test func `a new text leaves every other byte`() {
    let raw = Array(#"{ "id":7, "text" : "old" ,"x":1.0 }"#.utf8)
    var line: [UInt8] = []
    let rewriter = RecordRewriter(textField: "text", idField: "id")
    raw.withUnsafeBytes {
      rewriter.replacingText(
        of: $0, by: Array("new \"é\"".utf8), id: UnsafeRawBufferPointer(start: nil, count: 0), into: &line)
    }
    #expect(String(decoding: line, as: UTF8.self) == #"{ "id":7, "text" : "new \"é\"" ,"x":1.0 }"#)
  }
}
