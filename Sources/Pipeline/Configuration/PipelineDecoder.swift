// From the tree of a pipeline file to a PipelineConfiguration: the one place that knows every key, its type, its range
// and what it means. The reference in docs/configuration.md is printed from a run of this code.
import Deduplication

enum PipelineDecoder {
  static func decode(_ root: ConfigurationNode, context: ConfigurationContext) -> PipelineConfiguration {
    let top = ConfigurationSection("", root, context: context)
    var configuration = PipelineConfiguration(name: "", input: [], output: "")
    decodeTopLevel(top, into: &configuration)
    let processSummary = "The steps, in canonical order: a list of `- STEP: {KEY: VALUE}`."
    if let process = top.entry("process", expected: "a list of steps", fallback: nil, processSummary) {
      decodeSteps(process.value, context: context, into: &configuration)
    } else {
      context.fault(at: top.origin, "required key process is missing")
    }
    top.finish { key in
      PipelineStep(rawValue: key) == nil ? nil : "; \(key) is a step: write it under process, as `- \(key): {…}`"
    }
    return configuration
  }

  private static func decodeTopLevel(_ top: ConfigurationSection, into configuration: inout PipelineConfiguration) {
    configuration.name = top.requiredText("name", "What the run is called in its report.") ?? ""
    let inputSummary = "What to read: a list of `- paths: [GLOB, …]`. `--input` replaces it."
    if let input = top.entry("input", expected: "a list of inputs", fallback: nil, inputSummary) {
      configuration.input = inputs(input.value, context: top.context)
    } else {
      top.context.fault(at: top.origin, "required key input is missing")
    }
    configuration.output =
      top.requiredText("output", "The run directory. Also `--output`.", expected: "a path") ?? ""
    configuration.languages = top.optionalText(
      "languages", "Directory of language files: thresholds, stop words, flagged words.", expected: "a path")
    configuration.textField = top.text("text_field", configuration.textField, "JSON field that holds the text.")
    configuration.idField = top.text("id_field", configuration.idField, "JSON field that holds the identity.")
    configuration.textDocuments = top.choice(
      "text_documents", configuration.textDocuments, "What one document of a `.txt` shard is.")
    configuration.unitBytes = top.size(
      "unit_bytes", configuration.unitBytes, in: 1 << 10...16 << 30,
      "Raw bytes in a unit of work: what is done, retried and committed as one.")
    configuration.partBytes = top.size(
      "part_bytes", configuration.partBytes, in: 1 << 10...1 << 40, "Bytes of text in one `prepared/` part.")
    configuration.workers = top.optionalInteger(
      "workers", in: 1...4096, fallback: "one for each processor", "Threads. Also `--workers`. Never changes output.")
    configuration.memory = top.size(
      "memory", configuration.memory, in: 1 << 20...64 << 40,
      "Ceiling of memory. Also `--memory`. Never changes output.")
    configuration.executor = top.choice(
      "executor", configuration.executor, "Where units run. Also `--executor`. Never changes output.")
    if let entry = top.entry(
      "slurm", expected: "a mapping", fallback: "none", "What jobs of `executor: slurm` ask for. Never changes output.")
    {
      let section = ConfigurationSection("slurm", entry.value, context: top.context)
      configuration.slurm = slurm(section)
      section.finish()
    }
    configuration.onBadInput = top.choice(
      "on_bad_input", configuration.onBadInput,
      "What a record that cannot be read does: end the run, or be set aside.")
    configuration.maximumBadRatio = top.number(
      "maximum_bad_ratio", configuration.maximumBadRatio, in: 0...1,
      "Bad records in all records; above it the run fails.")
    configuration.removed = top.choice(
      "removed", configuration.removed, "How many removed documents are written to `removed/`.")
  }

