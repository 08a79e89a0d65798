// What libFuzzer calls (scripts/fuzz.sh): normalizer, line rules, filters and redactor on any bytes; and the readers of model
// files. A broken promise ends the process, which is a finding: valid UTF-8 comes out, a second time changes nothing, every
// value is finite, the verdict does not depend on how much is computed.
import TextProcessing

private func require(_ promise: Bool, _ what: String) {
  if !promise { fatalError(what) }
}

/// Everything that is made once.
private enum Fixture {
  static let chains = settings.map(FilterChain.init(settings:))
  static let rules = settings.compactMap(LineRules.init(settings:))
  static let redactor = Redactor(kinds: Set(RedactionKind.allCases))

  /// All presets at once, words by white space and by dictionary, prose and code, with a model of characters and without.
  static let settings = [("en", false), ("zhs", false), ("code", true)].map { code, isCode in
    var filters = FilterThresholds()
    filters.maximumCharacterRepetitionRatio = 0.2
    filters.maximumWordRepetitionRatio = 0.3
    filters.minimumStopWordRatio = 0.1
    filters.maximumFlaggedWordRatio = 0.1
    filters.minimumLanguageConfidence = 0.4
    filters.maximumPerplexity = 50
    var limits = FilterThresholds.resolved(
      presets: FilterPreset.allCases, isCode: isCode, filters: filters, own: FilterThresholds(),
      overrides: FilterThresholds())
    limits.removeCodeLines = 1
    limits.removeMenuLines = 1
    return LanguageSettings(
      code: code, wordSegmentation: code == "zhs" ? .icu : .whitespace,
      stopWords: ["the", "of", "a b", "的", "是"], flaggedWords: ["lorem", "好 的"], sentenceEnds: "·",
      thresholds: limits, perplexityModel: isCode ? nil : model)
  }

  static let model: NGramModel? = {
    let text = Array("the cat sat on the mat\nthe dog, 12 of them. 好的是 好的。\nthe of the of".utf8)
    return CharacterModelTrainer().train([text, text]).flatMap(read)
  }()

  static func read(_ bytes: [UInt8]) -> NGramModel? {
    var reader = ARPAReader()
    do {
      for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) { try reader.take(Array(line).span) }
      return try reader.finish()
    } catch {
      return nil
    }
  }
}

private func isText(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

private func clean(_ bytes: [UInt8], choice: UInt8) {
  let isCode = choice & 1 != 0
  let form: NormalizationForm = choice & 6 == 0 ? .nfc : choice & 6 == 2 ? .nfkc : .none
  let options = NormalizationOptions(
    form: form, removeControls: choice & 8 == 0, unifyWhitespace: choice & 16 == 0, removeInvisible: choice & 32 == 0,
    decodeEntities: choice & 64 != 0, repairMojibake: choice & 64 != 0, maximumRun: choice & 128 != 0 ? 3 : 0)
  let normalizer = Normalizer(options: options)
  var counts = NormalizationCounts()
  var text: [UInt8] = []
  normalizer.normalize(bytes.span, isCode: isCode, into: &text, counts: &counts)
  require(isText(text), "normalized text is not UTF-8")
  var again: [UInt8] = []
  normalizer.normalize(text.span, isCode: isCode, into: &again, counts: &counts)
  require(again == text, "normalizing a second time changes the text")

  let which = Int(choice) % Fixture.chains.count
  var ruled: [UInt8] = []
  var lineCounts = LineRuleCounts()
  if Fixture.rules[which].apply(text.span, into: &ruled, counts: &lineCounts) { text = ruled }
  require(isText(text), "text without the lines that rules take out is not UTF-8")

  var scratch = FilterScratch()
  // The raw bytes too: nobody promises a chain or the redactor that their text was cleaned.
  for input in [text, bytes] {
    let (values, drop) = Fixture.chains[which].evaluate(
      input.span, languageConfidence: 0.5, scratch: &scratch, extent: .all)
    let short = Fixture.chains[which].evaluate(input.span, languageConfidence: 0.5, scratch: &scratch)
    require(short.drop == drop, "two verdicts on one text")
    for value in FilterValue.allCases where !values[value].isNaN {
      require(values[value].isFinite && values[value] >= 0, "\(value.name) is \(values[value])")
    }
    var redacted: [UInt8] = []
    var found = RedactionCounts()
    if Fixture.redactor.redact(input.span, isCode: isCode, into: &redacted, counts: &found) {
      require(found.total > 0, "redacted nothing, and changed the text")
      require(!isText(input) || isText(redacted), "redacted text is not UTF-8")
    }
  }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  guard let data, size > 1 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data + 1, count: size - 1))
  switch bytes[0] {
  case 0x5C:
    // An ARPA file begins with a backslash. What is read must score any text.
    if let model = Fixture.read(bytes) {
      let perplexity = model.score("a b c <unk> 好\n\n a").perplexity
      require(perplexity.isFinite && perplexity >= 0, "perplexity \(perplexity)")
    }
  case 0x58: _ = try? LanguageModel(decoding: bytes)
  default: clean(bytes, choice: data[0])
  }
  return 0
}
