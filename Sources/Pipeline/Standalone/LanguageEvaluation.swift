// `xylem language evaluate` and `identify`: what an identifier says of records, beside their labels.
import CorpusCore
import CorpusIO
import Foundation
import Synchronization
public import TextProcessing

/// Right answers of all, by length of the text asked about.
public struct LanguageEvaluation: Codable, Sendable {
  public struct Score: Codable, Sendable {
    public var right = 0
    /// Answers that are not "undetermined".
    public var answered = 0
    public var total = 0
    public var accuracy: Double { total == 0 ? 0 : Double(right) / Double(total) }
    /// Right answers of all answers; 1 without any.
    public var precision: Double { answered == 0 ? 1 : Double(right) / Double(answered) }
    public var coverage: Double { total == 0 ? 0 : Double(answered) / Double(total) }

    mutating func add(_ answer: Language?, for language: Language) {
      total += 1
      if answer != nil { answered += 1 }
      if answer == language { right += 1 }
    }

    mutating func add(_ other: Score) {
      right += other.right
      answered += other.answered
      total += other.total
    }
  }

  public struct Confusion: Codable, Sendable {
    public var language: String
    public var answer: String
    public var count: Int
    /// Of all documents of `language`.
    public var share: Double
  }

  /// Characters of a document's middle that are asked about; `document` is all of it.
  public static let lengths = [20, 50, 100, 200, 500]
  public static let document = "document"

  /// By length (`20` ... `500`, `document`) and language.
  public var scores: [String: [String: Score]] = [:]
  /// Mean over languages of their accuracy, precision and coverage, by length.
  public var macro: [String: Double] = [:]
  public var precision: [String: Double] = [:]
  public var coverage: [String: Double] = [:]
  /// What identifiers look at of whole documents, at most 2 KB of each, and the processor's time for telling them.
  public var sampledBytes = 0
  public var seconds = 0.0
  public var megabytesPerSecond: Double { seconds > 0 ? Double(sampledBytes) / 1e6 / seconds : 0 }
  /// The ten confusions of whole documents with the largest share.
  public var confusions: [Confusion] = []
  public var records = 0

  enum CodingKeys: String, CodingKey {
    case scores, macro, precision, coverage, seconds, confusions, records
    case sampledBytes = "sampled_bytes"
  }

  /// Asks about every labelled record and, where it is long enough, a part of it of each length.
  public static func run(
    _ pass: InputPass, identifier: any LanguageIdentifier, observer: any RunObserver
  ) throws -> LanguageEvaluation {
    struct Part: Sendable {
      var scores: [String: [String: Score]] = [:]
      var answers: [String: [String: Int]] = [:]
      var sampledBytes = 0
      var seconds = 0.0
    }
    // Tables that are made once are not what is timed.
    _ = identifier.identify(Array("a word, 漢字".utf8).span)
    let sum = Mutex(Part())
    let tally = try pass.run(stage: "language", observer: observer) { sources, reader in
      var part = Part()
      var normal = TextNormalizing()
      try reader.forEachBatch(sources) { batch in
        for document in batch.documents {
          guard let language = batch.labelledLanguage(of: document), !language.isCode else { continue }
          normal.load(document, of: batch)
          let began = threadSeconds()
          let answer = identifier.identify(normal.text.span).language
          part.seconds += threadSeconds() - began
          part.sampledBytes += min(normal.text.count, 2048)
          part.scores[Self.document, default: [:]][language.code, default: Score()].add(answer, for: language)
          part.answers[language.code, default: [:]][(answer ?? .undetermined).code, default: 0] += 1
          for length in Self.lengths {
            guard let range = middle(of: normal.text, characters: length) else { break }
            let answer = identifier.identify(normal.text.span.extracting(range)).language
            part.scores[String(length), default: [:]][language.code, default: Score()].add(answer, for: language)
          }
        }
      }
      return part
    } commit: { part in
      sum.withLock { sum in
        sum.sampledBytes += part.sampledBytes
        sum.seconds += part.seconds
        for (length, languages) in part.scores {
          for (language, score) in languages {
            sum.scores[length, default: [:]][language, default: Score()].add(score)
          }
        }
        for (language, answers) in part.answers {
          for (answer, count) in answers { sum.answers[language, default: [:]][answer, default: 0] += count }
        }
      }
    }
    let part = sum.withLock { $0 }
    var result = LanguageEvaluation(scores: part.scores, records: tally.records)
    func mean(_ value: (Score) -> Double) -> [String: Double] {
      part.scores.mapValues { languages in
        languages.sorted { $0.key < $1.key }.reduce(0) { $0 + value($1.value) } / Double(languages.count)
      }
    }
    (result.macro, result.precision, result.coverage) = (mean(\.accuracy), mean(\.precision), mean(\.coverage))
    (result.sampledBytes, result.seconds) = (part.sampledBytes, part.seconds)
    let wrong = part.answers.flatMap { language, answers -> [Confusion] in
      let total = answers.values.reduce(0, +)
      return answers.filter { $0.key != language }.map {
        Confusion(language: language, answer: $0.key, count: $0.value, share: Double($0.value) / Double(total))
      }
    }
    result.confusions = Array(
      wrong.sorted { ($1.share, $0.language, $0.answer) < ($0.share, $1.language, $1.answer) }.prefix(10))
    return result
  }
}

/// Time that the processor spent on this thread so far.
private func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// `characters` code points from the first word that begins in the second half of `text`, or nil where there are fewer.
private func middle(of text: [UInt8], characters: Int) -> Range<Int>? {
  var start = text.count / 2
  while start < text.count, text[start] & 0xC0 == 0x80 { start += 1 }
  let limit = min(text.count, start + 64)
  if let space = text[start..<limit].firstIndex(where: { $0 == 32 || $0 == 10 }) { start = space + 1 }
  var end = start
  var left = characters
  while end < text.count {
    if text[end] & 0xC0 != 0x80 {
      if left == 0 { break }
      left -= 1
    }
    end += 1
  }
  return left == 0 ? start..<end : nil
}

/// One answer of `xylem language identify`.
public struct LanguageAnswer: Codable, Sendable {
  public var id: String
  public var language: String
  public var confidence: Double
  /// Number of the paragraph from 1, where paragraphs are asked about.
  public var paragraph: Int?
}

/// Asks about every record, or every line of at least 100 bytes of it, and hands the answers over in order of the input.
public func identifyLanguages(
  _ pass: InputPass, identifier: any LanguageIdentifier, paragraphs: Bool, observer: any RunObserver,
  answer: @escaping @Sendable ([LanguageAnswer]) throws -> Void
) throws {
  _ = try pass.run(stage: "language", observer: observer) { sources, reader in
    var answers: [LanguageAnswer] = []
    var normal = TextNormalizing()
    try reader.forEachBatch(sources) { batch in
      for document in batch.documents {
        normal.load(document, of: batch)
        let id = String(decoding: batch.bytes[document.id], as: UTF8.self)
        func ask(_ text: Span<UInt8>, paragraph: Int?) {
          let guess = identifier.identify(text)
          answers.append(
            LanguageAnswer(
              id: id, language: (guess.language ?? .undetermined).code, confidence: guess.confidence,
              paragraph: paragraph))
        }
        guard paragraphs else {
          ask(normal.text.span, paragraph: nil)
          continue
        }
        for (number, line) in normal.text.split(separator: 10, omittingEmptySubsequences: false).enumerated()
        where line.count >= paragraphBytes {
          ask(Array(line).span, paragraph: number + 1)
        }
      }
    }
    return answers
  } commit: {
    try answer($0)
  }
}