  private static func inputs(_ node: ConfigurationNode, context: ConfigurationContext) -> [InputConfiguration] {
    guard case .sequence(let items) = node.content, !items.isEmpty, items.count <= 10_000 else {
      context.fault(
        at: node.origin, "input: expected a list such as `- paths: [\"data/*.jsonl\"]`, found \(node.summary)")
      return []
    }
    return items.map { item in
      let section = ConfigurationSection("input", item, context: context)
      defer { section.finish() }
      return input(section)
    }
  }

  /// Also called on an empty section to learn its keys.
  static func input(_ section: ConfigurationSection) -> InputConfiguration {
    let paths = section.texts(
      "paths", fallback: nil, maximumCount: 100_000, "Files or globs, relative to the current directory.")
    let source = section.optionalText("source", "What the report calls this input.")
    return InputConfiguration(paths: paths?.map(\.text) ?? [], source: source)
  }
}

// MARK: Steps

extension PipelineDecoder {
  /// A step as written: its name and place, and its options.
  static func stepEntry(_ item: ConfigurationNode) -> ConfigurationNode.Entry? {
    switch item.content {
    case .mapping(let entries) where entries.count == 1: entries.first
    case .scalar(let name, _) where !item.isNull:
      ConfigurationNode.Entry(
        key: name, keyOrigin: item.origin, value: ConfigurationNode(.mapping([]), at: item.origin))
    default: nil
    }
  }

  private static func decodeSteps(
    _ node: ConfigurationNode, context: ConfigurationContext, into configuration: inout PipelineConfiguration
  ) {
    guard case .sequence(let items) = node.content, !items.isEmpty, items.count <= 1_000 else {
      context.fault(
        at: node.origin, "process: expected a list of steps such as `- normalize: {}`, found \(node.summary)")
      return
    }
    let order = PipelineStep.allCases
    var latest: (step: PipelineStep, position: Int)?
    var given: Set<PipelineStep> = []
    for item in items {
      guard let entry = stepEntry(item) else {
        context.fault(
          at: item.origin,
          "process: expected one step, as in `- normalize: {form: nfc}`, found \(item.summary)"
            + (item.entries.map { " of \($0.count) keys" } ?? ""))
        continue
      }
      guard let step = PipelineStep(rawValue: entry.key), let position = order.firstIndex(of: step) else {
        let names = order.map(\.rawValue)
        let advice =
          NearestName.nearest(to: entry.key, among: names).map { ", did you mean \($0)?" }
          ?? "; the steps are " + names.joined(separator: ", ")
        context.fault(at: entry.keyOrigin, "unknown step \(quoted(entry.key))\(advice)")
        continue
      }
      if !given.insert(step).inserted {
        context.fault(at: entry.keyOrigin, "step \(step.rawValue) is given twice")
      } else if let latest, position < latest.position {
        context.fault(
          at: entry.keyOrigin,
          "step \(step.rawValue) must stand before \(latest.step.rawValue); the order is "
            + order.map(\.rawValue).joined(separator: ", "))
      } else {
        latest = (step, position)
      }
      let section = ConfigurationSection(step.rawValue, entry.value, context: context)
      decode(step, section, into: &configuration)
      section.finish()
    }
    checkTogether(configuration, process: node, context: context)
  }

  /// Also called on empty sections to learn their keys.
  static func decode(
    _ step: PipelineStep, _ section: ConfigurationSection, into configuration: inout PipelineConfiguration
  ) {
    switch step {
    case .normalize: configuration.normalize = normalize(section)
    case .identifyLanguage: configuration.identifyLanguage = identifyLanguage(section)
    case .filter: configuration.filter = filter(section)
    case .decontaminate: configuration.decontaminate = decontaminate(section)
    case .redact: configuration.redact = redact(section)
    case .deduplicateExact: configuration.deduplicateExact = deduplicateExact(section)
    case .deduplicateURL: configuration.deduplicateURL = deduplicateURL(section)
    case .deduplicateNear: configuration.deduplicateNear = deduplicateNear(section)
    case .deduplicateLines: configuration.deduplicateLines = deduplicateLines(section)
    case .trainTokenizer: configuration.trainTokenizer = trainTokenizer(section)
    case .encode: configuration.encode = encode(section)
    case .report: configuration.report = report(section)
    }
  }

