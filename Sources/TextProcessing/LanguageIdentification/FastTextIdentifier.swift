// Language identification by a fastText model that the user has: lid.176 (176 languages), GlotLID (2,102), or another
// classifier whose labels are language codes. arXiv 1607.01759; inference is libfasttext's.
import CFastText
import CorpusCore

/// A fastText classifier as a language identifier; may be used by many threads.
///
/// Labels are read like those of records (`canonicalLanguage(label:)`) behind `__label__`: `fr`, `fra_Latn`; Chinese without a
/// script is told apart by its characters. It sees the first 4 KB, line ends as spaces. Confidence is the probability.
public final class FastTextIdentifier: LanguageIdentifier, @unchecked Sendable {
  // Unchecked: the model is never written after `init`, and asking it is free of side effects.
  private let model: UnsafeMutableRawPointer
  /// The language of each label, nil for a label that is no code.
  private let languages: [Language?]
  /// Labels that say Chinese and not which.
  private let isChinese: [Bool]
  private static let sampleBytes = 4096
  private static let prefix = "__label__"

  /// `bytes` is a whole .bin or .ftz file; it is checked and copied.
  public init(bytes: UnsafeRawBufferPointer) throws(FastTextModelFailure) {
    try FastTextModelFile.check(bytes)
    guard let opened = fasttext_open(bytes.baseAddress, bytes.count) else {
      throw FastTextModelFailure(offset: bytes.count, reason: "libfasttext refused it")
    }
    model = opened
    let names = (0..<fasttext_label_count(opened)).map { Self.name($0, of: opened) }
    languages = names.map { canonicalLanguage(label: Array($0.utf8).span) }
    isChinese = names.map { name in
      let subtags = name.lowercased().split { $0 == "-" || $0 == "_" }.map(String.init)
      guard let base = subtags.first, LanguageLabels.chinese.contains(base) else { return false }
      return !subtags.contains { $0 == "hans" || LanguageLabels.traditional.contains($0) }
    }
  }

  deinit { fasttext_close(model) }

  /// How many labels name a language, of how many.
  public var labelCounts: (named: Int, all: Int) { (languages.count { $0 != nil }, languages.count) }

  private static func name(_ label: Int32, of model: UnsafeRawPointer) -> String {
    let capacity = 256
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      count = buffer.withMemoryRebound(to: CChar.self) { target in
        min(capacity, fasttext_label(model, label, target.baseAddress, capacity))
      }
    }
    let name = String(decoding: bytes, as: UTF8.self)
    return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
  }

  public func identify(_ text: Span<UInt8>) -> LanguageGuess {
    let sample = sample(text)
    var probability: Float = 0
    let label = Int(fasttext_predict(model, sample, sample.count, &probability))
    guard languages.indices.contains(label), probability.isFinite else {
      return LanguageGuess(language: nil, confidence: 0)
    }
    var language = languages[label]
    if isChinese[label] { language = Self.chinese(sample) }
    return LanguageGuess(language: language, confidence: min(1, max(0, Double(probability))))
  }

  /// The beginning, cut at a character; control characters, which end a line for fastText, as spaces.
  private func sample(_ text: Span<UInt8>) -> [UInt8] {
    var end = min(text.count, Self.sampleBytes)
    while end > 0, end < text.count, text[end] & 0xC0 == 0x80 { end -= 1 }
    return (0..<end).map { text[$0] < 0x20 ? 0x20 : text[$0] }
  }

  private static func chinese(_ sample: [UInt8]) -> Language? {
    let letters = String(decoding: sample, as: UTF8.self).unicodeScalars.map(\.value)
    let found = ChineseVariants.shared.count(letters[...])
    return Language(code: found.traditional > found.simplified ? "zht" : "zhs")
  }
}
