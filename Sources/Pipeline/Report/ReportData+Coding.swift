// Reading report.json back: an absent key takes its default, so that reports of older versions can be compared.

extension KeyedDecodingContainer {
  fileprivate func value<Value: Decodable>(_ key: Key, or fallback: Value) throws -> Value {
    try decodeIfPresent(Value.self, forKey: key) ?? fallback
  }
}

extension ReportData {
  enum CodingKeys: String, CodingKey {
    case name, version, ledger, stages, languages, filters, duplicates, identification, redactions, normalization,
      tokenizer, examples, quarantine, kind, content
    case filterSampling = "filter_sampling"
    case lineRules = "line_rules"
    case repeatedLines = "repeated_lines"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.value(.name, or: name)
    version = try container.value(.version, or: version)
    ledger = try container.value(.ledger, or: ledger)
    stages = try container.value(.stages, or: stages)
    languages = try container.value(.languages, or: languages)
    filters = try container.value(.filters, or: filters)
    duplicates = try container.value(.duplicates, or: duplicates)
    repeatedLines = try container.decodeIfPresent(RepeatedLines.self, forKey: .repeatedLines)
    identification = try container.value(.identification, or: identification)
    redactions = try container.value(.redactions, or: redactions)
    normalization = try container.value(.normalization, or: normalization)
    lineRules = try container.value(.lineRules, or: lineRules)
    tokenizer = try container.decodeIfPresent(Tokenizer.self, forKey: .tokenizer)
    examples = try container.value(.examples, or: examples)
    quarantine = try container.value(.quarantine, or: quarantine)
    kind = try container.value(.kind, or: kind)
    filterSampling = try container.value(.filterSampling, or: filterSampling)
    content = try container.decodeIfPresent(Content.self, forKey: .content)
  }
}

extension ReportData.TopList {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    entries = try container.value(.entries, or: entries)
    total = try container.value(.total, or: total)
    undercount = try container.value(.undercount, or: undercount)
  }
}

extension ReportData.LanguageContent {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    code = try container.value(.code, or: code)
    documents = try container.value(.documents, or: documents)
    bytes = try container.value(.bytes, or: bytes)
    lengths = try container.value(.lengths, or: lengths)
    scripts = try container.value(.scripts, or: scripts)
    lines = try container.value(.lines, or: lines)
    phrases = try container.value(.phrases, or: phrases)
  }
}

extension ReportData.Content {
  enum CodingKeys: String, CodingKey {
    case documents, bytes, hosts, sources, languages
    case isSample = "is_sample"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    documents = try container.value(.documents, or: documents)
    bytes = try container.value(.bytes, or: bytes)
    isSample = try container.value(.isSample, or: isSample)
    hosts = try container.value(.hosts, or: hosts)
    sources = try container.value(.sources, or: sources)
    languages = try container.value(.languages, or: languages)
  }
}

extension ReportData.Ledger {
  enum CodingKeys: String, CodingKey {
    case read, kept, removed, quarantined, balanced
    case bytesRead = "bytes_read"
    case bytesKept = "bytes_kept"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    read = try container.value(.read, or: read)
    kept = try container.value(.kept, or: kept)
    removed = try container.value(.removed, or: removed)
    quarantined = try container.value(.quarantined, or: quarantined)
    balanced = try container.value(.balanced, or: balanced)
    bytesRead = try container.value(.bytesRead, or: bytesRead)
    bytesKept = try container.value(.bytesKept, or: bytesKept)
  }
}

extension ReportData.Stage {
  enum CodingKeys: String, CodingKey {
    case name, units, seconds, workers
    case documentsIn = "documents_in"
    case documentsOut = "documents_out"
    case bytesIn = "bytes_in"
    case bytesOut = "bytes_out"
    case peakMemoryBytes = "peak_memory_bytes"
    case processorSeconds = "processor_seconds"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.value(.name, or: name)
    units = try container.value(.units, or: units)
    documentsIn = try container.value(.documentsIn, or: documentsIn)
    documentsOut = try container.value(.documentsOut, or: documentsOut)
    bytesIn = try container.value(.bytesIn, or: bytesIn)
    bytesOut = try container.value(.bytesOut, or: bytesOut)
    seconds = try container.value(.seconds, or: seconds)
    processorSeconds = try container.value(.processorSeconds, or: processorSeconds)
    peakMemoryBytes = try container.value(.peakMemoryBytes, or: peakMemoryBytes)
    workers = try container.value(.workers, or: workers)
  }
}

extension ReportData.LanguageSummary {
  enum CodingKeys: String, CodingKey {
    case code, name, script, read, kept, removed, quarantined, characters, words, tokens, share, funnel
    case bytesRead = "bytes_read"
    case bytesKept = "bytes_kept"
    case sampledShare = "sampled_share"
    case rootsShare = "roots_share"
    case lengthHistogram = "length_histogram"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    code = try container.value(.code, or: code)
    name = try container.value(.name, or: name)
    script = try container.value(.script, or: script)
    read = try container.value(.read, or: read)
    kept = try container.value(.kept, or: kept)
    removed = try container.value(.removed, or: removed)
    quarantined = try container.value(.quarantined, or: quarantined)
    bytesRead = try container.value(.bytesRead, or: bytesRead)
    bytesKept = try container.value(.bytesKept, or: bytesKept)
    characters = try container.value(.characters, or: characters)
    words = try container.value(.words, or: words)
    tokens = try container.value(.tokens, or: tokens)
    share = try container.value(.share, or: share)
    sampledShare = try container.value(.sampledShare, or: sampledShare)
    rootsShare = try container.value(.rootsShare, or: rootsShare)
    lengthHistogram = try container.value(.lengthHistogram, or: lengthHistogram)
    funnel = try container.value(.funnel, or: funnel)
  }
}