  private static func normalize(_ section: ConfigurationSection) -> NormalizeConfiguration {
    var step = NormalizeConfiguration()
    step.form = section.choice("form", step.form, "Unicode normalization form.")
    step.controls = section.boolean("controls", step.controls, "Remove control characters other than tab and newline.")
    step.whitespace = section.boolean(
      "whitespace", step.whitespace, "One line ending, plain spaces for exotic ones, no runs of blanks.")
    step.invisible = section.boolean(
      "invisible", step.invisible,
      "Remove tags and other invisible characters, and the four kinds below unless they say.")
    step.byteOrderMarks = section.boolean(
      "byte_order_marks", step.invisible, "Remove byte order marks, also in code. As `invisible`, if not given.")
    step.softHyphens = section.boolean(
      "soft_hyphens", step.invisible, "Remove soft hyphens. As `invisible`, if not given.")
    step.bidirectional = section.boolean(
      "bidirectional", step.invisible,
      "Remove bidirectional marks, embeddings, overrides and isolates. As `invisible`, if not given.")
    step.zeroWidth = section.boolean(
      "zero_width", step.invisible,
      "Remove zero-width characters; joiners stay where they are spelling. As `invisible`, if not given.")
    step.entities = section.boolean(
      "entities", step.entities,
      "Replace HTML character references (`&amp;`, `&#233;`) by their characters; not in code.")
    step.mojibake = section.boolean(
      "mojibake", step.mojibake, "Repair UTF-8 read as Windows-1252 where the whole text says so; not in code.")
    step.maximumRun = section.integer(
      "maximum_run", step.maximumRun, in: 0...1_000_000,
      "Equal marks in a row that stay, letters, digits and white space apart, at least 3; 0: all. Not in code.")
    return step
  }

  private static func identifyLanguage(_ section: ConfigurationSection) -> IdentifyLanguageConfiguration {
    var step = IdentifyLanguageConfiguration()
    step.identifier = section.choice(
      "identifier", step.identifier,
      "`builtin`: the program's model of the 46 languages, and CLD2 for text in any other; `cld2`: CLD2 alone; "
        + "`fasttext`: the fastText model that `model` names, as lid.176.bin or GlotLID's; `record` takes the record's label and "
        + "nothing else.")
    step.model = section.optionalText(
      "model", fallback: "the program's own",
      "A file of `xylem language train` for `builtin` to use, or a fastText model (.bin, .ftz) for `fasttext`.",
      expected: "a path")
    if step.model == nil, step.identifier == .fasttext {
      section.context.fault(at: section.origin, "identify_language: identifier fasttext needs a model; name its file")
    }
    if step.model != nil, !step.identifier.takesModel {
      section.context.fault(
        at: section.origin, "identify_language: identifier \(step.identifier.rawValue) has no model; leave model out")
    }
    step.minimumConfidence = section.number(
      "minimum_confidence", step.minimumConfidence, in: 0...1, "Below it the language is undetermined.")
    step.trustRecord = section.boolean(
      "trust_record", step.trustRecord, "Take the record's own label (`lang`, `language`) where there is one.")
    step.paragraphs = section.boolean(
      "paragraphs", step.paragraphs,
      "Ask about each line of at least 100 bytes of kept documents too, and count the bytes by language.")
    return step
  }

