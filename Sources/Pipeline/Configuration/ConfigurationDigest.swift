// What decides the bytes of a run, spelt out one setting at a time: hashed for the digest, compared for "resume
// refused". `output`, `workers`, `memory`, `executor`, `slurm` and the path of `languages` decide no byte and are left out;
// the content of the language files is in.
public import CorpusCore

/// Named values in an order, with lengths, so that no two different records have the same bytes.
struct CanonicalRecord {
  private var bytes: [UInt8]

  init(header: String) {
    bytes = Array((header + "\n").utf8)
  }

  mutating func append(_ name: String, _ value: String) {
    bytes.append(contentsOf: "\(name):\(value.utf8.count):\(value)\n".utf8)
  }

  var digest: Digest128 { Digest128(hashing: bytes) }
}

extension PipelineConfiguration {
  /// The digest of everything that decides output bytes. Stable over versions and machines: XXH3-128 of `name:length:value`
  /// lines. O(size), not stored.
  public var digest: Digest128 {
    var record = CanonicalRecord(header: "xylem configuration 1")
    for (name, value) in settings { record.append(name, value) }
    return record.digest
  }

  /// Every setting that decides output bytes, steps that do not run left out.
  var settings: [(name: String, value: String)] {
    var list: [(name: String, value: String)] = [("name", name)]
    for (index, entry) in input.enumerated() {
      for path in entry.paths { list.append(("input[\(index)].paths", path)) }
      if let source = entry.source { list.append(("input[\(index)].source", source)) }
    }
    if let languageFilesDigest { list.append(("languages (content)", languageFilesDigest.description)) }
    list += [
      ("text_field", textField), ("id_field", idField), ("text_documents", textDocuments.rawValue),
      ("unit_bytes", String(unitBytes)), ("part_bytes", String(partBytes)), ("on_bad_input", onBadInput.rawValue),
      ("removed", removed.rawValue),
    ]
    for (step, values) in stepSettings {
      guard let values else { continue }
      list.append((step.rawValue, "on"))
      list += values.map { ("\(step.rawValue).\($0)", $1) }
    }
    return list
  }

  private var stepSettings: [(PipelineStep, [(String, String)]?)] {
    [
      (
        .normalize,
        normalize.map {
          [
            ("form", $0.form.rawValue), ("controls", String($0.controls)), ("whitespace", String($0.whitespace)),
            ("invisible", String($0.invisible)),
          ] + $0.repairs
        }
      ),
      (
        .identifyLanguage,
        identifyLanguage.map {
          [
            ("identifier", $0.identifier.rawValue), ("minimum_confidence", String($0.minimumConfidence)),
            ("trust_record", String($0.trustRecord)),
          ] + $0.choices
        }
      ),
      (
        .filter,
        filter.map { filter in
          [("preset", filter.spelling)] + (filter.values ? [] : [("values", "false")])
            + filter.overrides.sorted { $0.key < $1.key }.map { ($0.key, ConfigurationNumber.spelling($0.value)) }
        }
      ),
      (.decontaminate, decontaminate.map(Self.settings(of:))),
      (.redact, redact.map { [("kinds", $0.kinds.map(\.rawValue).joined(separator: ", "))] }),
      (
        .deduplicateExact,
        deduplicateExact.map {
          [("scope", $0.scope.rawValue), ("normalized", String($0.normalized)), ("keep", $0.keep.rawValue)]
            + ($0.foldCase ? [("fold_case", "true")] : [])
            + ($0.within == .all ? [] : [("within", $0.within.rawValue)])
            + $0.sourcePriority.map { ("source_priority", $0) }
            + ($0.qualityField == KeepPreference.defaultQualityField ? [] : [("quality_field", $0.qualityField)])
        }
      ),
      (
        .deduplicateURL,
        deduplicateURL.map {
          [("within", $0.within.rawValue), ("keep", $0.keep.rawValue)]
            + $0.sourcePriority.map { ("source_priority", $0) } + [("quality_field", $0.qualityField)]
        }
      ),
      (
        .deduplicateNear,
        deduplicateNear.map {
          [
            ("shingle", String($0.shingle)), ("bands", String($0.bands)), ("rows", String($0.rows)),
            ("threshold", String($0.threshold)), ("verify", String($0.verify)), ("seed", String($0.seed)),
            ("keep", $0.keep.rawValue),
          ] + $0.choices
        }
      ),
      (
        .deduplicateLines,
        deduplicateLines.map {
          [
            ("unit", $0.unit.rawValue), ("minimum_length", String($0.minimumLength)),
            ("minimum_count", String($0.minimumCount)), ("within", $0.within.rawValue),
            ("keep_first", String($0.keepFirst)), ("minimum_bytes", String($0.minimumBytes)),
            ("programs", String($0.programs)),
          ]
        }
      ),
      (.trainTokenizer, trainTokenizer.map(Self.settings(of:))),
      (
        .encode,
        encode.map { encode in
          [
            ("append_end_of_document", String(encode.appendEndOfDocument)), ("end_of_document", encode.endOfDocument),
          ] + (encode.tokenizer.map { [("tokenizer", $0)] } ?? [])
        }
      ),
      (.report, report.map { [("examples", String($0.examples))] }),
    ]
  }

