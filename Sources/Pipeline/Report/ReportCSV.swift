// report.csv: one long table (RFC 4180), because a wide one would change its columns with every drop reason.

import Foundation

/// Writes `table,row,column,value` lines.
struct ReportCSV {
  private var text = "table,row,column,value\r\n"

  static func bytes(of data: ReportData) -> [UInt8] {
    var table = ReportCSV()
    table.add(data)
    return Array(table.text.utf8)
  }

  private mutating func add(_ data: ReportData) {
    add("run", "run", "name", text: data.name)
    add("run", "run", "version", text: data.version)
    add("run", "run", "kind", text: data.kind.rawValue)
    add("run", "run", "filter_sampling", data.filterSampling)
    add("ledger", "total", "read", data.ledger.read)
    add("ledger", "total", "kept", data.ledger.kept)
    add("ledger", "total", "quarantined", data.ledger.quarantined)
    add("ledger", "total", "unaccounted", data.ledger.unaccounted)
    add("ledger", "total", "bytes_read", data.ledger.bytesRead)
    add("ledger", "total", "bytes_kept", data.ledger.bytesKept)
    add("ledger", "removed", data.ledger.removed)
    for stage in data.stages { add(stage) }
    for language in data.languages { add(language) }
    for filter in data.filters { add(filter) }
    add(data.duplicates)
    if let lines = data.repeatedLines { add(lines) }
    for (kind, count) in data.redactions.sorted(by: { $0.key < $1.key }) { add("redaction", kind, "count", count) }
    for (kind, count) in data.identification.sorted(by: { $0.key < $1.key }) {
      add("identification", kind, "documents", count)
    }
    for (kind, count) in data.normalization.sorted(by: { $0.key < $1.key }) {
      add("normalization", kind, "count", count)
    }
    for (kind, count) in data.lineRules.sorted(by: { $0.key < $1.key }) { add("line_rule", kind, "count", count) }
    if let tokenizer = data.tokenizer { add(tokenizer) }
    for (index, example) in data.examples.enumerated() { add(example, row: String(index + 1)) }
    for (index, line) in data.quarantine.enumerated() { add(line, row: String(index + 1)) }
    if let content = data.content { add(content) }
  }

  private mutating func add(_ content: ReportData.Content) {
    add("content", "total", "documents", content.documents)
    add("content", "total", "bytes", content.bytes)
    add("content", "total", "is_sample", text: content.isSample ? "true" : "false")
    add("host", content.hosts)
    add("source", content.sources)
    for language in content.languages {
      add("content_language", language.code, "documents", language.documents)
      add("content_language", language.code, "bytes", language.bytes)
      add("length_quantile", language.code, language.lengths)
      add("script", language.code, language.scripts)
      add("line/" + language.code, language.lines)
      add("phrase/" + language.code, language.phrases)
    }
  }

  private mutating func add(_ table: String, _ list: ReportData.TopList) {
    add(table, "total", "count", list.total)
    add(table, "total", "undercount", list.undercount)
    for (index, entry) in list.entries.enumerated() {
      add(table, String(index + 1), "text", text: entry.text)
      add(table, String(index + 1), "count", entry.count)
    }
  }

  private mutating func add(_ stage: ReportData.Stage) {
    add("stage", stage.name, "units", stage.units)
    add("stage", stage.name, "documents_in", stage.documentsIn)
    add("stage", stage.name, "documents_out", stage.documentsOut)
    add("stage", stage.name, "bytes_in", stage.bytesIn)
    add("stage", stage.name, "bytes_out", stage.bytesOut)
    add("stage", stage.name, "seconds", stage.seconds)
    add("stage", stage.name, "processor_seconds", stage.processorSeconds)
    add("stage", stage.name, "bytes_per_second", stage.bytesPerSecond)
    add("stage", stage.name, "peak_memory_bytes", stage.peakMemoryBytes)
    add("stage", stage.name, "workers", stage.workers)
  }

  private mutating func add(_ language: ReportData.LanguageSummary) {
    let row = language.code
    add("language", row, "name", text: language.name)
    add("language", row, "script", text: language.script)
    add("language", row, "read", language.read)
    add("language", row, "kept", language.kept)
    add("language", row, "kept_ratio", language.keptRatio)
    add("language", row, "quarantined", language.quarantined)
    add("language", row, "bytes_read", language.bytesRead)
    add("language", row, "bytes_kept", language.bytesKept)
    add("language", row, "characters", language.characters)
    add("language", row, "words", language.words)
    add("language", row, "tokens", language.tokens)
    add("language", row, "bytes_per_token", language.bytesPerToken)
    add("language", row, "tokens_per_word", language.tokensPerWord)
    add("language", row, "share", language.share)
    add("language", row, "sampled_share", language.sampledShare)
    add("language", row, "roots_share", language.rootsShare)
    add("language_removed", row, language.removed)
    for step in language.funnel { add("funnel", row, step.name, step.documents) }
    for (bin, count) in language.lengthHistogram.prefix(64).enumerated() {
      add("length_histogram", row, "log2_bytes_\(bin)", count)
    }
  }

