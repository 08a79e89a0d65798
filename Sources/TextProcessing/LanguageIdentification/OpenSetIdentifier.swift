// Two opinions: a model that knows the 46 languages, and CLD2 for text in any other.
import CorpusCore

/// Naive Bayes for the 46 languages; where CLD2 names another one, or the script is of none of them, CLD2's answer.
///
/// Malay counts as Indonesian: CLD2 calls one the other. Under 50 letters an answer below 0.97 is undetermined (measured
/// precision 0.99 at 20 to 50 characters).
///
/// Both look at 512 bytes first, half from the beginning of the first 2 KB and half from their middle, so that a heading in
/// another language is not all they see. The model looks at all 2 KB where its best language does not lead by 0.15 nats an
/// n-gram, CLD2 at 1 KB where it names none of the model's languages. CLD2 costs more than the model, so it is not asked
/// where it could not change the answer: about scripts in which it knows no language but the model's, and about samples of
/// at least 100 letters in which one of the model's languages leads by 0.3 and, in Arabic script, the letters are that
/// language's own. Measured on text of 22 other languages: `docs/languages.md`.
public struct OpenSetIdentifier: LanguageIdentifier {
  private static let closed: Set<ModelScript> = [
    .gurmukhi, .gujarati, .odia, .tamil, .telugu, .kannada, .malayalam, .han,
  ]
  private static let known = Set(rootsLanguages.map(\.code) + ["ms"])
  private static let shortLetters = 50
  private static let shortConfidence = 0.97
  private static let settledLead = 0.15
  private static let clearLead = 0.3
  private static let clearLetters = 100
  private static let lookBytes = 512
  private let model: NaiveBayesIdentifier
  private let second = CLD2Identifier(sampleBytes: 1024)

  public init(model: LanguageModel) { self.model = NaiveBayesIdentifier(model: model) }

  public func identify(_ text: Span<UInt8>) -> LanguageGuess {
    guard text.count > Self.lookBytes else { return identify(text, by: text) }
    let look = Self.look(at: text)
    return identify(text, by: look.span)
  }

  /// `look` is what is looked at first.
  private func identify(_ text: Span<UInt8>, by look: Span<UInt8>) -> LanguageGuess {
    var sample = LanguageSample(look)
    var lead = 0.0
    var own = model.identify(sample, lead: &lead)
    // Sure without a lead is what the script alone decides.
    if own.confidence < 1, lead < Self.settledLead, look.count < text.count {
      sample = LanguageSample(text)
      own = model.identify(sample, lead: &lead)
    }
    if let script = sample.scripts.script, Self.isSettled(own, lead: lead, sample: sample, script: script) {
      return own
    }
    var other = second.identify(look)
    if look.count < text.count, !Self.isKnown(other) { other = second.identify(text) }
    if other.language != nil, !Self.isKnown(other) { return other }
    if own.language == nil { return LanguageGuess(language: nil, confidence: 0) }
    if text.count < Self.shortLetters, own.confidence < Self.shortConfidence, own.language != other.language {
      return LanguageGuess(language: nil, confidence: own.confidence)
    }
    return own
  }

  /// Whether CLD2 could not name a language that the model does not know.
  private static func isSettled(
    _ guess: LanguageGuess, lead: Double, sample: LanguageSample, script: ModelScript
  ) -> Bool {
    if closed.contains(script) { return true }
    guard lead >= clearLead, sample.count >= clearLetters else { return false }
    return script != .arabic || hasOwnLetters(sample, of: guess.language)
  }

  /// Whether letters in Arabic script are those of Arabic or of Urdu: the leads of the two say nothing of Persian, Pashto,
  /// Sindhi, Uyghur or Kurdish. All of these have letters that Arabic has not, and none has Urdu's retroflexes or its nun
  /// ghunna. Quoted names have others, so a share of them decides.
  private static func hasOwnLetters(_ sample: LanguageSample, of language: Language?) -> Bool {
    var (foreign, urdu) = (0, 0)
    for letter in sample.letters[..<sample.count] {
      switch letter {
      case 0x679, 0x688, 0x691, 0x6BA: urdu += 1
      case 0x66E...0x6D5, 0x6EE...0x6FF, 0x750...0x77F: foreign += 1
      default: break
      }
    }
    switch language?.code {
    case "ar": return 200 * (foreign + urdu) < sample.count
    case "ur": return 100 * urdu >= sample.count
    default: return false
    }
  }

  private static func isKnown(_ guess: LanguageGuess) -> Bool {
    guess.language.map { known.contains($0.code) } ?? false
  }

  /// Beginning and middle of the first 2 KB; ends are licences and thanks. A character or word that is cut is one n-gram
  /// among hundreds.
  private static func look(at text: Span<UInt8>) -> [UInt8] {
    let half = lookBytes / 2
    let middle = min(text.count, LanguageSample.bytes) / 2
    var look: [UInt8] = []
    look.reserveCapacity(lookBytes + 1)
    text.withUnsafeBufferPointer { text in
      look.append(contentsOf: text[..<half])
      look.append(0x0A)
      look.append(contentsOf: text[middle..<(middle + half)])
    }
    return look
  }
}