  /// What the evaluation files hold and not their paths.
  private static func settings(of step: DecontaminateConfiguration) -> [(String, String)] {
    [
      ("evaluation (content)", step.evaluationDigest?.description ?? "none"), ("ngram", String(step.ngram)),
      ("minimum_overlap", ConfigurationNumber.spelling(step.minimumOverlap)), ("action", step.action.rawValue),
    ] + step.fields.map { ("fields", $0) }
  }

  private static func settings(of step: TrainTokenizerConfiguration) -> [(String, String)] {
    var list = [
      ("vocabulary_size", String(step.vocabularySize)), ("sampling_alpha", String(step.samplingAlpha)),
      ("pre_tokenizer", step.preTokenizer), ("minimum_frequency", String(step.minimumFrequency)),
      ("special_tokens_in_text", step.specialTokensInText.rawValue),
    ]
    list += step.specialTokens.map { ("special_tokens", $0) }
    return list
  }
}

extension NormalizeConfiguration {
  /// Steps that are off unless asked for are no part of the digest while they are off, nor those that are as `invisible`
  /// is, so that it stays what it was.
  fileprivate var repairs: [(String, String)] {
    [
      ("byte_order_marks", byteOrderMarks), ("soft_hyphens", softHyphens), ("bidirectional", bidirectional),
      ("zero_width", zeroWidth),
    ].filter { $0.1 != invisible }.map { ($0.0, String($0.1)) } + (entities ? [("entities", "true")] : [])
      + (mojibake ? [("mojibake", "true")] : [])
      + (maximumRun == 0 ? [] : [("maximum_run", String(maximumRun))])
  }
}

extension IdentifyLanguageConfiguration {
  /// The model's content and not its path; what came later is no part of the digest while it is off.
  fileprivate var choices: [(String, String)] {
    (identifier.takesModel ? modelDigest.map { [("model", $0.description)] } ?? [] : [])
      + (paragraphs ? [("paragraphs", "true")] : [])
  }
}

extension DeduplicateNearConfiguration {
  /// What came later is no part of the digest while it is what it was before.
  fileprivate var choices: [(String, String)] {
    (words == .marksBreak ? [] : [("words", words.rawValue)])
      + (within == .all ? [] : [("within", within.rawValue)]) + against.map { ("against", $0) }
      + sourcePriority.map { ("source_priority", $0) }
      + (qualityField == KeepPreference.defaultQualityField ? [] : [("quality_field", qualityField)])
  }
}

/// The settings in which two configurations would give different bytes, each as `key: A, now B`; empty exactly when
/// their digests are equal.
///
/// `a` is the one of the run directory, `b` the one at hand.
public func differences(_ a: PipelineConfiguration, _ b: PipelineConfiguration) -> [String] {
  let before = grouped(a.settings)
  let after = grouped(b.settings)
  let names = before.map(\.name) + after.map(\.name).filter { name in !before.contains { $0.name == name } }
  var lines: [String] = []
  for name in names {
    let old = before.first { $0.name == name }?.values
    let new = after.first { $0.name == name }?.values
    // A step that only one of them has is one difference, not one for each of its keys.
    if let step = name.split(separator: ".").first.map(String.init), step != name, PipelineStep(rawValue: step) != nil,
      before.contains(where: { $0.name == step }) != after.contains(where: { $0.name == step })
    {
      continue
    }
    if old != new { lines.append("\(name): \(shown(old)), now \(shown(new))") }
  }
  return lines
}

/// Settings of one name together, in order: a list is one value.
private func grouped(_ settings: [(name: String, value: String)]) -> [(name: String, values: [String])] {
  var groups: [(name: String, values: [String])] = []
  for (name, value) in settings {
    if groups.last?.name == name {
      groups[groups.count - 1].values.append(value)
    } else {
      groups.append((name, [value]))
    }
  }
  return groups
}

private func shown(_ values: [String]?) -> String {
  guard let values else { return "not set" }
  return values.count == 1 ? values[0] : "[" + values.joined(separator: ", ") + "]"
}