extension ReportData.Filter {
  enum CodingKeys: String, CodingKey {
    case name, language, threshold, side, removed, histogram, lower, upper
    case isLogarithmic = "is_logarithmic"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.value(.name, or: name)
    language = try container.value(.language, or: language)
    threshold = try container.value(.threshold, or: threshold)
    side = try container.value(.side, or: side)
    removed = try container.value(.removed, or: removed)
    histogram = try container.value(.histogram, or: histogram)
    lower = try container.value(.lower, or: lower)
    upper = try container.value(.upper, or: upper)
    isLogarithmic = try container.value(.isLogarithmic, or: isLogarithmic)
  }
}

extension ReportData.ClusterSize {
  enum CodingKeys: String, CodingKey {
    case size, clusters
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    size = try container.value(.size, or: size)
    clusters = try container.value(.clusters, or: clusters)
  }
}

extension ReportData.DuplicatePair {
  enum CodingKeys: String, CodingKey {
    case language, similarity
    case keptId = "kept_id"
    case removedId = "removed_id"
    case keptText = "kept_text"
    case removedText = "removed_text"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    language = try container.value(.language, or: language)
    similarity = try container.value(.similarity, or: similarity)
    keptId = try container.value(.keptId, or: keptId)
    removedId = try container.value(.removedId, or: removedId)
    keptText = try container.value(.keptText, or: keptText)
    removedText = try container.value(.removedText, or: removedText)
  }
}

extension ReportData.Duplicates {
  enum CodingKeys: String, CodingKey {
    case pairs
    case exactRemoved = "exact_removed"
    case nearRemoved = "near_removed"
    case clusterSizes = "cluster_sizes"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    exactRemoved = try container.value(.exactRemoved, or: exactRemoved)
    nearRemoved = try container.value(.nearRemoved, or: nearRemoved)
    clusterSizes = try container.value(.clusterSizes, or: clusterSizes)
    pairs = try container.value(.pairs, or: pairs)
  }
}

extension ReportData.Tokenizer {
  enum CodingKeys: String, CodingKey {
    case merges, learning
    case vocabularySize = "vocabulary_size"
    case trainedBytes = "trained_bytes"
    case distinctPieces = "distinct_pieces"
    case specialTokensInText = "special_tokens_in_text"
    case longestTokens = "longest_tokens"
    case tokensByScript = "tokens_by_script"
    case entriesByScript = "entries_by_script"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    vocabularySize = try container.value(.vocabularySize, or: vocabularySize)
    merges = try container.value(.merges, or: merges)
    trainedBytes = try container.value(.trainedBytes, or: trainedBytes)
    distinctPieces = try container.value(.distinctPieces, or: distinctPieces)
    specialTokensInText = try container.value(.specialTokensInText, or: specialTokensInText)
    longestTokens = try container.value(.longestTokens, or: longestTokens)
    tokensByScript = try container.value(.tokensByScript, or: tokensByScript)
    entriesByScript = try container.value(.entriesByScript, or: entriesByScript)
    learning = try container.value(.learning, or: learning)
  }
}

extension ReportData.Step {
  enum CodingKeys: String, CodingKey { case name, documents }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.value(.name, or: name)
    documents = try container.value(.documents, or: documents)
  }
}

extension ReportData.LearningStep {
  enum CodingKeys: String, CodingKey {
    case first, entries
    case meanBytes = "mean_bytes"
    case longestBytes = "longest_bytes"
    case entriesByScript = "entries_by_script"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    first = try container.value(.first, or: first)
    entries = try container.value(.entries, or: entries)
    meanBytes = try container.value(.meanBytes, or: meanBytes)
    longestBytes = try container.value(.longestBytes, or: longestBytes)
    entriesByScript = try container.value(.entriesByScript, or: entriesByScript)
  }
}

extension ReportData.Example {
  enum CodingKeys: String, CodingKey {
    case language, reason, value, threshold, id, text
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    language = try container.value(.language, or: language)
    reason = try container.value(.reason, or: reason)
    value = try container.decodeIfPresent(Double.self, forKey: .value)
    threshold = try container.decodeIfPresent(Double.self, forKey: .threshold)
    id = try container.value(.id, or: id)
    text = try container.value(.text, or: text)
  }
}

extension ReportData.QuarantinedLine {
  enum CodingKeys: String, CodingKey {
    case shard, line, offset, reason
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    shard = try container.value(.shard, or: shard)
    line = try container.value(.line, or: line)
    offset = try container.value(.offset, or: offset)
    reason = try container.value(.reason, or: reason)
  }
}
