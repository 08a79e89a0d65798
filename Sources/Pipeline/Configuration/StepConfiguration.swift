// The options of each step, with their defaults. Ranges are checked where the file is read (PipelineDecoder.swift).

public import CorpusCore
import Deduplication
import Foundation
import TextProcessing

/// The steps in canonical order; the raw value is the step's name in a pipeline file.
public enum PipelineStep: String, Sendable, Codable, Hashable, CaseIterable {
  case normalize
  case identifyLanguage = "identify_language"
  case filter
  case decontaminate
  case redact
  case deduplicateExact = "deduplicate_exact"
  case deduplicateURL = "deduplicate_url"
  case deduplicateNear = "deduplicate_near"
  case deduplicateLines = "deduplicate_lines"
  case trainTokenizer = "train_tokenizer"
  case encode
  case report

  var summary: String {
    switch self {
    case .normalize: "One spelling for one text: Unicode form, control characters, white space."
    case .identifyLanguage: "Decide each document's language; it is kept under that language from here on."
    case .filter: "Remove documents that do not look like text worth learning, by thresholds of their language."
    case .decontaminate: "Remove or mark documents that share word n-grams with an evaluation set."
    case .redact: "Replace personal data by tags."
    case .deduplicateExact: "Remove documents whose text occurred before."
    case .deduplicateURL: "Remove documents whose web address, host and path of `url` or `meta.url`, occurred before."
    case .deduplicateNear: "Remove documents that are nearly another one: MinHash bands propose, verification decides."
    case .deduplicateLines:
      "Take lines or paragraphs out that stand in text over and over: menus, licences, captions. As `xylem dedup lines`."
    case .trainTokenizer: "Learn a byte-level BPE tokenizer from what was kept."
    case .encode: "Write the token dataset (Megatron `.bin` and `.idx`), one for each language."
    case .report: "Write `report.html`, `report.json` and `report.csv`."
    }
  }
}

public struct NormalizeConfiguration: Sendable, Codable, Hashable {
  public enum Form: String, Sendable, Codable, Hashable, CaseIterable { case nfc, nfkc, none }
  public var form = Form.nfc
  public var controls = true
  public var whitespace = true
  public var invisible = true
  /// Kinds of invisible characters; each is as `invisible` unless the file says otherwise.
  public var byteOrderMarks = true
  public var softHyphens = true
  public var bidirectional = true
  public var zeroWidth = true
  public var entities = false
  public var mojibake = false
  /// Equal marks in a row that stay; 0: all.
  public var maximumRun = 0

  public init() {}

  enum CodingKeys: String, CodingKey {
    case form, controls, whitespace, invisible, bidirectional, entities, mojibake
    case byteOrderMarks = "byte_order_marks"
    case softHyphens = "soft_hyphens"
    case zeroWidth = "zero_width"
    case maximumRun = "maximum_run"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    form = try container.decode(Form.self, forKey: .form)
    controls = try container.decode(Bool.self, forKey: .controls)
    whitespace = try container.decode(Bool.self, forKey: .whitespace)
    invisible = try container.decode(Bool.self, forKey: .invisible)
    // Runs of earlier versions do not say.
    byteOrderMarks = try container.decodeIfPresent(Bool.self, forKey: .byteOrderMarks) ?? invisible
    softHyphens = try container.decodeIfPresent(Bool.self, forKey: .softHyphens) ?? invisible
    bidirectional = try container.decodeIfPresent(Bool.self, forKey: .bidirectional) ?? invisible
    zeroWidth = try container.decodeIfPresent(Bool.self, forKey: .zeroWidth) ?? invisible
    entities = try container.decodeIfPresent(Bool.self, forKey: .entities) ?? false
    mojibake = try container.decodeIfPresent(Bool.self, forKey: .mojibake) ?? false
    maximumRun = try container.decodeIfPresent(Int.self, forKey: .maximumRun) ?? 0
  }
}

public struct IdentifyLanguageConfiguration: Sendable, Codable, Hashable {
  public enum Identifier: String, Sendable, Codable, Hashable, CaseIterable {
    case builtin, cld2, fasttext, record
    /// Whether `model` is a key for it.
    var takesModel: Bool { self == .builtin || self == .fasttext }
  }
  public var identifier = Identifier.builtin
  /// Path of a file of `xylem language train` (nil: the program's own model), or of a fastText model.
  public var model: String?
  /// Digest of the model as it was when this value was resolved; nil when no model takes part.
  public var modelDigest: Digest128?
  /// 0...1; below it a document is undetermined.
  public var minimumConfidence = 0.5
  public var trustRecord = true
  /// Whether the lines of kept documents are asked about as well, and counted.
  public var paragraphs = false

  /// The program's own model.
  public init() { modelDigest = LanguageModel.shippedDigest }