  private mutating func add(_ filter: ReportData.Filter) {
    let row = filter.language.isEmpty ? filter.name : filter.name + "/" + filter.language
    add("filter", row, "threshold", filter.threshold)
    add("filter", row, "side", text: filter.side.rawValue)
    add("filter", row, "removed", filter.removed)
    add("filter", row, "lower", filter.lower)
    add("filter", row, "upper", filter.upper)
    for (bin, count) in filter.histogram.enumerated() { add("filter_histogram", row, "bin_\(bin)", count) }
  }

  private mutating func add(_ duplicates: ReportData.Duplicates) {
    add("duplicates", "total", "exact_removed", duplicates.exactRemoved)
    add("duplicates", "total", "near_removed", duplicates.nearRemoved)
    for entry in duplicates.clusterSizes { add("cluster_size", String(entry.size), "clusters", entry.clusters) }
    for (index, pair) in duplicates.pairs.enumerated() {
      let row = String(index + 1)
      add("duplicate_pair", row, "language", text: pair.language)
      add("duplicate_pair", row, "similarity", pair.similarity)
      add("duplicate_pair", row, "kept_id", text: pair.keptId)
      add("duplicate_pair", row, "removed_id", text: pair.removedId)
    }
  }

  private mutating func add(_ lines: ReportData.RepeatedLines) {
    add("repeated_lines", "total", "unit", text: lines.unit)
    add("repeated_lines", "total", "minimum_count", lines.minimumCount)
    add("repeated_lines", "total", "distinct", lines.distinct)
    for loss in lines.languages {
      add("repeated_lines", loss.code, "segments", loss.segments)
      add("repeated_lines", loss.code, "bytes", loss.bytes)
      add("repeated_lines", loss.code, "changed", loss.changed)
      add("repeated_lines", loss.code, "removed", loss.removed)
    }
    for (index, entry) in lines.entries.enumerated() {
      let row = String(index + 1)
      add("repeated_line", row, "language", text: entry.language)
      add("repeated_line", row, "count", entry.count)
      add("repeated_line", row, "text", text: entry.text)
    }
  }

  private mutating func add(_ tokenizer: ReportData.Tokenizer) {
    add("tokenizer", "total", "vocabulary_size", tokenizer.vocabularySize)
    add("tokenizer", "total", "merges", tokenizer.merges)
    add("tokenizer", "total", "trained_bytes", tokenizer.trainedBytes)
    add("tokenizer", "total", "distinct_pieces", tokenizer.distinctPieces)
    add("tokenizer", "total", "special_tokens_in_text", tokenizer.specialTokensInText)
    add("tokenizer", "tokens_by_script", tokenizer.tokensByScript)
    add("tokenizer", "entries_by_script", tokenizer.entriesByScript)
    for (index, step) in tokenizer.learning.enumerated() {
      let row = String(index + 1)
      add("learning", row, "first", step.first)
      add("learning", row, "entries", step.entries)
      add("learning", row, "mean_bytes", step.meanBytes)
      add("learning", row, "longest_bytes", step.longestBytes)
      add("learning_script", row, step.entriesByScript)
    }
    for (index, token) in tokenizer.longestTokens.enumerated() {
      add("tokenizer", "longest_tokens", String(index + 1), text: token)
    }
  }

  private mutating func add(_ example: ReportData.Example, row: String) {
    add("example", row, "language", text: example.language)
    add("example", row, "reason", text: example.reason)
    add("example", row, "value", example.value)
    add("example", row, "threshold", example.threshold)
    add("example", row, "id", text: example.id)
  }

  private mutating func add(_ line: ReportData.QuarantinedLine, row: String) {
    add("quarantine", row, "shard", text: line.shard)
    add("quarantine", row, "line", line.line)
    add("quarantine", row, "offset", line.offset)
    add("quarantine", row, "reason", text: line.reason)
  }

  private mutating func add(_ table: String, _ row: String, _ columns: [String: Int]) {
    for (column, value) in columns.sorted(by: { $0.key < $1.key }) { add(table, row, column, value) }
  }

  private mutating func add(_ table: String, _ row: String, _ column: String, _ value: Int) {
    line(table, row, column, String(value))
  }

  // Double's own description: the shortest text that reads back as the same number. No ratio, no line.
  private mutating func add(_ table: String, _ row: String, _ column: String, _ value: Double?) {
    if let value { line(table, row, column, String(value)) }
  }

  private mutating func add(_ table: String, _ row: String, _ column: String, text value: String) {
    line(table, row, column, Self.cell(value))
  }

  /// `value` is a number or has been through `cell`.
  private mutating func line(_ table: String, _ row: String, _ column: String, _ value: String) {
    text += Self.cell(table) + "," + Self.cell(row) + "," + Self.cell(column) + "," + value + "\r\n"
  }

  /// Text as one cell: harmless to a spreadsheet, quoted where RFC 4180 asks for it.
  static func cell(_ text: String) -> String {
    let visible = text.unicodeScalars.lazy.filter { $0.value != 0 }
    var safe = String(String.UnicodeScalarView(visible))
    let first = safe.unicodeScalars.first { $0 != " " && $0 != "\n" }
    // The wide forms too: some spreadsheets fold them.
    if let first, "=+-@\t\r＝＋－＠".unicodeScalars.contains(first) { safe = "'" + safe }
    guard safe.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else { return safe }
    // By scalar: a quote that carries a combining mark is a character of its own.
    var quoted = "\""
    for scalar in safe.unicodeScalars { quoted += scalar == "\"" ? "\"\"" : String(scalar) }
    return quoted + "\""
  }
}
