// A pipeline file, resolved: every value present, every range checked. What a run does follows from this value and its
// input alone; `run.json` keeps it, and `digest` decides whether a run may be resumed.
public import CorpusCore

/// What to read: the files that match `paths`.
public struct InputConfiguration: Sendable, Codable, Hashable {
  /// File names or globs, relative to the current directory; at least one.
  public var paths: [String]
  /// What the report calls this input.
  public var source: String?

  public init(paths: [String], source: String? = nil) {
    self.paths = paths
    self.source = source
  }
}

/// A whole pipeline. Steps are in canonical order; nil is a step that does not run.
public struct PipelineConfiguration: Sendable, Codable, Hashable {
  /// What one document of a plain-text (`.txt`) shard is.
  public enum TextDocuments: String, Sendable, Codable, Hashable, CaseIterable { case file, line, paragraph }
  public enum Executor: String, Sendable, Codable, Hashable, CaseIterable { case local, slurm }
  /// What a record that cannot be read does: end the run, or go to `quarantine/`.
  public enum BadInputPolicy: String, Sendable, Codable, Hashable, CaseIterable { case fail, quarantine }
  /// How many of the removed documents are written to `removed/`.
  public enum RemovedText: String, Sendable, Codable, Hashable, CaseIterable { case all, sample, none }

  public var name: String
  public var input: [InputConfiguration]
  public var output: String
  /// Directory of language files; nil when the pipeline names none.
  public var languages: String?
  /// Digest of the language files as they were when this value was resolved; nil without `languages`.
  public var languageFilesDigest: Digest128?

  public var textField = "text"
  public var idField = "id"
  public var textDocuments = TextDocuments.file
  /// Bytes of raw text in one unit of work.
  public var unitBytes = 16 << 20
  /// Bytes of text in one prepared part.
  public var partBytes = 256 << 20
  /// nil: one for each processor.
  public var workers: Int?
  /// Bytes of memory that the run may take, all workers together.
  public var memory = 8 << 30
  public var executor = Executor.local
  /// What jobs of `executor: slurm` ask for; nil: the defaults.
  public var slurm: SlurmConfiguration?
  public var onBadInput = BadInputPolicy.quarantine
  /// Bad records in all records read, 0...1; above it the run fails.
  public var maximumBadRatio = 0.001
  public var removed = RemovedText.all

  public var normalize: NormalizeConfiguration?
  public var identifyLanguage: IdentifyLanguageConfiguration?
  public var filter: FilterConfiguration?
  public var decontaminate: DecontaminateConfiguration?
  public var redact: RedactConfiguration?
  public var deduplicateExact: DeduplicateExactConfiguration?
  public var deduplicateURL: DeduplicateURLConfiguration?
  public var deduplicateNear: DeduplicateNearConfiguration?
  public var deduplicateLines: DeduplicateLinesConfiguration?
  public var trainTokenizer: TrainTokenizerConfiguration?
  public var encode: EncodeConfiguration?
  public var report: ReportConfiguration?

  /// A configuration with every default and no step.
  public init(name: String, input: [InputConfiguration], output: String) {
    self.name = name
    self.input = input
    self.output = output
  }

  // The keys of `run.json` are those of the pipeline file.
  enum CodingKeys: String, CodingKey {
    case name, input, output, languages, workers, memory, executor, slurm, removed
    case languageFilesDigest = "language_files_digest"
    case textField = "text_field"
    case idField = "id_field"
    case textDocuments = "text_documents"
    case unitBytes = "unit_bytes"
    case partBytes = "part_bytes"
    case onBadInput = "on_bad_input"
    case maximumBadRatio = "maximum_bad_ratio"
    case normalize, filter, decontaminate, redact, encode, report
    case identifyLanguage = "identify_language"
    case deduplicateExact = "deduplicate_exact"
    case deduplicateURL = "deduplicate_url"
    case deduplicateNear = "deduplicate_near"
    case deduplicateLines = "deduplicate_lines"
    case trainTokenizer = "train_tokenizer"
  }
}

extension PipelineConfiguration {
  /// Whether some step looks for duplicates.
  var deduplicates: Bool { deduplicateExact != nil || deduplicateURL != nil || deduplicateNear != nil }

  /// Among which documents each step looks for duplicates.
  var repetitionScopes: [RepetitionScope] {
    [deduplicateExact?.within, deduplicateURL?.within, deduplicateNear?.within].compactMap { $0 }
  }

  /// What fingerprints hold the group of: see `RepetitionScope.recorded`.
  var fingerprintScope: RepetitionScope { repetitionScopes.contains(.source) ? .source : .language }
}
