// How documents came by their language: "undetermined" and "another language" are answers, and counted as such.
public import CorpusCore
import TextProcessing

/// What decided the languages of some documents; of all documents of a stage, `documents` is the number that it read.
public struct IdentificationCounts: Codable, Sendable, Equatable {
  /// The key's value: `builtin`, `cld2`, `fasttext`, `record`.
  public var identifier: String
  /// XXH3-128 of the model's bytes, where there is a model.
  public var model: Digest128?
  /// Documents whose record said so.
  public var labelled = 0
  /// Documents identified as one of the 46 languages.
  public var identified = 0
  /// Documents identified as another language.
  public var other = 0
  /// Documents that nobody could tell, or not surely enough.
  public var undetermined = 0
  /// With `paragraphs`: UTF-8 bytes of kept lines of at least 100 bytes, by the document's language, then by the line's.
  public var paragraphs: [String: [String: Int]]?

  public var documents: Int { labelled + identified + other + undetermined }

  init(_ step: IdentifyLanguageConfiguration) {
    identifier = step.identifier.rawValue
    model = step.modelDigest
    if step.paragraphs { paragraphs = [:] }
  }

  private static let known = Set(rootsLanguages.map(\.code))

  /// Counts one document that the identifier was asked about.
  mutating func add(answer: Language) {
    if answer == .undetermined {
      undetermined += 1
    } else if Self.known.contains(answer.code) {
      identified += 1
    } else {
      other += 1
    }
  }

  /// Counts the lines of a kept document.
  mutating func add(paragraphsOf text: [UInt8], language: Language, identifier: any LanguageIdentifier) {
    for line in text.split(separator: 10) where line.count >= paragraphBytes {
      let answer = identifier.identify(line.span).language ?? .undetermined
      paragraphs?[language.code, default: [:]][answer.code, default: 0] += line.count
    }
  }

  public mutating func add(_ other: IdentificationCounts) {
    labelled += other.labelled
    identified += other.identified
    self.other += other.other
    undetermined += other.undetermined
    for (language, answers) in other.paragraphs ?? [:] {
      paragraphs?[language, default: [:]].merge(answers, uniquingKeysWith: +)
    }
  }
}

/// Shorter lines are not asked about: headings and names have no language of their own.
let paragraphBytes = 100