  private static func filter(_ section: ConfigurationSection) -> FilterConfiguration {
    var step = FilterConfiguration()
    step.presets = section.oneOrMoreChoices(
      "preset", step.presets,
      "`roots`: the thresholds of each language's file; `gopher`, `c4`, `fineweb`: those published, for prose; `code`: "
        + "for programs; `none`: only those written here. Several: the strictest of each.")
    if step.presets.contains(.none), step.presets.count > 1 {
      section.context.fault(at: section.origin, "filter: preset none goes with no other; leave it out or the others")
    }
    step.values = section.boolean(
      "values", step.values, "Write what the filters measured, of kept and removed documents alike, to `values/`.")
    step.overrides = section.thresholds()
    return step
  }

  private static func decontaminate(_ section: ConfigurationSection) -> DecontaminateConfiguration {
    var step = DecontaminateConfiguration()
    let evaluation = section.texts(
      "evaluation", fallback: nil, maximumCount: 10_000, "Shards of the evaluation set: files or globs.",
      expected: "a list of files or globs")
    step.evaluation = evaluation?.map(\.text) ?? []
    let fields = section.texts(
      "fields", fallback: "[text]", maximumCount: 100, "Fields of an evaluation record, each compared by itself.")
    step.fields = fields?.map(\.text) ?? step.fields
    step.ngram = section.integer("ngram", step.ngram, in: 1...64, "Words of an n-gram; GPT-3 took 13.")
    step.minimumOverlap = section.number(
      "minimum_overlap", step.minimumOverlap, in: 0...1,
      "Share of an evaluation record's n-grams that a document must hold; 0 is one n-gram of it.")
    step.action = section.choice(
      "action", step.action, "Remove such documents, or keep them with a member `contamination`.")
    return step
  }

  private static func redact(_ section: ConfigurationSection) -> RedactConfiguration {
    var step = RedactConfiguration()
    step.kinds = section.choices(
      "kinds", step.kinds,
      "What to replace; `phone` and `id` (payment cards, IBANs, US social security) are for who asks.")
    return step
  }

  private static func deduplicateExact(_ section: ConfigurationSection) -> DeduplicateExactConfiguration {
    var step = DeduplicateExactConfiguration()
    step.scope = section.choice("scope", step.scope, "What is compared.")
    step.normalized = section.boolean(
      "normalized", step.normalized, "Compare without white space, digits and ASCII punctuation, as ROOTS did.")
    step.foldCase = section.boolean(
      "fold_case", step.foldCase, "With `normalized`: letters that differ in case alone are equal.")
    if step.foldCase, !step.normalized {
      section.context.fault(at: section.origin, "deduplicate_exact: fold_case is for normalized: true")
    }
    step.within = within(section)
    keepRule(section, &step.keep, &step.sourcePriority, &step.qualityField)
    return step
  }

  private static func deduplicateURL(_ section: ConfigurationSection) -> DeduplicateURLConfiguration {
    var step = DeduplicateURLConfiguration()
    step.within = within(section)
    keepRule(section, &step.keep, &step.sourcePriority, &step.qualityField)
    return step
  }

  private static func within(_ section: ConfigurationSection) -> RepetitionScope {
    section.choice("within", RepetitionScope.all, "Compare documents of one language, of one source, or all.")
  }

  private static func deduplicateNear(_ section: ConfigurationSection) -> DeduplicateNearConfiguration {
    var step = DeduplicateNearConfiguration()
    step.shingle = section.integer("shingle", step.shingle, in: 1...32, "Words in a shingle.")
    step.words = section.choice(
      "words", step.words,
      "Where a word ends: `marks_break` behind its combining marks, about a syllable in Indic scripts; `marks_inside` not."
    )
    step.bands = section.integer("bands", step.bands, in: 1...256, "Bands of the MinHash signature.")
    step.rows = section.integer("rows", step.rows, in: 1...16, "Values in a band; `bands` times `rows` is at most 512.")
    step.threshold = section.number(
      "threshold", step.threshold, in: 0...1, "Jaccard similarity of shingle sets from which two documents are one.")
    step.verify = section.boolean(
      "verify", step.verify, "Compare the true shingle sets of candidates; without it every candidate pair counts.")
    step.seed = UInt64(section.integer("seed", Int(step.seed), in: 0...Int.max, "Chooses the hash functions."))
    step.within = within(section)
    let against = section.texts(
      "against", fallback: "[]", maximumCount: 1_000, mayBeEmpty: true,
      "Runs, or outputs of `xylem dedup near`: what they kept counts as kept; such pairs are decided by the sketch.")
    step.against = against?.map(\.text) ?? []
    keepRule(section, &step.keep, &step.sourcePriority, &step.qualityField)
    if step.bands * step.rows > 512 {
      section.context.fault(
        at: section.origin,
        "deduplicate_near: bands × rows is \(step.bands) × \(step.rows) = \(step.bands * step.rows), at most 512")
    }
    return step
  }