  enum CodingKeys: String, CodingKey {
    case identifier, model, paragraphs
    case modelDigest = "model_digest"
    case minimumConfidence = "minimum_confidence"
    case trustRecord = "trust_record"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    identifier = try container.decode(Identifier.self, forKey: .identifier)
    minimumConfidence = try container.decode(Double.self, forKey: .minimumConfidence)
    trustRecord = try container.decode(Bool.self, forKey: .trustRecord)
    // Runs of earlier versions do not say.
    model = try container.decodeIfPresent(String.self, forKey: .model)
    modelDigest = try container.decodeIfPresent(Digest128.self, forKey: .modelDigest)
    paragraphs = try container.decodeIfPresent(Bool.self, forKey: .paragraphs) ?? false
  }
}

public struct FilterConfiguration: Sendable, Codable, Hashable {
  public enum Preset: String, Sendable, Codable, Hashable, CaseIterable { case roots, gopher, c4, fineweb, code, none }
  /// In the order of `Preset`, none twice; of several limits on one value the strictest holds.
  public var presets = [Preset.roots]
  /// Thresholds by name (`FilterThreshold.all`) that hold for every language, whatever its file says.
  public var overrides: [String: Double] = [:]
  /// Whether what the filters measured is written to `values/`.
  public var values = true

  public init() {}

  /// The presets as one word each, as `run.json` and the digest have them.
  var spelling: String { presets.map(\.rawValue).joined(separator: ", ") }

  enum CodingKeys: String, CodingKey { case preset, overrides, values }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let names = try container.decode(String.self, forKey: .preset).components(separatedBy: ", ")
    presets = try names.map { name in
      guard let preset = Preset(rawValue: name) else {
        throw DecodingError.dataCorruptedError(
          forKey: .preset, in: container, debugDescription: "no preset is called \(name)")
      }
      return preset
    }
    overrides = try container.decode([String: Double].self, forKey: .overrides)
    values = try container.decodeIfPresent(Bool.self, forKey: .values) ?? false
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(spelling, forKey: .preset)
    try container.encode(overrides, forKey: .overrides)
    try container.encode(values, forKey: .values)
  }
}

public struct DecontaminateConfiguration: Sendable, Codable, Hashable {
  public enum Action: String, Sendable, Codable, Hashable, CaseIterable { case remove, mark }
  /// Shards of the evaluation set: files or globs.
  public var evaluation: [String] = []
  /// Fields of an evaluation record that are compared, each by itself.
  public var fields = ["text"]
  /// Words of an n-gram.
  public var ngram = 13
  /// Share of an evaluation record's n-grams that a document must hold, 0...1; 0 is one n-gram of it.
  public var minimumOverlap = 0.0
  public var action = Action.remove
  /// What the evaluation files hold, when resolved.
  public var evaluationDigest: Digest128?

  public init() {}

  enum CodingKeys: String, CodingKey {
    case evaluation, fields, ngram, action
    case minimumOverlap = "minimum_overlap"
    case evaluationDigest = "evaluation_digest"
  }
}

public struct RedactConfiguration: Sendable, Codable, Hashable {
  public enum Kind: String, Sendable, Codable, Hashable, CaseIterable {
    case email
    case ipAddress = "ip_address"
    case key, user, phone, id
  }
  /// In the order of `Kind`, none twice.
  public var kinds: [Kind] = [.email, .ipAddress, .key, .user]

  public init() {}
}

public struct DeduplicateExactConfiguration: Sendable, Codable, Hashable {
  public enum Scope: String, Sendable, Codable, Hashable, CaseIterable { case document }
  public var scope = Scope.document
  /// Compare without white space, digits and ASCII punctuation, as ROOTS did.
  public var normalized = false
  /// With `normalized`, letters that differ in case alone are equal.
  public var foldCase = false
  public var within = RepetitionScope.all
  public var keep = KeepRule.longest
  /// Sources from best to worst, for `KeepRule.source`.
  public var sourcePriority: [String] = []
  /// Member of the record, or path to it, for `KeepRule.quality`.
  public var qualityField = KeepPreference.defaultQualityField

  public init() {}

  enum CodingKeys: String, CodingKey {
    case scope, normalized, within, keep
    case foldCase = "fold_case"
    case sourcePriority = "source_priority"
    case qualityField = "quality_field"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    scope = try container.decode(Scope.self, forKey: .scope)
    normalized = try container.decode(Bool.self, forKey: .normalized)
    foldCase = try container.decodeIfPresent(Bool.self, forKey: .foldCase) ?? false
    within = try container.decodeIfPresent(RepetitionScope.self, forKey: .within) ?? .all
    keep = try container.decode(KeepRule.self, forKey: .keep)
    sourcePriority = try container.decodeIfPresent([String].self, forKey: .sourcePriority) ?? []
    qualityField =
      try container.decodeIfPresent(String.self, forKey: .qualityField) ?? KeepPreference.defaultQualityField
  }
}

