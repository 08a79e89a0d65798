// The per-document steps in order, with scratch reused from document to document. One thread uses one.
import CKernels
import CorpusCore
import CorpusIO
import Deduplication
import TextProcessing

/// What became of a document.
enum DocumentFate {
  /// Cleaned text is in `DocumentCleaner.text`, its fingerprint record in `DocumentCleaner.fingerprint`.
  case kept(Language)
  case removed(Language, FilterDrop)
}

final class DocumentCleaner {
  private(set) var text: [UInt8] = []
  private(set) var fingerprint: [UInt8] = []
  /// A member that the document's record gets, what it shares with the evaluation set; empty when it shares nothing.
  private(set) var mark: [UInt8] = []
  /// What the filters measured in the document at hand; NaN for what they did not.
  private(set) var values = FilterValues()
  private let normalizer: Normalizer?
  private let identifier: (any LanguageIdentifier)?
  private let asksParagraphs: Bool
  private let trustsRecord: Bool
  private let minimumConfidence: Double
  private let filters: Bool
  private let extent: FilterExtent
  private var contamination: ContaminationCheck?
  private let removesContaminated: Bool
  private let redactor: Redactor?
  private let languages: LanguageTable
  private var chains: [Language: FilterChain] = [:]
  private var lineRules: [Language: LineRules?] = [:]
  private var labels: [[UInt8]: Language?] = [:]
  private var scratch = FilterScratch()
  private var exact: ExactDigester
  private let exactKeep: KeepPreference
  private let urlKeep: KeepPreference?
  private let nearKeep: KeepPreference
  private let groups: RepetitionScope
  private var near: FingerprintBuilder?
  private var spare: [UInt8] = []

  /// `identifier` is that of `identify_language`. `extent` says how much the filters compute; by default no more than the
  /// `values/` files or the verdict need.
  init(
    configuration: PipelineConfiguration, languages: LanguageTable, identifier: (any LanguageIdentifier)?,
    evaluation: EvaluationSet? = nil, extent: FilterExtent? = nil
  ) {
    self.extent = extent ?? (configuration.filter?.values == true ? .active : .untilDrop)
    self.languages = languages
    normalizer = configuration.normalize.map { step in
      var options = NormalizationOptions()
      options.form = NormalizationForm(rawValue: step.form.rawValue) ?? .nfc
      options.removeControls = step.controls
      options.unifyWhitespace = step.whitespace
      options.removeInvisible = step.invisible
      options.removeByteOrderMarks = step.byteOrderMarks
      options.removeSoftHyphens = step.softHyphens
      options.removeBidirectional = step.bidirectional
      options.removeZeroWidth = step.zeroWidth
      options.decodeEntities = step.entities
      options.repairMojibake = step.mojibake
      options.maximumRun = step.maximumRun <= 0 ? 0 : max(3, step.maximumRun)
      return Normalizer(options: options)
    }
    let identify = configuration.identifyLanguage
    self.identifier = identifier
    asksParagraphs = identify?.paragraphs ?? false
    trustsRecord = identify?.trustRecord ?? true
    minimumConfidence = identify?.minimumConfidence ?? 0
    filters = configuration.filter != nil
    contamination = evaluation.map { ContaminationCheck($0) }
    removesContaminated = configuration.decontaminate?.action != .mark
    redactor = configuration.redact.map {
      Redactor(kinds: Set($0.kinds.compactMap { RedactionKind(rawValue: $0.rawValue) }))
    }
    exact = ExactDigester(
      normalized: configuration.deduplicateExact?.normalized ?? false,
      foldsCase: configuration.deduplicateExact?.foldCase ?? false)
    exactKeep = configuration.deduplicateExact?.preference ?? KeepPreference(.longest)
    urlKeep = configuration.deduplicateURL?.preference
    groups = configuration.fingerprintScope
    nearKeep = configuration.deduplicateNear?.preference ?? KeepPreference(.longest)
    near = configuration.deduplicateNear.map { FingerprintBuilder(options: $0.options) }
  }