  private static func deduplicateLines(_ section: ConfigurationSection) -> DeduplicateLinesConfiguration {
    var step = DeduplicateLinesConfiguration()
    step.unit = section.choice("unit", step.unit, "What goes: lines, or paragraphs, which end at blank lines.")
    step.minimumLength = section.integer(
      "minimum_length", step.minimumLength, in: 1...1 << 20,
      "Characters that a line must have to be looked at, white space around it left out.")
    step.minimumCount = section.integer(
      "minimum_count", step.minimumCount, in: 2...1 << 20, "Occurrences from which a line goes, from everywhere.")
    step.within = section.choice(
      "within", step.within,
      "Where occurrences are counted together: in documents of one `source` (or `meta.source`; without one, of their "
        + "language), of one language, or in all.")
    step.keepFirst = section.boolean("keep_first", step.keepFirst, "The first occurrence stays.")
    step.minimumBytes = section.integer(
      "minimum_bytes", step.minimumBytes, in: 0...1 << 40,
      "A document that lost something and has fewer bytes left is removed; in any case one with nothing left.")
    step.programs = section.boolean(
      "programs", step.programs, "Programs lose lines too; in them a line such as `if err != nil {` is no template.")
    return step
  }

  /// Which document stays, and what the rule looks at. A list of sources implies `keep: source`.
  private static func keepRule(
    _ section: ConfigurationSection, _ keep: inout KeepRule, _ list: inout [String], _ qualityField: inout String
  ) {
    keep = section.choice("keep", keep, "Which of some documents stays.")
    let found = section.texts(
      "source_priority", fallback: "[]", maximumCount: 65_535, mayBeEmpty: true,
      "Values of `source` or `meta.source`, best first; implies `keep: source`.")
    list = found?.map(\.text) ?? list
    if !list.isEmpty {
      keep = .source
    } else if keep == .source {
      section.context.fault(
        at: section.origin, "\(section.name): keep: source needs source_priority, a list of sources")
    }
    qualityField = section.text(
      "quality_field", qualityField, "Where a record has its score, higher being better, for `keep: quality`.",
      expected: "the name of a member, or a path such as meta.quality")
  }

  private static func trainTokenizer(_ section: ConfigurationSection) -> TrainTokenizerConfiguration {
    var step = TrainTokenizerConfiguration()
    step.vocabularySize = section.integer(
      "vocabulary_size", step.vocabularySize, in: 260...1 << 31, "Entries, special tokens and the 256 bytes included.")
    step.samplingAlpha = section.number(
      "sampling_alpha", step.samplingAlpha, in: 0...1,
      "A language with share p of the text weighs p to this power: 1 as it is, 0 all alike.")
    step.preTokenizer = section.text(
      "pre_tokenizer", step.preTokenizer, "What no token may cross.",
      expected: "bloom, gpt2, cl100k, o200k or a regular expression")
    step.minimumFrequency = section.integer(
      "minimum_frequency", step.minimumFrequency, in: 0...1 << 53, "Occurrences a pair needs to be merged.")
    if let tokens = specialTokens(section, fallback: step.specialTokens) { step.specialTokens = tokens }
    step.specialTokensInText = section.choice(
      "special_tokens_in_text", step.specialTokensInText,
      "A special token spelt out in a document is plain `text`, or is `parse`d as the token.")
    if step.vocabularySize < 256 + step.specialTokens.count {
      section.context.fault(
        at: section.origin,
        "train_tokenizer: vocabulary_size \(step.vocabularySize) has no room for 256 bytes and "
          + "\(step.specialTokens.count) special tokens")
    }
    return step
  }