public struct DeduplicateURLConfiguration: Sendable, Codable, Hashable {
  public var within = RepetitionScope.all
  public var keep = KeepRule.longest
  /// Sources from best to worst, for `KeepRule.source`.
  public var sourcePriority: [String] = []
  /// Member of the record, or path to it, for `KeepRule.quality`.
  public var qualityField = KeepPreference.defaultQualityField

  public init() {}

  enum CodingKeys: String, CodingKey {
    case within, keep
    case sourcePriority = "source_priority"
    case qualityField = "quality_field"
  }
}

public struct DeduplicateNearConfiguration: Sendable, Codable, Hashable {
  /// Words in a shingle.
  public var shingle = 5
  /// Where a word ends.
  public var words = WordRule.marksBreak
  public var bands = 16
  public var rows = 8
  /// Jaccard similarity of shingle sets, 0...1.
  public var threshold = 0.8
  public var verify = true
  public var seed: UInt64 = 1
  public var within = RepetitionScope.all
  /// Run directories and outputs of `xylem dedup near` whose documents are kept already.
  public var against: [String] = []
  public var keep = KeepRule.longest
  /// Sources from best to worst, for `KeepRule.source`.
  public var sourcePriority: [String] = []
  /// Member of the record, or path to it, for `KeepRule.quality`.
  public var qualityField = KeepPreference.defaultQualityField

  public init() {}

  enum CodingKeys: String, CodingKey {
    case shingle, words, bands, rows, threshold, verify, seed, within, against, keep
    case sourcePriority = "source_priority"
    case qualityField = "quality_field"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    shingle = try container.decode(Int.self, forKey: .shingle)
    words = try container.decodeIfPresent(WordRule.self, forKey: .words) ?? .marksBreak
    bands = try container.decode(Int.self, forKey: .bands)
    rows = try container.decode(Int.self, forKey: .rows)
    threshold = try container.decode(Double.self, forKey: .threshold)
    verify = try container.decode(Bool.self, forKey: .verify)
    seed = try container.decode(UInt64.self, forKey: .seed)
    within = try container.decodeIfPresent(RepetitionScope.self, forKey: .within) ?? .all
    against = try container.decodeIfPresent([String].self, forKey: .against) ?? []
    keep = try container.decode(KeepRule.self, forKey: .keep)
    sourcePriority = try container.decodeIfPresent([String].self, forKey: .sourcePriority) ?? []
    qualityField =
      try container.decodeIfPresent(String.self, forKey: .qualityField) ?? KeepPreference.defaultQualityField
  }
}

public struct DeduplicateLinesConfiguration: Sendable, Codable, Hashable {
  public var unit = SegmentUnit.line
  /// Characters that a line must have, white space around it left out.
  public var minimumLength = 15
  /// Occurrences from which a line goes.
  public var minimumCount = 10
  public var within = RepetitionScope.all
  /// The first occurrence stays.
  public var keepFirst = false
  /// Bytes that a document must have after it lost something.
  public var minimumBytes = 0
  /// Whether programs lose lines as well: many of theirs are alike and none is a template.
  public var programs = false

  public init() {}

  enum CodingKeys: String, CodingKey {
    case unit, within, programs
    case minimumLength = "minimum_length"
    case minimumCount = "minimum_count"
    case keepFirst = "keep_first"
    case minimumBytes = "minimum_bytes"
  }
}

public struct TrainTokenizerConfiguration: Sendable, Codable, Hashable {
  public enum SpecialTokensInText: String, Sendable, Codable, Hashable, CaseIterable { case text, parse }
  /// Entries, special tokens and the 256 bytes included.
  public var vocabularySize = 250_680
  /// A language with share p of the text weighs p^alpha, 0...1.
  public var samplingAlpha = 0.3
  /// `bloom`, `gpt2`, `cl100k`, `o200k` or a regular expression.
  public var preTokenizer = "bloom"
  public var minimumFrequency = 0
  /// Ids from 0, in this order.
  public var specialTokens = ["<unk>", "<s>", "</s>", "<pad>"]
  public var specialTokensInText = SpecialTokensInText.text

  public init() {}

  enum CodingKeys: String, CodingKey {
    case vocabularySize = "vocabulary_size"
    case samplingAlpha = "sampling_alpha"
    case preTokenizer = "pre_tokenizer"
    case minimumFrequency = "minimum_frequency"
    case specialTokens = "special_tokens"
    case specialTokensInText = "special_tokens_in_text"
  }
}

public struct EncodeConfiguration: Sendable, Codable, Hashable {
  public var appendEndOfDocument = true
  public var endOfDocument = "</s>"
  /// Path of a `tokenizer.json` to use; nil: the one that the run trains.
  public var tokenizer: String?

  public init() {}

  enum CodingKeys: String, CodingKey {
    case tokenizer
    case appendEndOfDocument = "append_end_of_document"
    case endOfDocument = "end_of_document"
  }
}

public struct ReportConfiguration: Sendable, Codable, Hashable {
  /// Documents shown for each reason of removal.
  public var examples = 5

  public init() {}
}
