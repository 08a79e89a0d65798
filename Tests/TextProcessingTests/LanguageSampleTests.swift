// The kernel that takes letters and n-grams out of a text, against the same written out plainly.
import CKernels
import CorpusCore
import TestSupport
import Testing

@testable import TextProcessing

/// What `LanguageSample` finds, one character at a time.
private struct PlainSample {
  var letters: [UInt32] = [0]
  var scripts = ScriptHistogram()

  init(_ text: [UInt8], limit: Int) {
    text.withUnsafeBufferPointer { buffer in
      guard let bytes = buffer.baseAddress else { return }
      let table = CharacterTable.shared
      var index = 0
      while index < min(limit, text.count) {
        let character = decodeCharacter(bytes, index, text.count)
        index += character.length
        guard index <= limit else { break }
        var value = character.value
        if value == 0x200C || value == 0x200D || value == 0xAD { continue }
        if value == 0x2019 || value == 0x02BC { value = 0x27 }
        if value == 0x27 {
          if letters[letters.count - 1] != 0 { letters.append(value) }
        } else if !character.isMalformed, value < 0x32000, table.properties(value) & CharacterTable.letter != 0 {
          scripts.letters[ScriptHistogram.slot(value)] += 1
          letters.append(table.lowercased(value))
        } else {
          endWord()
        }
      }
      endWord()
    }
  }

  private mutating func endWord() {
    while letters[letters.count - 1] == 0x27 { letters.removeLast() }
    if letters[letters.count - 1] != 0 { letters.append(0) }
  }

  func buckets(bits: Int) -> [UInt32] {
    func hash(_ letters: ArraySlice<UInt32>, from seed: UInt64) -> UInt32 {
      let hash = letters.reduce(seed) { ($0 ^ UInt64($1 + 1)) &* 0x9E37_79B9_7F4A_7C15 }
      return UInt32(truncatingIfNeeded: ((hash ^ (hash >> 32)) &* 0xD6E8_FEB8_6659_FD93) >> UInt64(64 - bits))
    }
    var result: [UInt32] = []
    var start = 0
    while start + 1 < letters.count {
      guard let end = letters[(start + 1)...].firstIndex(of: 0) else { return result }
      for first in start...end {
        for last in first...min(end, first + 4) where last > first || letters[last] != 0 {
          result.append(hash(letters[first...last], from: 0))
        }
      }
      result.append(hash(letters[start...end], from: 0x57_4F_52_44))
      start = end
    }
    return result
  }
}

@Suite struct LanguageSampleTests {
  @Test func `the kernel equals the plain sample on every document, wherever the limit cuts`() {
    for (number, document) in SampleText.documents.enumerated() {
      let limit = number % 3 == 0 ? 2048 : 1 + number % 97
      let sample = LanguageSample(document.text.span, limit: limit)
      let plain = PlainSample(document.text, limit: limit)
      #expect(Array(sample.letters[..<sample.count]) == plain.letters)
      #expect(sample.scripts.letters == plain.scripts.letters)
      let bits = 8 + number % 13
      #expect(sample.buckets(bits: bits).sorted() == plain.buckets(bits: bits).sorted())
    }
  }

  @Test func `the kernel equals the plain sample on broken text`() {
    var random = SplitMix64(state: 21)
    let pieces: [[UInt8]] = [
      "é", "'", "’", "\u{200D}", "\u{AD}", " ", "ẽ", "क्", "漢", "𠀀", "\u{32100}", "😀", "a", "B", "ʼ", "ß", "İ",
    ].map { Array($0.utf8) }
    for round in 0..<4000 {
      var text: [UInt8] = []
      for _ in 0..<Int.random(in: 0..<40, using: &random) {
        if round % 2 == 0, Int.random(in: 0..<4, using: &random) == 0 {
          text.append(UInt8.random(in: 0...255, using: &random))
        } else {
          text += pieces[Int.random(in: 0..<pieces.count, using: &random)]
        }
      }
      let limit = Int.random(in: 0...60, using: &random)
      let sample = LanguageSample(text.span, limit: limit)
      let plain = PlainSample(text, limit: limit)
      #expect(Array(sample.letters[..<sample.count]) == plain.letters, "\(text)")
      #expect(sample.scripts.letters == plain.scripts.letters)
      for level in [xylem_language_portable, xylem_language_avx512] {
        var buckets = [UInt32](
          repeating: 0, count: sample.count * xylem_language_buckets_per_letter + xylem_language_more_buckets)
        let count = xylem_language_buckets_at_level(sample.letters, sample.count, 20, &buckets, Int32(level.rawValue))
        #expect(buckets[..<count].sorted() == plain.buckets(bits: 20).sorted())
      }
    }
  }
}
