// Turns the counts of a run into what the report shows.
import CorpusCore
import Foundation
import TextProcessing

func reportData(
  _ evidence: RunEvidence, record: RunRecord, journal: [JournalEntry], vocabulary: [[UInt8]] = []
) -> ReportData {
  var data = ReportData()
  data.name = record.name
  data.version = record.version
  let ledger = evidence.ledger
  data.ledger.read = ledger.read
  data.ledger.kept = ledger.kept
  data.ledger.removed = ledger.removed
  data.ledger.quarantined = ledger.quarantined
  data.ledger.balanced = ledger.balanced
  data.ledger.bytesRead = ledger.bytes["read"] ?? 0
  data.ledger.bytesKept = ledger.bytes["kept"] ?? 0
  data.stages = stages(evidence, journal: journal)
  data.languages = languages(evidence, alpha: record.configuration.trainTokenizer?.samplingAlpha)
  data.duplicates.exactRemoved = ledger.removed[DropReason.exactDuplicate.rawValue] ?? 0
  data.duplicates.nearRemoved = ledger.removed[DropReason.nearDuplicate.rawValue] ?? 0
  data.duplicates.clusterSizes = clusterSizes(evidence.deduplicated?.clusterSizes ?? [:])
  let wanted = record.configuration.report?.examples ?? 5
  for pair in (evidence.deduplicated?.pairs ?? []).prefix(4 * wanted) {
    var shown = ReportData.DuplicatePair()
    shown.language = pair.language
    shown.similarity = pair.similarity
    shown.keptId = pair.keptID
    shown.removedId = pair.removedID
    shown.keptText = pair.keptText
    shown.removedText = pair.removedText
    data.duplicates.pairs.append(shown)
  }
  data.repeatedLines = ReportData.repeatedLines(evidence.cut, step: record.configuration.deduplicateLines)
  data.redactions = evidence.prepared.redactions
  data.normalization = names(of: evidence.prepared.normalization)
  data.lineRules = lineRuleNames(of: evidence.prepared.lineRules)
  data.quarantine = evidence.prepared.quarantine.map { line in
    var shown = ReportData.QuarantinedLine()
    shown.shard = line.shard
    shown.line = line.line
    shown.offset = line.offset
    shown.reason = line.reason
    return shown
  }
  if let identification = ledger.identification {
    data.identification = [
      "labelled": identification.labelled, "identified": identification.identified, "other": identification.other,
      "undetermined": identification.undetermined,
    ]
  }
  if let trained = evidence.trained {
    var tokenizer = ReportData.Tokenizer()
    tokenizer.vocabularySize = trained.vocabularySize
    tokenizer.merges = trained.merges
    tokenizer.trainedBytes = trained.trainedBytes
    tokenizer.distinctPieces = trained.distinctPieces
    tokenizer.specialTokensInText = evidence.encoded.reduce(0) { $0 + $1.specialTokensInText }
    tokenizer.longestTokens = trained.longestTokens
    tokenizer.tokensByScript = tokensByScript(evidence.encoded)
    tokenizer.describe(vocabulary)
    data.tokenizer = tokenizer
  }
  data.examples = examples(evidence.portrait.examples, wanted: wanted)
  if let filters = evidence.portrait.filters { data.filters = ReportData.filters(filters) }
  if let profile = evidence.portrait.profile { data.content = ReportData.Content(profile, isSample: true) }
  return data
}

/// Clusters by size: sizes below 128 and the largest as they are, others rounded down to seven binary digits, which are few
/// however many clusters there are.
func clusterSizes(_ counts: [Int: Int]) -> [ReportData.ClusterSize] {
  let largest = counts.keys.max() ?? 0
  let rounded = Dictionary(
    counts.map { size, clusters in
      let lost = max(0, Int.bitWidth - size.leadingZeroBitCount - 7)
      return (size == largest ? size : (size >> lost) << lost, clusters)
    }, uniquingKeysWith: +)
  return rounded.sorted { $0.key < $1.key }.map { size, clusters in
    var entry = ReportData.ClusterSize()
    entry.size = size
    entry.clusters = clusters
    return entry
  }
}

