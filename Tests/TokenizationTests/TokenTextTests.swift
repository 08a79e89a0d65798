import CKernels
import TestSupport
import Testing

@testable import Tokenization

/// Reading token strings: the kernels against their plain twins, and both against the alphabet itself.
@Suite struct TokenTextTests {
  private func decode(_ text: [UInt8], portably: Bool) -> (read: Int, bytes: [UInt8]) {
    var output = [UInt8](repeating: 0xEE, count: text.count + Int(xylem_token_slack))
    let run = portably ? xylem_token_decode_portable : xylem_token_decode
    let progress = run(text, text.count, &output)
    return (progress.read, Array(output.prefix(progress.written)))
  }

  @Test func decodingStopsWhereTheAlphabetEndsAndEqualsTheTwin() {
    var generator = SplitMix64(state: 31)
    for length in [0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 47, 64, 200] {
      for round in 0..<60 {
        let bytes = (0..<length).map { _ in
          round % 3 == 0 ? UInt8.random(in: 0x61...0x7A, using: &generator) : .random(in: 0...255, using: &generator)
        }
        let text = ByteAlphabet.spell(bytes)
        // What needs an escape in JSON ends the run as well as what is no character of the alphabet.
        let plain = bytes.prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        for tail in ["", "\"", "\\n", " a", "\u{4E2D}", "\u{AD}", "\u{144}", "\u{A0}", "\u{7F}", "\n"] {
          let whole = text + Array(tail.utf8) + Array("abcdefghijklmnopqrstuvwxyz".utf8.prefix(round % 27))
          let isCut = plain.count < bytes.count || tail != ""
          let found = decode(whole, portably: false)
          let twin = decode(whole, portably: true)
          #expect(found.read == twin.read && found.bytes == twin.bytes)
          if isCut { #expect(found.bytes == Array(plain)) }
        }
      }
    }
  }

  @Test func decodingEqualsTheTwinOnAnyBytes() {
    var generator = SplitMix64(state: 32)
    let likely: [UInt8] = [0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0x80, 0x83, 0x84, 0xA0, 0xA1, 0xAC, 0xAD, 0xAE, 0xBF, 0x61]
    for _ in 0..<4000 {
      let text = (0..<Int.random(in: 0...70, using: &generator)).map { _ in
        Int.random(in: 0..<20, using: &generator) == 0
          ? UInt8.random(in: 0...255, using: &generator) : likely.randomElement(using: &generator) ?? 0
      }
      let found = decode(text, portably: false)
      let twin = decode(text, portably: true)
      #expect(found.read == twin.read && found.bytes == twin.bytes)
      #expect(ByteAlphabet.bytes(spelledBy: Array(text.prefix(found.read))) == found.bytes)
    }
  }

  private func pair(
    _ file: [UInt8], text: Int, whole: Range<Int>, gap: Range<Int>, portably: Bool
  ) -> (read: Int, characters: Int) {
    file.withUnsafeBufferPointer { file in
      guard let base = file.baseAddress else { return (0, 0) }
      var characters = 0
      let run = portably ? xylem_token_pair_portable : xylem_token_pair
      let read = run(
        base + text, base + file.count, base + whole.lowerBound, whole.count, base + gap.lowerBound, gap.count,
        &characters)
      return (read, characters)
    }
  }

  @Test func aMergeBesideItsTokenIsCutInTwoAndEqualsTheTwin() {
    var generator = SplitMix64(state: 33)
    let gap = Array(",\n        \"".utf8)
    var taken = 0
    for _ in 0..<4000 {
      let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
        UInt8([0x20, 0x61, 0x62, 0xE4, 0xB8, 0xAD].randomElement(using: &generator) ?? 0)
      }
      let cut = Int.random(in: 0...bytes.count, using: &generator)
      let whole = ByteAlphabet.spell(bytes)
      var left = ByteAlphabet.spell(bytes[..<cut])
      var right = ByteAlphabet.spell(bytes[cut...])
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: right.append(0x61)
      case 1 where !left.isEmpty: left[Int.random(in: 0..<left.count, using: &generator)] ^= 1
      case 2 where !left.isEmpty: right.insert(left.removeLast(), at: 0)  // perhaps inside of a character
      default: break
      }
      var file = gap + whole
      let text = file.count
      file += left + [0x22] + gap + right + [0x22]
      let end = file.count
      file += [UInt8](repeating: 0x20, count: Int.random(in: 10...80, using: &generator))
      let found = pair(file, text: text, whole: gap.count..<text, gap: 0..<gap.count, portably: false)
      let twin = pair(file, text: text, whole: gap.count..<text, gap: 0..<gap.count, portably: true)
      #expect(found.read == twin.read && found.characters == twin.characters)
      guard found.read > 0 else { continue }
      taken += 1
      #expect(found.read == end - text && left + right == whole)
      #expect(ByteAlphabet.bytes(spelledBy: left)?.count == found.characters)
    }
    #expect(taken > 1000)
  }

  @Test func keysAreEqualExactlyWhereTokensAre() {
    var generator = SplitMix64(state: 34)
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0...20, using: &generator)).map { _ in UInt8.random(in: 0...1, using: &generator)
      }
      let others = (0..<Int.random(in: 0...20, using: &generator)).map { _ in UInt8.random(in: 0...1, using: &generator)
      }
      let padded = bytes + [UInt8](repeating: 7, count: TokenKey.readBytes)
      let read = padded.withUnsafeBufferPointer { padded in
        padded.baseAddress.map { TokenKey(reading: $0, count: bytes.count) }
      }
      let key = bytes.withUnsafeBufferPointer { TokenKey($0, .alphabet) }
      let literal = bytes.withUnsafeBufferPointer { TokenKey($0, .literal) }
      let other = others.withUnsafeBufferPointer { TokenKey($0, .alphabet) }
      #expect(read.map { $0 == key } ?? false)
      #expect(!(key == literal))
      #expect((key == other) == (bytes == others))
      #expect(key.isShort == (bytes.count <= TokenKey.longestShort) && !literal.isShort)
    }
  }
}