  private static func specialTokens(_ section: ConfigurationSection, fallback: [String]) -> [String]? {
    let spelling = "[" + fallback.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
    guard
      let tokens = section.texts(
        "special_tokens", fallback: spelling, maximumCount: 1_000, mayBeEmpty: true, "Ids from 0, in this order.")
    else { return nil }
    var seen: Set<String> = []
    for (token, origin) in tokens where !seen.insert(token).inserted {
      section.context.fault(at: origin, "special_tokens: \(quoted(token)) is given twice")
    }
    return tokens.map(\.text)
  }

  private static func encode(_ section: ConfigurationSection) -> EncodeConfiguration {
    var step = EncodeConfiguration()
    step.appendEndOfDocument = section.boolean(
      "append_end_of_document", step.appendEndOfDocument, "End every document with the token below.")
    step.endOfDocument = section.text("end_of_document", step.endOfDocument, "A special token of the tokenizer.")
    step.tokenizer = section.optionalText(
      "tokenizer", fallback: "the trained one",
      "An existing `tokenizer.json`, or a compiled tokenizer, to use instead of training one.", expected: "a path")
    return step
  }

  private static func report(_ section: ConfigurationSection) -> ReportConfiguration {
    var step = ReportConfiguration()
    step.examples = section.integer(
      "examples", step.examples, in: 0...1_000, "Documents shown for each reason of removal.")
    return step
  }

  /// What no single key can tell.
  private static func checkTogether(
    _ configuration: PipelineConfiguration, process: ConfigurationNode, context: ConfigurationContext
  ) {
    func fault(_ step: PipelineStep, _ message: String) {
      guard case .sequence(let items) = process.content else { return }
      let entry = items.lazy.compactMap(stepEntry).first { $0.key == step.rawValue }
      context.fault(at: entry?.keyOrigin ?? process.origin, message)
    }
    if let exact = configuration.deduplicateExact, let near = configuration.deduplicateNear {
      let rules = [exact.keep, near.keep]
      if rules.contains(.quality),
        rules.contains(.source) || (rules == [.quality, .quality] && exact.qualityField != near.qualityField)
      {
        fault(
          .deduplicateNear,
          "deduplicate_near: keep: quality beside another source_priority or quality_field in deduplicate_exact; a document "
            + "has room for one: use the same in both, or longest or earliest in one of them")
      }
    }
    let scopes = configuration.repetitionScopes
    if scopes.contains(.language), scopes.contains(.source) {
      fault(
        configuration.deduplicateNear == nil ? .deduplicateURL : .deduplicateNear,
        "within: language in one step and within: source in another; a document has room for one group: choose one of them"
      )
    }
    guard let encode = configuration.encode else { return }
    if let training = configuration.trainTokenizer {
      if encode.tokenizer != nil {
        fault(
          .encode,
          "encode: tokenizer names an existing tokenizer, so nothing would use the one that train_tokenizer "
            + "trains; take one of them out (--set train_tokenizer=off)")
      } else if encode.appendEndOfDocument && !training.specialTokens.contains(encode.endOfDocument) {
        fault(
          .encode,
          "encode: end_of_document \(quoted(encode.endOfDocument)) is not among special_tokens of train_tokenizer")
      }
    } else if encode.tokenizer == nil {
      fault(.encode, "encode needs a tokenizer: add the step train_tokenizer, or name one with encode.tokenizer")
    }
  }
}