/// Documents and bytes before and after each stage, with the cost of the last time it ran.
private func stages(_ evidence: RunEvidence, journal: [JournalEntry]) -> [ReportData.Stage] {
  let prepared = evidence.prepared
  let bytesRead = evidence.ledger.bytes["read"] ?? 0
  let cleaned = prepared.kept
  let cleanedBytes = prepared.languages.values.reduce(0) { $0 + $1.bytesKept }
  let kept = evidence.ledger.kept
  let keptBytes = evidence.ledger.bytes["kept"] ?? 0
  // Before lines were taken out.
  let unique = kept + (evidence.cut ?? []).reduce(0) { $0 + $1.removed }
  let uniqueBytes = keptBytes + (evidence.cut ?? []).reduce(0) { $0 + $1.removedBytes }
  let tokenBytes = evidence.assembled.reduce(0) { $0 + $1.tokens * $1.tokenType.byteCount }
  let flow: [String: (Int, Int, Int, Int)] = [
    "prepare": (prepared.read, cleaned, bytesRead, cleanedBytes),
    "collect": (cleaned, cleaned, cleanedBytes, cleanedBytes),
    "deduplicate": (cleaned, unique, cleanedBytes, uniqueBytes),
    "lines": (unique, unique, uniqueBytes, uniqueBytes),
    "repeats": (unique, unique, uniqueBytes, uniqueBytes),
    "cut": (unique, kept, uniqueBytes, keptBytes),
    "count": (kept, kept, keptBytes, keptBytes),
    "train": (kept, kept, keptBytes, keptBytes),
    "encode": (kept, kept, keptBytes, tokenBytes),
    "assemble": (kept, kept, tokenBytes, tokenBytes),
  ]
  return stageOrder.compactMap { name in
    let entries = journal.filter { $0.stage == name }
    guard let flow = flow[name], !entries.isEmpty else { return nil }
    var stage = ReportData.Stage()
    stage.name = name
    stage.units = entries.reduce(0) { $0 + ($1.units ?? 0) }
    (stage.documentsIn, stage.documentsOut, stage.bytesIn, stage.bytesOut) = flow
    stage.seconds = entries.reduce(0) { $0 + ($1.seconds ?? 0) }
    // Known only where every part of the stage was done by processes that measured it.
    let processor = entries.compactMap(\.processorSeconds)
    stage.processorSeconds = processor.count == entries.count ? processor.reduce(0, +) : 0
    stage.peakMemoryBytes = entries.compactMap(\.peakMemoryBytes).max() ?? 0
    stage.workers = entries.compactMap(\.workers).max() ?? 0
    return stage
  }
}

private func languages(_ evidence: RunEvidence, alpha: Double?) -> [ReportData.LanguageSummary] {
  let facts = RootsFacts()
  let keptBytes = evidence.ledger.languages.mapValues(\.bytesKept)
  let total = Double(max(1, keptBytes.values.reduce(0, +)))
  let sampled = sampledShares(bytes: keptBytes, alpha: alpha ?? 1)
  let encoded = Dictionary(evidence.encoded.map { ($0.language, $0) }, uniquingKeysWith: { first, _ in first })
  return evidence.ledger.languages.map { code, entry in
    let tally = evidence.prepared.languages[code] ?? LanguageCounts()
    var summary = facts.summary(of: code)
    summary.read = entry.read
    summary.kept = entry.kept
    summary.removed = entry.removed
    summary.funnel = funnel(entry)
    summary.bytesRead = entry.bytesRead
    summary.bytesKept = entry.bytesKept
    summary.characters = tally.characters
    summary.words = encoded[code]?.words ?? tally.words
    summary.tokens = encoded[code]?.tokens ?? 0
    summary.share = Double(entry.bytesKept) / total
    summary.sampledShare = sampled[code] ?? 0
    summary.lengthHistogram = tally.lengthHistogram
    return summary
  }.sorted { ($1.bytesKept, $0.code) < ($0.bytesKept, $1.code) }
}

