import CKernels
import TestSupport
import Testing

@testable import Deduplication

/// Hashes of words against a plain twin that has no chunks, no runs and no table: `naiveWords`, hashed one by one.
@Suite struct WordHasherTests {
  private func naiveHash(_ word: String) -> UInt64 {
    let values = word.unicodeScalars.map { UInt64($0.value) }
    var state: UInt64 = 0x243F_6A88_85A3_08D3
    for first in stride(from: 0, to: values.count, by: 8) {
      let sum = values[first...].prefix(8).enumerated().reduce(UInt64(0)) { sum, next in
        sum &+ next.element &* (mix64(0x9E37_79B9_7F4A_7C15 &* UInt64(next.offset + 1)) | 1)
      }
      state = (state ^ sum) &* 0x9E37_79B9_7F4A_7C15
      if first + 8 < values.count { state ^= state >> 32 }
    }
    return mix64(state)
  }

  private func hashes(_ text: String, _ hasher: inout WordHasher) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: WordHasher.most(text.utf8.count))
    let count = Array(text.utf8).withUnsafeBufferPointer { text in
      words.withUnsafeMutableBufferPointer { hasher.hash(text, into: $0) }
    }
    return Array(words[..<count])
  }

  /// Texts from some characters to three chunks, with words from one character to more than a chunk.
  @Test(arguments: WordRule.allCases) func hashesEqualTheTwin(rule: WordRule) {
    var random = SplitMix64(state: 21)
    var hasher = WordHasher(rule: rule)
    for round in 0..<120 {
      let length = Int.random(in: 0..<[40, 300, 12_000][round % 3], using: &random)
      let longest = [3, 12, 70, 6000].randomElement(using: &random) ?? 1
      var text = String.UnicodeScalarView()
      while text.count < length {
        let isOfMany = Bool.random(using: &random)
        let one = ShinglerTests.alphabet.randomElement(using: &random) ?? 0x61
        for _ in 0..<Int.random(in: 1...longest, using: &random) {
          let value = isOfMany ? ShinglerTests.alphabet.randomElement(using: &random) ?? 0x61 : one
          if let scalar = Unicode.Scalar(value) { text.append(scalar) }
        }
        if Bool.random(using: &random) { text.append(" ") }
      }
      let wanted = naiveWords(String(text), rule: rule).map(naiveHash)
      let found = hashes(String(text), &hasher)
      #expect(found.count == wanted.count && found == wanted, "round \(round)")
    }
  }

  @Test func everyLevelOfTheKernelHashesAlike() {
    var random = SplitMix64(state: 5)
    let characters = (0..<600).map { _ in UInt32.random(in: 0..<0x11_0000, using: &random) }
    for count in 0..<40 {
      let ranges = (0..<count).flatMap { _ in
        let start = Int32.random(in: 0..<500, using: &random)
        return [start, start + Int32.random(in: 1...(Bool.random(using: &random) ? 9 : 90), using: &random)]
      }
      let wanted = (0..<count).map { word in
        let range = Int(ranges[2 * word])..<Int(ranges[2 * word + 1])
        return characters.withUnsafeBufferPointer { buffer in
          buffer.baseAddress.map { xylem_hash_characters(7, $0 + range.lowerBound, range.count) } ?? 0
        }
      }
      for level in [xylem_hash_portable, xylem_hash_avx512] {
        var hashes = [UInt64](repeating: 0, count: count)
        xylem_hash_words_at_level(characters, ranges, count, 7, &hashes, Int32(level.rawValue))
        #expect(hashes == wanted)
      }
    }
  }

  /// The same words, wherever a chunk or a run of it ends in the text.
  @Test func placesInTheTextMakeNoDifference() {
    let words = "a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh iiiiiiiii 我们 straße ŉ"
    var hasher = WordHasher(rule: .marksBreak)
    let wanted = hashes(words, &hasher)
    #expect(wanted.count == 13)
    for offset in Array(0..<130) + Array(4000..<4120) {
      let text = String(repeating: ".", count: offset) + words + String(repeating: "-", count: offset % 70)
      #expect(hashes(text, &hasher) == wanted, "offset \(offset)")
    }
    for length in [8, 9, 4088, 4095, 4096, 4097, 9000] {
      let long = String(repeating: "w", count: length)
      #expect(hashes(long + " " + words + " " + long, &hasher) == [naiveHash(long)] + wanted + [naiveHash(long)])
    }
  }

  @Test func foldingToSeveralCharactersAtEveryPlace() {
    var hasher = WordHasher(rule: .marksBreak)
    for offset in 0..<70 {
      let start = String(repeating: "x", count: 4060 + offset)
      #expect(hashes(start + "ß ŉ", &hasher) == hashes(start + "ss \u{2BC}n", &hasher))
    }
  }
}
