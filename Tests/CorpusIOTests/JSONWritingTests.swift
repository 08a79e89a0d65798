import CKernels
import CorpusIO
import TestSupport
import Testing

struct JSONWritingTests {
  private func json(_ text: String) -> String {
    var output: [UInt8] = []
    appendJSONString(text, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  @Test func `only quotes, backslashes and control characters are escaped`() {
    #expect(json("") == #""""#)
    #expect(json("aé漢😀/\u{7F}") == "\"aé漢😀/\u{7F}\"")
    #expect(json("\"\\\u{8}\t\n\u{C}\r\u{0}\u{1F}") == #""\"\\\b\t\n\f\r\u0000\u001f""#)
    #expect(json("1234567\"12345678\n") == #""1234567\"12345678\n""#)
  }

  @Test func `integers are decimal digits`() {
    var output: [UInt8] = []
    for value in [0, -1, Int.max, Int.min] { appendJSON(value, to: &output) }
    #expect(String(decoding: output, as: UTF8.self) == "0-19223372036854775807-9223372036854775808")
  }

  @Test func `every string written is read back`() throws {
    var random = SplitMix64(state: 3)
    let scratch = try ScratchDirectory()
    var texts: [String] = []
    var lines: [UInt8] = []
    for _ in 0..<2000 {
      var text = ""
      for _ in 0..<Int.random(in: 0...40, using: &random) {
        let limit: UInt32 = [0x30, 0x80, 0x3000, 0x10FFFF].randomElement(using: &random) ?? 0x80
        if let scalar = Unicode.Scalar(UInt32.random(in: 0...limit, using: &random)) {
          text.unicodeScalars.append(scalar)
        }
      }
      texts.append(text)
      lines += Array("{\"text\":".utf8)
      appendJSONString(text, to: &lines)
      lines += Array("}\n".utf8)
    }
    let contents = try readShard(scratch.write(lines, to: "a.jsonl"))
    // Compared as bytes: String's == is canonical equivalence.
    #expect(contents.texts.map { Array($0.utf8) } == texts.map { Array($0.utf8) })
  }

  @Test func `the kernel stops where a byte needs an escape`() {
    var random = SplitMix64(state: 4)
    for round in 0..<3000 {
      let bytes = (0..<Int.random(in: 0..<140, using: &random)).map { _ in
        // Hardly any, some, or many that need one.
        let lowest: UInt8 = [0x23, 0x21, 0][round % 3]
        return UInt8.random(in: lowest...255, using: &random)
      }
      let first = bytes.firstIndex { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C } ?? bytes.count
      for level: Int32 in 0...1 { #expect(xylem_json_plain_at_level(bytes, bytes.count, level) == first) }
      #expect(xylem_json_plain(bytes, bytes.count) == first)
    }
  }
}
