import CKernels
import TestSupport
import Testing

@testable import TextProcessing

/// The decoder that takes 64 bytes at a time, and `FilterScratch`, which goes on where it stops, against one character at a
/// time.
@Suite struct DecodingTests {
  private func plain(_ bytes: [UInt8]) -> [UInt32] {
    bytes.withUnsafeBufferPointer { text in
      guard let base = text.baseAddress else { return [] }
      var characters: [UInt32] = []
      var index = 0
      while index < text.count {
        let character = decodeCharacter(base, index, text.count)
        characters.append(character.value)
        index += character.length
      }
      return characters
    }
  }

  /// Characters of one to four bytes, by how many bytes the widest of the text has, and then bytes that are spoilt.
  private func bytes(widest: Int, spoilt: Int, _ random: inout SplitMix64) -> [UInt8] {
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0..<200, using: &random) {
      let limit: UInt32 = [0x80, 0x800, 0x1_0000, 0x11_0000][Int.random(in: 0..<widest, using: &random)]
      if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)) { text.append(scalar) }
    }
    var bytes = Array(String(text).utf8)
    for _ in 0..<spoilt where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      bytes[place] = Bool.random(using: &random) ? UInt8.random(in: 0...255, using: &random) : bytes[place] ^ 0x40
    }
    return bytes
  }

  @Test(arguments: 1...4) func charactersEqualTheTwin(widest: Int) {
    var random = SplitMix64(state: UInt64(widest))
    var scratch = FilterScratch()
    for round in 0..<3000 {
      let bytes = bytes(widest: widest, spoilt: round % 4, &random)
      bytes.withUnsafeBufferPointer { scratch.load($0, languageConfidence: nil) }
      #expect(scratch.characters == plain(bytes), "round \(round)")
      #expect(xylem_count_characters(bytes, bytes.count) == bytes.filter { $0 & 0xC0 != 0x80 }.count)
    }
  }

  /// It never writes behind its room nor reads behind its bytes, and what it has read is whole characters.
  @Test(arguments: [0, 1] as [Int32]) func theKernelKeepsToItsRoom(level: Int32) {
    var random = SplitMix64(state: 9)
    for round in 0..<2000 {
      let bytes = bytes(widest: 1 + round % 4, spoilt: round % 3, &random)
      let room = Int.random(in: 0..<300, using: &random)
      var out = [UInt32](repeating: 7, count: room + 1)
      var made = 0
      // A copy of its own length, so that a checker of addresses sees a read behind it.
      let read = Array(bytes).withUnsafeBufferPointer {
        xylem_decode_utf8_at_level($0.baseAddress, $0.count, &out, room, &made, level)
      }
      #expect(out[room] == 7 && made <= room && read <= bytes.count)
      #expect(Array(out[..<made]) == plain(Array(bytes[..<read])))
      // Nothing but the end, the room or what is spoilt stops it.
      #expect(round % 3 != 0 || read + 67 > bytes.count || made + 64 > room)
      #expect(read == 0 || read == bytes.count || bytes[read] & 0xC0 != 0x80 || round % 3 != 0)
    }
  }

  /// Every character in every place of a block.
  @Test func everyLengthAtEveryPlace() {
    for scalar in ["a", "é", "\u{7FF}", "\u{800}", "\u{FFFD}", "\u{D7FF}", "\u{E000}", "\u{10000}", "\u{10FFFF}"] {
      for offset in 0..<70 {
        let text = String(repeating: "x", count: offset) + scalar + String(repeating: "y", count: 140)
        var scratch = FilterScratch()
        Array(text.utf8).withUnsafeBufferPointer { scratch.load($0, languageConfidence: nil) }
        #expect(scratch.characters == text.unicodeScalars.map(\.value))
      }
    }
  }
}
