// Which language a text is in: the answer, the question, and CLD2 behind it.
public import CorpusCore
import CTextShim

/// A guess at a text's language.
public struct LanguageGuess: Sendable, Hashable {
  /// nil when undetermined; may be a language outside the 46 of ROOTS, then under its own ISO code.
  public var language: Language?
  /// 0 to 1.
  public var confidence: Double

  public init(language: Language?, confidence: Double) {
    self.language = language
    self.confidence = confidence
  }
}

/// Tells the language of a text; may be used by many threads.
public protocol LanguageIdentifier: Sendable {
  func identify(_ text: Span<UInt8>) -> LanguageGuess
}

/// CLD2 with its full tables on the beginning of a text: knows 40 of the 46 languages (not bm, fon, ki, tum, tw; rn it calls rw).
///
/// Confidence is the share of the letters that CLD2 gives to the language. About 30 MB/s of what it looks at.
public struct CLD2Identifier: LanguageIdentifier {
  /// Our languages by CLD2's numbers.
  private static let languages: [Language?] = (0..<text_language_count()).map { number in
    guard let code = text_language_code(number) else { return nil }
    let bytes = Array(String(cString: code).utf8)
    return canonicalLanguage(label: bytes.span)
  }

  /// How much it looks at, in bytes. More than 2 KB gains nothing: measured accuracy on 2 KB, 4 KB and the whole text is
  /// the same.
  private let sampleBytes: Int

  public init() { self.init(sampleBytes: 4096) }

  init(sampleBytes: Int) { self.sampleBytes = sampleBytes }

  public func identify(_ text: Span<UInt8>) -> LanguageGuess {
    text.withUnsafeBufferPointer { buffer in
      let unknown = LanguageGuess(language: nil, confidence: 0)
      guard let bytes = buffer.baseAddress, buffer.count > 0 else { return unknown }
      var count = min(buffer.count, sampleBytes)
      if count < buffer.count {
        // Not inside a character: back over its continuation bytes.
        var back = 0
        while back < 3, bytes[count - back] & 0xC0 == 0x80 { back += 1 }
        if bytes[count - back] & 0xC0 != 0x80 { count -= back }
      }
      var percent: Int32 = 0
      let number = Int(text_detect_language(bytes, count, &percent))
      guard Self.languages.indices.contains(number), let language = Self.languages[number] else { return unknown }
      return LanguageGuess(language: language, confidence: Double(percent) / 100)
    }
  }
}
