// What prepare counts: every record it read is kept, removed for a reason or quarantined, per language.
import CorpusCore
import CorpusIO
import TextProcessing

/// Documents of one language through prepare. `read = kept + sum of removed`.
public struct LanguageCounts: Codable, Sendable, Equatable {
  public var read = 0
  public var kept = 0
  public var removed: [String: Int] = [:]
  /// UTF-8 bytes of text as read, and as kept after cleaning.
  public var bytesRead = 0
  public var bytesKept = 0
  public var characters = 0
  public var words = 0
  /// Kept documents by floor(log2(bytes of text)); entry 0 holds lengths 0 and 1.
  public var lengthHistogram = [Int](repeating: 0, count: 40)

  public init() {}

  mutating func keep(bytes: Int, characters: Int, words: Int) {
    kept += 1
    bytesKept += bytes
    self.characters += characters
    self.words += words
    lengthHistogram[min(39, bytes < 2 ? 0 : Int.bitWidth - 1 - bytes.leadingZeroBitCount)] += 1
  }

  public mutating func add(_ other: LanguageCounts) {
    read += other.read
    kept += other.kept
    removed.merge(other.removed, uniquingKeysWith: +)
    bytesRead += other.bytesRead
    bytesKept += other.bytesKept
    characters += other.characters
    words += other.words
    for (index, count) in other.lengthHistogram.enumerated() { lengthHistogram[index] += count }
  }
}

/// The input of a unit as it was read: a later look at the file can tell whether it is still the same.
public struct ReadInput: Codable, Sendable, Equatable {
  public var path: String
  public var offset: Int?
  public var records: Int
  /// Lines that begin in the range, blank ones too.
  public var lines: Int
  public var bytes: Int
  public var digest: Digest128
}

/// A removed or kept document shown to people: the text is cut.
public struct Example: Codable, Sendable, Equatable {
  public var language: String
  public var reason: String
  public var id: String
  public var value: Double?
  public var threshold: Double?
  public var text: String
}

/// A quarantined record shown to people.
public struct QuarantineExample: Codable, Sendable, Equatable {
  public var shard: String
  public var line: Int
  public var offset: Int
  public var reason: String
}

/// The counts of a prepare unit.
public struct PrepareCounts: Codable, Sendable {
  /// Records the reader met: documents and rejected ones, blank lines apart.
  public var read = 0
  public var quarantined = 0
  public var blankLines = 0
  public var languages: [String: LanguageCounts] = [:]
  /// nil when the pipeline has no step for it.
  public var identification: IdentificationCounts?
  public var normalization = NormalizationCounts()
  public var redactions: [String: Int] = [:]
  /// Lines that line rules took out, by rule; `documents` that lost some, `citations` marks.
  public var lineRules: [String: Int] = [:]
  /// Kept documents that were marked as contaminated; nil when the pipeline has no step for it.
  public var contaminationMarks: Int?
  public var inputs: [ReadInput] = []
  public var sections: [SectionEntry] = []
  public var quarantine: [QuarantineExample] = []
  /// Gathered with the counts and kept apart from them: no part of a manifest.
  var portrait = TextPortrait()

  enum CodingKeys: String, CodingKey {
    case read, quarantined, blankLines, languages, identification, normalization, redactions, lineRules
    case contaminationMarks, inputs, sections, quarantine
  }

  var kept: Int { languages.values.reduce(0) { $0 + $1.kept } }
  var removed: Int { languages.values.reduce(0) { $0 + $1.removed.values.reduce(0, +) } }
  var isBalanced: Bool {
    read == kept + removed + quarantined && identification.map { $0.documents == read - quarantined } ?? true
  }
}

extension PrepareCounts {
  /// Quarantined records shown to people.
  static let shownQuarantine = 50

  /// Adds what another unit counted. Inputs, sections, quarantine and portrait stay those of this: they are of single units.
  mutating func add(_ next: PrepareCounts) {
    read += next.read
    quarantined += next.quarantined
    blankLines += next.blankLines
    for (language, tally) in next.languages { languages[language, default: LanguageCounts()].add(tally) }
    if let other = next.identification {
      if identification == nil { identification = other } else { identification?.add(other) }
    }
    normalization.add(next.normalization)
    redactions.merge(next.redactions, uniquingKeysWith: +)
    lineRules.merge(next.lineRules, uniquingKeysWith: +)
    if let marks = next.contaminationMarks { contaminationMarks = (contaminationMarks ?? 0) + marks }
  }
}