  /// Runs every step on one document; `counts` has it under its language afterwards.
  func clean(_ document: DocumentRecord, of batch: DocumentBatch, counts: inout PrepareCounts) -> DocumentFate {
    text.removeAll(keepingCapacity: true)
    mark.removeAll(keepingCapacity: true)
    values = FilterValues()
    let raw = batch.bytes.span.extracting(document.text)
    let label = label(of: document, in: batch)
    if let normalizer {
      normalizer.normalize(raw, isCode: label?.isCode ?? false, into: &text, counts: &counts.normalization)
    } else {
      text.append(contentsOf: batch.bytes[document.text])
    }
    let (language, confidence) = language(label: label)
    if label == nil { counts.identification?.add(answer: language) } else { counts.identification?.labelled += 1 }
    var tally = counts.languages[language.code] ?? LanguageCounts()
    defer { counts.languages[language.code] = tally }
    tally.read += 1
    tally.bytesRead += document.text.count
    func dropped(_ drop: FilterDrop) -> DocumentFate {
      tally.removed[drop.reason.rawValue, default: 0] += 1
      return .removed(language, drop)
    }
    guard !text.isEmpty else { return dropped(FilterDrop(reason: .empty, value: 0, threshold: 1)) }
    var words = 0
    if filters {
      takeOutLines(language, counts: &counts)
      let chain = chain(for: language)
      let verdict: FilterDrop?
      (values, verdict) = chain.evaluate(
        text.span, languageConfidence: confidence, scratch: &scratch, extent: extent)
      words = values.wordCount.isFinite ? Int(values.wordCount) : 0
      counts.portrait.filters?.add(values, drop: verdict, language: language, chain: chain)
      if let verdict { return dropped(verdict) }
    }
    if let drop = contaminationDrop(counts: &counts) { return dropped(drop) }
    if asksParagraphs, let identifier, !language.isCode {
      counts.identification?.add(paragraphsOf: text, language: language, identifier: identifier)
    }
    if let redactor {
      spare.removeAll(keepingCapacity: true)
      var found = RedactionCounts()
      if redactor.redact(text.span, isCode: language.isCode, into: &spare, counts: &found) { swap(&text, &spare) }
      for kind in RedactionKind.allCases where found[kind] > 0 {
        counts.redactions[kind.rawValue, default: 0] += found[kind]
      }
    }
    tally.keep(bytes: text.count, characters: characterCount(text.span), words: words)
    let id = batch.bytes.withUnsafeBytes { hash64(UnsafeRawBufferPointer(rebasing: $0[document.id])) }
    fingerprint.removeAll(keepingCapacity: true)
    FingerprintLayout.appendHeader(
      digest: exact.digest(of: text.span), idHash: id, textBytes: text.count,
      places: FingerprintLayout.places(of: document, in: batch, exact: exactKeep, near: nearKeep),
      group: group(of: document, in: batch, language: language), to: &fingerprint)
    let cleaned = text
    near?.append(fingerprintOf: cleaned.span, to: &fingerprint)
    if let urlKeep {
      let address = batch.withBytes(document.otherFields) { JSONMembers(bytes: $0).url }
      FingerprintLayout.appendURL(
        address.flatMap { URLKey($0.span) }, place: urlKeep.place(of: document, in: batch), to: &fingerprint)
    }
    return .kept(language)
  }

  /// Holds the text against the evaluation set, before redaction changes a word of it.
  private func contaminationDrop(counts: inout PrepareCounts) -> FilterDrop? {
    guard let found = text.withUnsafeBufferPointer({ contamination?.contamination(of: $0) }) else { return nil }
    mark = contamination?.member(found) ?? []
    guard removesContaminated else {
      counts.contaminationMarks = (counts.contaminationMarks ?? 0) + 1
      return nil
    }
    return FilterDrop(
      reason: Contamination.reason, value: found.overlap,
      threshold: contamination?.evaluation.options.minimumOverlap ?? 0)
  }

  /// The group that duplicates are looked for in: by the language that was decided, or the record's source.
  private func group(of document: DocumentRecord, in batch: DocumentBatch, language: Language) -> UInt32 {
    guard groups == .language else {
      return UInt32(truncatingIfNeeded: groups.group(document, of: batch, shard: batch.shard))
    }
    var code = language.code
    return UInt32(truncatingIfNeeded: code.withUTF8 { RepetitionScope.group(ofLanguage: UnsafeRawBufferPointer($0)) })
  }

  private func label(of document: DocumentRecord, in batch: DocumentBatch) -> Language? {
    guard trustsRecord, !document.languageLabel.isEmpty else { return nil }
    let bytes = Array(batch.bytes[document.languageLabel])
    if let known = labels[bytes] { return known }
    let language = canonicalLanguage(label: bytes.span)
    if labels.count < 4096 { labels[bytes] = .some(language) }
    return language
  }

  /// The record's label where it is trusted, else the identifier's answer; a weak answer is "undetermined".
  private func language(label: Language?) -> (Language, Double?) {
    if let label { return (label, nil) }
    guard let identifier else { return (.undetermined, nil) }
    let guess = identifier.identify(text.span)
    guard let language = guess.language, guess.confidence >= minimumConfidence else {
      return (.undetermined, guess.confidence)
    }
    return (language, guess.confidence)
  }

  /// Applies the language's line rules, where it has some, to `text`. They are for prose: a line of a program holds curly
  /// brackets and ends no sentence.
  private func takeOutLines(_ language: Language, counts: inout PrepareCounts) {
    guard !language.isCode else { return }
    let known = lineRules[language]
    let rules = known ?? LineRules(settings: languages.settings(for: language))
    if known == nil { lineRules[language] = .some(rules) }
    guard let rules else { return }
    spare.removeAll(keepingCapacity: true)
    var found = LineRuleCounts()
    if rules.apply(text.span, into: &spare, counts: &found) { swap(&text, &spare) }
    for (name, count) in found.named { counts.lineRules[name, default: 0] += count }
  }

  func chain(for language: Language) -> FilterChain {
    if let chain = chains[language] { return chain }
    let chain = FilterChain(settings: languages.settings(for: language))
    chains[language] = chain
    return chain
  }
}

/// Code points of valid UTF-8: bytes that do not continue a character.
func characterCount(_ text: Span<UInt8>) -> Int {
  text.withUnsafeBufferPointer { bytes in bytes.baseAddress.map { xylem_count_characters($0, bytes.count) } ?? 0 }
}
