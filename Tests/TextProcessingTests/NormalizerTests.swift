import CTextShim
import Foundation
import TestSupport
import Testing

@testable import TextProcessing

@Suite struct NormalizerTests {
  @Test(arguments: [
    ("a\tb\u{A0}c\u{3000}d", "a b c d"),
    ("one  two   three", "one two three"),
    ("line \r\nnext\rlast\u{2028}end", "line\nnext\nlast\nend"),
    ("\n\n  a\n\n\n\n\n\nb \n ", "a\n\n\nb"),
    ("zero\u{200B}width so\u{AD}ft \u{FEFF}mark", "zerowidth soft mark"),
    ("bell\u{7} nul\u{0} del\u{7F} c1\u{9B}", "bell nul del c1"),
    ("left\u{202E}right\u{2066}x\u{2069}", "leftrightx"),
    ("", ""), (" \r\n\t", ""),
    ("क्\u{200D}ष and نمی\u{200C}خواهم stay", "क्\u{200D}ष and نمی\u{200C}خواهم stay"),
    ("ന്\u{200D} chillu", "ന്\u{200D} chillu"),
    ("a\u{200D}b क\u{200D} \u{200C}ष", "ab क ष"),
    ("e\u{AD}\u{301}", "é"), ("\u{2000}a\u{2001}b", "a b"),
  ])
  func `prose is cleaned`(input: String, expected: String) {
    #expect(Array(normalized(input).utf8) == Array(expected.utf8))
  }

  @Test(arguments: [
    ("\u{FEFF}if x:\r\n\ty  =  1\n\n\n\n\n", "if x:\n\ty  =  1\n\n\n\n\n"),
    ("a\r\r\nb\rc\u{A0}\u{200B}", "a\nb\rc\u{A0}\u{200B}"),
    ("x\u{0}\u{1B}y", "xy"),
  ])
  func `code keeps its white space`(input: String, expected: String) {
    #expect(Array(normalized(input, isCode: true).utf8) == Array(expected.utf8))
  }

  @Test func `each kind of invisible character has a switch and a count of its own`() {
    let kinds: [(WritableKeyPath<NormalizationOptions, Bool>, KeyPath<NormalizationCounts, Int>, String)] = [
      (\.removeByteOrderMarks, \.byteOrderMarksRemoved, "\u{FEFF}"),
      (\.removeSoftHyphens, \.softHyphensRemoved, "\u{AD}"),
      (\.removeBidirectional, \.bidirectionalRemoved, "\u{61C}\u{200E}\u{202E}\u{2066}\u{2069}"),
      (\.removeZeroWidth, \.zeroWidthRemoved, "\u{180E}\u{200B}\u{200C}\u{200D}\u{2060}"),
      (\.removeInvisible, \.invisibleRemoved, "\u{2061}\u{206A}\u{FFF9}\u{E0001}\u{E0041}"),
    ]
    let text = "a" + kinds.map(\.2).joined() + "b"
    for (kind, count, characters) in kinds {
      var options = NormalizationOptions(form: .none, removeInvisible: false)
      options[keyPath: kind] = true
      var counts = NormalizationCounts()
      var output: [UInt8] = []
      Normalizer(options: options).normalize(Array(text.utf8).span, isCode: false, into: &output, counts: &counts)
      #expect(output == Array(text.replacingOccurrences(of: characters, with: "").utf8))
      #expect(counts[keyPath: count] == characters.unicodeScalars.count)
      #expect(counts.invisibleRemoved == characters.unicodeScalars.count)
      // All but that kind.
      options = NormalizationOptions(form: .none)
      options[keyPath: kind] = false
      output.removeAll()
      Normalizer(options: options).normalize(Array(text.utf8).span, isCode: false, into: &output, counts: &counts)
      #expect(output == Array("a\(characters)b".utf8))
    }
    // Programs lose byte order marks only.
    #expect(normalized(text, isCode: true) == text.replacingOccurrences(of: "\u{FEFF}", with: ""))
  }

  @Test func `counts say what was done`() {
    var counts = NormalizationCounts()
    var output: [UInt8] = []
    // 1 BOM + 1 soft hyphen; NBSP, one of two spaces, CR, and the last LF; 1 control; e + U+0301 composes.
    let text = Array("\u{FEFF}so\u{AD}ft\u{A0}a  b\r\nc\u{1}e\u{301}\n".utf8)
    Normalizer().normalize(text.span, isCode: false, into: &output, counts: &counts)
    #expect(String(decoding: output, as: UTF8.self) == "soft a b\ncé")
    #expect(counts.invisibleRemoved == 2 && counts.controlsRemoved == 1 && counts.whitespaceUnified == 4)
    #expect(counts.changedDocuments == 1 && counts.normalizedDocuments == 1 && counts.documents == 1)
    var again: [UInt8] = [1, 2]
    Normalizer().normalize(output.span, isCode: false, into: &again, counts: &counts)
    #expect(again == [1, 2] + output)
    #expect(counts.changedDocuments == 1 && counts.documents == 2)
  }

  @Test func `NFC equals Foundation's and ICU's on the whole sample`() {
    let options = NormalizationOptions(removeControls: false, unifyWhitespace: false, removeInvisible: false)
    #expect(SampleText.documents.count > 800)
    for document in SampleText.documents {
      let made = normalized(document.text, options: options)
      let text = String(decoding: document.text, as: UTF8.self)
      #expect(made == Array(text.precomposedStringWithCanonicalMapping.utf8), "\(document.id)")
      #expect(text_is_normalized(0, made, made.count) == 1)
    }
  }