/// Documents of a language that are left after each step that removes some.
private func funnel(_ entry: Ledger.Entry) -> [ReportData.Step] {
  let exact = entry.removed[DropReason.exactDuplicate.rawValue] ?? 0
  let near = entry.removed[DropReason.nearDuplicate.rawValue] ?? 0
  let unique = entry.kept + (entry.removed[DropReason.repeatedLines.rawValue] ?? 0)
  var steps = [
    ("read", entry.read), ("filtered", unique + exact + near), ("exact_deduplicated", unique + near),
  ]
  if entry.repeatedLines != nil { steps.append(("near_deduplicated", unique)) }
  return (steps + [("kept", entry.kept)]).map { name, documents in
    var step = ReportData.Step()
    step.name = name
    step.documents = documents
    return step
  }
}

private func tokensByScript(_ encoded: [EncodeCounts]) -> [String: Int] {
  let scripts = Dictionary(uniqueKeysWithValues: rootsLanguages.map { ($0.code, $0.script) })
  return Dictionary(
    encoded.map { (scripts[$0.language] ?? ($0.language.hasPrefix("code") ? "Code" : "Other"), $0.tokens) },
    uniquingKeysWith: +)
}

/// A few examples a reason, kept ones first.
private func examples(_ seen: [Example], wanted: Int) -> [ReportData.Example] {
  let chosen = Dictionary(grouping: TextPortrait.chosen(seen, count: wanted)) { $0.reason }
  return chosen.keys.sorted { ($0 == "kept" ? 0 : 1, $0) < ($1 == "kept" ? 0 : 1, $1) }.flatMap { reason in
    (chosen[reason] ?? []).map { example in
      var entry = ReportData.Example()
      entry.language = example.language
      entry.reason = example.reason
      entry.value = example.value
      entry.threshold = example.threshold
      entry.id = example.id
      entry.text = example.text
      return entry
    }
  }
}

/// What line rules took out, in words.
private func lineRuleNames(of counts: [String: Int]) -> [String: Int] {
  let names = [
    "documents": "documents that lost a line or a mark", "citations": "citation marks",
    "long_words": "lines with a long word",
    "unterminated": "lines that end no sentence", "few_words": "lines of few words",
    "javascript": "lines that say javascript",
    "policy": "lines about cookies and terms", "code": "lines of code", "menu": "menu lines",
  ]
  return Dictionary(counts.map { (names[$0.key] ?? $0.key, $0.value) }, uniquingKeysWith: +)
}

private func names(of counts: NormalizationCounts) -> [String: Int] {
  [
    "changed documents": counts.changedDocuments, "documents put into normal form": counts.normalizedDocuments,
    "control characters removed": counts.controlsRemoved, "white space unified": counts.whitespaceUnified,
    "byte order marks removed": counts.byteOrderMarksRemoved, "soft hyphens removed": counts.softHyphensRemoved,
    "bidirectional controls removed": counts.bidirectionalRemoved,
    "zero-width characters removed": counts.zeroWidthRemoved,
    "tags and other invisible characters removed": counts.invisibleRemoved - counts.byteOrderMarksRemoved
      - counts.softHyphensRemoved - counts.bidirectionalRemoved - counts.zeroWidthRemoved,
    "character references replaced": counts.entitiesDecoded, "characters of mojibake repaired": counts.mojibakeRepaired,
    "characters of long runs removed": counts.runCharactersRemoved,
    "malformed bytes replaced": counts.malformedReplaced,
  ].filter { $0.value > 0 }
}