  @Test func `the sample is cleaned to a fixed point without noise`() {
    for document in SampleText.documents {
      let isCode = document.file.hasPrefix("code-")
      let once = SampleText.clean(document)
      #expect(normalized(once, isCode: isCode) == once, "\(document.id)")
      let text = String(decoding: once, as: UTF8.self)
      #expect(!text.contains("\r") && !text.unicodeScalars.contains("\u{FEFF}"), "\(document.id)")
    }
    for id in ["ne-0003", "te-0004"] {
      let scalars = String(decoding: SampleText.byID[id].map(SampleText.clean) ?? [], as: UTF8.self).unicodeScalars
      #expect(scalars.contains("\u{200D}") || scalars.contains("\u{200C}"))
    }
  }

  @Test(arguments: [NormalizationOptions(), NormalizationOptions(removeControls: false, removeInvisible: false)])
  func `a character inside text, read by the fast loop, stays where it stays at the beginning`(
    options: NormalizationOptions
  ) {
    var options = options
    options.form = .none
    for character in UInt32(0x21)..<0x10000 where !(0xD800..<0xE000).contains(character) {
      var (first, inside, spaced): ([UInt8], [UInt8], [UInt8]) = ([], Array("ab".utf8), Array("a ".utf8))
      appendUTF8(character, to: &first)
      inside += first
      spaced += first
      let stays = normalized(first, options: options) == first
      #expect((normalized(inside + [0x63], options: options) == inside + [0x63]) == stays, "\(character)")
      #expect((normalized(spaced + [0x63], options: options) == spaced + [0x63]) == stays, "\(character)")
    }
  }

  @Test func `ASCII is cleaned alike wherever eight bytes are read at once`() {
    var random = SplitMix64(state: 23)
    for _ in 0..<3000 {
      let text = (0..<Int.random(in: 0...30, using: &random)).map { _ -> UInt8 in
        switch UInt8.random(in: 0..<12, using: &random) {
        case 0, 1: 0x20
        case 2: UInt8.random(in: 0..<0x80, using: &random)
        case 3: 0x7E
        default: UInt8.random(in: 0x61...0x7A, using: &random)
        }
      }
      // The plain twin, byte by byte.
      var expected: [UInt8] = []
      var breaks = 0
      var isSpaced = false
      for byte in text where byte != 0x7F && byte != 0x0D {
        switch byte {
        case 0x0A, 0x0B, 0x0C: (breaks, isSpaced) = (breaks + 1, false)
        case 0x20, 0x09: isSpaced = true
        case 0..<0x20: continue
        default:
          if !expected.isEmpty {
            expected += [UInt8](repeating: 0x0A, count: min(breaks, 3))
            if isSpaced { expected.append(0x20) }
          }
          expected.append(byte)
          (breaks, isSpaced) = (0, false)
        }
      }
      var options = NormalizationOptions()
      options.form = .none
      #expect(normalized(text.filter { $0 != 0x0D }, options: options) == expected, "\(text)")
    }
  }

  @Test(arguments: NormalizationForm.allCases, [false, true])
  func `cleaning twice is cleaning once, on random text`(form: NormalizationForm, isCode: Bool) {
    let alphabet: [UInt32] = [
      0x20, 0x20, 0x0A, 0x0D, 0x09, 0x61, 0x65, 0x2E, 0x00, 0x0B, 0x85, 0xA0, 0xAD, 0xA8, 0xB4, 0x301, 0x327, 0x345,
      0x2000, 0x2001, 0x2028, 0x200B, 0x200C, 0x200D, 0xFEFF, 0x202E, 0x915, 0x93C, 0x94D, 0x951, 0x958, 0x9C7, 0x9BE,
      0x627, 0x653, 0x64B, 0xFE70, 0xFDFA, 0x1100, 0x1161, 0x11A8, 0xAC00, 0x4E2D, 0xF900, 0x1F600, 0xE0041, 0xFFFE,
      0x3000, 0xFF21, 0x212B, 0x1E9B, 0x323, 0xFDD0,
    ]
    var random = SplitMix64(state: 7)
    for round in 0..<1500 {
      let options = NormalizationOptions(
        form: form, removeControls: round % 3 != 0, unifyWhitespace: round % 5 != 0, removeInvisible: round % 7 != 0)
      var text: [UInt8] = []
      for _ in 0..<Int.random(in: 0...24, using: &random) {
        appendUTF8(alphabet[Int.random(in: 0..<alphabet.count, using: &random)], to: &text)
      }
      let once = normalized(text, isCode: isCode, options: options)
      #expect(normalized(once, isCode: isCode, options: options) == once, "\(text)")
    }
  }

  @Test func `random bytes never crash and come out as valid UTF-8`() {
    var random = SplitMix64(state: 11)
    let seeds: [UInt8] = [
      0xC2, 0xE2, 0x80, 0x8B, 0xEF, 0xBB, 0xBF, 0xF0, 0x9F, 0xED, 0xA0, 0x20, 0x0A, 0x0D, 0x61, 0xCC,
    ]
    for _ in 0..<3000 {
      var text: [UInt8] = []
      for _ in 0..<Int.random(in: 0...40, using: &random) {
        text.append(
          Bool.random(using: &random)
            ? UInt8.random(in: 0...255, using: &random) : seeds[Int.random(in: 0..<16, using: &random)])
      }
      let made = normalized(text)
      #expect(String(validating: made, as: UTF8.self) != nil, "\(text)")
      #expect(normalized(made) == made)
    }
  }
}
